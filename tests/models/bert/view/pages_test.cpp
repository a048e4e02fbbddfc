// Pages hold their data whole, run nothing that stands in it, and fetch nothing.
#include "models/bert/view/pages.hpp"

#include <cmath>
#include <regex>

#include "core/io/json.hpp"
#include "tests/catch.hpp"
#include "tests/models/bert/small_reader.hpp"

using namespace gradus;
namespace {

constexpr std::string_view kDataTag = R"(<script type="application/json" id="data">)";

// What a browser reads as the page's data: to the first </script> after its tag.
Json data_of(const std::string& page) {
  const size_t begin = page.find(kDataTag) + kDataTag.size();
  return parse_json(page.substr(begin, page.find("</script", begin) - begin));
}

std::vector<uint8_t> decode_base64(const std::string& text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<uint8_t> bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<uint32_t>(digits.find(c));
    count += 6;
    if (count >= 8) bytes.push_back(static_cast<uint8_t>(bits >> (count -= 8)));
  }
  return bytes;
}

size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("pages: the attention page holds what was asked for, weights to within 0.004·√w") {
  const test::SmallReader reader;
  const std::vector<bert::Snapshot> snapshots{
      {.step = {}, .map = reader.attention("the cat [MASK]", "a dog")}};
  const bert::AttentionMap& map = snapshots[0].map;
  const Json data = data_of(bert::attention_page(snapshots, "the cat"));
  CHECK(data["tokens"].get<std::vector<std::string>>() == map.tokens);
  CHECK(data["segments"].get<std::vector<int32_t>>() == map.segments);
  CHECK(data["layers"] == 2);
  CHECK(data["heads"] == 4);
  const Json& snapshot = data["snapshots"][0];
  CHECK(snapshot["step"].is_null());
  CHECK(snapshot["entropy"].get<std::vector<std::vector<double>>>() == map.entropy);
  CHECK(snapshot["masks"][0]["position"] == 3);
  CHECK(snapshot["masks"][0]["predictions"].size() == 5);
  for (size_t layer = 0; layer < 2; ++layer) {
    for (int64_t head = 0; head < 4; ++head) {
      const auto bytes = decode_base64(snapshot["weights"][layer][static_cast<size_t>(head)]);
      const auto weights = map.layers[layer].select(0, head).to_vector<float>();
      REQUIRE(bytes.size() == weights.size());
      for (size_t i = 0; i < bytes.size(); ++i) {
        const double root = bytes[i] / 255.0;
        CHECK(std::abs(root * root - weights[i]) <= 0.004 * std::sqrt(weights[i]) + 4e-6);
      }
    }
  }
}

TEST_CASE("pages: no token, text or prediction can end the data or take its place") {
  const test::SmallReader reader;
  const std::string hostile = "</script><script>alert(1)</script> <!-- {{data}} \" \\ \xff";
  bert::AttentionMap map = reader.attention("the cat [MASK]");
  map.tokens[1] = "</script>";
  map.tokens[2] = "{{data}}";
  map.masks[0].predictions[0].token = "<!--";
  const std::vector<bert::Snapshot> snapshots{{.step = 7, .map = map}};
  const std::string page = bert::attention_page(snapshots, hostile);
  const Json data = data_of(page);
  CHECK(data["tokens"][1] == "</script>");
  CHECK(data["tokens"][2] == "{{data}}");
  CHECK(data["snapshots"][0]["masks"][0]["predictions"][0]["token"] == "<!--");
  // The byte that is not UTF-8 has become U+FFFD.
  CHECK(data["text"] == hostile.substr(0, hostile.size() - 1) + "\xef\xbf\xbd");
  CHECK(count_of(page, "<script") == count_of(bert::kAttentionPage, "<script"));
  CHECK(count_of(page, "</script") == count_of(bert::kAttentionPage, "</script"));
}

TEST_CASE("pages: nothing is fetched from anywhere") {
  for (const std::string_view view : {bert::kAttentionPage, bert::kReportPage}) {
    const std::string page(view);
    CHECK(count_of(page, "{{data}}") == 1);
    CHECK(count_of(page, "http://") + count_of(page, "https://") ==
          count_of(page, "\"http://www.w3.org/2000/svg\""));  // a namespace, which is a name
    CHECK_FALSE(std::regex_search(page, std::regex("\\ssrc=|@import|url\\(|fetch\\(|import\\(")));
    const auto links = count_of(page, "href=");
    CHECK(links == count_of(page, "href=\"data:,\""));
    CHECK_THAT(page, ContainsSubstring("default-src 'none'"));
    // Its scripts are modules in the book, and here plain scripts that share one scope.
    CHECK_FALSE(std::regex_search(page, std::regex("\n(import|export) ")));
  }
}

TEST_CASE("pages: snapshots of different models or texts do not share a page") {
  const test::SmallReader reader;
  const std::vector<bert::Snapshot> snapshots{{.step = 1, .map = reader.attention("the cat")},
                                              {.step = 2, .map = reader.attention("the dog")}};
  CHECK_THROWS_WITH(bert::attention_page(snapshots, ""), ContainsSubstring("differ in vocabulary"));
  CHECK_THROWS_AS(bert::attention_page({}, ""), ValueError);
}
