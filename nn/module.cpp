#include "nn/module.hpp"

#include "core/autograd/grad_mode.hpp"

namespace gradus::nn {

void copy_state(const StateDict& from, StateDict& to, std::string_view what) {
  // all checks first: an error leaves everything as it was
  for (const auto& [name, tensor] : to) {
    const auto found = from.find(name);
    require<FormatError>(found != from.end(), "{} {} is missing", what, name);
    const Tensor& value = found->second;
    require<FormatError>(value.shape() == tensor.shape() && value.dtype() == tensor.dtype(),
                         "{} {} is {}, expected {}", what, name, describe(value), describe(tensor));
  }
  for (const auto& [name, tensor] : from) {
    require<FormatError>(to.contains(name), "{} {} is not known here", what, name);
  }
  const NoGrad no_grad;
  for (auto& [name, tensor] : to) tensor.copy_(from.at(name));
}

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
  copy_state(state, own, "parameter");
}

void Module::to(DType dtype) {
  require<DTypeError>(is_floating(dtype), "parameters must be float32 or float64, not {}",
                      name_of(dtype));
  for (Tensor parameter : parameters()) parameter.set_data(parameter.detach().to(dtype));
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
