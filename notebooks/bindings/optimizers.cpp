// AdamW, clipping and the schedule.
#include "nn/adamw.hpp"
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {

void bind_optimizers(nb::module_& m) {
  using nn::AdamW;
  nb::class_<AdamW>(m, "AdamWState", "AdamW as the engine has it; AdamW is the form for people.")
      .def(
          "__init__",
          [](AdamW* self, const nn::NamedTensors& parameters, double beta1, double beta2,
             double eps, double weight_decay, bool bias_correction) {
            new (self) AdamW(parameters, {.beta1 = beta1,
                                          .beta2 = beta2,
                                          .eps = eps,
                                          .weight_decay = weight_decay,
                                          .bias_correction = bias_correction});
          },
          "named_parameters"_a, "beta1"_a = 0.9, "beta2"_a = 0.999, "eps"_a = 1e-6,
          "weight_decay"_a = 0.01, "bias_correction"_a = true)
      .def("update", &AdamW::step, "learning_rate"_a, "grad_scale"_a = 1.0, NoGil(),
           "One step from the gradients, each first multiplied by grad_scale.")
      .def_prop_ro("steps", &AdamW::steps)
      .def("state_dict", &AdamW::state_dict)
      .def("load_state_dict", &AdamW::load_state_dict, "state"_a, "steps"_a);
  m.def("global_norm", &nn::global_norm, "parameters"_a, NoGil(), "√Σ g² of all gradients.");
  m.def("clip_scale", &nn::clip_scale, "norm"_a, "max_norm"_a, "min(1, max_norm / norm)");
  m.def("warmup_linear_decay", &nn::warmup_linear_decay, "step"_a, "warmup_steps"_a,
        "total_steps"_a, "The factor of the peak learning rate at `step`, counted from 0.");
}

}  // namespace gradus::python
