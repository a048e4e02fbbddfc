// The operations that networks are made of: softmax, norms, losses, attention, convolution, pooling.
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

GeluForm gelu_form(std::string_view approximate) {
  require<ValueError>(approximate == "none" || approximate == "tanh",
                      "gelu: approximate must be 'none' or 'tanh', got '{}'", approximate);
  return approximate == "tanh" ? GeluForm::tanh : GeluForm::erf;
}

Reduction reduction_of(std::string_view name) {
  if (name == "mean") return Reduction::mean;
  if (name == "sum") return Reduction::sum;
  if (name == "none") return Reduction::none;
  require<ValueError>(name == "batchmean",
                      "reduction must be 'mean', 'sum', 'none' or 'batchmean', got '{}'", name);
  return Reduction::batchmean;
}

// The random numbers of one call: those that nn::Dropout would draw.
RandomStream stream_for(double p) { return p > 0 ? default_generator().next() : RandomStream{}; }

AttentionOptions attention_options(const MaybeTensor& key_bias, bool causal, double p) {
  return {.key_bias = or_undefined(key_bias), .causal = causal, .p = p, .stream = stream_for(p)};
}

void bind_activations(Operations& ops) {
  ops.def("softmax", &softmax, "dim"_a, "exp(x_i) / Σ_j exp(x_j) along `dim`")
      .def("log_softmax", &log_softmax, "dim"_a)
      .function(
          "gelu",
          [](const Tensor& x, std::string_view approximate) {
            return gelu(x, gelu_form(approximate));
          },
          "input"_a, "approximate"_a = "none")
      .function(
          "bias_gelu",
          [](const Tensor& x, const Tensor& bias, std::string_view approximate) {
            return bias_gelu(x, bias, gelu_form(approximate));
          },
          "input"_a, "bias"_a, "approximate"_a = "none", "gelu(input + bias)")
      .function(
          "dropout",
          [](const Tensor& x, double p, bool training) {
            return training && p > 0 ? dropout(x, p, stream_for(p)) : x;
          },
          "input"_a, "p"_a = 0.5, "training"_a = true)
      .function(
          "linear",
          [](const Tensor& x, const Tensor& weight, const MaybeTensor& bias) {
            return linear(x, weight, or_undefined(bias));
          },
          "input"_a, "weight"_a, "bias"_a = nb::none(), "x·Wᵀ + b");
}

void bind_norms(Operations& ops) {
  ops.function("layer_norm", &layer_norm, "input"_a, "weight"_a, "bias"_a, "eps"_a = 1e-5,
               "Over the last dimension.")
      .function(
          "dropout_add_layer_norm",
          [](const Tensor& x, const Tensor& residual, const Tensor& weight, const Tensor& bias,
             double p, double eps) {
            return dropout_add_layer_norm(x, residual, weight, bias,
                                          {.eps = eps, .p = p, .stream = stream_for(p)});
          },
          "input"_a, "residual"_a, "weight"_a, "bias"_a, "p"_a = 0.0, "eps"_a = 1e-12,
          "layer_norm(residual + dropout(input))")
      .function(
          "embedding_layer_norm",
          [](const Tensors& inputs, const Tensors& tables, const Tensor& weight, const Tensor& bias,
             double p, double eps) {
            return embedding_layer_norm(inputs, tables, weight, bias,
                                        {.eps = eps, .p = p, .stream = stream_for(p)});
          },
          "inputs"_a, "tables"_a, "weight"_a, "bias"_a, "p"_a = 0.0, "eps"_a = 1e-12,
          "dropout(layer_norm(Σ_t embedding(inputs[t], tables[t])))")
      .function(
          "rms_norm",
          [](const Tensor& x, const MaybeTensor& weight, double eps) {
            return rms_norm(x, or_undefined(weight), eps);
          },
          "input"_a, "weight"_a = nb::none(), "eps"_a = 1e-6)
      .function(
          "batch_norm",
          [](const Tensor& x, const MaybeTensor& mean, const MaybeTensor& var,
             const MaybeTensor& weight, const MaybeTensor& bias, bool training, double momentum,
             double eps) {
            return batch_norm(x, or_undefined(mean), or_undefined(var), or_undefined(weight),
                              or_undefined(bias),
                              {.training = training, .momentum = momentum, .eps = eps});
          },
          "input"_a, "running_mean"_a.none(), "running_var"_a.none(), "weight"_a = nb::none(),
          "bias"_a = nb::none(), "training"_a = false, "momentum"_a = 0.1, "eps"_a = 1e-5);
}

void bind_losses(Operations& ops) {
  const auto reduction = "reduction"_a = "mean";
  ops.function(
         "mse_loss",
         [](const Tensor& x, const Tensor& target, std::string_view reduce) {
           return mse_loss(x, target, reduction_of(reduce));
         },
         "input"_a, "target"_a, reduction)
      .function(
          "kl_div",
          [](const Tensor& x, const Tensor& target, std::string_view reduce, bool log_target) {
            return kl_div(x, target, {.reduction = reduction_of(reduce), .log_target = log_target});
          },
          "input"_a, "target"_a, reduction, "log_target"_a = false)
      .function(
          "binary_cross_entropy_with_logits",
          [](const Tensor& logits, const Tensor& target, const MaybeTensor& weight,
             std::string_view reduce, const MaybeTensor& pos_weight) {
            return binary_cross_entropy_with_logits(logits, target,
                                                    {.weight = or_undefined(weight),
                                                     .pos_weight = or_undefined(pos_weight),
                                                     .reduction = reduction_of(reduce)});
          },
          "input"_a, "target"_a, "weight"_a = nb::none(), reduction, "pos_weight"_a = nb::none())
      .function(
          "nll_loss",
          [](const Tensor& log_probs, const Tensor& target, const MaybeTensor& weight,
             int64_t ignore, std::string_view reduce) {
            return nll_loss(log_probs, target,
                            {.weight = or_undefined(weight),
                             .ignore_index = ignore,
                             .reduction = reduction_of(reduce)});
          },
          "input"_a, "target"_a, "weight"_a = nb::none(), "ignore_index"_a = kIgnoreIndex,
          reduction)
      .function(
          "cross_entropy",
          [](const Tensor& logits, const Tensor& target, const MaybeTensor& weight, int64_t ignore,
             std::string_view reduce, double smoothing) {
            return cross_entropy(logits, target,
                                 CrossEntropyOptions{.weight = or_undefined(weight),
                                                     .ignore_index = ignore,
                                                     .label_smoothing = smoothing,
                                                     .reduction = reduction_of(reduce)});
          },
          "input"_a, "target"_a, "weight"_a = nb::none(), "ignore_index"_a = kIgnoreIndex,
          reduction, "label_smoothing"_a = 0.0);
}

void bind_attention(Operations& ops) {
  ops.function(
         "attention",
         [](const Tensor& q, const Tensor& k, const Tensor& v, const MaybeTensor& key_bias,
            bool causal,
            double p) { return attention(q, k, v, attention_options(key_bias, causal, p)); },
         "query"_a, "key"_a, "value"_a, "key_bias"_a = nb::none(), "causal"_a = false, "p"_a = 0.0,
         "softmax(Q·Kᵀ/√d)·V in the layout [batch, seq, heads, head_dim]")
      .function(
          "self_attention",
          [](const Tensor& qkv, const MaybeTensor& key_bias, bool causal, double p) {
            return self_attention(qkv, attention_options(key_bias, causal, p));
          },
          "qkv"_a, "key_bias"_a = nb::none(), "causal"_a = false, "p"_a = 0.0,
          "attention() of qkv [batch, seq, 3, heads, head_dim]")
      .function(
          "attention_weights",
          [](const Tensor& q, const Tensor& k, const MaybeTensor& key_bias, bool causal) {
            return attention_weights(q, k, or_undefined(key_bias), causal);
          },
          "query"_a, "key"_a, "key_bias"_a = nb::none(), "causal"_a = false,
          "The probabilities alone: [batch, heads, seq_q, seq_k]")
      .function(
          "scaled_dot_product_attention",
          [](const Tensor& q, const Tensor& k, const Tensor& v, const MaybeTensor& mask, double p,
             bool causal) {
            return scaled_dot_product_attention(q, k, v,
                                                {.attn_mask = or_undefined(mask),
                                                 .dropout_p = p,
                                                 .is_causal = causal,
                                                 .stream = stream_for(p)});
          },
          "query"_a, "key"_a, "value"_a, "attn_mask"_a = nb::none(), "dropout_p"_a = 0.0,
          "is_causal"_a = false, "softmax(q·kᵀ/√d + mask)·v:  q [..., seq_q, dim]");
}

void bind_convolution(Operations& ops) {
  ops.function(
         "conv1d",
         [](const Tensor& x, const Tensor& weight, const MaybeTensor& bias, int64_t stride,
            int64_t padding, int64_t dilation, int64_t groups) {
           return conv1d(
               x, weight, or_undefined(bias),
               {.stride = stride, .padding = padding, .dilation = dilation, .groups = groups});
         },
         "input"_a, "weight"_a, "bias"_a = nb::none(), "stride"_a = 1, "padding"_a = 0,
         "dilation"_a = 1, "groups"_a = 1)
      .function(
          "conv2d",
          [](const Tensor& x, const Tensor& weight, const MaybeTensor& bias, Pair stride,
             Pair padding, Pair dilation, int64_t groups) {
            return conv2d(
                x, weight, or_undefined(bias),
                {.stride = stride, .padding = padding, .dilation = dilation, .groups = groups});
          },
          "input"_a, "weight"_a, "bias"_a = nb::none(), "stride"_a = 1, "padding"_a = 0,
          "dilation"_a = 1, "groups"_a = 1)
      .function(
          "im2col",
          [](const Tensor& x, Pair kernel, Pair dilation, Pair padding, Pair stride) {
            return im2col(
                x, {.kernel = kernel, .stride = stride, .padding = padding, .dilation = dilation});
          },
          "input"_a, "kernel_size"_a, "dilation"_a = 1, "padding"_a = 0, "stride"_a = 1,
          "The windows as columns (torch.nn.functional.unfold).")
      .function(
          "col2im",
          [](const Tensor& columns, const Shape& image, Pair kernel, Pair dilation, Pair padding,
             Pair stride) {
            return col2im(
                columns, image,
                {.kernel = kernel, .stride = stride, .padding = padding, .dilation = dilation});
          },
          "input"_a, "output_size"_a, "kernel_size"_a, "dilation"_a = 1, "padding"_a = 0,
          "stride"_a = 1, "Adds columns to an image (torch.nn.functional.fold).");
}

void bind_pooling(Operations& ops) {
  using MaybePair = std::optional<Pair>;
  const auto no_stride = "stride"_a = nb::none();
  const auto ceil_mode = "ceil_mode"_a = false, include_pad = "count_include_pad"_a = true;
  ops.function(
         "max_pool1d",
         [](const Tensor& x, int64_t kernel, std::optional<int64_t> stride, int64_t padding,
            int64_t dilation, bool ceil) {
           return max_pool1d(x, kernel, {stride, padding, dilation, ceil});
         },
         "input"_a, "kernel_size"_a, no_stride, "padding"_a = 0, "dilation"_a = 1, ceil_mode)
      .function(
          "max_pool2d",
          [](const Tensor& x, Pair kernel, MaybePair stride, Pair padding, Pair dilation,
             bool ceil) {
            return max_pool2d(x, kernel, {stride, padding, dilation, ceil});
          },
          "input"_a, "kernel_size"_a, no_stride, "padding"_a = 0, "dilation"_a = 1, ceil_mode)
      .function(
          "avg_pool1d",
          [](const Tensor& x, int64_t kernel, std::optional<int64_t> stride, int64_t padding,
             bool ceil, bool with_pad) {
            return avg_pool1d(x, kernel, {stride, padding, ceil, with_pad});
          },
          "input"_a, "kernel_size"_a, no_stride, "padding"_a = 0, ceil_mode, include_pad)
      .function(
          "avg_pool2d",
          [](const Tensor& x, Pair kernel, MaybePair stride, Pair padding, bool ceil,
             bool with_pad) {
            return avg_pool2d(x, kernel, {stride, padding, ceil, with_pad});
          },
          "input"_a, "kernel_size"_a, no_stride, "padding"_a = 0, ceil_mode, include_pad);
}

}  // namespace

void bind_networks(nb::module_& m, TensorClass& tensor) {
  Operations ops(m, tensor);
  bind_activations(ops);
  bind_norms(ops);
  bind_losses(ops);
  bind_attention(ops);
  bind_convolution(ops);
  bind_pooling(ops);
}

}  // namespace gradus::python
