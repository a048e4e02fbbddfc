#include "core/ops/registry.hpp"

#include "core/ops/ops.hpp"

namespace gradus {
namespace {

template <class List, size_t n>
List joined(List (*const (&families)[n])()) {
  List all;
  for (const auto family : families) {
    const List members = family();
    all.insert(all.end(), members.begin(), members.end());
  }
  return all;
}

}  // namespace

const OpInfos& op_registry() {
  static const OpInfos all = joined(kOpFamilies);
  return all;
}

const FusedPairs& fused_pairs() {
  static const FusedPairs all = joined(kFusedFamilies);
  return all;
}

}  // namespace gradus
