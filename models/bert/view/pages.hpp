// Self-contained pages: one file each, with its style, its scripts and its data, that needs no network.
// Their sources stand in this folder; embed.cmake puts them into the program.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "models/bert/attention_map.hpp"

namespace gradus::bert {

// The pages without data: {{data}} stands in its place.
extern const std::string_view kAttentionPage, kReportPage;

// The page with `json` in the place of {{data}}, written so that nothing in it can end the <script>
// element in which it stands.
std::string with_data(std::string_view page, std::string_view json);

// A text's attention after some step of a training; no step: of a model of which that is not known.
struct Snapshot {
  std::optional<int64_t> step;
  AttentionMap map;
};

// What a view of them is made of, as JSON; they are at least one and of the same text, which is
// `title`. Throws ValueError where tokens or sizes differ.
std::string attention_data(std::span<const Snapshot> snapshots, std::string_view title);

// The page that shows them.
std::string attention_page(std::span<const Snapshot> snapshots, std::string_view title);

}  // namespace gradus::bert
