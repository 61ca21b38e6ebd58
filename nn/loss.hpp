// Losses: how far a prediction is from what was wanted. Names and formulas are PyTorch's; each is
// the mean unless asked otherwise.
//   Value ce = nn::cross_entropy(net(X), labels);      // logits against classes; softmax is inside
//   Value mse = nn::mse_loss(net(X), Y, {.reduction = nn::Reduction::sum});
#pragma once

#include <autograd/graph/value.hpp>
#include <cstdint>
#include <span>
#include <vector>

namespace brickgrad::nn {

/// mean: over all elements (of mse_loss and bce_with_logits) or all rows; none: nothing is
/// combined.
enum class Reduction { mean, sum, none };

struct LossOptions {
  Reduction reduction = Reduction::mean;
};

// A target Tensor is a constant. A target Value may receive a gradient too.

/// (prediction - target)². Throws Error unless both have the same shape.
Value mse_loss(const Value& prediction, const Tensor& target, const LossOptions& options = {});
Value mse_loss(const Value& prediction, const Value& target, const LossOptions& options = {});

/// -log softmax(row)[label] of each row, from logits (rows, classes) and without overflow. Throws
/// Error unless there is a label from 0 to classes - 1 for every row.
Value cross_entropy(const Value& logits, std::span<const std::int64_t> labels,
                    const LossOptions& options = {});
Value cross_entropy(const Value& logits, const std::vector<std::int64_t>& labels,
                    const LossOptions& options = {});
/// The same against one row of probabilities each: -Σ p log softmax(row).
Value cross_entropy(const Value& logits, const Tensor& probabilities,
                    const LossOptions& options = {});

/// -log_probabilities[label] of each row, for what log_softmax made.
Value nll_loss(const Value& log_probabilities, std::span<const std::int64_t> labels,
               const LossOptions& options = {});
Value nll_loss(const Value& log_probabilities, const std::vector<std::int64_t>& labels,
               const LossOptions& options = {});

/// nll_loss by its short name.
Value nll(const Value& log_probabilities, std::span<const std::int64_t> labels,
          const LossOptions& options = {});
Value nll(const Value& log_probabilities, const std::vector<std::int64_t>& labels,
          const LossOptions& options = {});

/// -(t log s + (1 - t) log(1 - s)) with s = sigmoid(logits), as log(1 + e^x) - x t, which does not
/// overflow. Throws Error unless both have the same shape.
Value bce_with_logits(const Value& logits, const Tensor& target, const LossOptions& options = {});
Value bce_with_logits(const Value& logits, const Value& target, const LossOptions& options = {});

}  // namespace brickgrad::nn
