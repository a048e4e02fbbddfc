#include "models/training/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/core.hpp"
#include "core/io/file.hpp"
#include "core/io/json.hpp"
#include "core/io/safetensors.hpp"
#include "models/training/metrics_log.hpp"
#include "models/training/progress.hpp"
#include "models/training/stop_signal.hpp"

namespace gradus::training {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kStateFile = "trainer_state.json";
constexpr const char* kLockFile = ".lock";  // stays when the run has ended, and then means nothing
constexpr const char* kMomentsFile = "optimizer.safetensors";
constexpr size_t kMaxStateBytes = 1 << 24;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// How products are rounded: their factors, or by the order in which a library sums.
std::string product_precision() {
  using enum kernels::MatmulLibrary;
  if (kernels::float32_matmul_precision() == kernels::MatmulPrecision::medium) return "bf16";
  const kernels::MatmulLibrary library = kernels::float32_matmul_library();
  return library == openblas ? "fp32 by openblas" : library == onednn ? "fp32 by onednn" : "fp32";
}

// Everything in the options that changes the parameters which come out.
Json describe(const TrainerOptions& options) {
  return {{"steps", options.steps},
          {"precision", product_precision()},
          {"accumulate", options.accumulate},
          {"learning_rate", options.learning_rate},
          {"warmup", options.warmup},
          {"clip_norm", options.clip_norm},
          {"beta1", options.adam.beta1},
          {"beta2", options.adam.beta2},
          {"eps", options.adam.eps},
          {"weight_decay", options.adam.weight_decay},
          {"bias_correction", options.adam.bias_correction}};
}

// What a key of a description is called where a person sets it: "mask_rate" is --mask-rate.
std::string option_of(std::string key) {
  if (key == "learning_rate") return "--lr";
  if (key == "clip_norm") return "--clip";
  if (key == "model") return "--config or --dropout";
  if (key == "precision") return "--precision or --matmul";
  if (key == "text") return "--text or vocabulary";
  std::ranges::replace(key, '_', '-');
  return "--" + key;
}

// Throws if the run in the checkpoint was started differently; names the option that differs.
void check_same(const Json& then, const Json& now, const std::string& where) {
  for (const auto& [key, value] : now.items()) {
    const Json before = then.is_object() && then.contains(key) ? then[key] : Json();
    if (before == value) continue;
    const bool short_enough = value.is_primitive() && key != "text";  // of a text we keep a hash
    throw FormatError(fmt::format(
        "{}: this run was started with another {}{}; give the same options, or another --out for "
        "a new run",
        where, option_of(key),
        short_enough ? fmt::format(": {}, not {}", to_text(before), to_text(value)) : ""));
  }
}

std::string summary(const StepLoss& loss, double tokens_per_s) {
  std::string text = fmt::format("loss {:.3f}", loss.total.item<float>());
  for (const auto& [name, value] : loss.parts) text += fmt::format("  {} {:.3f}", name, value);
  return text + fmt::format("  {:.0f} tokens/s", tokens_per_s);
}

std::string summary(const Metrics& metrics) {
  std::string text;
  for (const auto& [name, value] : metrics) text += fmt::format("  {} {:.4g}", name, value);
  return text;
}

// The right to write there, which one trainer at a time has.
FileLock lock(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  require<IoError>(!error, "cannot create {}: {}", directory.string(), error.message());
  auto lock = FileLock::try_acquire(directory / kLockFile);
  require<IoError>(lock.has_value(),
                   "another training is writing to {}; wait until it has ended, or give another "
                   "--out",
                   directory.string());
  return *std::move(lock);
}

const TrainerOptions& validated(const TrainerOptions& options) {
  options.validate();
  return options;
}

}  // namespace

void check_not_in_use(const std::filesystem::path& directory) {
  if (std::filesystem::exists(directory / kLockFile)) lock(directory);
}

void TrainerOptions::validate() const {
  require<ValueError>(steps > 0, "--steps must be at least 1, got {}", steps);
  require<ValueError>(accumulate > 0, "--accumulate must be at least 1, got {}", accumulate);
  require<ValueError>(learning_rate > 0 && learning_rate < 10, "--lr must be in (0, 10), got {}",
                      learning_rate);
  require<ValueError>(warmup >= 0 && warmup <= 1, "--warmup must be in [0, 1], got {}", warmup);
  require<ValueError>(clip_norm >= 0, "--clip must not be negative, got {}", clip_norm);
  for (const auto& [name, beta] : {std::pair("--beta1", adam.beta1), {"--beta2", adam.beta2}}) {
    require<ValueError>(beta >= 0 && beta < 1, "{} must be in [0, 1), got {}", name, beta);
  }
  require<ValueError>(adam.weight_decay >= 0 && adam.weight_decay <= 1,
                      "--weight-decay must be in [0, 1], got {}", adam.weight_decay);
  require<ValueError>(evaluate_every >= 0 && checkpoint_every >= 0,
                      "--evaluate-every and --checkpoint-every must not be negative, got {} and {}",
                      evaluate_every, checkpoint_every);
  require<ValueError>(keep_checkpoints > 0, "--keep-checkpoints must be at least 1, got {}",
                      keep_checkpoints);
}

Trainer::Trainer(Task& task, TrainerOptions options, std::filesystem::path directory)
    : task_(task),
      options_(validated(options)),
      directory_(std::move(directory)),
      lock_(lock(directory_)),
      optimizer_(task.model().named_parameters(), options.adam) {}

double Trainer::learning_rate() const {
  const auto warmup_steps =
      static_cast<int64_t>(std::lround(options_.warmup * static_cast<double>(options_.steps)));
  return options_.learning_rate * nn::warmup_linear_decay(step_, warmup_steps, options_.steps);
}

// The mean of the gradients of `accumulate` batches; the loss returned is the mean of theirs.
StepLoss Trainer::accumulate_gradients() {
  StepLoss sum;
  const double share = 1.0 / static_cast<double>(options_.accumulate);
  for (int64_t i = 0; i < options_.accumulate; ++i) {
    StepLoss part = task_.loss(step_ * options_.accumulate + i);
    (options_.accumulate == 1 ? part.total : part.total * share).backward();
    const NoGrad no_grad;
    part.total = part.total.detach() * share;
    for (auto& [name, value] : part.parts) value *= share;
    if (i == 0) {
      sum = std::move(part);
      continue;
    }
    sum.total.add_(part.total);
    sum.tokens += part.tokens;
    sum.waited += part.waited;
    for (size_t k = 0; k < sum.parts.size(); ++k) sum.parts[k].second += part.parts[k].second;
  }
  return sum;
}

Trainer::Step Trainer::take_step() {
  const uint64_t generator_position = default_generator().position();
  task_.model().zero_grad();
  Step step{.loss = accumulate_gradients(),
            .learning_rate = learning_rate(),
            .gradient_norm = nn::global_norm(task_.model().parameters())};
  const double loss = step.loss.total.item<float>();
  if (!std::isfinite(loss) || !std::isfinite(step.gradient_norm)) {
    explain_divergence(generator_position, step.learning_rate, loss);
  }
  const double scale =
      options_.clip_norm > 0 ? nn::clip_scale(step.gradient_norm, options_.clip_norm) : 1;
  optimizer_.step(step.learning_rate, scale);
  ++step_;
  return step;
}

// What is known of how a number that is not finite came into this step.
std::string Trainer::cause_of_divergence(uint64_t generator_position) {
  for (const auto& [name, parameter] : task_.model().named_parameters()) {
    if (!all_finite(parameter)) return fmt::format("parameter {} already holds it", name);
  }
  // Runs the step once more, with the same batch and the same dropout, and every operation watched.
  default_generator() = Generator(default_generator().seed(), generator_position);
  task_.model().zero_grad();
  try {
    const AnomalyMode watch;
    accumulate_gradients();
  } catch (const AnomalyError& error) {
    return fmt::format("first produced by '{}' ({})", error.op, error.phase);
  }
  return "no single operation produced it; the gradients are too large to add up";
}

void Trainer::explain_divergence(uint64_t generator_position, double learning_rate, double loss) {
  const std::string cause = cause_of_divergence(generator_position);
  throw DivergedError(fmt::format(
      "step {}: the {} is not finite at learning rate {:.3g}: {}; {}; try a lower --lr or a longer "
      "--warmup",
      step_ + 1, std::isfinite(loss) ? "gradient" : "loss", learning_rate, cause,
      saved_ >= 0 ? fmt::format("the checkpoint of step {} is untouched", saved_)
                  : "there is no checkpoint yet"));
}

std::string Trainer::state() const {
  const Generator& generator = default_generator();
  const Json json = {
      {"step", step_},
      {"generator", {{"seed", generator.seed()}, {"position", generator.position()}}},
      {"task", parse_json(task_.description())},
      {"trainer", describe(options_)}};
  return to_text(json, 2) + "\n";
}

void Trainer::save() {
  CheckpointFiles files = task_.model_files();
  files[kStateFile] = state();
  files[kMomentsFile] = to_safetensors(optimizer_.state_dict());
  save_checkpoint(directory_, step_, files, {.keep = options_.keep_checkpoints});
  saved_ = step_;
}

void Trainer::resume(const std::filesystem::path& checkpoint) {
  const std::filesystem::path state_file = checkpoint / kStateFile;
  const Json json = parse_json_or_null(read_file(state_file, kMaxStateBytes));
  require<FormatError>(json.is_object() && json.contains("task") && json.contains("trainer"),
                       "{}: not the state of a training run", state_file.string());
  check_same(json["trainer"], describe(options_), state_file.string());
  check_same(json["task"], parse_json(task_.description()), state_file.string());
  try {
    step_ = json.at("step").get<int64_t>();
    default_generator() = Generator(json.at("generator").at("seed").get<uint64_t>(),
                                    json.at("generator").at("position").get<uint64_t>());
  } catch (const Json::exception& error) {
    throw FormatError(fmt::format("{}: {}", state_file.string(), error.what()));
  }
  require<FormatError>(step_ >= 0 && step_ <= options_.steps, "{}: step {} is not in [0, {}]",
                       state_file.string(), step_, options_.steps);
  task_.model().load_state_dict(load_safetensors(checkpoint / "model.safetensors"));
  optimizer_.load_state_dict(load_safetensors(checkpoint / kMomentsFile), step_);
  saved_ = step_;
}

TrainingResult Trainer::run() {
  const StopSignal stop;
  return run([&stop](const StepReport&) { return !stop.requested(); });
}

TrainingResult Trainer::run(const Watch& watch) {
  MetricsLog log(directory_ / "metrics.jsonl", step_);
  Progress progress(options_.steps, step_, options_.quiet);
  const auto start = Clock::now();
  TrainingResult result;

  task_.model().train();
  bool go_on = true;
  while (go_on && step_ < options_.steps) {
    const auto step_start = Clock::now();
    const Step step = take_step();
    result.waited += step.loss.waited;
    const double tokens_per_s = static_cast<double>(step.loss.tokens) / seconds_since(step_start);

    Metrics metrics{{"loss", step.loss.total.item<float>()}};
    metrics.insert(metrics.end(), step.loss.parts.begin(), step.loss.parts.end());
    metrics.insert(metrics.end(), {{"learning_rate", step.learning_rate},
                                   {"gradient_norm", step.gradient_norm},
                                   {"tokens_per_s", tokens_per_s}});
    log.write(step_, "train", metrics);
    progress.update(step_, summary(step.loss, tokens_per_s));

    Metrics scores;
    const bool last = step_ == options_.steps;
    if (options_.evaluate_every > 0 && step_ % options_.evaluate_every == 0 && !last) {
      scores = task_.evaluate();
      log.write(step_, "evaluation", scores);
      progress.note(fmt::format("evaluation after step {}:{}", step_, summary(scores)));
    }
    if (options_.checkpoint_every > 0 && step_ % options_.checkpoint_every == 0 && !last) save();
    go_on = watch({.step = step_, .metrics = std::move(metrics), .evaluation = std::move(scores)});
  }
  progress.finish();
  if (saved_ != step_) save();

  result.step = step_;
  result.finished = step_ == options_.steps;
  if (result.finished) {
    result.evaluation = task_.evaluate();
    log.write(step_, "evaluation", result.evaluation);
  }
  result.seconds = seconds_since(start);
  return result;
}

}  // namespace gradus::training
