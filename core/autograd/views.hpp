// Changes in place and the graph. All views of one memory belong to one base, the tensor that they
// were first made from. When one of them is changed while operations are recorded, the history of
// the base is rewritten to
//   base ← the new elements where the view shows them, the base's own elsewhere
// and the views take theirs from the base when they are next asked for it.
#pragma once

#include <string_view>

#include "core/tensor/tensor.hpp"

namespace gradus {

struct AutogradMeta;

// The tensor's part of the graph, after all changes in place so far.
AutogradMeta& current_history(const Tensor& tensor);

// Notes which of an operation's results show the memory of its inputs.
void track_views(const Tensors& inputs, const Tensors& outputs);

// Throws GradError that names `op` if a recorded change of x in place is refused: of a leaf that
// requires a gradient or a view of one, as its grad() would be that of values which are gone, and of
// a view made under NoGrad, which does not know its base.
void check_rewritable(std::string_view op, const Tensor& x);

// x ← y, both the elements and the history. y has the shape and dtype of x.
void rewrite(const Tensor& x, const Tensor& y);

}  // namespace gradus
