#include "models/text/vocabulary.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/io/atomic_file.hpp"
#include "models/text/file.hpp"

namespace gradus::text {

Vocabulary::Vocabulary(std::vector<std::string> tokens, const std::string& name)
    : tokens_(std::move(tokens)) {
  require<FormatError>(!tokens_.empty(), "vocabulary {} is empty", name);
  ids_.reserve(tokens_.size());
  for (size_t i = 0; i < tokens_.size(); ++i) {
    require<FormatError>(!tokens_[i].empty(), "vocabulary {} has an empty token in line {}", name,
                         i + 1);
    const auto [first, is_new] = ids_.emplace(tokens_[i], static_cast<int32_t>(i));
    require<FormatError>(is_new, "vocabulary {} has '{}' twice, in lines {} and {}", name,
                         tokens_[i], first->second + 1, i + 1);
  }
  for (size_t i = 0; i < std::size(kSpecialTokens); ++i) {
    const auto id = find(kSpecialTokens[i]);
    require<FormatError>(id.has_value(), "vocabulary {} has no {}: BERT needs {}", name,
                         kSpecialTokens[i], fmt::format("{}", fmt::join(kSpecialTokens, " ")));
    special_[i] = *id;
  }
}

Vocabulary Vocabulary::load(const std::filesystem::path& file) {
  const std::string contents = read_text_file(file);
  std::vector<std::string> tokens;
  for_each_line(contents, [&](std::string_view line) { tokens.emplace_back(line); });
  return Vocabulary(std::move(tokens), file.string());
}

void Vocabulary::save(const std::filesystem::path& file) const {
  write_file_atomically(file, to_text());
}

std::string Vocabulary::to_text() const {
  std::string text;
  for (const std::string& token : tokens_) text.append(token).push_back('\n');
  return text;
}

const std::string& Vocabulary::token(int32_t id) const {
  require<IndexError>(id >= 0 && id < size(), "vocabulary: id {} is not in [0, {})", id, size());
  return tokens_[static_cast<size_t>(id)];
}

std::optional<int32_t> Vocabulary::find(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

bool Vocabulary::is_continuation(int32_t id) const {
  const std::string& piece = token(id);
  return piece.size() > kContinuation.size() && piece.starts_with(kContinuation);
}

bool Vocabulary::is_special(int32_t id) const {
  return std::find(std::begin(special_), std::end(special_), id) != std::end(special_);
}

}  // namespace gradus::text
