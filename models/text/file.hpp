// Text files as people have them: with clear errors for what is not text.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace gradus::text {

// The whole file. IoError when it cannot be read (missing, a directory, no permission), and
// FormatError when it is empty or binary; each names the file and what to do.
std::string read_text_file(const std::filesystem::path& file);

// Calls f(line) for each line, without its line feed or carriage return and line feed. The last
// line needs no line feed.
template <class F>
void for_each_line(std::string_view text, F f) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    f(line);
  }
}

}  // namespace gradus::text
