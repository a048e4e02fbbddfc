#include "core/io/json.hpp"

#include <cmath>

#include "tests/catch.hpp"

using namespace gradus;

TEST_CASE("JSON keeps the order of its keys, there and back") {
  const std::string text = R"({"b":1,"a":[null,true,0.5],"c":"ß"})";
  CHECK(to_text(parse_json(text)) == text);
  CHECK(to_text({{"b", 1}, {"a", Json::array()}}, 2) == "{\n  \"b\": 1,\n  \"a\": []\n}");
}

TEST_CASE("what is not JSON is an error with its place, or null") {
  for (const char* text : {"", "{", "[1, 2", "{\"a\": nan}", "1 2", "\"\xff\""}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_json(text), Json::parse_error);
    CHECK(parse_json_or_null(text).is_null());
  }
  CHECK_THROWS_WITH(parse_json("{\n1}"), ContainsSubstring("line 2, column 1"));
  CHECK(parse_json_or_null("[1]") == Json{1});
}

TEST_CASE("JSON replaces what is not UTF-8, and writes what is not finite as null") {
  CHECK(to_text("a\xff") == "\"a\uFFFD\"");
  CHECK(to_text(std::nan("")) == "null");
}
