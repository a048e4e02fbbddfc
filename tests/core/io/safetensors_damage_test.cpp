// Safetensors files that are not what they claim to be: each is refused with a FormatError that
// names the file and what is wrong; no damage whatsoever may crash the reader.
#include <cstring>

#include "core/io/safetensors.hpp"
#include "core/tensor/creation.hpp"
#include "tests/catch.hpp"
#include "tests/collect.hpp"

using namespace gradus;
using test::collect;

namespace {

std::string file_of(uint64_t header_length, std::string_view header, std::string_view data) {
  std::string file(sizeof header_length, '\0');
  std::memcpy(file.data(), &header_length, sizeof header_length);
  return file.append(header).append(data);
}

std::string file_of(std::string_view header, size_t data_bytes) {
  return file_of(header.size(), header, std::string(data_bytes, '\0'));
}

// A header with one tensor of the given fields.
std::string tensor_x(std::string_view fields) { return fmt::format(R"({{"x":{{{}}}}})", fields); }

TensorMap load(std::string_view file) { return load_safetensors(as_bytes(file), "model"); }

// The file is refused, with an error that contains both texts.
void check_refused(const std::string& file, const std::string& where, const std::string& what) {
  INFO(file.substr(0, 200));
  CHECK_THROWS_AS(load(file), FormatError);
  CHECK_THROWS_WITH(load(file), ContainsSubstring(where) && ContainsSubstring(what));
}

const std::string kSmall = R"({"__metadata__":{"format":"pt"},)"
                           R"("f":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                           R"("b":{"dtype":"BOOL","shape":[2],"data_offsets":[8,10]}})";

}  // namespace

TEST_CASE("safetensors: header lengths that the file does not have") {
  check_refused("", "model", "only 0 bytes");
  check_refused("1234567", "model", "only 7 bytes");
  check_refused(file_of(uint64_t{1} << 42, "{}", ""), "model", "a header of 4398046511104 bytes");
  check_refused(file_of(UINT64_MAX, "{}", ""), "model", "a header of 18446744073709551615 bytes");
  check_refused(file_of(3, "{}", ""), "model", "a header of 3 bytes in a file of 10");
  const uint64_t too_long = (uint64_t{16} << 20) + 1;
  check_refused(file_of(too_long, std::string(too_long, ' '), ""), "model", "a header of 16777217");
}

TEST_CASE("safetensors: headers that are not the JSON of a header") {
  const std::string x = R"("x":{"dtype":"F32","shape":[],"data_offsets":[0,4]})";
  CHECK(load(file_of("{" + x + "}", 4)).size() == 1);
  check_refused(file_of("", 0), "model", "not a JSON object");
  check_refused(file_of("[]", 0), "model", "not a JSON object");
  check_refused(file_of(" {}", 0), "model", "not a JSON object");
  check_refused(file_of(std::string("{}\0{", 4), 0), "model", "not a JSON object");
  check_refused(file_of("{" + x, 4), "model", "not JSON");
  check_refused(file_of("{" + x + "}}", 4), "model", "not JSON");
  check_refused(file_of("{\"\xff\":1}", 4), "model", "not JSON");
  check_refused(file_of("{" + x + "," + x + "}", 4), "model", "the key \"x\" twice");
  check_refused(file_of("{" + x + R"(,"\u0078":{}})", 4), "model", "the key \"x\" twice");
  check_refused(file_of(R"({"a":{"b":{"c":{"d":1}}}})", 0), "model", "nested too deeply");
  const std::string brackets(100000, '[');
  check_refused(file_of(R"({"a":)" + brackets, 0), "model", "nested too deeply");
  check_refused(file_of(R"({"__metadata__":1})", 0), "model", "not an object");
  check_refused(file_of(R"({"__metadata__":{"a":1}})", 0), "\"a\"", "not a string");
}

TEST_CASE("safetensors: fields that no tensor can have") {
  const auto refused = [](std::string_view fields, const std::string& what) {
    check_refused(file_of(tensor_x(fields), 4), "model: tensor \"x\"", what);
  };
  const std::string rest = R"(,"shape":[],"data_offsets":[0,4])";
  const std::string type = R"("dtype":"F32")";
  CHECK(load(file_of(tensor_x(type + rest), 4)).size() == 1);
  check_refused(file_of(R"({"x":1})", 0), "tensor \"x\"", "expected an object");
  refused("", "expected dtype, shape and data_offsets");
  refused(type + rest + R"(,"more":1)", "expected dtype, shape and data_offsets");
  refused(R"("d":"F32")" + rest, "dtype is missing");
  refused(R"("dtype":7)" + rest, "dtype is not a string");
  refused(R"("dtype":"F8_E4M3")" + rest, "dtype \"F8_E4M3\" is none of");
  refused(type + R"(,"shape":4,"data_offsets":[0,4])", "shape is not a list");
  refused(type + R"(,"shape":[-1],"data_offsets":[0,4])", "shape: -1 is not a whole number");
  refused(type + R"(,"shape":[1.5],"data_offsets":[0,4])", "shape: 1.5 is not a whole number");
  refused(type + R"(,"shape":[[]],"data_offsets":[0,4])", "shape: [] is not a whole number");
  refused(type + R"(,"shape":[18446744073709551616],"data_offsets":[0,4])", "not a whole number");
  refused(type + R"(,"shape":[9223372036854775808],"data_offsets":[0,4])", "too large");
  refused(type + R"(,"shape":[],"data_offsets":[0])", "not a begin and an end");
  refused(type + R"(,"shape":[],"data_offsets":[4,0])", "not a begin and an end");
  refused(type + R"(,"shape":[],"data_offsets":[0,4,4])", "not a list of at most 2");
  refused(type + R"(,"shape":[2],"data_offsets":[0,4])", "takes 8 bytes, but has 4");
  refused(R"("dtype":"F64")" + rest, "takes 8 bytes, but has 4");
}

TEST_CASE("safetensors: shapes whose product overflows") {
  const auto refused = [](std::string_view shape) {
    const std::string fields =
        fmt::format(R"("dtype":"F32","shape":{},"data_offsets":[0,0])", shape);
    check_refused(file_of(tensor_x(fields), 0), "model: tensor \"x\"", "too many elements");
  };
  refused("[4294967296,4294967296]");    // 2⁶⁴ elements: 0 when counted in 64 bits
  refused("[4611686018427387904]");      // 2⁶² elements: 0 bytes in 64 bits
  refused("[0,4294967296,4294967296]");  // no element, but strides that overflow
  refused("[4294967296,4294967296,0]");
}

TEST_CASE("safetensors: tensors that do not tile the data") {
  const auto two = [](int begin, int end, size_t data_bytes) {
    constexpr auto kFormat = R"({{"a":{{"dtype":"F32","shape":[1],"data_offsets":[0,4]}},)"
                             R"("b":{{"dtype":"F32","shape":[{}],"data_offsets":[{},{}]}}}})";
    return file_of(fmt::format(kFormat, (end - begin) / 4, begin, end), data_bytes);
  };
  CHECK(load(two(4, 8, 8)).size() == 2);
  CHECK(load(two(4, 4, 4)).at("b").numel() == 0);
  check_refused(two(0, 4, 4), "model", "overlaps");
  check_refused(two(2, 6, 6), "tensor \"b\"", "overlaps");
  check_refused(two(6, 10, 10), "tensor \"b\"", "a hole of 2 bytes");
  check_refused(two(4, 8, 9), "model", "1 bytes after the last tensor");
  check_refused(two(4, 8, 7), "tensor \"b\"", "ends at byte 8, but the file has only 7");
  check_refused(file_of("{}", 1), "model", "1 bytes after the last tensor");
}

TEST_CASE("safetensors: a bool is 0 or 1") {
  const std::string header = tensor_x(R"("dtype":"BOOL","shape":[2],"data_offsets":[0,2])");
  CHECK(load(file_of(header.size(), header, {"\0\1", 2})).at("x").to_vector<bool>() ==
        std::vector<bool>{false, true});
  check_refused(file_of(header.size(), header, {"\0\2", 2}), "tensor \"x\"", "neither 0 nor 1");
}

TEST_CASE("safetensors: a file cut off at any byte is refused") {
  const std::string file = file_of(kSmall, 10);
  CHECK(load(file).size() == 2);
  for (size_t length = 0; length < file.size(); ++length) {
    INFO(length);
    CHECK_THROWS_AS(load(std::string_view(file).substr(0, length)), FormatError);
  }
}

TEST_CASE("safetensors: any flipped bit leaves a valid file or a FormatError") {
  const std::string intact = file_of(kSmall, 10);
  int refused = 0;
  for (size_t bit = 0; bit < 8 * intact.size(); ++bit) {
    std::string file = intact;
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
    try {
      const TensorMap loaded = load(file);
      // what was read can be written and read again
      CHECK(load(collect(to_safetensors(loaded))).size() == loaded.size());
    } catch (const FormatError&) {
      ++refused;
    }
  }
  // Flips in names, metadata and floats go unnoticed, those in the JSON's structure do not.
  CHECK(refused > 800);
}
