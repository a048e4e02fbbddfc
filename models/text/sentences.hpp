// Sentences of running text, by a simple rule. A sentence ends
//   - after 。！？ and the quotes and brackets that close after them;
//   - after . ! ? … and closing quotes and brackets, where white space follows and then no small
//     letter; but not after an initial ("J. Hill") or one of a few titles ("Mr.").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::text {

// Longer sentences are cut, where possible between words: no model reads further at once.
inline constexpr size_t kMaxSentenceBytes = 2048;

// The position after the first sentence end at or after `from`; nothing when there is none. The
// end of the text counts as white space. The text must be valid UTF-8.
std::optional<size_t> find_sentence_end(std::string_view text, size_t from = 0);

// Appends the sentences of a stretch of valid UTF-8, each of at most kMaxSentenceBytes, with runs
// of white space (line breaks too) as one space. Linear in the text.
void split_sentences(std::string_view text, std::vector<std::string>& sentences);

}  // namespace gradus::text
