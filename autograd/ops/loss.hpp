// The losses that end most networks.
#pragma once

#include <array>
#include <autograd/ops/contract.hpp>
#include <autograd/ops/kept.hpp>

namespace brickgrad::ops {

/// The mean over the rows of -log softmax(row)[label], from the logits and without overflow.
struct CrossEntropy : Structural<1> {
  static constexpr auto name = "cross_entropy";
  static constexpr Reads reads = reads_input(0);
  Labels labels;
  mutable FewResults softmax_of_few = {};
  auto forward(const auto& logits) const { return label_loss(logits, labels, softmax_of_few); }
  template <int>
  auto pullback(const auto& g, const auto&, const auto& logits) const {
    if constexpr (requires { label_loss_gradient(logits, labels, softmax_of_few, g); })
      return label_loss_gradient(logits, labels, softmax_of_few, g);
    else
      return (softmax(logits, 1) - one_hot(labels, logits.shape()[1], logits.dtype())) *
             (g * (1.0 / static_cast<double>(labels.size())));
  }
  static std::vector<Sample<CrossEntropy>> samples() { return {{{{}, {0, 2, 1, 1}}, {{4, 3}}}}; }
};

/// The mean of (prediction - target)^2 over all elements.
struct MseLoss : Structural<2> {
  static constexpr auto name = "mse_loss";
  static constexpr Reads reads = reads_input(0) | reads_input(1);
  static auto forward(const auto& prediction, const auto& target) {
    return mean_squared_error(prediction, target);
  }
  template <int I>
  static auto pullback(const auto& g, const auto&, const auto& prediction, const auto& target) {
    if constexpr (I == 1)
      return pullback<0>(g, g, target, prediction);
    else if constexpr (requires { mean_squared_error_gradient(prediction, target, g); })
      return mean_squared_error_gradient(prediction, target, g);
    else
      return chain_mul(g * (2.0 / static_cast<double>(prediction.numel())), prediction - target);
  }
  static std::vector<Sample<MseLoss>> samples() {
    return {{{}, {{2, 3}, {2, 3}}}, {{}, {{4}, {4}}}};
  }
};

}  // namespace brickgrad::ops
