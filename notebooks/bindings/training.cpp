// Pre-training of BERT on a text, watched step by step.
#include "models/bert/cloze.hpp"
#include "models/bert/pretraining.hpp"
#include "models/training/trainer.hpp"
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

using namespace bert;
using training::StepReport, training::Trainer, training::TrainerOptions, training::TrainingResult;

std::map<std::string, double> by_name(const training::Metrics& metrics) {
  return {metrics.begin(), metrics.end()};
}

void bind_text_made_ready(nb::module_& m) {
  nb::class_<PretrainingText>(
      m, "PretrainingText",
      "A text made ready: its tokenizer, a part to learn from, a part held out.")
      .def_ro("tokenizer", &PretrainingText::tokenizer)
      .def_prop_ro("train_tokens",
                   [](const PretrainingText& text) { return text.train.tokens.size(); })
      .def_prop_ro("held_out_tokens",
                   [](const PretrainingText& text) { return text.held_out.tokens.size(); })
      .def(
          "clozes",
          [](const PretrainingText& text, size_t count) {
            std::vector<std::pair<std::string, std::string>> clozes;
            for (Cloze& cloze : make_clozes(text.held_out, text.tokenizer, count))
              clozes.emplace_back(std::move(cloze.text), std::move(cloze.answer));
            return clozes;
          },
          "count"_a, "Held-out sentences with a [MASK], and what stood there.");
  m.def(
      "prepare_text",
      [](const text::Corpus& corpus, int64_t vocab_size, const text::WordPiece* tokenizer) {
        return tokenizer ? prepare_text(corpus, *tokenizer) : prepare_text(corpus, vocab_size);
      },
      "corpus"_a, "vocab_size"_a = 3000, "tokenizer"_a = nb::none(), NoGil(),
      "Makes a vocabulary, unless there is a tokenizer, and holds out a part of the documents.");
}

void bind_task(nb::module_& m) {
  nb::class_<Baselines>(m, "Baselines", "What a model must beat.")
      .def_ro("uniform_loss", &Baselines::uniform_loss)
      .def_ro("most_frequent_accuracy", &Baselines::most_frequent_accuracy)
      .def_ro("neighbour_accuracy", &Baselines::neighbour_accuracy);
  nb::class_<Pretraining>(m, "Pretraining",
                          "BERT's two tasks on a text, and a fresh model for them.")
      .def(
          "__init__",
          [](Pretraining* self, const PretrainingText& text, const Config& config, int64_t batch,
             int64_t max_seq, double mask_rate, size_t max_predictions, bool nsp, uint64_t seed,
             bool informed) {
            new (self) Pretraining(
                text,
                {.model = config,
                 .batches = {.batch = batch,
                             .max_seq = max_seq,
                             .masking = {.rate = mask_rate, .max_predictions = max_predictions},
                             .nsp = nsp},
                 .long_phase = {},
                 .seed = seed,
                 .informed_start = informed});
          },
          "text"_a, "config"_a, nb::kw_only(), "batch"_a = 16, "max_seq"_a = 128,
          "mask_rate"_a = 0.3, "max_predictions"_a = 64, "nsp"_a = true, "seed"_a = 0,
          "informed_start"_a = true, NoGil(), "The config's vocab_size is set from the text.")
      .def_prop_ro("model", &Pretraining::model, nb::rv_policy::reference_internal)
      .def_prop_ro("text", &Pretraining::text, nb::rv_policy::reference_internal)
      .def("batch", &Pretraining::batch, "index"_a, NoGil())
      .def(
          "loss", [](Pretraining& self, int64_t index) { return self.loss(index).total; },
          "index"_a, NoGil(), "Of batch `index`, to call backward() on.")
      .def(
          "evaluate", [](Pretraining& self) { return by_name(self.evaluate()); }, NoGil(),
          "Scores on the part held out.")
      .def(
          "baselines",
          [](const Pretraining& self) { return compute_baselines(self.text(), self.held_out()); },
          NoGil());
}

// The trainer's watcher: shows each step to Python's function, and answers Ctrl-C. What is raised ends
// the training as False does, and goes on when what was learned is saved.
class Watcher {
 public:
  explicit Watcher(std::optional<nb::object> function)
      : function_(function ? keep(*function) : nullptr) {}

  bool operator()(const StepReport& report) {
    const nb::gil_scoped_acquire gil;
    try {
      check_signals();
      return !function_ || !(*function_)(report).is(Py_False);
    } catch (nb::python_error& error) {
      raised_ = std::current_exception();
      return false;
    }
  }

  void rethrow() const {
    if (raised_) std::rethrow_exception(raised_);
  }

 private:
  Kept function_;
  std::exception_ptr raised_;
};

TrainingResult run(Trainer& trainer, std::optional<nb::object> watch) {
  Watcher watcher(std::move(watch));
  TrainingResult result;
  {
    const nb::gil_scoped_release release;
    result = trainer.run(std::ref(watcher));
  }
  watcher.rethrow();
  return result;
}

void bind_trainer(nb::module_& m) {
  nb::class_<StepReport>(m, "StepReport", "What a step gave.")
      .def_ro("step", &StepReport::step, "Updates so far.")
      .def_prop_ro(
          "metrics", [](const StepReport& report) { return by_name(report.metrics); },
          "loss, its parts, learning_rate, gradient_norm, tokens_per_s.")
      .def_prop_ro(
          "evaluation", [](const StepReport& report) { return by_name(report.evaluation); },
          "Scores on the part held out; empty where none were due.");
  nb::class_<TrainingResult>(m, "TrainingResult")
      .def_ro("step", &TrainingResult::step)
      .def_ro("finished", &TrainingResult::finished, "False if it was ended early.")
      .def_ro("seconds", &TrainingResult::seconds)
      .def_prop_ro("evaluation",
                   [](const TrainingResult& result) { return by_name(result.evaluation); });
  nb::class_<Trainer>(m, "Trainer",
                      "Trains a task; checkpoints and metrics.jsonl go to a directory.")
      .def(
          "__init__",
          [](Trainer* self, Pretraining& task, std::filesystem::path directory, int64_t steps,
             double lr, double warmup, double beta2, double weight_decay, double clip,
             int64_t accumulate, int64_t evaluate, int64_t checkpoint, int64_t keep_checkpoints,
             bool quiet) {
            const TrainerOptions options{.steps = steps,
                                         .accumulate = accumulate,
                                         .learning_rate = lr,
                                         .warmup = warmup,
                                         .clip_norm = clip,
                                         .adam = {.beta2 = beta2, .weight_decay = weight_decay},
                                         .evaluate_every = evaluate,
                                         .checkpoint_every = checkpoint,
                                         .keep_checkpoints = keep_checkpoints,
                                         .quiet = quiet};
            new (self) Trainer(task, options, std::move(directory));
          },
          "task"_a, "directory"_a, nb::kw_only(), "steps"_a = 1900, "lr"_a = 1.2e-3,
          "warmup"_a = 0.06, "beta2"_a = 0.98, "weight_decay"_a = 0.01, "clip_norm"_a = 1.0,
          "accumulate"_a = 1, "evaluate_every"_a = 0, "checkpoint_every"_a = 0,
          "keep_checkpoints"_a = 2, "quiet"_a = true, nb::keep_alive<1, 2>())
      .def("resume", &Trainer::resume, "checkpoint"_a, NoGil(), "Continues from a checkpoint.")
      .def(
          "run", &run, "watch"_a = nb::none(),
          nb::sig(
              "def run(self, watch: collections.abc.Callable[[StepReport], object] | None = None) "
              "-> TrainingResult"),
          "Trains to the last step, or until watch(report) returns False; then what was learned is "
          "saved. Ctrl-C does the same and raises KeyboardInterrupt.");
}

}  // namespace

void bind_training(nb::module_& m) {
  bind_text_made_ready(m);
  bind_task(m);
  bind_trainer(m);
}

}  // namespace gradus::python
