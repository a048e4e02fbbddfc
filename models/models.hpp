// What is trained, and how: everything a user of gradus::models includes.
#pragma once

#include "models/bert/bert.hpp"
#include "models/bert/config.hpp"
#include "models/bert/evaluation.hpp"
#include "models/bert/fill_mask.hpp"
#include "models/bert/informed_start.hpp"
#include "models/bert/pretrained.hpp"
#include "models/bert/pretraining.hpp"
#include "models/text/text.hpp"
#include "models/training/checkpoint.hpp"
#include "models/training/manifest.hpp"
#include "models/training/metrics_log.hpp"
#include "models/training/progress.hpp"
#include "models/training/stop_signal.hpp"
#include "models/training/task.hpp"
#include "models/training/train_benchmark.hpp"
#include "models/training/trainer.hpp"
