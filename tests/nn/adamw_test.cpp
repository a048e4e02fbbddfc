#include "nn/adamw.hpp"

#include "tests/catch.hpp"

using namespace gradus;

TEST_CASE("the learning rate rises over the warmup and falls to zero") {
  CHECK(nn::warmup_linear_decay(0, 4, 12) == 0.25);
  CHECK(nn::warmup_linear_decay(3, 4, 12) == 1);
  CHECK(nn::warmup_linear_decay(8, 4, 12) == 0.5);
  CHECK(nn::warmup_linear_decay(12, 4, 12) == 0);
}

TEST_CASE("gradients are scaled down to the norm, never up") {
  CHECK(nn::clip_scale(4, 1) == 0.25);
  CHECK(nn::clip_scale(0.5, 1) == 1);
}
