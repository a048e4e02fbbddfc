#include "core/ops/embedding.hpp"

#include "core/autograd/apply.hpp"
#include "core/autograd/textbook_backward.hpp"
#include "core/kernels/normalization.hpp"
#include "core/ops/dropout.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/index.hpp"
#include "core/ops/shape.hpp"

namespace gradus {
namespace {

// Each table's memory with its index.
template <class Element, class T = std::remove_const_t<Element>>
std::vector<kernels::TableRows<Element>> table_rows(const Tensors& tables, const Tensors& indices) {
  std::vector<kernels::TableRows<Element>> rows;
  for (size_t t = 0; t < tables.size(); ++t) {
    rows.push_back({tables[t].data<T>(), indices[t].data<int64_t>()});
  }
  return rows;
}

// s_i = Σ_t table_t[index_t[i]],  ŝ = (s − μ)/σ,  y = dropout(γŝ + β)
// with g = dropout(dy)·γ:   ds = (g − mean(g) − ŝ·mean(g·ŝ)) / σ,   dγ = Σ_rows dropout(dy)·ŝ,
//   dβ = Σ_rows dropout(dy),   dtable_t = Σ_i ds_i added at index_t[i]
struct EmbeddingLayerNorm {
  static constexpr std::string_view name = "embedding_layer_norm";
  static constexpr bool joint_backward = true;
  std::vector<Saved> indices{};  // [rows], one for each table
  NormDropout options{};
  std::vector<Saved> tables{};
  Saved gamma{}, beta{};
  Tensor sum{}, mean{}, rstd{};  // [rows, cols], [rows], [rows]
  Tensors rows() const { return Tensors(indices.begin(), indices.end()); }
  Tensor forward(const Tensors& tables_in, const Tensor& g, const Tensor& b) {
    const Tensors index = rows();
    Tensors from;
    for (const Tensor& table : tables_in) {
      tables.emplace_back(table);
      from.push_back(table.contiguous());
    }
    gamma = g, beta = b;
    const Tensor y = empty({index[0].numel(), g.size(0)}, g.dtype());
    sum = empty_like(y), mean = empty({y.size(0)}, y.dtype()), rstd = empty_like(mean);
    dispatch_floating(name, y.dtype(), [&]<class T>() {
      kernels::embedding_layer_norm({g.contiguous().data<T>(), b.contiguous().data<T>(),
                                     mean.data<T>(), rstd.data<T>(), options.eps},
                                    {options.p, options.stream}, table_rows<const T>(from, index),
                                    sum.data<T>(), y.data<T>(), y.size(0), y.size(1));
    });
    return y;
  }
  Tensors backward(const Tensor& dy_in) const {
    const Tensors index = rows();
    Tensors from(tables.begin(), tables.end());
    if (grad_enabled()) {
      from.insert(from.end(), {gamma.get(), beta.get()});
      return textbook_backward(
          [index, o = options](const Tensors& in) {
            const Tensors weights(in.begin(), in.end() - 2);
            return textbook::embedding_layer_norm(index, weights, *(in.end() - 2), in.back(), o);
          },
          from, dy_in);
    }
    const Tensor g = gamma.get().contiguous(), dy = dy_in.contiguous();
    const Tensor dsum = empty_like(dy), dgamma = empty_like(g), dbeta = empty_like(g);
    Tensors gradients;
    for (const Tensor& table : from) gradients.push_back(zeros(table.shape(), dy.dtype()));
    dispatch_floating(name, dy.dtype(), [&]<class T>() {
      kernels::embedding_layer_norm_backward(
          {g.data<T>(), nullptr, mean.data<T>(), rstd.data<T>(), options.eps},
          {options.p, options.stream}, sum.data<T>(), dy.data<T>(),
          {dsum.data<T>(), dgamma.data<T>(), dbeta.data<T>()}, dy.size(0), dy.size(1));
      kernels::add_rows<T>(dsum.data<T>(), table_rows<T>(gradients, index), dy.size(0), dy.size(1));
    });
    gradients.insert(gradients.end(), {dgamma, dbeta});
    return gradients;
  }
  static Samples samples() {
    const Tensors indices{tensor(std::vector<int64_t>{2, 0, 2, 1}, {2, 2}),
                          tensor(std::vector<int64_t>{0, 1, 0, 1}, {2, 2})};
    const Tensors inputs{sample_normal({3, 4}), sample_normal({2, 4}, 1), sample_normal({4}, 2),
                         sample_normal({4}, 3)};
    const auto with = [=](double p) {
      return [=](const Tensors& in) {
        return embedding_layer_norm(indices, {in[0], in[1]}, in[2], in[3],
                                    {.eps = 1e-5, .p = p, .stream = {.seed = 3, .stream = 4}});
      };
    };
    return {{"dropout", inputs, with(0.4)}, {"no dropout", inputs, with(0)}};
  }
};

void check_embeddings(const Tensors& indices, const Tensors& tables, const Tensor& gamma,
                      const Tensor& beta, double p) {
  constexpr std::string_view op = EmbeddingLayerNorm::name;
  require<ValueError>(!tables.empty() && indices.size() == tables.size(),
                      "{}: each table needs one index, got {} for {} tables", op, indices.size(),
                      tables.size());
  require<ShapeError>(gamma.dim() == 1 && beta.shape() == gamma.shape(),
                      "{}: gamma and beta must be [dim], not {} and {}", op, gamma.shape(),
                      beta.shape());
  require<DTypeError>(beta.dtype() == gamma.dtype(), "{}: gamma holds {}, beta {}", op,
                      name_of(gamma.dtype()), name_of(beta.dtype()));
  require<ValueError>(p >= 0 && p < 1, "{}: the probability must be in [0, 1), got {}", op, p);
  for (size_t t = 0; t < tables.size(); ++t) {
    require<ShapeError>(tables[t].dim() == 2 && tables[t].size(1) == gamma.size(0),
                        "{}: table {} must be [any, {}], not {}", op, t, gamma.size(0),
                        tables[t].shape());
    require<DTypeError>(tables[t].dtype() == gamma.dtype(), "{}: table {} holds {}, gamma {}", op,
                        t, name_of(tables[t].dtype()), name_of(gamma.dtype()));
    require<ShapeError>(indices[t].shape() == indices[0].shape(),
                        "{}: the indices differ in shape, {} and {}", op, indices[0].shape(),
                        indices[t].shape());
  }
}

}  // namespace

Tensor embedding(const Tensor& index, const Tensor& weight) {
  require<ShapeError>(weight.dim() == 2, "embedding: the weight must be [vocab, dim], not {}",
                      weight.shape());
  Shape shape = index.shape();
  shape.push_back(weight.size(1));
  return reshape(index_select(weight, 0, flatten(index)), shape);
}

Tensor embedding_layer_norm(const Tensors& indices, const Tensors& tables, const Tensor& gamma,
                            const Tensor& beta, NormDropout options) {
  check_embeddings(indices, tables, gamma, beta, options.p);
  std::vector<Saved> rows;
  for (size_t t = 0; t < tables.size(); ++t) {
    const Tensor index = flatten(indices[t]).contiguous();
    check_index(EmbeddingLayerNorm::name, index, tables[t].size(0));
    rows.emplace_back(index);
  }
  Shape shape = indices[0].shape();
  shape.push_back(gamma.size(0));
  return reshape(apply(EmbeddingLayerNorm{rows, options}, tables, gamma, beta), shape);
}

Tensor textbook::embedding_layer_norm(const Tensors& indices, const Tensors& tables,
                                      const Tensor& gamma, const Tensor& beta,
                                      NormDropout options) {
  Tensor sum = embedding(indices[0], tables[0]);
  for (size_t t = 1; t < tables.size(); ++t) sum = sum + embedding(indices[t], tables[t]);
  return dropout(textbook::layer_norm(sum, gamma, beta, options.eps), options.p, options.stream);
}

OpInfos embedding_ops() { return {op_info<EmbeddingLayerNorm>()}; }

FusedPairs embedding_pairs() {
  const Tensors indices{tensor(std::vector<int64_t>{4, 0, 2, 4, 1, 4}, {6}),
                        tensor(std::vector<int64_t>{0, 1, 2, 0, 1, 2}, {6}),
                        tensor(std::vector<int64_t>{0, 0, 0, 1, 1, 1}, {6})};
  const Tensors inputs{sample_normal({5, 37}), sample_normal({3, 37}, 1), sample_normal({2, 37}, 2),
                       sample_normal({37}, 3), sample_normal({37}, 4)};
  const NormDropout options{.eps = 1e-5, .p = 0.3, .stream = {.seed = 5, .stream = 6}};
  return {
      {"embedding_layer_norm", inputs,
       [=](const Tensors& x) {
         return embedding_layer_norm(indices, {x[0], x[1], x[2]}, x[3], x[4], options);
       },
       [=](const Tensors& x) {
         return textbook::embedding_layer_norm(indices, {x[0], x[1], x[2]}, x[3], x[4], options);
       }}};
}

}  // namespace gradus
