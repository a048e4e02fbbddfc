// What is computed element by element: arithmetic, functions, comparisons, choices, changes in place.
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

using Number = std::variant<double, Tensor>;
using Unary = Tensor (*)(const Tensor&);
using Binary = Tensor (*)(const Tensor&, const Tensor&);
using WithNumber = Tensor (*)(const Tensor&, double);

// f of a tensor and either a tensor or a number.
template <Binary f, WithNumber g>
Tensor either(const Tensor& x, const Number& other) {
  if (const double* number = std::get_if<double>(&other)) return g(x, *number);
  return f(x, std::get<Tensor>(other));
}

template <Tensor& (Tensor::*f)(const Tensor&), Tensor& (Tensor::*g)(double)>
Tensor in_place(Tensor x, const Number& other) {
  if (const double* number = std::get_if<double>(&other)) return (x.*g)(*number);
  return (x.*f)(std::get<Tensor>(other));
}

Tensor add_number(const Tensor& a, double b) { return a + b; }
Tensor sub_number(const Tensor& a, double b) { return a - b; }
Tensor mul_number(const Tensor& a, double b) { return a * b; }
Tensor div_number(const Tensor& a, double b) { return a / b; }
Tensor number_to_power(const Tensor& exponent, double base) {
  return pow(full({}, base, exponent.dtype()), exponent);
}

constexpr auto kAdd = &either<add, add_number>;
constexpr auto kSub = &either<sub, sub_number>;
constexpr auto kMul = &either<mul, mul_number>;
constexpr auto kDiv = &either<div, div_number>;
constexpr auto kPow = &either<pow, pow>;

void bind_functions(Operations& ops) {
  ops.def("add", kAdd, "other"_a, "input + other")
      .def("sub", kSub, "other"_a, "input − other")
      .def("mul", kMul, "other"_a, "input · other")
      .def("div", kDiv, "other"_a, "input / other; floating dtypes only")
      .def("pow", kPow, "exponent"_a)
      .def("neg", &neg)
      .def("exp", &exp)
      .def("expm1", &expm1, "exp(x) − 1, exact near 0")
      .def("log", &log, "The natural logarithm.")
      .def("log1p", &log1p, "ln(1 + x), exact near 0")
      .def("sqrt", &sqrt)
      .def("rsqrt", &rsqrt, "1/√x")
      .def("square", &square)
      .def("reciprocal", &reciprocal, "1/x")
      .def("sin", &sin)
      .def("cos", &cos)
      .def("tanh", &tanh)
      .def("erf", &erf)
      .def("abs", &abs)
      .def("sign", &sign, "−1, 0 or 1; its gradient is 0")
      .def("relu", &relu)
      .def("leaky_relu", &leaky_relu, "negative_slope"_a = 0.01)
      .def("clamp", &clamp, "min"_a = nb::none(), "max"_a = nb::none())
      .def("minimum", &minimum, "other"_a)
      .def("maximum", &maximum, "other"_a)
      .def("sigmoid", &sigmoid)
      .def("silu", &silu, "x·σ(x)")
      .def("softplus", &softplus, "beta"_a = 1.0, "threshold"_a = 20.0)
      .def("logsigmoid", &logsigmoid)
      .def("to", &to, "dtype"_a, "In another dtype.");
}

void bind_comparisons(Operations& ops) {
  ops.def("eq", &either<eq, eq>, "other"_a)
      .def("ne", &either<ne, ne>, "other"_a)
      .def("lt", &either<lt, lt>, "other"_a)
      .def("le", &either<le, le>, "other"_a)
      .def("gt", &either<gt, gt>, "other"_a)
      .def("ge", &either<ge, ge>, "other"_a)
      .def("logical_and", &logical_and, "other"_a)
      .def("logical_or", &logical_or, "other"_a)
      .def("logical_xor", &logical_xor, "other"_a)
      .def("logical_not", &logical_not)
      .def("masked_fill", &masked_fill, "mask"_a, "value"_a, "value where the mask is true.")
      .def("masked_select", &masked_select, "mask"_a, "The elements where the mask is true.")
      .def("nonzero", &nonzero, "The indices of what is not 0: [count, dim].")
      .function("where", &where, "condition"_a, "input"_a, "other"_a, "condition ? input : other");
}

// Python's operators; what they do not know (a str, say) makes Python raise TypeError.
void bind_operators(TensorClass& tensor) {
  const auto define = [&](const char* name, auto f) {
    tensor.def(name, f, nb::is_operator(), NoGil());
  };
  define("__add__", kAdd);
  define("__radd__", kAdd);
  define("__sub__", kSub);
  define("__rsub__", [](const Tensor& x, double number) { return number - x; });
  define("__mul__", kMul);
  define("__rmul__", kMul);
  define("__truediv__", kDiv);
  define("__rtruediv__", [](const Tensor& x, double number) { return number / x; });
  define("__pow__", kPow);
  define("__rpow__", &number_to_power);
  define("__matmul__", static_cast<Binary>(&matmul));
  define("__neg__", static_cast<Unary>(&neg));
  define("__abs__", static_cast<Unary>(&abs));
  define("__lt__", &either<lt, lt>);
  define("__le__", &either<le, le>);
  define("__gt__", &either<gt, gt>);
  define("__ge__", &either<ge, ge>);
  define("__and__", &logical_and);
  define("__or__", &logical_or);
  define("__xor__", &logical_xor);
  define("__invert__", &logical_not);
  tensor.def("__eq__", &either<eq, eq>, nb::is_operator(), NoGil(),
             nb::sig("def __eq__(self, other: object, /) -> Tensor"));
  tensor.def("__ne__", &either<ne, ne>, nb::is_operator(), NoGil(),
             nb::sig("def __ne__(self, other: object, /) -> Tensor"));
}

void bind_in_place(TensorClass& tensor) {
  const auto define = [&](const char* name, auto f, const auto&... extra) {
    tensor.def(name, f, extra..., NoGil());
  };
  define("fill_", &Tensor::fill_, "value"_a);
  define("zero_", &Tensor::zero_);
  define("masked_fill_", &Tensor::masked_fill_, "mask"_a, "value"_a);
  define("copy_", &Tensor::copy_, "source"_a, "Converts the dtype.");
  define(
      "add_",
      [](Tensor x, const Number& other, double alpha) {
        if (const double* number = std::get_if<double>(&other)) return x.add_(alpha * *number);
        return x.add_(std::get<Tensor>(other), alpha);
      },
      "other"_a, "alpha"_a = 1.0, "self += alpha·other");
  define(
      "sub_",
      [](Tensor x, const Number& other, double alpha) {
        if (const double* number = std::get_if<double>(&other)) return x.sub_(alpha * *number);
        return x.sub_(std::get<Tensor>(other), alpha);
      },
      "other"_a, "alpha"_a = 1.0, "self −= alpha·other");
  constexpr auto mul = &in_place<&Tensor::mul_, &Tensor::mul_>;
  constexpr auto div = &in_place<&Tensor::div_, &Tensor::div_>;
  define("mul_", mul, "other"_a);
  define("div_", div, "other"_a);
  define(
      "__iadd__",
      [](Tensor x, const Number& other) {
        if (const double* number = std::get_if<double>(&other)) return x.add_(*number);
        return x.add_(std::get<Tensor>(other));
      },
      nb::is_operator());
  define(
      "__isub__",
      [](Tensor x, const Number& other) {
        if (const double* number = std::get_if<double>(&other)) return x.sub_(*number);
        return x.sub_(std::get<Tensor>(other));
      },
      nb::is_operator());
  define("__imul__", mul, nb::is_operator());
  define("__itruediv__", div, nb::is_operator());
}

}  // namespace

void bind_arithmetic(nb::module_& m, TensorClass& tensor) {
  Operations ops(m, tensor);
  bind_functions(ops);
  bind_comparisons(ops);
  bind_operators(tensor);
  bind_in_place(tensor);
}

}  // namespace gradus::python
