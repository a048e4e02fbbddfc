#include "core/kernels/onednn.hpp"

#include <fmt/format.h>

#include "core/kernels/shared_library.hpp"

namespace gradus::kernels {
namespace {

struct Version {  // the beginning of dnnl_version_t
  int major, minor, patch;
};

OneDnn load() {
  const ScopedDefault threads("OMP_NUM_THREADS", "1");
  const SharedLibrary library({"libdnnl.so.3", "libdnnl.so.2", "libdnnl.so", "libdnnl.dylib"});
  OneDnn dnn;
  dnn.sgemm = library.symbol<OneDnnGemm>("dnnl_sgemm");
  const auto version = library.symbol<const Version* (*)()>("dnnl_version");
  if (dnn.sgemm == nullptr || version == nullptr) return OneDnn{};
  dnn.version =
      fmt::format("oneDNN {}.{}.{}", version()->major, version()->minor, version()->patch);
  return dnn;
}

}  // namespace

const OneDnn& onednn() {
  static const OneDnn dnn = load();
  return dnn;
}

}  // namespace gradus::kernels
