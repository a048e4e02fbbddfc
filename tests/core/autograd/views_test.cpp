// Changes in place that autograd records, and the views of what was changed.
#include "core/autograd/views.hpp"

#include "core/tensor/allocator.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

using Values = std::vector<double>;

// First and second order, against central differences. Those of the second order lose digits: the
// functions' values go up to a thousand.
void check_gradients(const TensorFunction& f, const Tensors& inputs) {
  const GradcheckReport first = gradcheck(f, inputs, kStrict);
  INFO(first.failure);
  CHECK(first.passed);
  const GradcheckReport second = gradgradcheck(f, inputs);
  INFO(second.failure);
  CHECK(second.passed);
}

Tensor mask23() { return gt(normal({2, 3}, 9), zeros({}, DType::float64)); }

Tensor positive(const Shape& shape, uint64_t which) {
  const Tensor x = normal(shape, which);
  return x * x + 0.5;
}

// The changes under test: of y, by w that broadcasts to it.
struct Change {
  const char* name;
  std::function<void(Tensor y, const Tensor& w)> run;
};
const std::vector<Change> kChanges{
    {"add_", [](Tensor y, const Tensor& w) { y.add_(w, 3); }},
    {"sub_", [](Tensor y, const Tensor& w) { y.sub_(w); }},
    {"mul_", [](Tensor y, const Tensor& w) { y.mul_(w); }},
    {"div_", [](Tensor y, const Tensor& w) { y.div_(w); }},
    {"copy_", [](Tensor y, const Tensor& w) { y.copy_(w); }},
    {"masked_fill_",
     [](Tensor y, const Tensor& w) {
       y.masked_fill_(select(mask23(), 0, 0), 2);
       y.mul_(w);
     }},
    {"numbers", [](Tensor y, const Tensor& w) { y.add_(1).mul_(3).sub_(0.5).div_(2).add_(w); }},
    {"fill_",
     [](Tensor y, const Tensor& w) {
       y.fill_(2);
       y.add_(w);
     }},
    {"itself", [](Tensor y, const Tensor& w) { y.add_(y).sub_(w).mul_(2); }},
};

// x · x, changed as a whole, in a row, in a column of the transpose, and through two views.
Tensor whole(const Change& change, const Tensors& in) {
  const Tensor y = in[0] * in[0];
  change.run(y, in[1]);
  return y * y;
}
Tensor row(const Change& change, const Tensors& in) {
  const Tensor y = in[0] * in[0];
  change.run(select(y, 0, 1), in[1]);
  return y * y;
}
Tensor strided(const Change& change, const Tensors& in) {
  const Tensor y = in[0] * in[0];
  change.run(transpose(narrow(transpose(y, 0, 1), 1, 1, 1), 0, 1), in[1]);
  return y * y;
}
Tensor seen_by_views(const Change& change, const Tensors& in) {
  const Tensor y = in[0] * in[0];
  const Tensor before = transpose(y, 0, 1);
  change.run(select(y, 0, 1), in[1]);
  const Tensor after = y.view({6});
  change.run(select(before, 1, 0), in[1]);
  return matmul(before, y) * sum(after);
}
Tensor buffer(const Change& change, const Tensors& in) {
  const Tensor y = ones({2, 3}, DType::float64);  // no gradient of its own
  const Tensor before = y.view({6});
  change.run(select(y, 0, 1), in[1]);
  return sum(before * before) * in[0] + y * y;
}

}  // namespace

TEST_CASE("changes in place have the gradients of their function") {
  for (const Change& change : kChanges) {
    for (auto f : {whole, row, strided, seen_by_views, buffer}) {
      INFO(change.name);
      const auto function = [&](const Tensors& in) { return f(change, in); };
      check_gradients(function, {normal({2, 3}), positive({3}, 1)});
    }
  }
}

TEST_CASE("a change in place gives the tensor a new history, and zero gradient to what it covers") {
  const Tensor x = tensor({1, 2, 3}, DType::float64).requires_grad_();
  Tensor h = x * 1.0;
  h.fill_(5);
  CHECK(h.requires_grad());
  sum(h).backward();
  CHECK(values(x.grad()) == Values{0, 0, 0});
  Tensor y = x * 2.0;
  y.narrow(0, 1, 1).zero_();
  sum(y * y).backward();
  CHECK(values(x.grad()) == Values{8, 0, 24});
}

TEST_CASE("a constant starts to require a gradient, and so do its views") {
  const Tensor w = leaf({3});
  Tensor base = zeros({2, 3}, DType::float64);
  const Tensor row = select(base, 0, 0), flat = base.view({6}), other = select(base, 0, 1);
  Tensor(row).copy_(w);
  for (const Tensor& t : {base, row, flat, other}) {
    CHECK(t.requires_grad());
    CHECK_FALSE(t.is_leaf());
  }
  CHECK(values(grad({sum(row)}, {base}, {}, {.retain_graph = true})[0]) ==
        Values{1, 1, 1, 0, 0, 0});
  CHECK(values(grad({sum(flat)}, {w}, {}, {.retain_graph = true})[0]) == Values{1, 1, 1});
  CHECK(values(grad({sum(other)}, {w})[0]) == Values{0, 0, 0});
}

TEST_CASE("a change in place is seen by the operations that had saved the old values") {
  const Tensor x = leaf({3});
  Tensor h = x * 1.0;
  const Tensor y = sum(exp(h) * h);
  h.add_(1);
  CHECK_THROWS_WITH(y.backward(), ContainsSubstring("has been changed in place"));

  Tensor k = x * 1.0;
  const Tensor z = sum(k + 1.0);  // saves nothing
  k.mul_(3);
  z.backward();
  CHECK(values(x.grad()) == Values{1, 1, 1});  // through the values that k had then
}

TEST_CASE("hooks stay with the values that a change replaces, retain_grad goes along") {
  const Tensor x = leaf({2});
  Tensor h = x * 1.0;
  std::vector<Values> seen;
  const auto look = [&](const Tensor& dh) {
    seen.push_back(values(dh));
    return Tensor();
  };
  h.retain_grad();
  h.register_hook(look);
  h.mul_(3);
  h.register_hook(look);
  sum(h).backward();
  CHECK(seen == std::vector<Values>{{1, 1}, {3, 3}});
  CHECK(values(h.grad()) == Values{1, 1});
}

TEST_CASE("changes that cannot be recorded are refused") {
  Tensor w = leaf({2}), plain = zeros({2}, DType::float64);
  CHECK_THROWS_WITH(w.add_(ones({2}, DType::float64)),
                    ContainsSubstring("add_: a leaf that requires a gradient cannot be changed in "
                                      "place while operations are recorded; use NoGrad"));
  CHECK_THROWS_WITH(w.view({2, 1}).zero_(),
                    ContainsSubstring("fill_: this is a view of a leaf that requires a gradient"));
  Tensor blind;
  {
    const NoGrad no_grad;
    blind = plain.narrow(0, 0, 1);
    w.add_(ones({2}, DType::float64), -1).view({2, 1}).mul_(2);
    plain.copy_(w);
  }
  CHECK(bit_equal(plain, w));
  CHECK_FALSE(plain.requires_grad());
  CHECK(w.is_leaf());
  CHECK_THROWS_WITH(blind.mul_(w.narrow(0, 0, 1)),
                    ContainsSubstring("mul_: this view was made under NoGrad"));
  CHECK_NOTHROW(blind.mul_(2));  // nothing to record
}

TEST_CASE("a detached tensor shares memory and version, but no history") {
  const Tensor x = leaf({2});
  const Tensor h = x * 1.0;
  const Tensor y = sum(h * h);
  h.detach().add_(1);
  CHECK(h.grad_fn()->name() == "mul");
  CHECK_THROWS_WITH(y.backward(), ContainsSubstring("has been changed in place"));
}

TEST_CASE("changes in place leave no memory behind") {
  const Tensor x = leaf({2, 3});
  const size_t before = memory_stats().current;
  for (const Change& change : kChanges) {
    INFO(change.name);
    {
      Tensor h = exp(x);
      const Tensor rows = h.view({3, 2}), y = h * x, part = select(h, 0, 0) * rows.select(1, 0);
      change.run(select(h, 0, 1), part);
      h.add_(y);  // the history of h now holds what was computed from h
      CHECK(h.requires_grad());
    }
    CHECK(memory_stats().current == before);
    {
      const Tensor h = exp(x) * 2.0, rows = h.view({3, 2});
      change.run(select(h, 0, 1), select(x, 0, 1));
      sum(rows).backward();
      Tensor(x).set_grad({});
    }
    CHECK(memory_stats().current == before);
  }
}

TEST_CASE("an empty view changes nothing") {
  const Tensor x = leaf({3});
  Tensor h = x * 2.0;
  h.narrow(0, 1, 0).add_(leaf({}));
  sum(h).backward();
  CHECK(values(x.grad()) == Values{2, 2, 2});
}
