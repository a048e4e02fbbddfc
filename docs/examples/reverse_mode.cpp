// Chapter 3: reverse mode in forty lines, on single numbers, and three orders in which to walk a graph.
#include <cmath>
#include <deque>
#include <functional>
#include <queue>
#include <set>
#include <vector>

#include "core/autograd/functional.hpp"
#include "core/autograd/grad_mode.hpp"
#include "core/ops/ops.hpp"
#include "core/tensor/allocator.hpp"
#include "core/tensor/creation.hpp"
#include "docs/examples/numbers.hpp"

using namespace gradus;

namespace {

// #region scalar-graph
// A number, the numbers that it was computed from, and its derivative by each of them.
struct Value {
  double value = 0;
  struct Input {
    Value* from;
    double derivative;
  };
  std::vector<Input> inputs{};
  double gradient = 0;
};

// Values in the order in which they were made: inputs always stand before what uses them.
struct Tape {
  std::deque<Value> values{};  // whose addresses stay when it grows
  Value* make(double value, std::vector<Value::Input> inputs = {}) {
    return &values.emplace_back(Value{value, std::move(inputs)});
  }
  Value* add(Value* a, Value* b) { return make(a->value + b->value, {{a, 1}, {b, 1}}); }
  Value* mul(Value* a, Value* b) {
    return make(a->value * b->value, {{a, b->value}, {b, a->value}});
  }
  Value* sin(Value* a) { return make(std::sin(a->value), {{a, std::cos(a->value)}}); }
};
// #endregion scalar-graph

// #region topological
// Newest first: when a value is reached, all that use it have been.
int64_t backward(Tape& tape) {
  tape.values.back().gradient = 1;
  int64_t visits = 0;
  for (auto v = tape.values.rbegin(); v != tape.values.rend(); ++v, ++visits) {
    for (const auto& [from, derivative] : v->inputs) {
      from->gradient += v->gradient * derivative;
    }
  }
  return visits;
}
// #endregion topological

// #region naive
// Each value once, in the order in which the walk from the result meets them: wrong.
void backward_as_met(Tape& tape) {
  tape.values.back().gradient = 1;
  std::queue<Value*> waiting({&tape.values.back()});
  std::set<Value*> met{&tape.values.back()};
  for (; !waiting.empty(); waiting.pop()) {
    for (const auto& [from, derivative] : waiting.front()->inputs) {
      from->gradient += waiting.front()->gradient * derivative;
      if (met.insert(from).second) waiting.push(from);
    }
  }
}

// Along every path from the result, by recursion: right, and one visit for each path.
int64_t backward_by_paths(Value* v, double gradient) {
  int64_t visits = 1;
  v->gradient += gradient;
  for (const auto& [from, derivative] : v->inputs) {
    visits += backward_by_paths(from, gradient * derivative);
  }
  return visits;
}
// #endregion naive

// y = a + 3a with a = x², at x = 2: dy/dx = 8x = 16
struct Smallest {
  Tape tape{};
  Value* x = tape.make(2);
  Value* three = tape.make(3);
  Value* a = tape.mul(x, x);
  Value* b = tape.mul(three, a);
  Value* y = nullptr;
  explicit Smallest(bool b_first = false) { y = b_first ? tape.add(b, a) : tape.add(a, b); }
};

// x, 2x, 4x, ..., each the sum of the one before with itself
struct Doublings {
  Tape tape{};
  Value* x = tape.make(1);
  explicit Doublings(int n) {
    for (Value* v = x; n > 0; --n) v = tape.add(v, v);
  }
};

size_t bytes_kept(const std::function<Tensor()>& f) {
  const size_t before = memory_stats().current;
  const Tensor result = f();
  return memory_stats().current - before - static_cast<size_t>(result.numel()) * sizeof(float);
}

}  // namespace

int main(int argc, char** argv) {
  Numbers numbers;

  {  // z = x·y + sin x
    Tape tape;
    Value *x = tape.make(2), *y = tape.make(3);
    Value *product = tape.mul(x, y), *sine = tape.sin(x), *z = tape.add(product, sine);
    backward(tape);
    numbers.add("first.product", product->value);
    numbers.add("first.sine", sine->value);
    numbers.add("first.z", z->value);
    numbers.add("first.cosine", std::cos(2));
    numbers.add("first.dx", x->gradient);
    numbers.add("first.dy", y->gradient);
    const Tensor tx = scalar(2).requires_grad_(), ty = scalar(3).requires_grad_();
    (tx * ty + sin(tx)).backward();
    numbers.expect(std::abs(tx.grad().item<float>() - x->gradient) < 1e-6, "the engine agrees");
  }
  {
    Smallest right, as_met;
    numbers.add("smallest.visits", static_cast<double>(backward(right.tape)));
    backward_as_met(as_met.tape);
    numbers.add("smallest.right", right.x->gradient);
    numbers.add("smallest.as_met", as_met.x->gradient);
    Smallest by_paths;
    backward_by_paths(by_paths.y, 1);
    numbers.expect(by_paths.x->gradient == 16, "paths are right");
    Smallest lucky(true);
    backward_as_met(lucky.tape);
    numbers.expect(lucky.x->gradient == 16, "3a + a is right by luck");
  }
  for (int n = 1; n <= 20; ++n) {
    Doublings by_paths(n), ordered(n);
    const int64_t paths = backward_by_paths(&by_paths.tape.values.back(), 1);
    const int64_t visits = backward(ordered.tape);
    numbers.expect(by_paths.x->gradient == ordered.x->gradient, "both are right");
    numbers.add("doublings.paths." + std::to_string(n - 1), static_cast<double>(paths));
    numbers.add("doublings.ordered." + std::to_string(n - 1), static_cast<double>(visits));
    // Exercise: how many visits do n doublings take along all paths?
    numbers.expect(paths == (int64_t{1} << (n + 1)) - 1, "2^(n+1) − 1 visits");
  }
  {  // accumulation
    const Tensor x = scalar(3).requires_grad_();
    (x * x).backward();
    numbers.add("twice.first", x.grad().item<float>());
    (x * x).backward();
    numbers.add("twice.second", x.grad().item<float>());
  }
  {  // a Jacobian by rows, and by columns
    const auto f = [](const Tensors& x) { return Tensors{softmax(x[0], 0)}; };
    const Tensor x = tensor({1, 2, 3}, DType::float64), e = tensor({0, 1, 0}, DType::float64);
    const Tensor row = vjp(f, {x}, {e}).product[0], column = jvp(f, {x}, {e}).product[0];
    numbers.add("jacobian.row", row.to_vector<double>());
    for (int i = 0; i < 3; ++i) {
      numbers.expect(std::abs(row.to_vector<double>()[static_cast<size_t>(i)] -
                              column.to_vector<double>()[static_cast<size_t>(i)]) < 1e-12,
                     "softmax's Jacobian is symmetric");
    }
  }
  {  // what is kept for backward, in units of x
    const Tensor x = randn({256, 256}, {.seed = 1}).requires_grad_();
    const auto kept = [&](const std::function<Tensor()>& f) {
      return static_cast<double>(bytes_kept(f)) / (256.0 * 256 * sizeof(float));
    };
    numbers.add("kept.add", kept([&] { return x + x; }));
    numbers.add("kept.exp", kept([&] { return exp(x); }));
    numbers.add("kept.chain", kept([&] { return exp(sin(exp(x))); }));
    numbers.add("kept.no_grad", kept([&] {
                  const NoGrad no_grad;
                  return exp(sin(exp(x)));
                }));
  }
  return numbers.finish(argc, argv);
}
