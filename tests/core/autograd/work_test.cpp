// The operations and bytes that shapes tell, against counts made by hand.
#include "core/autograd/work.hpp"

#include <map>

#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// The work of the last forward and backward of each operation.
class Ledger final : OpObserver {
 public:
  void end(const Activity& activity) noexcept override {
    if (activity.phase == Phase::forward) forward[std::string(activity.name)] = work_of(activity);
    if (activity.phase == Phase::backward) backward[std::string(activity.name)] = work_of(activity);
  }
  std::map<std::string, Work> forward, backward;
};

}  // namespace

TEST_CASE("a product of m by k and k by n is 2mnk operations, and each gradient as many") {
  const Tensor a = leaf({2, 3, 4}), b = leaf({2, 4, 5}, 1);
  const Ledger ledger;
  matmul(a, b).backward(normal({2, 3, 5}, 2));
  CHECK(ledger.forward.at("matmul").flops == 2 * 2 * 3 * 4 * 5);
  CHECK(ledger.backward.at("matmul").flops == 2 * (2 * 2 * 3 * 4 * 5));
  matmul(a, b.detach()).backward(normal({2, 3, 5}, 2));
  CHECK(ledger.backward.at("matmul").flops == 2 * 2 * 3 * 4 * 5);  // dA alone
}

TEST_CASE("the work of linear and attention is that of their products") {
  const Tensor x = leaf({6, 4}), weight = leaf({5, 4}, 1), bias = leaf({5}, 2);
  const Ledger ledger;
  linear(x, weight, bias).backward(normal({6, 5}, 3));
  CHECK(ledger.forward.at("linear").flops == 2 * 6 * 4 * 5);
  CHECK(ledger.backward.at("linear").flops == 2 * (2 * 6 * 4 * 5));
  // batch 2, heads 3, seq_q 5, seq_k 7, head_dim 4
  const Tensor q = leaf({2, 5, 3, 4}), k = leaf({2, 7, 3, 4}, 1), v = leaf({2, 7, 3, 4}, 2);
  attention(q, k, v, {}).backward(normal({2, 5, 3, 4}, 3));
  CHECK(ledger.forward.at("attention").flops == 2 * (2 * 2 * 3 * 5 * 7 * 4));
  CHECK(ledger.backward.at("attention").flops == 4 * (2 * 2 * 3 * 5 * 7 * 4));
  self_attention(leaf({2, 5, 3, 3, 4}), {}).backward(normal({2, 5, 3, 4}, 3));
  CHECK(ledger.forward.at("self_attention").flops == 2 * (2 * 2 * 3 * 5 * 5 * 4));
  CHECK(ledger.backward.at("self_attention").flops == 4 * (2 * 2 * 3 * 5 * 5 * 4));
}

TEST_CASE("what is not a product reads its inputs and writes its outputs") {
  const Tensor x = leaf({10}, 0, DType::float32), y = leaf({10}, 1, DType::float32);
  const Ledger ledger;
  (x * y).backward(normal({10}, 2, DType::float32));
  CHECK(ledger.forward.at("mul").flops == 0);
  CHECK(ledger.forward.at("mul").bytes == 3 * 40);
  CHECK(ledger.backward.at("mul").bytes == 3 * 40);  // dy in, dx and dy out
}

TEST_CASE("views and gradients that are passed on move nothing") {
  const Tensor x = leaf({2, 3}), y = leaf({2, 3}, 1);
  const Ledger ledger;
  transpose(x + y, 0, 1).backward(normal({3, 2}, 2));
  CHECK(ledger.forward.at("permute").bytes == 0);
  CHECK(ledger.forward.at("add").bytes == 3 * 48);
  CHECK(ledger.backward.at("add").bytes == 0);
}
