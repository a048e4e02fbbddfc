// What must hold for any BERT, whatever its size; the figures of a known one are in golden_test.cpp.
#include "models/bert/bert.hpp"

#include "tests/catch.hpp"
#include "tests/models/bert/batch.hpp"

using namespace gradus;

namespace {

std::unique_ptr<bert::BertForPreTraining> small_model(const bert::Config& config) {
  manual_seed(1);
  return bert::new_model(config);
}

// Sums of float32 of size 1 in another order differ by some 1e-7; gradients here are of size 1.
void check_close(const Tensors& a, const Tensors& b) {
  REQUIRE(a.size() == b.size());
  double size = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    INFO("tensor " << i);
    CHECK(test::largest_difference(a[i], b[i]) < 1e-6);
    size = std::max(size, test::largest(a[i]));
  }
  CHECK(size > 0.1);  // there was something to compare
}

}  // namespace

TEST_CASE("the first loss is that of guessing: ln V + ln 2") {
  manual_seed(1);
  bert::Config config = bert::preset("mini");
  config.vocab_size = 2000;
  const auto model = bert::new_model(config);
  const test::Batch batch = test::make_batch(std::vector<int64_t>(16, 32), 32, 2000);
  const double guess = std::log(2000) + std::log(2);
  CHECK(loss_of(*model, batch).item<float>() == Approx(guess).epsilon(0.03));
}

TEST_CASE("the gradient of both losses, in every parameter, with padding and dropout") {
  bert::Config config = test::small_config();
  config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.1;
  const auto model = small_model(config);
  model->to(DType::float64);
  test::Batch batch = test::make_batch({12, 9, 7}, 12, 60);
  batch.input.key_bias = batch.input.key_bias.to(DType::float64);
  const auto loss = [&] {
    manual_seed(2);  // the same dropout in each call
    return loss_of(*model, batch);
  };
  const GradcheckReport report =
      fast_gradcheck(loss, model->parameters(), {.atol = 1e-7, .rtol = 1e-6});
  INFO(report.failure);
  CHECK(report.passed);
  CHECK(report.compared == static_cast<int64_t>(model->parameters().size()));
  CHECK(report.max_error < 1e-6);
}

TEST_CASE("initial matrices have the configured deviation, biases are 0, LayerNorms 1 and 0") {
  bert::Config config = test::small_config();
  config.initializer_range = 0.05;
  const auto model = small_model(config);
  for (const auto& [name, parameter] : model->named_parameters()) {
    INFO(name);
    if (parameter.dim() == 1) {
      const bool scale = name.ends_with("LayerNorm.weight");
      CHECK(test::largest_difference(parameter, full(parameter.shape(), scale ? 1 : 0)) == 0);
    } else if (parameter.numel() >= 1000) {
      const double variance = (parameter * parameter).mean().item<float>();
      CHECK(std::sqrt(variance) == Approx(0.05).epsilon(0.1));  // 1,000 draws: one sigma is 2.2%
    }
  }
}

TEST_CASE("the same seed gives the same model, another seed another one") {
  const auto first = small_model(test::small_config()), second = small_model(test::small_config());
  const auto third = bert::new_model(test::small_config());
  for (const auto& [name, value] : first->state_dict()) {
    CHECK(test::bit_equal(value, second->state_dict().at(name)));
  }
  CHECK_FALSE(test::bit_equal(first->nsp.weight, third->nsp.weight));
}

TEST_CASE("padding a batch further changes neither loss nor gradients") {
  const auto model = small_model(test::small_config());
  const auto run = [&](int64_t seq) {
    return gradients_of(*model, test::make_batch({9, 6, 12}, seq, 60));
  };
  const Tensors tight = run(12);
  check_close(tight, run(13));
  check_close(tight, run(24));
}

TEST_CASE("what padding tokens are does not matter") {
  const auto model = small_model(test::small_config());
  const auto run = [&](int64_t pad) {
    const test::Batch batch = test::make_batch({9, 6}, 12, 60, pad);
    const auto output = model->forward(batch.input, batch.positions);
    return std::pair(output.mlm_logits, output.nsp_logits);
  };
  CHECK(test::bit_equal(run(0).first, run(59).first));
  CHECK(test::bit_equal(run(0).second, run(59).second));
}

TEST_CASE("the loss of the next sentence has a gradient for both labels") {
  const auto model = small_model(test::small_config());
  const test::Batch batch = test::make_batch({9}, 9, 60);
  const auto gradient = [&](int64_t label) {
    model->zero_grad();
    const Tensor logits = model->forward(batch.input, batch.positions).nsp_logits;
    cross_entropy(logits, test::integers({label})).backward();
    // back through the head, the pooler and the encoder, down to the embeddings
    for (const Tensor& parameter :
         {model->nsp.weight, model->bert.pooler.weight, model->bert.embeddings.word.weight}) {
      REQUIRE(parameter.grad().defined());
      CHECK(test::largest(parameter.grad()) > 1e-3);
    }
    return test::values(model->nsp.bias.grad());
  };
  // towards the label, away from the other one
  const std::vector<double> follows = gradient(0), random = gradient(1);
  CHECK(follows[0] < 0);
  CHECK(follows[1] > 0);
  CHECK(random[0] > 0);
  CHECK(random[1] < 0);
}

TEST_CASE("only masked positions count: decoding all and ignoring the others is the same") {
  const auto model = small_model(test::small_config());
  const test::Batch batch = test::make_batch({9, 6}, 9, 60);
  test::Batch all = batch;
  all.positions = arange(18);
  all.labels = full({18}, static_cast<double>(kIgnoreIndex), DType::int64);
  for (int64_t i = 0; i < batch.positions.numel(); ++i) {
    const int64_t at = batch.positions.data<int64_t>()[i];
    all.labels.data<int64_t>()[at] = batch.labels.data<int64_t>()[i];
  }
  check_close(gradients_of(*model, batch), gradients_of(*model, all));
}

TEST_CASE("the gradients of two half batches add up to that of the whole") {
  const auto model = small_model(test::small_config());
  const test::Batch whole = test::make_batch({9, 6, 12, 7}, 12, 60);
  const auto half = [&](int64_t row) {
    // 2 rows, with 2 masked tokens each
    return test::Batch{.input = {.ids = whole.input.ids.narrow(0, row, 2),
                                 .types = whole.input.types.narrow(0, row, 2),
                                 .key_bias = whole.input.key_bias.narrow(0, row, 2)},
                       .positions = whole.positions.narrow(0, 0, 4),
                       .labels = whole.labels.narrow(0, 2 * row, 4),
                       .nsp_labels = whole.nsp_labels.narrow(0, row, 2)};
  };
  test::Batch second = half(2);
  second.positions = whole.positions.narrow(0, 4, 4) - full({4}, 24, DType::int64);

  const auto accumulate = [&](const std::vector<test::Batch>& batches) {
    model->zero_grad();
    for (const test::Batch& batch : batches) {
      (loss_of(*model, batch) / static_cast<double>(batches.size())).backward();
    }
    Tensors gradients;
    for (const Tensor& parameter : model->parameters()) gradients.push_back(parameter.grad());
    return gradients;
  };
  check_close(accumulate({whole}), accumulate({half(0), second}));
}

TEST_CASE("a step gives the same bits with 1, 2 and 3 threads, dropout included") {
  bert::Config config = test::small_config();
  config.vocab_size = 500;
  config.max_position_embeddings = 64;
  config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.1;
  const auto model = small_model(config);
  const test::Batch batch = test::make_batch({64, 40, 64, 64, 9, 64, 64, 63}, 64, 500);
  const int before = num_threads();
  const auto run = [&](int threads) {
    set_num_threads(threads);
    manual_seed(2);
    return gradients_of(*model, batch);
  };
  const Tensors expected = run(1);
  for (const int threads : {1, 2, 3}) {
    const Tensors got = run(threads);
    for (size_t i = 0; i < got.size(); ++i) {
      INFO(threads << " threads, tensor " << i);
      CHECK(test::bit_equal(got[i], expected[i]));
    }
  }
  set_num_threads(before);
}

TEST_CASE("dropout is on in training and off in evaluation") {
  bert::Config config = test::small_config();
  config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.1;
  const auto model = small_model(config);
  const test::Batch batch = test::make_batch({9, 6}, 9, 60);
  const auto loss = [&] { return loss_of(*model, batch).item<float>(); };
  CHECK(loss() != loss());
  model->eval();
  CHECK(loss() == loss());
}

TEST_CASE("a small BERT learns a batch by heart") {
  const auto model = small_model(test::small_config());
  nn::AdamW optimizer(model->named_parameters());
  const test::Batch batch = test::make_batch({9, 6, 12, 7}, 12, 60);
  const float first = loss_of(*model, batch).item<float>();
  for (int step = 0; step < 40; ++step) {
    model->zero_grad();
    loss_of(*model, batch).backward();
    optimizer.step(3e-3, nn::clip_scale(nn::global_norm(model->parameters()), 1));
  }
  CHECK(first > 4);
  CHECK(loss_of(*model, batch).item<float>() < 0.1);
}

TEST_CASE("input that does not fit the model is refused with the reason") {
  const auto model = small_model(test::small_config());
  test::Batch batch = test::make_batch({9, 6}, 9, 60);
  const auto forward = [&] { return model->forward(batch.input, batch.positions); };

  SECTION("a sequence longer than the positions") {
    batch = test::make_batch({25}, 25, 60);
    CHECK_THROWS_WITH(forward(), "the sequences have 25 tokens, the model has 24 positions");
  }
  SECTION("a token outside the vocabulary") {
    batch.input.ids.data<int64_t>()[3] = 60;
    CHECK_THROWS_WITH(forward(), "token id 60 is not one of the model's 60");
    batch.input.ids.data<int64_t>()[3] = -1;
    CHECK_THROWS_AS(forward(), IndexError);
  }
  SECTION("an unknown token type") {
    batch.input.types.data<int64_t>()[3] = 2;
    CHECK_THROWS_WITH(forward(), "token type id 2 is not one of the model's 2");
  }
  SECTION("types of another shape") {
    batch.input.types = zeros({1, 9}, DType::int64);
    CHECK_THROWS_WITH(forward(), "token ids [2, 9] and types [1, 9] must both be [batch, seq]");
  }
  SECTION("a masked position outside the batch") {
    batch.positions = test::integers({18});
    CHECK_THROWS_AS(forward(), IndexError);
  }
  SECTION("heads that do not divide the hidden size") {
    bert::Config config = test::small_config();
    config.num_attention_heads = 5;
    CHECK_THROWS_WITH(bert::new_model(config),
                      "hidden_size 32 is not a multiple of num_attention_heads 5");
  }
}
