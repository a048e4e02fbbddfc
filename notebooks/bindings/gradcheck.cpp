// Is a gradient right? Of functions of Python, and of the engine's own operations.
#include <fmt/ranges.h>

#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

TensorFunction tensor_function(nb::object f) {
  return [kept = keep(std::move(f))](const Tensors& inputs) {
    const nb::gil_scoped_acquire gil;
    check_signals();
    return nb::cast<Tensor>((*kept)(*nb::cast(inputs)));
  };
}

std::string summary(const GradcheckReport& report) {
  if (!report.passed) return report.failure;
  return fmt::format("{} elements compared, largest error {:.1e}", report.compared,
                     report.max_error);
}

using Check = GradcheckReport (*)(const TensorFunction&, const Tensors&, GradcheckOptions);

void bind_check(nb::module_& m, const char* name, Check check, const char* text) {
  const std::string signature =
      std::string("def ") + name +
      "(function: collections.abc.Callable[..., Tensor], inputs: Tensor | "
      "collections.abc.Sequence[Tensor], *, eps: float = 1e-06, atol: float = 1e-05, "
      "rtol: float = 0.001, zero_gradient: bool = False) -> GradcheckReport";
  m.def(
      name,
      [check](nb::object f, const OneOrMore& inputs, double eps, double atol, double rtol,
              bool zero_gradient) {
        const TensorFunction function = tensor_function(std::move(f));
        const nb::gil_scoped_release release;
        return check(function, list_of(inputs),
                     {.eps = eps, .atol = atol, .rtol = rtol, .zero_gradient = zero_gradient});
      },
      "function"_a, "inputs"_a, nb::kw_only(), "eps"_a = GradcheckOptions{}.eps,
      "atol"_a = GradcheckOptions{}.atol, "rtol"_a = GradcheckOptions{}.rtol,
      "zero_gradient"_a = false, nb::sig(typed(signature).c_str()), text);
}

const OpInfo& op_called(std::string_view name) {
  for (const OpInfo& op : op_registry()) {
    if (op.name == name) return op;
  }
  throw ValueError(fmt::format("no operation is called '{}'", name));
}

// Each on all of an operation's samples; Ctrl-C is answered between them.
std::vector<SampleReport> check_op(const std::string& name) {
  std::vector<SampleReport> reports;
  for (const Sample& sample : op_called(name).samples()) {
    check_signals();
    const nb::gil_scoped_release release;
    reports.push_back(check_sample(name, sample));
  }
  return reports;
}

void bind_reports(nb::module_& m) {
  nb::class_<JacobianElement>(m, "JacobianElement", "∂ output[output] / ∂ inputs[input][element]")
      .def_ro("input", &JacobianElement::input)
      .def_ro("output", &JacobianElement::output)
      .def_ro("element", &JacobianElement::element)
      .def_ro("analytic", &JacobianElement::analytic)
      .def_ro("numeric", &JacobianElement::numeric)
      .def_prop_ro("error", &JacobianElement::error)
      .def_prop_ro("relative_error", &JacobianElement::relative_error)
      .def("__repr__", [](const JacobianElement& element) { return to_string(element); });
  nb::class_<GradcheckReport>(m, "GradcheckReport", "True where the gradient is right.")
      .def_ro("passed", &GradcheckReport::passed)
      .def_ro("compared", &GradcheckReport::compared, "Elements of the Jacobian.")
      .def_ro("max_error", &GradcheckReport::max_error, "The largest |analytic − numeric|.")
      .def_ro("max_relative_error", &GradcheckReport::max_relative_error)
      .def_ro("failure", &GradcheckReport::failure, "What is wrong; empty if nothing.")
      .def_ro("culprit", &GradcheckReport::culprit,
              "Of the wrong elements, the one with the largest error; or None.")
      .def("__bool__", [](const GradcheckReport& report) { return report.passed; })
      .def("__repr__", &summary);
  nb::class_<BrokenPromise>(m, "BrokenPromise")
      .def_ro("name", &BrokenPromise::name)
      .def_ro("failure", &BrokenPromise::failure);
  nb::class_<SampleReport>(m, "SampleReport", "All that was checked of an operation on a sample.")
      .def_ro("op", &SampleReport::op)
      .def_ro("sample", &SampleReport::sample)
      .def_ro("first", &SampleReport::first, "Of the gradient.")
      .def_ro("second", &SampleReport::second, "Of the gradient's gradient.")
      .def_ro("broken", &SampleReport::broken)
      .def_prop_ro("passed", &SampleReport::passed)
      .def("__bool__", &SampleReport::passed);
  nb::class_<Mutant>(m, "Mutant", "An operation whose backward is spoiled on purpose.")
      .def_ro("op", &Mutant::op)
      .def_prop_ro("mutation", [](const Mutant& mutant) { return name_of(mutant.mutation); })
      .def_ro("input", &Mutant::input)
      .def_ro("changed", &Mutant::changed)
      .def_ro("caught", &Mutant::caught);
}

}  // namespace

void bind_gradcheck(nb::module_& autograd) {
  bind_reports(autograd);
  bind_check(autograd, "gradcheck", gradcheck,
             "Compares backward with central differences, in float64; all inputs are checked.");
  bind_check(autograd, "gradgradcheck", gradgradcheck, "The same for the gradient itself.");
  bind_check(
      autograd, "fast_gradcheck",
      [](const TensorFunction& f, const Tensors& inputs, GradcheckOptions options) {
        return fast_gradcheck(f, inputs, options);
      },
      "The same along one random direction, for what is too large for gradcheck().");
  autograd.def(
      "op_names",
      [] {
        std::vector<std::string> names;
        for (const OpInfo& op : op_registry()) names.emplace_back(op.name);
        return names;
      },
      "The engine's differentiable operations.");
  autograd.def("check_op", &check_op, "name"_a, "Checks an operation on all of its samples.");
  autograd.def(
      "run_mutants", [](const std::string& name) { return run_mutants(op_called(name)); }, "name"_a,
      NoGil(), "Spoils an operation's backward in several ways.");
}

}  // namespace gradus::python
