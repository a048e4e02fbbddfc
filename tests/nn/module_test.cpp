#include "nn/module.hpp"

#include "nn/layers.hpp"
#include "tests/catch.hpp"
#include "tests/nn/support.hpp"

using namespace gradus;

namespace {

// A parameter of its own, a child whose name has two levels, and one that adds no level.
class Model : public nn::Module {
 public:
  Model() : inner({.in = 2, .out = 3}), unnamed({.dim = 4}), dropout(0.5) {
    scale = add_parameter("scale", ones({5}));
    add_module("encoder.first", inner);
    add_module("", unnamed);
    add_module("dropout", dropout);
  }
  nn::Linear inner;
  nn::LayerNorm unnamed;
  nn::Dropout dropout;
  Tensor scale;
};

std::vector<std::string> names_of(const nn::Module& model) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : model.named_parameters()) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("parameters come in the order of registration, own ones first, under joined names") {
  CHECK(names_of(Model()) == std::vector<std::string>{"scale", "encoder.first.weight",
                                                      "encoder.first.bias", "weight", "bias"});
  CHECK(Model().parameter_count() == 5 + 2 * 3 + 3 + 4 + 4);
}

TEST_CASE("every parameter requires a gradient and is the member itself") {
  Model model;
  for (const auto& [name, parameter] : model.named_parameters()) {
    INFO(name);
    CHECK(parameter.requires_grad());
  }
  CHECK(model.parameters()[0].is_same(model.scale));
}

TEST_CASE("the state dict shares memory with the model and belongs to no graph") {
  Model model;
  nn::StateDict state = model.state_dict();
  CHECK(state.size() == 5);
  CHECK_FALSE(state.at("scale").requires_grad());
  state.at("scale").fill_(7);
  CHECK(model.scale.to_vector<float>() == std::vector<float>(5, 7));
}

TEST_CASE("a state dict carries over to another model") {
  Model source, target;
  target.load_state_dict(source.state_dict());
  for (const auto& [name, value] : target.state_dict()) {
    INFO(name);
    CHECK(test::bit_equal(value, source.state_dict().at(name)));
  }
  // copied: the two do not share memory
  source.state_dict().at("scale").fill_(3);
  CHECK(target.scale.to_vector<float>() == std::vector<float>(5, 1));
}

TEST_CASE("a state dict that does not fit is refused by name, and nothing is changed") {
  Model model;
  nn::StateDict state;
  for (const auto& [name, value] : model.state_dict()) state.emplace(name, full(value.shape(), 9));

  SECTION("missing") {
    state.erase("weight");
    CHECK_THROWS_WITH(model.load_state_dict(state), "parameter weight is missing");
  }
  SECTION("of another shape") {
    state.at("weight") = zeros({3});
    CHECK_THROWS_WITH(model.load_state_dict(state),
                      "parameter weight is Tensor(float32, [3]), expected Tensor(float32, [4])");
  }
  SECTION("of another dtype") {
    state.at("weight") = zeros({4}, DType::float64);
    CHECK_THROWS_WITH(model.load_state_dict(state),
                      "parameter weight is Tensor(float64, [4]), expected Tensor(float32, [4])");
  }
  SECTION("unknown") {
    state.emplace("zebra", zeros({1}));
    CHECK_THROWS_WITH(model.load_state_dict(state), "parameter zebra is not known here");
  }
  CHECK_THROWS_AS(model.load_state_dict(state), FormatError);
  // names come in alphabetical order: "bias" would have been copied before each of these errors
  CHECK(test::largest(model.unnamed.bias) == 0);
  CHECK(test::largest(model.scale) == 1);
}

TEST_CASE("training mode reaches the children") {
  Model model;
  CHECK(model.dropout.is_training());
  model.eval();
  CHECK_FALSE(model.is_training());
  CHECK_FALSE(model.dropout.is_training());
  model.train();
  CHECK(model.dropout.is_training());
}

TEST_CASE("gradients add up until they are forgotten") {
  Model model;
  const auto twice = [&] { (model.scale * 2).sum().backward(); };
  twice();
  twice();
  CHECK(model.scale.grad().to_vector<float>() == std::vector<float>(5, 4));
  model.zero_grad();
  CHECK_FALSE(model.scale.grad().defined());
}
