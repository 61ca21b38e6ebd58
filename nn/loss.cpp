#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <autograd/tensor/structural.hpp>
#include <nn/loss.hpp>

namespace brickgrad::nn {
namespace {

Value reduced(const Value& losses, const LossOptions& options) {
  switch (options.reduction) {
    case Reduction::mean: return mean(losses);
    case Reduction::sum: return sum(losses);
    case Reduction::none: break;
  }
  return losses;
}

template <class Target>
void check_target(const char* name, const Value& prediction, const Target& target) {
  if (prediction.shape() != target.shape())
    fail(
        "{}: the prediction has shape {}, the target {}; reshape one of them, so that each element "
        "has its own target",
        name, prediction.shape(), target.shape());
  if (prediction.numel() == 0) fail("{}: no elements; the loss of none is not defined", name);
}

void check_rows(const char* name, const Value& logits) {
  const Shape s = logits.shape();
  if (s.rank() != 2)
    fail("{}: a prediction of shape {} has no rows of classes; reshape it to (rows, classes)", name,
         s);
  if (s[0] == 0 || s[1] == 0)
    fail("{}: shape {} has no elements; the loss of none is not defined", name, s);
}

void check_labels(const char* name, const Value& logits, std::span<const std::int64_t> labels) {
  check_rows(name, logits);
  const Shape s = logits.shape();
  if (static_cast<std::int64_t>(labels.size()) != s[0])
    fail("{}: {} labels for {} rows; give one label a row", name, labels.size(), s[0]);
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= s[1])
      fail("{}: label {} in row {} is not one of the {} classes 0 to {}", name, labels[i], i, s[1],
           s[1] - 1);
}

}  // namespace

Value mse_loss(const Value& prediction, const Tensor& target, const LossOptions& options) {
  return mse_loss(prediction, constant(target.to(prediction.dtype())), options);
}

Value mse_loss(const Value& prediction, const Value& target, const LossOptions& options) {
  check_target("mse_loss", prediction, target);
  if (options.reduction == Reduction::mean) return evaluate(ops::MseLoss{}, prediction, target);
  return reduced(square(prediction - target), options);
}

Value cross_entropy(const Value& logits, std::span<const std::int64_t> labels,
                    const LossOptions& options) {
  if (options.reduction == Reduction::none) {
    check_labels("cross_entropy", logits, labels);
    return nll_loss(log_softmax(logits, 1), labels, options);
  }
  Value loss = evaluate(ops::CrossEntropy{{}, labels}, logits);
  return options.reduction == Reduction::mean ? loss : loss * static_cast<double>(labels.size());
}

Value cross_entropy(const Value& logits, const std::vector<std::int64_t>& labels,
                    const LossOptions& options) {
  return cross_entropy(logits, std::span(labels), options);
}

Value cross_entropy(const Value& logits, const Tensor& probabilities, const LossOptions& options) {
  check_rows("cross_entropy", logits);
  if (probabilities.shape() != logits.shape())
    fail(
        "cross_entropy: logits of shape {} want one row of probabilities each, of the same shape, "
        "not {}; class indices go in a std::vector<std::int64_t>",
        logits.shape(), probabilities.shape());
  const Value rows = -sum(log_softmax(logits, 1) * probabilities.to(logits.dtype()), 1);
  return reduced(rows, options);
}

Value nll_loss(const Value& log_probabilities, std::span<const std::int64_t> labels,
               const LossOptions& options) {
  check_labels("nll_loss", log_probabilities, labels);
  const Tensor chosen = one_hot(labels, log_probabilities.size(1), log_probabilities.dtype());
  // where(), because 0 times the -inf of an impossible class is NaN.
  const Value rows = -sum(where(chosen, log_probabilities, 0.0), 1);
  return reduced(rows, options);
}

Value nll_loss(const Value& log_probabilities, const std::vector<std::int64_t>& labels,
               const LossOptions& options) {
  return nll_loss(log_probabilities, std::span(labels), options);
}

Value nll(const Value& log_probabilities, std::span<const std::int64_t> labels,
          const LossOptions& options) {
  return nll_loss(log_probabilities, labels, options);
}

Value nll(const Value& log_probabilities, const std::vector<std::int64_t>& labels,
          const LossOptions& options) {
  return nll_loss(log_probabilities, std::span(labels), options);
}

Value bce_with_logits(const Value& logits, const Tensor& target, const LossOptions& options) {
  check_target("bce_with_logits", logits, target);
  return reduced(softplus(logits) - logits * target.to(logits.dtype()), options);
}

Value bce_with_logits(const Value& logits, const Value& target, const LossOptions& options) {
  check_target("bce_with_logits", logits, target);
  return reduced(softplus(logits) - logits * target, options);
}

}  // namespace brickgrad::nn
