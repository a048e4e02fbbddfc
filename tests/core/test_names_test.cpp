// CTest keeps test names in a CMake list, where an open bracket swallows every name up to the next
// closing one: those tests would be run as one that does not exist, and pass.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/catch.hpp"

TEST_CASE("names of tests have as many opening as closing brackets, and no semicolon") {
  const std::regex name(R"rx(TEST_CASE\(\s*"([^"]*)")rx");
  int names = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(GRADUS_SOURCE_DIR "/tests")) {
    if (entry.path().extension() != ".cpp") continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const std::string source = text.str();
    for (std::sregex_iterator match(source.begin(), source.end(), name), end; match != end;
         ++match) {
      const std::string found = (*match)[1];
      INFO(entry.path().string() << ": " << found);
      CHECK(std::ranges::count(found, '[') == std::ranges::count(found, ']'));
      CHECK(std::ranges::count(found, ';') == 0);
      ++names;
    }
  }
  CHECK(names > 100);  // the pattern still finds them
}
