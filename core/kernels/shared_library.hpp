// Libraries that are used where they are installed, and loaded while the program runs.
#pragma once

#include <initializer_list>

namespace gradus::kernels {

// The first of these that is there (dlopen); it stays loaded until the program ends.
class SharedLibrary {
 public:
  explicit SharedLibrary(std::initializer_list<const char*> names);

  // The function of that name; null where it, or the library, is missing.
  template <class Function>
  Function symbol(const char* name) const {
    return reinterpret_cast<Function>(address(name));
  }

 private:
  void* address(const char* name) const;
  void* handle_ = nullptr;
};

// Sets an environment variable while it lives, unless the user has set it, or `value` is null.
class ScopedDefault {
 public:
  ScopedDefault(const char* name, const char* value);
  ~ScopedDefault();
  ScopedDefault(const ScopedDefault&) = delete;
  ScopedDefault& operator=(const ScopedDefault&) = delete;

 private:
  const char* name_;
  bool set_ = false;
};

}  // namespace gradus::kernels
