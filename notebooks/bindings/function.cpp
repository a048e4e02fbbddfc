// Operations written in Python: gradus.autograd.Function. The engine records them as nodes of their
// own, and calls their backward.
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

// What a forward leaves to its backward: `ctx` in Python, which may carry any other attribute too.
struct Context {
  std::string name;
  std::vector<bool> needs_input_grad;
  std::vector<Saved> saved;
  bool released = false;

  void save_for_backward(const Tensors& tensors) { saved.assign(tensors.begin(), tensors.end()); }

  Tensors saved_tensors() const {
    require<GradError>(!released,
                       "{}: backward ran through it already and its saved tensors are "
                       "freed; pass retain_graph = true to the first one",
                       name);
    return {saved.begin(), saved.end()};
  }
};

class FunctionNode final : public Node {
 public:
  FunctionNode(std::string name, Kept function, Kept context, std::vector<bool> is_tensor)
      : name_(std::move(name)),
        function_(std::move(function)),
        context_(std::move(context)),
        is_tensor_(std::move(is_tensor)) {}

  std::string_view name() const override { return name_; }

  Tensors backward(const Tensors& dy) override {
    const nb::gil_scoped_acquire gil;
    check_signals();
    nb::object result = function_->attr("backward")(*context_, *nb::cast(dy));
    if (!nb::isinstance<nb::tuple>(result)) result = nb::make_tuple(result);
    return gradients_of_tensors(nb::cast<nb::tuple>(result));
  }

  void release_saved() override {
    const nb::gil_scoped_acquire gil;
    Context& context = nb::cast<Context&>(*context_);
    context.saved.clear();
    context.released = true;
  }

 private:
  // backward returns one for each argument of forward, and None for those that are not tensors, or
  // that were left out.
  Tensors gradients_of_tensors(const nb::tuple& returned) const {
    size_t count = returned.size();
    while (count > is_tensor_.size() && returned[count - 1].is_none()) --count;
    require<GradError>(count == is_tensor_.size(),
                       "{}: backward returned {} gradients for {} inputs", name_, returned.size(),
                       is_tensor_.size());
    Tensors gradients;
    for (size_t i = 0; i < is_tensor_.size(); ++i) {
      MaybeTensor gradient;
      const bool known = nb::try_cast(nb::object(returned[i]), gradient);
      require<GradError>(known && (is_tensor_[i] || !gradient),
                         "{}: backward returned {} for input {}, which {} a tensor", name_,
                         nb::type_name(nb::object(returned[i]).type()).c_str(), i,
                         is_tensor_[i] ? "is" : "is not");
      if (is_tensor_[i]) gradients.push_back(or_undefined(gradient));
    }
    return gradients;
  }

  std::string name_;
  Kept function_, context_;
  std::vector<bool> is_tensor_;  // of forward's arguments
};

Tensors run_forward(const nb::object& function, const nb::object& context,
                    const nb::args& arguments, Node* node, const Tensors& inputs,
                    nb::object& result) {
  const NoGrad no_grad;
  Tensors outputs;
  const Observed running({Phase::forward, node->name(), node, inputs, outputs});
  result = function.attr("forward")(context, *arguments);
  outputs = nb::isinstance<Tensor>(result) ? Tensors{nb::cast<Tensor>(result)}
                                           : nb::cast<Tensors>(result);
  for (const Tensor& output : outputs) {
    for (const Tensor& input : inputs) {
      require<GradError>(!output.is_same(input),
                         "{}: forward returned one of its inputs; clone() it", node->name());
    }
  }
  return outputs;
}

// Function.apply(*arguments): forward, recorded if one of the tensors requires a gradient.
nb::object apply_function(const nb::object& function, const nb::args& arguments) {
  Tensors inputs;
  std::vector<bool> is_tensor, needs_grad;
  for (const nb::handle argument : arguments) {
    is_tensor.push_back(nb::isinstance<Tensor>(argument));
    if (is_tensor.back()) inputs.push_back(nb::cast<Tensor>(argument));
    needs_grad.push_back(is_tensor.back() && grad_enabled() && inputs.back().requires_grad());
  }
  const auto name = nb::cast<std::string>(function.attr("__name__"));
  const nb::object context =
      nb::cast(Context{.name = name, .needs_input_grad = needs_grad, .saved = {}});
  const auto node = std::make_shared<FunctionNode>(name, keep(function), keep(context), is_tensor);
  nb::object result;
  const Tensors outputs = run_forward(function, context, arguments, node.get(), inputs, result);
  detail::record(node, inputs, outputs);
  return nb::isinstance<Tensor>(result) ? result : nb::tuple(nb::cast(outputs));
}

}  // namespace

void bind_function(nb::module_& autograd) {
  nb::class_<Context>(autograd, "FunctionContext", nb::dynamic_attr(),
                      "What a Function's forward leaves to its backward; takes any attribute.")
      .def(
          "save_for_backward",
          [](Context& context, const nb::args& tensors) {
            context.save_for_backward(nb::cast<Tensors>(tensors));
          },
          nb::sig(typed("def save_for_backward(self, *tensors: Tensor) -> None").c_str()))
      .def_prop_ro(
          "saved_tensors",
          [](const Context& context) { return nb::tuple(nb::cast(context.saved_tensors())); },
          nb::sig(typed("def saved_tensors(self) -> tuple[Tensor, ...]").c_str()),
          "As they were saved. GradError if one was changed in place since.")
      .def_ro("needs_input_grad", &Context::needs_input_grad,
              "For each argument of forward, whether its gradient is asked for.")
      .def(
          "__getattr__",
          [](const Context& context, const std::string& name) -> nb::object {
            throw nb::attribute_error((context.name + ": ctx has no attribute " + name).c_str());
          },
          nb::sig("def __getattr__(self, name: str, /) -> typing.Any"))
      .def(
          "__setattr__",
          [](nb::handle self, const nb::object& name, const nb::object& value) {
            if (PyObject_GenericSetAttr(self.ptr(), name.ptr(), value.ptr()) != 0) {
              throw nb::python_error();
            }
          },
          nb::sig("def __setattr__(self, name: str, value: typing.Any, /) -> None"));
  autograd.def("apply_function", &apply_function, "function"_a, "arguments"_a,
               nb::sig("def apply_function(function: type, *arguments: object) -> typing.Any"));
}

}  // namespace gradus::python
