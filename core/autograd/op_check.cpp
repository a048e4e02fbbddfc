#include "core/autograd/op_check.hpp"

namespace gradus {
namespace {

// What is wrong; an error that the operation was not expected to throw is, too.
std::string breach(const Promise& promise, const Sample& sample) {
  try {
    return promise.broken(sample);
  } catch (const Error& error) {
    return fmt::format("it threw: {}", error.what());
  }
}

}  // namespace

GradcheckOptions tolerance_of(const Sample& sample) {
  GradcheckOptions options = kStrict;
  options.zero_gradient = sample.zero_gradient;
  return options;
}

SampleReport check_sample(std::string_view op, const Sample& sample) {
  SampleReport report{.op = std::string(op),
                      .sample = sample.name,
                      .first = gradcheck(sample.function, sample.inputs, tolerance_of(sample)),
                      .second = gradgradcheck(sample.function, sample.inputs, tolerance_of(sample)),
                      .broken = {}};
  for (const Promise& promise : promises()) {
    std::string failure = breach(promise, sample);
    if (!failure.empty()) report.broken.push_back({promise.name, std::move(failure)});
  }
  return report;
}

}  // namespace gradus
