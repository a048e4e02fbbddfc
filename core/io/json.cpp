#include "core/io/json.hpp"

namespace gradus {

Json parse_json(std::string_view text) { return Json::parse(text); }

Json parse_json_or_null(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return nullptr;
  return json;
}

std::string to_text(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gradus
