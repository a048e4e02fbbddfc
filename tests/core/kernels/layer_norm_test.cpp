#include "core/kernels/normalization.hpp"
#include "core/kernels/reference.hpp"
#include "tests/core/kernels/kernel_test.hpp"

using namespace gradus;
using namespace gradus::kernels;
using namespace gradus::testing;

namespace {

// Sums of up to 1000 rounded terms, over deviations down to 0.1.
constexpr double kLayerNormTolerance = 2e-5;
constexpr double kEps = 1e-5;

// The arrays of one layer norm with the dropout and the residual before it, in float or double.
template <class T>
struct LayerNormExample {
  LayerNormExample(int64_t rows_, int64_t cols_) : rows(rows_), cols(cols_) {
    const auto fill = [](int64_t n, uint64_t seed) {
      const Array values = random_array(n, seed);
      return std::vector<T>(values.begin(), values.end());
    };
    x = fill(rows * cols, 1), residual = fill(rows * cols, 2), dy = fill(rows * cols, 3);
    gamma = fill(cols, 4), beta = fill(cols, 5);
    for (auto* out : {&sum, &y, &dresidual, &dx}) out->resize(x.size());
    mean.resize(static_cast<size_t>(rows)), rstd.resize(static_cast<size_t>(rows));
    dgamma.resize(gamma.size()), dbeta.resize(gamma.size());
  }
  LayerNorm<T> norm() { return {gamma.data(), beta.data(), mean.data(), rstd.data(), kEps}; }
  LayerNorm<const T> saved() const {
    return {gamma.data(), beta.data(), mean.data(), rstd.data(), kEps};
  }
  LayerNormGradients<T> gradients() { return {dresidual.data(), dgamma.data(), dbeta.data()}; }

  int64_t rows, cols;
  std::vector<T> x, residual, dy, gamma, beta;
  std::vector<T> sum, y, mean, rstd, dresidual, dx, dgamma, dbeta;
};

void compare(const LayerNormExample<float>& e, const LayerNormExample<double>& r) {
  CHECK(worst_error(e.y, r.y) <= kLayerNormTolerance);
  CHECK(worst_error(e.mean, r.mean) <= kLayerNormTolerance);
  CHECK(worst_error(e.rstd, r.rstd) <= kLayerNormTolerance);
  CHECK(worst_error(e.dresidual, r.dresidual) <= kLayerNormTolerance);
  CHECK(worst_error(e.dgamma, r.dgamma) <= kLayerNormTolerance);
  CHECK(worst_error(e.dbeta, r.dbeta) <= kLayerNormTolerance);
}

}  // namespace

TEST_CASE("layer_norm and its gradient agree with the plain form", "[kernels]") {
  const int64_t rows = GENERATE(0, 1, 5, 200), cols = GENERATE(5, 7, 16, 33, 256);
  LayerNormExample<double> r(rows, cols);
  reference::layer_norm(r.norm(), r.x.data(), r.y.data(), rows, cols);
  reference::layer_norm_backward(r.saved(), r.x.data(), r.dy.data(), r.gradients(), rows, cols);
  on_each_target([&] {
    LayerNormExample<float> e(rows, cols);
    layer_norm(e.norm(), e.x.data(), e.y.data(), rows, cols);
    layer_norm_backward(e.saved(), e.x.data(), e.dy.data(), e.gradients(), rows, cols);
    compare(e, r);
  });
}

TEST_CASE("dropout_add_layer_norm and its gradient agree with the plain form", "[kernels]") {
  const int64_t rows = GENERATE(1, 5, 200), cols = GENERATE(5, 7, 33, 256, 600);
  const double p = GENERATE(0.0, 0.3);
  const Dropout drop{.p = p, .stream = {11, 12}};
  LayerNormExample<double> r(rows, cols);
  reference::dropout_add_layer_norm(r.norm(), drop, r.x.data(), r.residual.data(), r.sum.data(),
                                    r.y.data(), rows, cols);
  reference::dropout_add_layer_norm_backward(r.saved(), drop, r.sum.data(), r.dy.data(),
                                             r.gradients(), r.dx.data(), rows, cols);
  on_each_target([&] {
    LayerNormExample<float> e(rows, cols);
    dropout_add_layer_norm(e.norm(), drop, e.x.data(), e.residual.data(), e.sum.data(), e.y.data(),
                           rows, cols);
    CHECK(worst_error(e.sum, r.sum) <= kLayerNormTolerance);
    dropout_add_layer_norm_backward(e.saved(), drop, e.sum.data(), e.dy.data(), e.gradients(),
                                    e.dx.data(), rows, cols);
    compare(e, r);
    CHECK(worst_error(e.dx, r.dx) <= kLayerNormTolerance);
  });
}

TEST_CASE("without dropout, dx may be left out", "[kernels]") {
  LayerNormExample<float> e(3, 20);
  dropout_add_layer_norm(e.norm(), {}, e.x.data(), e.residual.data(), e.sum.data(), e.y.data(), 3,
                         20);
  dropout_add_layer_norm_backward(e.saved(), {}, e.sum.data(), e.dy.data(), e.gradients(), nullptr,
                                  3, 20);
  CHECK(std::abs(e.dresidual[0]) > 0);
}

TEST_CASE("embedding_layer_norm and its gradient agree with the plain form", "[kernels]") {
  const int64_t rows = GENERATE(1, 5, 200), cols = GENERATE(5, 7, 33, 256, 600);
  const double p = GENERATE(0.0, 0.3);
  const Dropout drop{.p = p, .stream = {11, 12}};
  std::vector<int64_t> index, reversed;  // of rows of x and of the residual, which are the tables
  for (int64_t i = 0; i < rows; ++i)
    index.push_back(i * 7 % rows), reversed.push_back(rows - 1 - i);
  const auto tables = [&]<class T>(const LayerNormExample<T>& e) {
    return std::vector<TableRows<const T>>{{e.x.data(), index.data()},
                                           {e.residual.data(), reversed.data()}};
  };
  LayerNormExample<double> r(rows, cols);
  reference::embedding_layer_norm<double>(r.norm(), drop, tables(r), r.sum.data(), r.y.data(), rows,
                                          cols);
  reference::embedding_layer_norm_backward(r.saved(), drop, r.sum.data(), r.dy.data(),
                                           r.gradients(), rows, cols);
  on_each_target([&] {
    LayerNormExample<float> e(rows, cols);
    embedding_layer_norm(e.norm(), drop, tables(e), e.sum.data(), e.y.data(), rows, cols);
    CHECK(worst_error(e.sum, r.sum) <= kLayerNormTolerance);
    embedding_layer_norm_backward(e.saved(), drop, e.sum.data(), e.dy.data(), e.gradients(), rows,
                                  cols);
    compare(e, r);
  });
}

TEST_CASE("layer_norm of rows far from 0, constant rows and NaN", "[kernels]") {
  on_each_target([] {
    // A variance of 1 beside a mean of 1000: two passes keep it.
    LayerNormExample<float> e(1, 256);
    for (float& value : e.x) value += 1000;
    layer_norm(e.norm(), e.x.data(), e.y.data(), 1, 256);
    LayerNormExample<double> r(1, 256);
    r.x.assign(e.x.begin(), e.x.end());
    reference::layer_norm(r.norm(), r.x.data(), r.y.data(), 1, 256);
    CHECK(worst_error(e.y, r.y) <= 1e-3);  // the mean rounds to 2⁻¹⁴

    e.x.assign(256, 5);
    layer_norm(e.norm(), e.x.data(), e.y.data(), 1, 256);
    CHECK(same_bits(e.y, e.beta));

    e.x[100] = kNaN;
    layer_norm(e.norm(), e.x.data(), e.y.data(), 1, 256);
    CHECK(std::isnan(e.y[0]));
  });
}

TEST_CASE("layer_norm's kernels give the same bits on any number of threads", "[kernels]") {
  CHECK(same_on_any_threads([] {
    LayerNormExample<float> e(1000, 100);
    const Dropout drop{.p = 0.1, .stream = {1, 2}};
    dropout_add_layer_norm(e.norm(), drop, e.x.data(), e.residual.data(), e.sum.data(), e.y.data(),
                           1000, 100);
    dropout_add_layer_norm_backward(e.saved(), drop, e.sum.data(), e.dy.data(), e.gradients(),
                                    e.dx.data(), 1000, 100);
    Array all = e.y;
    for (const auto* part : {&e.dx, &e.dresidual, &e.dgamma, &e.dbeta}) {
      all.insert(all.end(), part->begin(), part->end());
    }
    return all;
  }));
}
