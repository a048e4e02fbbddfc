// Gradients: backward, grad modes, hooks, derivatives of functions, checkpoints.
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

// Functions of Python, which take each tensor as an argument of its own and return one or several.
Tensors tensors_of(const nb::object& result) {
  if (nb::isinstance<Tensor>(result)) return {nb::cast<Tensor>(result)};
  return nb::cast<Tensors>(result);
}

ListFunction list_function(nb::object f) {
  return [kept = keep(std::move(f))](const Tensors& inputs) {
    const nb::gil_scoped_acquire gil;
    check_signals();
    return tensors_of((*kept)(*nb::cast(inputs)));
  };
}

void bind_tensor_methods(TensorClass& tensor) {
  tensor
      .def_prop_rw("requires_grad", &Tensor::requires_grad,
                   [](Tensor& x, bool required) { x.requires_grad_(required); })
      .def(
          "requires_grad_", [](Tensor& x, bool required) { return x.requires_grad_(required); },
          "requires_grad"_a = true)
      .def_prop_rw(
          "grad", [](const Tensor& x) { return or_none(x.grad()); },
          [](Tensor& x, const MaybeTensor& grad) { x.set_grad(or_undefined(grad)); },
          nb::for_setter("value"_a.none()),
          "The sum of the gradients of all backward() so far, or None.")
      .def_prop_ro(
          "grad_fn",
          [](const Tensor& x) -> std::optional<std::string> {
            if (!x.grad_fn()) return std::nullopt;
            return std::string(x.grad_fn()->name());
          },
          "The name of the operation that made it; None for a leaf.")
      .def(
          "backward",
          [](const Tensor& x, const MaybeTensor& gradient, bool retain, bool create) {
            x.backward(or_undefined(gradient), retain, create);
          },
          "gradient"_a = nb::none(), "retain_graph"_a = false, "create_graph"_a = false, NoGil(),
          "Adds d(self)/d(leaf) to the grad of every leaf below.")
      .def("detach", &Tensor::detach, "A view that belongs to no graph.")
      .def(
          "retain_grad", [](const Tensor& x) { x.retain_grad(); },
          "Has backward() set grad though this is not a leaf.")
      .def(
          "register_hook",
          [](const Tensor& x, nb::object hook) {
            return x.register_hook([kept = keep(std::move(hook))](const Tensor& gradient) {
              return or_undefined(call<MaybeTensor>(kept, gradient));
            });
          },
          "hook"_a,
          nb::sig(typed("def register_hook(self, hook: collections.abc.Callable[[Tensor], "
                        "Tensor | None]) -> gradus._gradus.autograd.HookHandle")
                      .c_str()),
          "Calls hook(gradient) in backward(); what it returns takes the gradient's place.");
}

void bind_backward(nb::module_& autograd) {
  autograd.def(
      "backward",
      [](const OneOrMore& outputs, const std::optional<OneOrMore>& gradients, bool retain,
         bool create) {
        backward(list_of(outputs), list_of(gradients),
                 {.retain_graph = retain, .create_graph = create});
      },
      "outputs"_a, "gradients"_a = nb::none(), "retain_graph"_a = false, "create_graph"_a = false,
      NoGil());
  autograd.def(
      "grad",
      [](const OneOrMore& outputs, const OneOrMore& inputs,
         const std::optional<OneOrMore>& gradients, bool retain, bool create, bool unused) {
        std::vector<MaybeTensor> result;
        for (Tensor& dx :
             grad(list_of(outputs), list_of(inputs), list_of(gradients),
                  {.retain_graph = retain, .create_graph = create, .allow_unused = unused})) {
          result.push_back(or_none(std::move(dx)));
        }
        return result;
      },
      "outputs"_a, "inputs"_a, "gradients"_a = nb::none(), "retain_graph"_a = false,
      "create_graph"_a = false, "allow_unused"_a = false, NoGil(),
      "The gradients for the given inputs alone, returned and not accumulated; None for one "
      "that was not used.");
}

const char* const kProductSignature =
    "(function: collections.abc.Callable[..., Tensor | collections.abc.Sequence[Tensor]], "
    "inputs: Tensor | collections.abc.Sequence[Tensor], "
    "v: Tensor | collections.abc.Sequence[Tensor] | None = None, "
    "create_graph: bool = False) -> tuple[list[Tensor], list[Tensor]]";

template <auto product>
void bind_product(nb::module_& autograd, const char* name, const char* text) {
  const std::string signature = std::string("def ") + name + kProductSignature;
  autograd.def(
      name,
      [](nb::object f, const OneOrMore& inputs, const std::optional<OneOrMore>& v,
         bool create_graph) {
        const ListFunction function = list_function(std::move(f));
        const nb::gil_scoped_release release;
        FunctionProduct result = product(function, list_of(inputs), list_of(v), create_graph);
        return std::pair(std::move(result.outputs), std::move(result.product));
      },
      "function"_a, "inputs"_a, "v"_a = nb::none(), "create_graph"_a = false,
      nb::sig(typed(signature).c_str()), text);
}

void bind_derivatives(nb::module_& autograd) {
  bind_product<vjp>(autograd, "vjp", "function(*inputs) and vᵀJ.");
  bind_product<jvp>(autograd, "jvp", "function(*inputs) and Jv.");
  autograd.def(
      "jacobian",
      [](nb::object f, const OneOrMore& inputs, bool create_graph) {
        const ListFunction function = list_function(std::move(f));
        const nb::gil_scoped_release release;
        return jacobian(function, list_of(inputs), create_graph);
      },
      "function"_a, "inputs"_a, "create_graph"_a = false,
      nb::sig(typed("def jacobian(function: collections.abc.Callable[..., Tensor | "
                    "collections.abc.Sequence[Tensor]], inputs: Tensor | "
                    "collections.abc.Sequence[Tensor], create_graph: bool = False) -> "
                    "list[list[Tensor]]")
                  .c_str()),
      "∂f_i/∂x_j at [i][j], of shape (shape of f_i) + (shape of x_j).");
  autograd.def(
      "hessian",
      [](nb::object f, const OneOrMore& inputs, bool create_graph) {
        const ListFunction function = list_function(std::move(f));
        const nb::gil_scoped_release release;
        return hessian([&](const Tensors& x) { return function(x).at(0); }, list_of(inputs),
                       create_graph);
      },
      "function"_a, "inputs"_a, "create_graph"_a = false,
      nb::sig(typed("def hessian(function: collections.abc.Callable[..., Tensor], inputs: Tensor "
                    "| collections.abc.Sequence[Tensor], create_graph: bool = False) -> "
                    "list[list[Tensor]]")
                  .c_str()),
      "∂²f/∂x_i∂x_j at [i][j].");
  autograd.def(
      "checkpoint",
      [](nb::object f, const nb::args& inputs) {
        const ListFunction function = list_function(std::move(f));
        const auto list = nb::cast<Tensors>(inputs);
        const nb::gil_scoped_release release;
        return checkpoint(function, list);
      },
      "function"_a, "inputs"_a,
      nb::sig(typed("def checkpoint(function: collections.abc.Callable[..., Tensor | "
                    "collections.abc.Sequence[Tensor]], *inputs: Tensor) -> list[Tensor]")
                  .c_str()),
      "function(*inputs), whose intermediate results are computed again in backward() "
      "and not kept.");
}

}  // namespace

void bind_autograd(nb::module_& autograd, TensorClass& tensor) {
  nb::class_<HookHandle>(autograd, "HookHandle").def("remove", &HookHandle::remove);
  bind_tensor_methods(tensor);
  bind_backward(autograd);
  bind_derivatives(autograd);
  bind_scope<NoGrad>(autograd, "NoGradScope", "Inside, no operation is recorded.");
  bind_scope<EnableGrad>(autograd, "EnableGradScope", "Inside, operations are recorded again.");
  bind_scope<AnomalyMode>(autograd, "AnomalyScope",
                          "Inside, the first operation whose result or gradient is NaN or "
                          "infinite raises AnomalyError.");
  autograd.def("grad_enabled", &grad_enabled);
}

}  // namespace gradus::python
