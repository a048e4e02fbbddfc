#include "core/tensor/print.hpp"

#include <algorithm>
#include <cmath>

#include "core/autograd/node.hpp"

namespace gradus {
namespace {

constexpr int64_t kSummarise = 1000;  // larger tensors are cut...
constexpr int64_t kEdge = 3;          // ...to so many entries at both ends of a dimension
constexpr size_t kLineWidth = 80;     // columns
constexpr int64_t kDots = -1;         // in a list of indices: some are left out here
constexpr std::string_view kStart = "tensor(";

enum class Style { whole, fixed, scientific };  // "2.", "2.5000", "2.5000e+00"

// The style in which all of these numbers can be read: four decimals, unless sizes differ too much.
template <class T>
Style style_of(const std::vector<T>& numbers) {
  double smallest = INFINITY, largest = 0;
  bool whole = true;
  for (const T number : numbers) {
    const auto x = std::abs(static_cast<double>(number));
    if (!std::isfinite(x) || x == 0) continue;
    smallest = std::min(smallest, x), largest = std::max(largest, x);
    whole &= x == std::trunc(x);
  }
  if (largest == 0) return Style::whole;
  if (largest >= 1e8 || smallest < 1e-4) return Style::scientific;
  if (whole) return Style::whole;
  return largest / smallest > 1000 ? Style::scientific : Style::fixed;
}

template <class T>
class Printer {
 public:
  explicit Printer(const Tensor& x) : x_(x), first_(x.data<T>()) {
    std::vector<T> shown;
    collect(0, 0, shown);
    style_ = style_of(shown);
    for (const T number : shown) width_ = std::max(width_, text(number).size());
  }

  std::string print() {
    write(0, 0);
    return std::move(out_);
  }

 private:
  std::vector<int64_t> shown_indices(size_t dim) const {
    const int64_t size = x_.shape()[dim];
    const bool all = x_.numel() <= kSummarise || size <= 2 * kEdge;
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < size; ++i) {
      if (!all && i == kEdge) {
        indices.push_back(kDots);
        i = size - kEdge;
      }
      indices.push_back(i);
    }
    return indices;
  }

  void collect(size_t dim, int64_t offset, std::vector<T>& shown) const {
    if (dim == x_.shape().size()) return shown.push_back(first_[offset]);
    for (const int64_t i : shown_indices(dim)) {
      if (i != kDots) collect(dim + 1, offset + i * x_.strides()[dim], shown);
    }
  }

  std::string text(T number) const {
    if constexpr (!std::is_floating_point_v<T>) {
      return fmt::format("{}", number);
    } else {
      if (!std::isfinite(number)) return fmt::format("{}", number);
      switch (style_) {
        case Style::whole:
          return fmt::format("{:.0f}.", number);
        case Style::fixed:
          return fmt::format("{:.4f}", number);
        case Style::scientific:
          break;
      }
      return fmt::format("{:.4e}", number);
    }
  }

  // Appends what lies at `offset` and in the dimensions from `dim` on.
  void write(size_t dim, int64_t offset) {
    if (dim == x_.shape().size()) {
      fmt::format_to(std::back_inserter(out_), "{:>{}}", text(first_[offset]), width_);
      return;
    }
    out_ += '[';
    size_t written = 0;
    for (const int64_t i : shown_indices(dim)) {
      if (written++ > 0) separate(dim, written - 1);
      if (i == kDots) {
        out_ += "...";
      } else {
        write(dim + 1, offset + i * x_.strides()[dim]);
      }
    }
    out_ += ']';
  }

  // Between two entries of a dimension: a new line, or in the last one only where a line is full.
  void separate(size_t dim, size_t written) {
    const size_t behind = x_.shape().size() - dim - 1;
    const size_t indent = kStart.size() + dim + 1;
    const size_t per_line =
        std::max<size_t>(1, (kLineWidth - std::min(kLineWidth, indent)) / (width_ + 2));
    out_ += ',';
    if (behind > 0) {
      out_ += std::string(behind, '\n') + std::string(indent, ' ');
    } else if (written % per_line == 0) {
      out_ += '\n' + std::string(indent, ' ');
    } else {
      out_ += ' ';
    }
  }

  const Tensor x_;
  const T* first_;
  Style style_ = Style::whole;
  size_t width_ = 0;
  std::string out_;
};

}  // namespace

std::string to_string(const Tensor& tensor) {
  if (!tensor.defined()) return "tensor(undefined)";
  std::string text(kStart);
  if (tensor.numel() == 0) {
    text += fmt::format("[], shape={}", to_string(tensor.shape()));
  } else {
    text += dispatch(tensor.dtype(), [&]<class T>() { return Printer<T>(tensor).print(); });
  }
  const bool shows_dtype = tensor.dtype() == DType::float64 || tensor.numel() == 0;
  if (shows_dtype) text += fmt::format(", dtype={}", name_of(tensor.dtype()));
  if (!tensor.is_leaf()) {
    text += fmt::format(", grad_fn=<{}>", tensor.grad_fn()->name());
  } else if (tensor.requires_grad()) {
    text += ", requires_grad=true";
  }
  return text + ")";
}

}  // namespace gradus
