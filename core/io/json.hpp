// JSON by nlohmann::json. Reading and writing it are compiled once, in json.cpp: in every file that
// does either they would cost the compiler several seconds.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace gradus {

using Json = nlohmann::ordered_json;  // keeps the order of keys

// The value that the text writes. Throws Json::parse_error, which names the place, where it is not
// JSON.
Json parse_json(std::string_view text);
// The same, but null where it is not JSON.
Json parse_json_or_null(std::string_view text);

// The value as text: in one line, or in lines with `indent` spaces a level. What is not UTF-8 in a
// string becomes U+FFFD, as JSON has no other way.
std::string to_text(const Json& json, int indent = -1);

}  // namespace gradus
