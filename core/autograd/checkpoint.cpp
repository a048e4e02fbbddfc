#include "core/autograd/checkpoint.hpp"

#include <utility>

#include "core/autograd/grad_mode.hpp"
#include "core/autograd/node.hpp"
#include "core/autograd/saved.hpp"
#include "core/random/philox.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace gradus {
namespace {

// One call of a function, kept as long as an operation inside it may be asked for its backward.
class Checkpoint : public std::enable_shared_from_this<Checkpoint> {
 public:
  Checkpoint(ListFunction f, const Tensors& inputs)
      : f_(std::move(f)), inputs_(inputs.begin(), inputs.end()), generator_(default_generator()) {}

  // Gives each tensor that is saved a slot, and empties them all at the end.
  Tensors run(const Tensors& inputs) {
    const auto keep = [this](const Tensor& tensor) -> std::function<Tensor()> {
      const auto slot = std::make_shared<Saved>(tensor);
      slots_.push_back(slot);
      return [call = shared_from_this(), slot] {
        if (!slot->defined()) call->run_again();
        return slot->get();
      };
    };
    const SavedElsewhere elsewhere(keep);
    Tensors outputs = f_(inputs);
    for (const std::weak_ptr<Saved>& waiting : slots_) {
      if (const std::shared_ptr<Saved> slot = waiting.lock()) *slot = {};
    }
    return outputs;
  }

 private:
  // Fills the slots that are still in use.
  void run_again() {
    Tensors inputs;
    for (const Saved& input : inputs_) inputs.push_back(input);
    const EnableGrad recorded;
    const RunningNode none(nullptr);
    const SameRandomNumbers same(generator_);
    size_t saved = 0;
    const auto keep = [&](const Tensor& tensor) -> std::function<Tensor()> {
      if (saved < slots_.size()) fill(slots_[saved], tensor);
      ++saved;
      return {};
    };
    const SavedElsewhere elsewhere(keep);
    f_(inputs);
    require<GradError>(saved == slots_.size(),
                       "checkpoint: the function saved {} tensors when it was called, and {} when "
                       "it was called again for backward; it must do the same both times",
                       slots_.size(), saved);
  }

  static void fill(const std::weak_ptr<Saved>& waiting, const Tensor& tensor) {
    if (const std::shared_ptr<Saved> slot = waiting.lock()) *slot = Saved(tensor);
  }

  // The default generator in the state of the first call, while it is alive.
  class SameRandomNumbers {
   public:
    explicit SameRandomNumbers(const Generator& state)
        : now_(std::exchange(default_generator(), state)) {}
    ~SameRandomNumbers() { default_generator() = now_; }
    SameRandomNumbers(const SameRandomNumbers&) = delete;
    SameRandomNumbers& operator=(const SameRandomNumbers&) = delete;

   private:
    Generator now_;
  };

  ListFunction f_;
  std::vector<Saved> inputs_;
  Generator generator_;
  std::vector<std::weak_ptr<Saved>> slots_;  // in the order of saving
};

}  // namespace

Tensors checkpoint(const ListFunction& f, const Tensors& inputs) {
  if (!grad_enabled()) return f(inputs);
  return std::make_shared<Checkpoint>(f, inputs)->run(inputs);
}

Tensor checkpoint(const std::function<Tensor(const Tensor&)>& f, const Tensor& input) {
  const auto on_lists = [f](const Tensors& inputs) { return Tensors{f(inputs[0])}; };
  return checkpoint(ListFunction(on_lists), {input})[0];
}

}  // namespace gradus
