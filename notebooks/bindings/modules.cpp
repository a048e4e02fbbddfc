// nn::Module and the layers. A Python class may derive from Module: what it assigns to its attributes
// is registered in C++, so that there is one kind of module.
#include "nn/nn.hpp"
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

using nn::Module;

// A tensor that becomes a parameter of the module to whose attribute it is assigned.
struct Parameter : Tensor {
  explicit Parameter(const Tensor& value) : Tensor(value.detach()) { requires_grad_(); }
};

// Modules register in their constructors; Python's are constructed piece by piece.
struct Registry : Module {
  using Module::add_module;
  using Module::add_parameter;
};

void require_new(nb::handle self, const nb::str& name) {
  nb::object before = nb::getattr(self, name, nb::none());
  require<ValueError>(!nb::isinstance<Module>(before) && !nb::isinstance<Parameter>(before),
                      "{} is registered already; change what it holds instead", name.c_str());
}

void add_module(Module& self, std::string name, Module& child) {
  (self.*&Registry::add_module)(std::move(name), child);
}

void set_attribute(nb::handle self, const nb::str& name, const nb::object& value) {
  const bool is_module = nb::isinstance<Module>(value),
             is_parameter = nb::isinstance<Parameter>(value);
  if (is_module || is_parameter) require_new(self, name);
  Module& module = nb::cast<Module&>(self);
  if (is_module) {
    add_module(module, name.c_str(), nb::cast<Module&>(value));
    nb::keep_alive_obj(self, value);  // children are known by their address
  }
  if (is_parameter) {
    (module.*&Registry::add_parameter)(name.c_str(), nb::cast<Parameter&>(value));
  }
  if (PyObject_GenericSetAttr(self.ptr(), name.ptr(), value.ptr()) != 0) throw nb::python_error();
}

void bind_module(nb::module_& m) {
  nb::class_<Parameter, Tensor>(m, "Parameter", "A tensor that is learned: a leaf with a gradient.")
      .def(nb::init<const Tensor&>(), "data"_a);
  nb::class_<Module>(
      m, "Module",
      "A part of a model. Modules and Parameters that are assigned to its attributes "
      "belong to it.")
      .def(nb::init<>())
      .def(
          "__call__",
          [](nb::handle self, const nb::args& args, const nb::kwargs& kwargs) {
            return nb::object(self.attr("forward")(*args, **kwargs));
          },
          nb::sig("def __call__(self, *args: typing.Any, **kwargs: typing.Any) -> typing.Any"),
          "self.forward(...)")
      .def("__setattr__", &set_attribute,
           nb::sig("def __setattr__(self, name: str, value: typing.Any, /) -> None"))
      .def("add_module", &add_module, "name"_a, "module"_a, nb::keep_alive<1, 3>())
      .def("named_parameters", &Module::named_parameters)
      .def("parameters", &Module::parameters)
      .def("parameter_count", &Module::parameter_count)
      .def("state_dict", &Module::state_dict, "The parameters by name, sharing their memory.")
      .def("load_state_dict", &Module::load_state_dict, "state"_a,
           "Copies all values in, or changes nothing and raises FormatError.")
      .def(
          "train", [](Module& module, bool mode) { module.train(mode); }, "mode"_a = true)
      .def("eval", &Module::eval)
      .def_prop_ro("training", &Module::is_training)
      .def("to", &Module::to, "dtype"_a, "Converts the parameters; make optimizers after it.")
      .def("zero_grad", &Module::zero_grad);
}

void bind_layers(nb::module_& m) {
  nb::class_<nn::Linear, Module>(m, "Linear", "y = x·Wᵀ + b")
      .def(
          "__init__",
          [](nn::Linear* self, int64_t in, int64_t out, bool bias) {
            new (self) nn::Linear({.in = in, .out = out, .bias = bias});
          },
          "in_features"_a, "out_features"_a, "bias"_a = true)
      .def("forward", &nn::Linear::forward, "input"_a, NoGil())
      .def_ro("weight", &nn::Linear::weight)
      .def_prop_ro("bias", [](const nn::Linear& layer) { return or_none(layer.bias); });
  nb::class_<nn::Embedding, Module>(m, "Embedding", "One vector for each index.")
      .def(
          "__init__",
          [](nn::Embedding* self, int64_t count, int64_t dim) {
            new (self) nn::Embedding({.count = count, .dim = dim});
          },
          "num_embeddings"_a, "embedding_dim"_a)
      .def("forward", &nn::Embedding::forward, "input"_a, NoGil())
      .def_ro("weight", &nn::Embedding::weight);
  nb::class_<nn::LayerNorm, Module>(m, "LayerNorm", "Over the last dimension.")
      .def(
          "__init__",
          [](nn::LayerNorm* self, int64_t dim, double eps) {
            new (self) nn::LayerNorm({.dim = dim, .eps = eps});
          },
          "normalized_shape"_a, "eps"_a = 1e-5)
      .def("forward", &nn::LayerNorm::forward, "input"_a, NoGil())
      .def_ro("weight", &nn::LayerNorm::weight)
      .def_ro("bias", &nn::LayerNorm::bias)
      .def_ro("eps", &nn::LayerNorm::eps);
  nb::class_<nn::Dropout, Module>(m, "Dropout", "In training, zeroes elements at random.")
      .def(nb::init<double>(), "p"_a = 0.5)
      .def("forward", &nn::Dropout::forward, "input"_a, NoGil());
  nb::class_<nn::Gelu, Module>(m, "Gelu")
      .def(nb::init<>())
      .def("forward", &nn::Gelu::forward, "input"_a, NoGil());
}

void bind_attention(nb::module_& m) {
  using nn::MultiHeadAttention;
  const auto memory = "memory"_a = nb::none(), key_bias = "key_bias"_a = nb::none();
  nb::class_<MultiHeadAttention, Module>(m, "MultiHeadAttention",
                                         "Section 3.2.2 of Vaswani et al. 2017.")
      .def(
          "__init__",
          [](MultiHeadAttention* self, int64_t hidden, int64_t heads, double dropout) {
            new (self) MultiHeadAttention({.hidden = hidden, .heads = heads, .dropout = dropout});
          },
          "hidden"_a, "heads"_a, "dropout"_a = 0.0)
      .def(
          "forward",
          [](const MultiHeadAttention& self, const Tensor& x, const MaybeTensor& from,
             const MaybeTensor& bias) {
            return self.forward(x, from.value_or(x), or_undefined(bias));
          },
          "input"_a, memory, key_bias, NoGil(),
          "Queries from input [batch, seq_q, hidden], keys and values from memory, which is the "
          "input "
          "itself if left out.")
      .def(
          "weights",
          [](const MultiHeadAttention& self, const Tensor& x, const MaybeTensor& from,
             const MaybeTensor& bias) {
            return self.weights(x, from.value_or(x), or_undefined(bias));
          },
          "input"_a, memory, key_bias, NoGil(),
          "How much each query looks at each key: [batch, heads, seq_q, seq_k].")
      .def_ro("query", &MultiHeadAttention::query)
      .def_ro("key", &MultiHeadAttention::key)
      .def_ro("value", &MultiHeadAttention::value)
      .def_ro("output", &MultiHeadAttention::output);
  m.def("key_bias_from_mask", &nn::key_bias_from_mask, "mask"_a, "dtype"_a = DType::float32,
        "0 where the mask [batch, seq] is true, −∞ where it is padding.");
}

void bind_encoder(nb::module_& m) {
  using nn::EncoderLayer, nn::FeedForward, nn::NormPosition;
  nb::class_<FeedForward, Module>(m, "FeedForward", "gelu(x·W₁ + b₁)·W₂ + b₂")
      .def(
          "__init__",
          [](FeedForward* self, int64_t hidden, int64_t intermediate) {
            new (self) FeedForward({.hidden = hidden, .intermediate = intermediate});
          },
          "hidden"_a, "intermediate"_a)
      .def("forward", &FeedForward::forward, "input"_a, NoGil());
  nb::class_<EncoderLayer, Module>(m, "EncoderLayer", "Section 3.1 of Vaswani et al. 2017.")
      .def(
          "__init__",
          [](EncoderLayer* self, int64_t hidden, int64_t heads, int64_t intermediate,
             double dropout, double attention_dropout, double norm_eps, bool norm_first) {
            new (self) EncoderLayer({.hidden = hidden,
                                     .heads = heads,
                                     .intermediate = intermediate,
                                     .dropout = dropout,
                                     .attention_dropout = attention_dropout,
                                     .norm_eps = norm_eps,
                                     .norm = norm_first ? NormPosition::pre : NormPosition::post});
          },
          "hidden"_a, "heads"_a, "intermediate"_a, "dropout"_a = 0.0, "attention_dropout"_a = 0.0,
          "norm_eps"_a = 1e-12, "norm_first"_a = false)
      .def(
          "forward",
          [](const EncoderLayer& self, const Tensor& x, const MaybeTensor& bias) {
            return self.forward(x, or_undefined(bias));
          },
          "input"_a, "key_bias"_a = nb::none(), NoGil())
      .def_ro("attention", &EncoderLayer::attention)
      .def_ro("attention_norm", &EncoderLayer::attention_norm)
      .def_ro("feed_forward", &EncoderLayer::feed_forward)
      .def_ro("output_norm", &EncoderLayer::output_norm);
}

}  // namespace

void bind_modules(nb::module_& nn) {
  bind_module(nn);
  bind_layers(nn);
  bind_attention(nn);
  bind_encoder(nn);
}

}  // namespace gradus::python
