// All operations.
#pragma once

#include "core/ops/activation.hpp"
#include "core/ops/attention.hpp"
#include "core/ops/cross_entropy.hpp"
#include "core/ops/dropout.hpp"
#include "core/ops/elementwise.hpp"
#include "core/ops/index.hpp"
#include "core/ops/join.hpp"
#include "core/ops/layer_norm.hpp"
#include "core/ops/loss.hpp"
#include "core/ops/mask.hpp"
#include "core/ops/matmul.hpp"
#include "core/ops/nll.hpp"
#include "core/ops/reduce.hpp"
#include "core/ops/registry.hpp"
#include "core/ops/shape.hpp"
#include "core/ops/softmax.hpp"
