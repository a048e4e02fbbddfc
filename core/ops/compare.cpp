#include "core/ops/compare.hpp"

#include "core/ops/elementwise.hpp"
#include "core/ops/pointwise.hpp"

namespace gradus {
namespace {

// y = f(a, b), broadcast
template <class F>
Tensor compare(std::string_view op, const Tensor& a, const Tensor& b, F f) {
  require_same_dtype(op, a.dtype(), b.dtype());
  const Tensor y = empty(broadcast_shapes(op, a.shape(), b.shape()), DType::boolean);
  dispatch(a.dtype(), [&]<class T>() { map<bool, T, T>(y, f, a, b); });
  return y;
}

Tensor truth(const Tensor& x) { return to(x.detach(), DType::boolean); }

// y = f(a, b) of truth values, broadcast
template <class F>
Tensor logical(std::string_view op, const Tensor& a, const Tensor& b, F f) {
  const Tensor y = empty(broadcast_shapes(op, a.shape(), b.shape()), DType::boolean);
  map<bool, bool, bool>(y, f, truth(a), truth(b));
  return y;
}

}  // namespace

Tensor eq(const Tensor& a, const Tensor& b) {
  return compare("eq", a, b, [](auto x, auto y) { return x == y; });
}
Tensor ne(const Tensor& a, const Tensor& b) {
  return compare("ne", a, b, [](auto x, auto y) { return x != y; });
}
Tensor lt(const Tensor& a, const Tensor& b) {
  return compare("lt", a, b, [](auto x, auto y) { return x < y; });
}
Tensor le(const Tensor& a, const Tensor& b) {
  return compare("le", a, b, [](auto x, auto y) { return x <= y; });
}
Tensor gt(const Tensor& a, const Tensor& b) {
  return compare("gt", a, b, [](auto x, auto y) { return x > y; });
}
Tensor ge(const Tensor& a, const Tensor& b) {
  return compare("ge", a, b, [](auto x, auto y) { return x >= y; });
}

Tensor eq(const Tensor& a, double b) { return eq(a, scalar_like(a, b)); }
Tensor ne(const Tensor& a, double b) { return ne(a, scalar_like(a, b)); }
Tensor lt(const Tensor& a, double b) { return lt(a, scalar_like(a, b)); }
Tensor le(const Tensor& a, double b) { return le(a, scalar_like(a, b)); }
Tensor gt(const Tensor& a, double b) { return gt(a, scalar_like(a, b)); }
Tensor ge(const Tensor& a, double b) { return ge(a, scalar_like(a, b)); }

Tensor logical_and(const Tensor& a, const Tensor& b) {
  return logical("logical_and", a, b, [](bool x, bool y) { return x && y; });
}
Tensor logical_or(const Tensor& a, const Tensor& b) {
  return logical("logical_or", a, b, [](bool x, bool y) { return x || y; });
}
Tensor logical_xor(const Tensor& a, const Tensor& b) {
  return logical("logical_xor", a, b, [](bool x, bool y) { return x != y; });
}
Tensor logical_not(const Tensor& x) { return eq(truth(x), 0); }

}  // namespace gradus
