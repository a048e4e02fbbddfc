// Module: a part of a model that owns parameters and smaller modules, each under a name. The names,
// joined by dots, are the keys of the state dict and of the checkpoint file; a name may contain dots
// itself ("attention.self.query"), where a file format asks for more levels than the code has.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/tensor/tensor.hpp"

namespace gradus::nn {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;
using StateDict = std::map<std::string, Tensor>;

// Copies the values of `from` into the tensors of the same names in `to`. Throws FormatError that
// names the first one that is missing, has another shape or dtype, or is not in `to`, and calls it a
// `what` ("parameter"); nothing is changed then.
void copy_state(const StateDict& from, StateDict& to, std::string_view what);

class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;  // children are known by their address
  Module& operator=(const Module&) = delete;

  // All parameters, depth first, in the order of their registration.
  NamedTensors named_parameters() const;
  std::vector<Tensor> parameters() const;
  int64_t parameter_count() const;

  // The parameters by name, sharing memory with the module.
  StateDict state_dict() const;
  // Copies the given values in, or changes nothing and throws as copy_state() does.
  void load_state_dict(const StateDict& state);

  // Training mode switches dropout on.
  void train(bool training = true);
  void eval() { train(false); }
  bool is_training() const { return training_; }

  // Converts the parameters to another floating dtype and forgets their gradients: float64 is for
  // checking. Make optimizers after it.
  void to(DType dtype);

  void zero_grad();  // forgets all gradients

 protected:
  // Registers a parameter, which then requires a gradient, and returns it.
  Tensor add_parameter(std::string name, Tensor value);
  // Registers a member (or what a member owns) as a child; an empty name adds no level.
  void add_module(std::string name, Module& child);

 private:
  void collect(const std::string& prefix, NamedTensors& all) const;

  bool training_ = true;
  NamedTensors parameters_;
  std::vector<std::pair<std::string, Module*>> children_;
};

}  // namespace gradus::nn
