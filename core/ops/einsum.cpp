#include "core/ops/einsum.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string>

#include "core/ops/elementwise.hpp"
#include "core/ops/index.hpp"
#include "core/ops/matmul.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// The names of a tensor's dimensions: letters, and −k for dimension k from the right of "...".
using Labels = std::vector<int>;
using Sizes = std::map<int, int64_t>;

struct Factor {
  Tensor x;
  Labels labels;
};

bool contains(const Labels& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

Labels joined(Labels a, const Labels& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct Equation {
  std::vector<std::string> operands{""};
  std::optional<std::string> output{};
};

// "ij, jk -> ik"
Equation split(std::string_view text) {
  std::string left;
  std::copy_if(text.begin(), text.end(), std::back_inserter(left), [](char c) { return c != ' '; });
  Equation equation;
  if (const size_t arrow = left.find("->"); arrow != std::string::npos) {
    equation.output = left.substr(arrow + 2);
    left.resize(arrow);
  }
  for (const char c : left) {
    if (c == ',') {
      equation.operands.emplace_back();
    } else {
      equation.operands.back() += c;
    }
  }
  return equation;
}

// The labels of one term, in which "..." stands for `hidden` dimensions.
Labels labels_of(std::string_view term, int64_t hidden) {
  Labels labels;
  const size_t ellipsis = term.find("...");
  for (size_t i = 0; i < term.size(); ++i) {
    if (i == ellipsis) {
      for (int64_t k = hidden; k > 0; --k) labels.push_back(static_cast<int>(-k));
      i += 2;
      continue;
    }
    require<ValueError>(std::isalpha(static_cast<unsigned char>(term[i])) != 0,
                        "einsum: '{}' in '{}' is neither a letter nor the only '...'", term[i],
                        term);
    labels.push_back(term[i]);
  }
  return labels;
}

// How many dimensions the "..." of a term stands for.
int64_t hidden_dims(std::string_view term, const Tensor& x) {
  const auto letters = static_cast<int64_t>(labels_of(term, 0).size());
  const bool ellipsis = term.find("...") != std::string_view::npos;
  require<ShapeError>(ellipsis ? x.dim() >= letters : x.dim() == letters,
                      "einsum: '{}' does not fit an operand of shape {}", term, x.shape());
  return x.dim() - letters;
}

// Without "->": the hidden dimensions, then the letters that occur once, in order.
Labels implicit_output(const std::vector<Factor>& factors, int64_t hidden) {
  std::map<int, int> counts;
  for (const Factor& factor : factors) {
    for (const int label : factor.labels) ++counts[label];
  }
  Labels output = labels_of("...", hidden);
  for (const auto& [label, count] : counts) {
    if (label > 0 && count == 1) output.push_back(label);
  }
  return output;
}

void check_output(const Labels& output, const Sizes& sizes) {
  for (const int label : output) {
    const char letter = static_cast<char>(label);
    require<ValueError>(sizes.contains(label), "einsum: the output's '{}' is in no operand",
                        letter);
    require<ValueError>(std::count(output.begin(), output.end(), label) == 1,
                        "einsum: the output names '{}' twice", letter);
  }
}

// The size of each label; one of 1 stretches to another.
Sizes sizes_of(const std::vector<Factor>& factors) {
  Sizes sizes;
  for (const Factor& factor : factors) {
    for (size_t d = 0; d < factor.labels.size(); ++d) {
      const int label = factor.labels[d];
      const int64_t size = factor.x.shape()[d];
      int64_t& known = sizes.try_emplace(label, size).first->second;
      if (known == 1) known = size;
      require<ShapeError>(size == known || size == 1, "einsum: '{}' has the sizes {} and {}",
                          label > 0 ? std::string(1, static_cast<char>(label)) : "...", known,
                          size);
    }
  }
  return sizes;
}

// The same factor with its dimensions in the order of these labels.
Tensor ordered(const Factor& factor, const Labels& order) {
  std::vector<int64_t> dims;
  for (const int label : order) {
    dims.push_back(std::find(factor.labels.begin(), factor.labels.end(), label) -
                   factor.labels.begin());
  }
  return permute(factor.x, dims);
}

// y_i = x_ii for every label that is named twice: element i·(n + 1) of n·n in a line
Factor with_diagonals(Factor factor) {
  for (size_t d = 0; d < factor.labels.size(); ++d) {
    const int label = factor.labels[d];
    const auto twin =
        std::find(factor.labels.begin() + static_cast<int64_t>(d) + 1, factor.labels.end(), label);
    if (twin == factor.labels.end()) continue;
    const int64_t other = twin - factor.labels.begin(), n = factor.x.shape()[d];
    require<ShapeError>(factor.x.size(other) == n,
                        "einsum: '{}' is repeated, but {} has no diagonal there",
                        static_cast<char>(label), factor.x.shape());
    std::vector<int64_t> rest;
    Labels labels;
    for (int64_t k = 0; k < factor.x.dim(); ++k) {
      if (k == static_cast<int64_t>(d) || k == other) continue;
      rest.push_back(k);
      labels.push_back(factor.labels[static_cast<size_t>(k)]);
    }
    rest.insert(rest.end(), {static_cast<int64_t>(d), other});
    labels.push_back(label);
    const Tensor square = permute(factor.x, rest);  // [..., n, n]
    const Tensor line = flatten(square, -2, -1);    // [..., n·n]
    const Tensor steps = arange(n) * scalar(static_cast<double>(n + 1), DType::int64);
    return with_diagonals({index_select(line, -1, steps), labels});
  }
  return factor;
}

// Sums over the labels that nobody asks for any more.
Factor summed(const Factor& factor, const Labels& wanted) {
  std::vector<int64_t> dims;
  Labels kept;
  for (size_t d = 0; d < factor.labels.size(); ++d) {
    if (contains(wanted, factor.labels[d])) {
      kept.push_back(factor.labels[d]);
    } else {
      dims.push_back(static_cast<int64_t>(d));
    }
  }
  return dims.empty() ? factor : Factor{sum(factor.x, dims), kept};
}

Shape shape_of(const Labels& labels, const Sizes& sizes) {
  Shape shape;
  for (const int label : labels) shape.push_back(sizes.at(label));
  return shape;
}

// A·B as a batch of matrix products: labels of both are the batch if they are wanted later and the
// inner dimension if not; labels of one are rows of the result, or columns.
Factor product(const Factor& a_in, const Factor& b_in, const Labels& wanted, const Sizes& sizes) {
  const Factor a = summed(a_in, joined(wanted, b_in.labels));
  const Factor b = summed(b_in, joined(wanted, a_in.labels));
  Labels batch, rows, inner, cols;
  for (const int label : a.labels) {
    const bool shared = contains(b.labels, label);
    Labels& kind = !shared ? rows : contains(wanted, label) ? batch : inner;
    kind.push_back(label);
  }
  for (const int label : b.labels) {
    if (!contains(a.labels, label)) cols.push_back(label);
  }
  const auto count = [&](const Labels& labels) { return numel(shape_of(labels, sizes)); };
  const Labels left = joined(joined(batch, rows), inner),
               right = joined(joined(batch, inner), cols);
  const Tensor y = matmul(reshape(expand(ordered(a, left), shape_of(left, sizes)),
                                  {count(batch), count(rows), count(inner)}),
                          reshape(expand(ordered(b, right), shape_of(right, sizes)),
                                  {count(batch), count(inner), count(cols)}));
  const Labels labels = joined(joined(batch, rows), cols);
  return {reshape(y, shape_of(labels, sizes)), labels};
}

Samples einsum_samples() {
  const auto with = [](const char* equation) {
    return [=](const Tensors& in) { return einsum(equation, in); };
  };
  const Tensor a = sample_normal({2, 3}), b = sample_normal({3, 4}, 1);
  return {{"matrices", {a, b}, with("ij,jk->ik")},
          {"trace", {sample_normal({3, 3})}, with("ii")},
          {"diagonal and sums", {sample_normal({2, 2, 3}), a}, with("iij,kj->ik")},
          {"three operands", {a, b, sample_normal({4, 2}, 2)}, with("ij,jk,kl->il")},
          {"ellipsis",
           {sample_normal({2, 1, 2, 3}), sample_normal({2, 3, 2}, 1)},
           with("...ij,...jk->...ki")},
          {"scalar and vector", {sample_normal({}), sample_normal({3}, 1)}, with(",i->i")}};
}

}  // namespace

Tensor einsum(std::string_view text, const Tensors& operands) {
  const Equation equation = split(text);
  require<ValueError>(equation.operands.size() == operands.size(),
                      "einsum: '{}' has {} operands, but {} are given", text,
                      equation.operands.size(), operands.size());
  int64_t hidden = 0;
  std::vector<Factor> factors;
  for (size_t i = 0; i < operands.size(); ++i) {
    require_same_dtype("einsum", operands[0].dtype(), operands[i].dtype());
    const int64_t own = hidden_dims(equation.operands[i], operands[i]);
    factors.push_back({operands[i], labels_of(equation.operands[i], own)});
    hidden = std::max(hidden, own);
  }
  const Labels output =
      equation.output ? labels_of(*equation.output, hidden) : implicit_output(factors, hidden);
  for (Factor& factor : factors) factor = with_diagonals(factor);
  const Sizes sizes = sizes_of(factors);
  check_output(output, sizes);

  Factor result = factors[0];
  for (size_t i = 1; i < factors.size(); ++i) {
    Labels wanted = output;  // by the output or a later factor
    for (size_t k = i + 1; k < factors.size(); ++k) wanted = joined(wanted, factors[k].labels);
    result = product(result, factors[i], wanted, sizes);
  }
  return ordered(summed(result, output), output);
}

OpInfos einsum_ops() { return {OpInfo{"einsum", &einsum_samples}}; }

}  // namespace gradus
