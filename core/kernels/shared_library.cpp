#include "core/kernels/shared_library.hpp"

#include <cstdlib>

#if !defined(__EMSCRIPTEN__) && !defined(_WIN32)
#define GRADUS_HAVE_DLOPEN 1
#include <dlfcn.h>
#endif

namespace gradus::kernels {

#ifdef GRADUS_HAVE_DLOPEN

SharedLibrary::SharedLibrary(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    handle_ = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) return;
  }
}

void* SharedLibrary::address(const char* name) const {
  return handle_ == nullptr ? nullptr : ::dlsym(handle_, name);
}

ScopedDefault::ScopedDefault(const char* name, const char* value) : name_(name) {
  if (value == nullptr || std::getenv(name) != nullptr) return;
  set_ = ::setenv(name, value, 1) == 0;
}

ScopedDefault::~ScopedDefault() {
  if (set_) ::unsetenv(name_);
}

#else

SharedLibrary::SharedLibrary(std::initializer_list<const char*>) {}
void* SharedLibrary::address(const char*) const { return nullptr; }
ScopedDefault::ScopedDefault(const char* name, const char*) : name_(name) {}
ScopedDefault::~ScopedDefault() = default;

#endif

}  // namespace gradus::kernels
