// Threads, random numbers, memory, files, profiler.
#include "core/io/safetensors.hpp"
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

void bind_settings(nb::module_& m) {
  m.def("manual_seed", &manual_seed, "seed"_a);
  m.def("num_threads", &num_threads);
  m.def("set_num_threads", &set_num_threads, "threads"_a);
  m.def(
      "set_float32_matmul_precision",
      [](const std::string& precision) {
        require<ValueError>(precision == "highest" || precision == "medium",
                            "precision must be 'highest' or 'medium', got '{}'", precision);
        kernels::set_float32_matmul_precision(precision == "medium"
                                                  ? kernels::MatmulPrecision::medium
                                                  : kernels::MatmulPrecision::highest);
      },
      "precision"_a, "'medium' multiplies in bfloat16, where the CPU can.");
  m.def("cpu_name", &kernels::cpu_name);
  m.def("simd_target", &kernels::simd_target);
  nb::class_<MemoryStats>(m, "MemoryStats", "In bytes.")
      .def_ro("current", &MemoryStats::current)
      .def_ro("peak", &MemoryStats::peak)
      .def_ro("cached", &MemoryStats::cached)
      .def_ro("allocated", &MemoryStats::allocated);
  m.def("memory_stats", &memory_stats);
  m.def("reset_peak_memory", &reset_peak_memory);
}

void bind_files(nb::module_& m) {
  m.def(
      "load_safetensors", [](const std::filesystem::path& path) { return load_safetensors(path); },
      "path"_a, NoGil());
  m.def(
      "save_safetensors",
      [](const std::filesystem::path& path, const TensorMap& tensors) {
        save_safetensors(path, tensors);
      },
      "path"_a, "tensors"_a, NoGil());
}

// The profiler measures from construction on: with Profiler() as profiler: ...
struct ProfilerScope {
  std::unique_ptr<Profiler> running;
  Profile profile;
  std::string trace;

  void stop() {
    require<ValueError>(running != nullptr, "Profiler: __exit__ without __enter__");
    profile = running->report();
    trace = running->chrome_trace();
    running.reset();
  }
};

void bind_profiler(nb::module_& m) {
  nb::class_<ProfileRow>(m, "ProfileRow", "All calls of an operation in one direction.")
      .def_ro("name", &ProfileRow::name)
      .def_prop_ro("phase", [](const ProfileRow& row) { return name_of(row.phase); })
      .def_ro("calls", &ProfileRow::calls)
      .def_ro("seconds", &ProfileRow::seconds)
      .def_ro("allocated", &ProfileRow::allocated, "Bytes asked of the allocator.")
      .def_prop_ro("flops", [](const ProfileRow& row) { return row.work.flops; });
  nb::class_<ProfilerScope>(m, "Profiler", "Where the time goes, of what runs inside.")
      .def(nb::init<>())
      .def(
          "__enter__",
          [](ProfilerScope& scope) -> ProfilerScope& {
            scope.running = std::make_unique<Profiler>();
            return scope;
          },
          nb::rv_policy::none)
      .def(
          "__exit__", [](ProfilerScope& scope, const nb::args&) { scope.stop(); },
          nb::sig("def __exit__(self, *exception: object) -> None"))
      .def_prop_ro("seconds", [](const ProfilerScope& scope) { return scope.profile.seconds; })
      .def_prop_ro(
          "rows", [](const ProfilerScope& scope) { return scope.profile.rows; },
          "That of the longest time first.")
      .def_ro("chrome_trace", &ProfilerScope::trace, "For chrome://tracing or ui.perfetto.dev.");
}

}  // namespace

void bind_tools(nb::module_& m) {
  bind_settings(m);
  bind_files(m);
  bind_profiler(m);
}

}  // namespace gradus::python
