// x[...] and x[...] = value: integers, slices, None and ... as in NumPy, and tensors as indices.
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

bool is_tensor(nb::handle index) { return nb::isinstance<Tensor>(index); }

// The parts between the brackets.
std::vector<nb::object> parts_of(const nb::object& index) {
  std::vector<nb::object> parts;
  if (!nb::isinstance<nb::tuple>(index)) return {index};
  for (const nb::handle part : nb::cast<nb::tuple>(index)) parts.push_back(nb::borrow(part));
  return parts;
}

// How many dimensions an index stands for.
int64_t dims_of(nb::handle index) {
  if (index.is_none()) return 0;
  if (!is_tensor(index)) return 1;
  const Tensor& tensor = nb::cast<const Tensor&>(index);
  return tensor.dtype() == DType::boolean ? tensor.dim() : 1;
}

// ... becomes as many ":" as are missing.
std::vector<nb::object> without_ellipsis(std::vector<nb::object> parts, int64_t dim) {
  const nb::object all = nb::slice(nb::none(), nb::none(), nb::none());
  int64_t named = 0;
  for (const nb::object& part : parts) named += part.is(Py_Ellipsis) ? 0 : dims_of(part);
  require<IndexError>(named <= dim, "{} indices for a tensor with {} dimensions", named, dim);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].is(Py_Ellipsis)) continue;
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
    parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(i), static_cast<size_t>(dim - named),
                 all);
    break;
  }
  return parts;
}

Tensor sliced(const Tensor& x, int64_t dim, nb::handle index) {
  const auto bound = [&](const char* name) {
    return nb::cast<std::optional<int64_t>>(index.attr(name));
  };
  return slice(x, dim, bound("start"), bound("stop"), bound("step").value_or(1));
}

struct Selection {
  Tensor view;      // after all integers, slices and None
  Tensors indices;  // for its dimensions; undefined: all of one
};

Selection select_views(const Tensor& x, const nb::object& index) {
  Selection result{.view = x, .indices = {}};
  int64_t dim = 0;       // of the view, that the next part is about
  size_t untouched = 0;  // dimensions before it since the last tensor
  for (const nb::object& part : without_ellipsis(parts_of(index), x.dim())) {
    if (is_tensor(part)) {
      result.indices.resize(result.indices.size() + std::exchange(untouched, 0));
      result.indices.push_back(nb::cast<Tensor>(part));
      dim += dims_of(part);
    } else if (part.is_none()) {
      result.view = result.view.unsqueeze(dim++);
      ++untouched;
    } else if (nb::isinstance<nb::slice>(part)) {
      result.view = sliced(result.view, dim++, part);
      ++untouched;
    } else {
      int64_t i = 0;
      require<IndexError>(nb::try_cast(part, i),
                          "an index must be an int, a slice, None, ... or a "
                          "Tensor, not {}",
                          nb::type_name(part.type()).c_str());
      result.view = result.view.select(dim, i);
    }
  }
  return result;
}

Tensor get_item(const Tensor& x, const nb::object& place) {
  const Selection selection = select_views(x, place);
  return selection.indices.empty() ? selection.view : index(selection.view, selection.indices);
}

void set_item(const Tensor& x, const nb::object& place, const std::variant<double, Tensor>& value) {
  Selection selection = select_views(x, place);
  const bool is_mask = selection.indices.size() == 1 &&
                       selection.indices[0].dtype() == DType::boolean &&
                       selection.indices[0].shape() == selection.view.shape();
  require<IndexError>(
      selection.indices.empty() || (is_mask && value.index() == 0),
      "x[index] = value takes integers and slices, or one mask of the tensor's shape "
      "and a number");
  if (is_mask) {
    selection.view.masked_fill_(selection.indices[0], std::get<double>(value));
  } else if (const double* number = std::get_if<double>(&value)) {
    selection.view.fill_(*number);
  } else {
    selection.view.copy_(std::get<Tensor>(value));
  }
}

}  // namespace

void bind_indexing(TensorClass& tensor) {
  tensor
      .def("__getitem__", &get_item, "index"_a,
           nb::sig("def __getitem__(self, index: object, /) -> Tensor"))
      .def("__setitem__", &set_item, "index"_a, "value"_a,
           nb::sig("def __setitem__(self, index: object, value: float | Tensor, /) -> None"));
}

}  // namespace gradus::python
