#include "nn/module.hpp"

#include "core/autograd/grad_mode.hpp"

namespace gradus::nn {

void Module::collect(const std::string& prefix, NamedTensors& all) const {
  for (const auto& [name, tensor] : parameters_) all.emplace_back(prefix + name, tensor);
  for (const auto& [name, child] : children_) {
    child->collect(name.empty() ? prefix : prefix + name + ".", all);
  }
}

NamedTensors Module::named_parameters() const {
  NamedTensors all;
  collect("", all);
  return all;
}

std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> all;
  for (const auto& [name, tensor] : named_parameters()) all.push_back(tensor);
  return all;
}

int64_t Module::parameter_count() const {
  int64_t count = 0;
  for (const Tensor& tensor : parameters()) count += tensor.numel();
  return count;
}

StateDict Module::state_dict() const {
  StateDict state;
  for (const auto& [name, tensor] : named_parameters()) state.emplace(name, tensor.detach());
  return state;
}

void Module::load_state_dict(const StateDict& state) {
  StateDict own = state_dict();
  for (const auto& [name, tensor] : own) {
    const auto found = state.find(name);
    require<FormatError>(found != state.end(), "parameter {} is missing", name);
    const Tensor& value = found->second;
    require<FormatError>(value.shape() == tensor.shape() && value.dtype() == tensor.dtype(),
                         "parameter {} is {}, the model expects {}", name, describe(value),
                         describe(tensor));
  }
  for (const auto& [name, tensor] : state) {
    require<FormatError>(own.contains(name), "parameter {} does not belong to this model", name);
  }
  const NoGrad no_grad;
  for (auto& [name, tensor] : own) tensor.copy_(state.at(name));
}

void Module::train(bool training) {
  training_ = training;
  for (const auto& [name, child] : children_) child->train(training);
}

void Module::zero_grad() {
  for (Tensor& tensor : parameters()) tensor.set_grad({});
}

Tensor Module::add_parameter(std::string name, Tensor value) {
  value.requires_grad_();
  parameters_.emplace_back(std::move(name), value);
  return value;
}

void Module::add_module(std::string name, Module& child) {
  children_.emplace_back(std::move(name), &child);
}

}  // namespace gradus::nn
