// Layers and optimizers: everything a user of gradus::nn includes.
#pragma once

#include "nn/adamw.hpp"
#include "nn/attention.hpp"
#include "nn/encoder.hpp"
#include "nn/init.hpp"
#include "nn/layers.hpp"
#include "nn/module.hpp"
