// Chapter 16 and "How the cost grows": the work of a training step, counted.
#include <cmath>

#include "docs/examples/numbers.hpp"
#include "models/bert/bert.hpp"
#include "models/training/train_benchmark.hpp"

using namespace gradus;

int main(int argc, char** argv) {
  Numbers numbers;
  bert::Config mini = bert::preset("mini");
  mini.vocab_size = 8192;
  const double step = training::step_flops(mini, 32, 128, 20);
  numbers.add("step", step / 1e9);
  numbers.add("a_token", step / (32 * 128) / 1e6);

  // the three parts, for each token
  const double weights = 6.0 * 4 * 12 * 256 * 256, mixing = 12.0 * 4 * 128 * 256;
  const double head = 6.0 * (256.0 * 256 + 256.0 * 8192) * 20 / 128;
  numbers.expect(std::abs(weights + mixing + head - step / (32 * 128)) < 1, "three parts");
  numbers.add("share.weights", weights / (weights + mixing + head));
  numbers.add("share.mixing", mixing / (weights + mixing + head));
  numbers.add("share.head", head / (weights + mixing + head));

  // the product that widens the feed-forward layer
  numbers.add("wide.operations", 2.0 * 4096 * 256 * 1024);
  numbers.add("wide.bytes", 4.0 * (4096 * 256 + 256 * 1024 + 4096 * 1024));
  numbers.add("wide.intensity",
              2.0 * 4096 * 256 * 1024 / (4.0 * (4096 * 256 + 256 * 1024 + 4096 * 1024)));

  // Exercise: sequences twice as long, and half as many.
  const double longer = training::step_flops(mini, 16, 256, 40);
  numbers.add("longer.ratio", longer / step);
  numbers.expect(std::abs(longer - step - 4096 * mixing) < 1, "only attention's part doubles");

  // Exercise: BERT-base with this vocabulary.
  const bert::Config base{.vocab_size = 8192,
                          .hidden_size = 768,
                          .num_hidden_layers = 12,
                          .num_attention_heads = 12,
                          .intermediate_size = 3072};
  bert::Config medium = bert::preset("medium");
  medium.vocab_size = 8192;
  const double a_token = training::step_flops(base, 32, 128, 20) / (32 * 128);
  numbers.add("base.a_token", a_token / 1e6);
  numbers.add("base.over_medium",
              a_token / (training::step_flops(medium, 32, 128, 20) / (32 * 128)));
  return numbers.finish(argc, argv);
}
