#include "core/autograd/views.hpp"

#include <numeric>

#include "core/autograd/grad_mode.hpp"
#include "core/autograd/hooks.hpp"
#include "core/autograd/node.hpp"
#include "core/ops/index.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/shape.hpp"
#include "core/tensor/creation.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

// For each element of the view, row by row, its place in the base, row by row: [view.numel] int64.
Tensor places_in_base(const Tensor& view, const Tensor& base) {
  const NoGrad no_grad;
  const TensorImpl &from = *base.impl(), &to = *view.impl();
  const size_t elements = from.storage->bytes() / size_of(from.dtype);
  const Tensor memory = zeros({static_cast<int64_t>(elements)}, DType::int64);
  memory.alias(from.shape, from.strides, from.offset)
      .copy_(arange(base.numel()).view(base.shape()));
  return memory.alias(to.shape, to.strides, to.offset).clone().view({view.numel()});
}

// The elements of the base that the view shows.
Tensor read(const Tensor& base, const Tensor& view) {
  const Tensor row = reshape(base, {base.numel()});
  return reshape(index_select(row, 0, places_in_base(view, base)), view.shape());
}

// The base with y in place of what the view shows.
Tensor written(const Tensor& base, const Tensor& view, const Tensor& y) {
  const Tensor places = places_in_base(view, base);
  const Tensor is_shown = zeros({base.numel()}, DType::boolean);
  const Tensor place_in_view = zeros({base.numel()}, DType::int64);  // 0 where it is not shown
  for (int64_t i = 0; i < places.numel(); ++i) {
    const int64_t place = places.data<int64_t>()[i];
    is_shown.data<bool>()[place] = true;
    place_in_view.data<int64_t>()[place] = i;
  }
  const Tensor spread = index_select(reshape(y, {y.numel()}), 0, place_in_view);
  return where(is_shown.view(base.shape()), reshape(spread, base.shape()), base);
}

// Gives x the history of y. Hooks stay with the old one, retain_grad() goes along.
void take_history(const Tensor& x, const Tensor& y) {
  AutogradMeta& meta = x.impl()->autograd;
  const std::shared_ptr<Node> old = meta.grad_fn;
  const std::shared_ptr<Hooks> hooks = old ? old->hooks(meta.output_index) : nullptr;
  meta.grad_fn = y.grad_fn();
  meta.output_index = y.impl()->autograd.output_index;
  if (!hooks || !hooks->retains(x)) return;
  hooks->retain({});
  x.retain_grad();
}

bool is_variable(const Tensor& x) { return x.is_leaf() && x.requires_grad(); }

}  // namespace

AutogradMeta& current_history(const Tensor& tensor) {
  AutogradMeta& meta = tensor.impl()->autograd;
  if (!meta.base.defined() || meta.rewrites == meta.base.impl()->autograd.rewrites) return meta;
  meta.rewrites = meta.base.impl()->autograd.rewrites;
  const EnableGrad recorded;
  take_history(tensor, read(meta.base, tensor));
  return meta;
}

void track_views(const Tensors& inputs, const Tensors& outputs) {
  for (const Tensor& output : outputs) {
    AutogradMeta& view = output.impl()->autograd;
    view.base = {};
    view.is_untracked_view = false;
    for (const Tensor& input : inputs) {
      if (!input.defined() || input.impl()->storage != output.impl()->storage) continue;
      const AutogradMeta& source = current_history(input);
      view.is_untracked_view = source.is_untracked_view || !grad_enabled();
      if (view.is_untracked_view) break;
      view.base = source.base.defined() ? source.base : input;
      view.rewrites = view.base.impl()->autograd.rewrites;
      break;
    }
  }
}

void check_rewritable(std::string_view op, const Tensor& x) {
  const AutogradMeta& meta = x.impl()->autograd;
  require<GradError>(!is_variable(x),
                     "{}: a leaf that requires a gradient cannot be changed in place while "
                     "operations are recorded; use NoGrad, or the form that returns a new tensor",
                     op);
  require<GradError>(!meta.base.defined() || !is_variable(meta.base),
                     "{}: this is a view of a leaf that requires a gradient, which cannot be "
                     "changed in place while operations are recorded; use NoGrad, or clone() "
                     "the leaf first",
                     op);
  require<GradError>(!meta.is_untracked_view,
                     "{}: this view was made under NoGrad, so the change cannot be recorded in the "
                     "tensor that it shows; make both under NoGrad, or neither",
                     op);
}

void rewrite(const Tensor& x, const Tensor& y) {
  const AutogradMeta& meta = x.impl()->autograd;
  const Tensor target = meta.base.defined() ? meta.base : x;
  const Tensor now = meta.base.defined() && x.numel() > 0 ? written(target, x, y) : y;
  {
    const NoGrad no_grad;
    Tensor(x).copy_(y);
  }
  if (x.numel() == 0) return;
  take_history(target, now);
  ++target.impl()->autograd.rewrites;
}

}  // namespace gradus
