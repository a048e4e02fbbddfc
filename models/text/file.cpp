#include "models/text/file.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <vector>

#include "core/error.hpp"

namespace gradus::text {
namespace {

// Throws when the block, the next of the file, cannot be text.
void check_block(std::string_view block, bool first, const std::string& name) {
  const bool utf16 = first && (block.starts_with("\xFF\xFE") || block.starts_with("\xFE\xFF"));
  require<FormatError>(
      !utf16, "{} is UTF-16: convert it with `iconv -f UTF-16 -t UTF-8` and use the result", name);
  require<FormatError>(block.find('\0') == std::string_view::npos,
                       "{} is binary (it holds NUL bytes): give a plain text file in UTF-8", name);
}

}  // namespace

std::string read_text_file(const std::filesystem::path& file) {
  const std::string name = file.string();
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  require<IoError>(std::filesystem::exists(status), "cannot read {}: no such file", name);
  require<IoError>(!std::filesystem::is_directory(status),
                   "cannot read {}: it is a directory, name the files in it", name);
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  require<IoError>(stream.is_open(), "cannot read {}: {}", name,
                   std::generic_category().message(errno));

  // Block by block, so that a device without end is refused at its first NUL byte.
  std::string contents;
  std::vector<char> block(size_t{1} << 20);
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())),
         stream.gcount() > 0) {
    const std::string_view piece(block.data(), static_cast<size_t>(stream.gcount()));
    check_block(piece, contents.empty(), name);
    contents.append(piece);
  }
  require<IoError>(!stream.bad(), "cannot read {}: input error after {} bytes", name,
                   contents.size());
  require<FormatError>(!contents.empty(), "{} is empty", name);
  if (contents.starts_with("\xEF\xBB\xBF")) contents.erase(0, 3);  // byte order mark
  return contents;
}

}  // namespace gradus::text
