// Safetensors: what is written is read again, to the byte; and the reference library agrees.
// Files that are not what they claim to be are in safetensors_damage_test.cpp.
#include "core/io/safetensors.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/tensor/creation.hpp"
#include "tests/catch.hpp"
#include "tests/collect.hpp"
#include "tests/core/support.hpp"
#include "tests/temporary_directory.hpp"

using namespace gradus;
using test::collect;
using test::TemporaryDirectory;

namespace {

using Numbers = std::numeric_limits<float>;

constexpr float kFloatInfinity = Numbers::infinity();
const std::string kGolden = GRADUS_SOURCE_DIR "/tests/golden/";

TensorMap reloaded(const TensorMap& tensors) {
  return load_safetensors(as_bytes(collect(to_safetensors(tensors))), "memory");
}

// The tensors of tests/golden/safetensors_sample.py.
TensorMap sample() {
  return {{"matrix", tensor({-0.25, -0.125, 0, 0.125, 0.25, 0.375}).view({2, 3})},
          {"double", tensor({std::numbers::pi, -1e300, 5e-324}, DType::float64)},
          {"index", tensor(std::array{INT64_MIN, INT64_MAX}, {2, 1})},
          {"mask", tensor({1, 0, 1}, DType::boolean)},
          {"scalar", scalar(1.5)},
          {"empty", empty({0, 4})},
          {"näme \"quoted\"\n", tensor({-0.0, kFloatInfinity})}};
}

}  // namespace

TEST_CASE("safetensors: every dtype, scalars and empty tensors survive to the bit") {
  const TensorMap written = sample();
  const TensorMap read = reloaded(written);
  REQUIRE(read.size() == written.size());
  for (const auto& [name, expected] : written) {
    INFO(name);
    REQUIRE(read.contains(name));
    CHECK(test::bit_equal(read.at(name), expected));
  }
}

TEST_CASE("safetensors: views are written as what they show") {
  const Tensor matrix = arange(12, DType::float32).view({3, 4});
  const Tensor parameter = tensor({1, 2}).requires_grad_();
  const TensorMap read = reloaded({{"transposed", matrix.transpose(0, 1)},
                                   {"column", matrix.select(1, 2)},
                                   {"expanded", tensor({7}).expand({3})},
                                   {"parameter", parameter}});
  using Values = std::vector<float>;
  CHECK(read.at("transposed").shape() == Shape{4, 3});
  CHECK(read.at("transposed").to_vector<float>() == Values{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  CHECK(read.at("column").to_vector<float>() == Values{2, 6, 10});
  CHECK(read.at("expanded").to_vector<float>() == Values{7, 7, 7});
  CHECK(read.at("parameter").to_vector<float>() == Values{1, 2});
  CHECK_FALSE(read.at("parameter").requires_grad());
}

TEST_CASE("safetensors: no tensors at all is a file too") {
  CHECK(collect(to_safetensors({}, {})) == std::string("\x08\0\0\0\0\0\0\0{}      ", 16));
  CHECK(reloaded({}).empty());
}

TEST_CASE("safetensors: our bytes are those of the reference library") {
  const std::string golden = read_file(kGolden + "safetensors_sample.safetensors", 1 << 20);
  CHECK(collect(to_safetensors(sample())) == golden);

  const TemporaryDirectory directory;
  save_safetensors(directory / "model.safetensors", sample());
  CHECK(read_file(directory / "model.safetensors", 1 << 20) == golden);
  CHECK(collect(to_safetensors(load_safetensors(directory / "model.safetensors"))) == golden);
}

TEST_CASE("safetensors: 16-bit floats and 32-bit integers are widened without loss") {
  const TensorMap read = load_safetensors(kGolden + "safetensors_converted.safetensors");

  // 0, −1, smallest subnormal, smallest normal, largest, −∞, NaN
  const auto check_floats = [](const Tensor& tensor, std::vector<float> expected) {
    const auto values = tensor.to_vector<float>();
    REQUIRE(values.size() == expected.size() + 1);
    CHECK(std::isnan(values.back()));
    for (size_t i = 0; i < expected.size(); ++i) {
      CHECK(std::bit_cast<uint32_t>(values[i]) == std::bit_cast<uint32_t>(expected[i]));
    }
  };
  check_floats(read.at("half"), {0.0f, -1.0f, 0x1p-24f, 0x1p-14f, 65504.0f, -kFloatInfinity});
  check_floats(read.at("bfloat"),
               {-0.0f, -1.0f, 0x1p-133f, 0x1p-126f, 0x1.FEp127f, -kFloatInfinity});
  CHECK(read.at("int").to_vector<int64_t>() == std::vector<int64_t>{INT32_MIN, INT32_MAX});
}

TEST_CASE("safetensors: what cannot be written is refused, and the old file stays") {
  const TemporaryDirectory directory;
  const auto path = directory / "model.safetensors";
  save_safetensors(path, sample());
  const std::string before = read_file(path, 1 << 20);
  const Tensor one = scalar(1);
  CHECK_THROWS_AS(save_safetensors(path, {{"x", Tensor()}}), ValueError);
  CHECK_THROWS_AS(save_safetensors(path, {{"\xff", one}}), ValueError);
  CHECK_THROWS_AS(save_safetensors(path, {{"__metadata__", one}}), ValueError);
  CHECK_THROWS_AS(save_safetensors(directory / "none/x", sample()), IoError);
  CHECK_THROWS_AS(load_safetensors(directory / "none"), IoError);
  CHECK(read_file(path, 1 << 20) == before);
  CHECK(directory.names() == std::vector<std::string>{"model.safetensors"});
}
