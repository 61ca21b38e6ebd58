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
  /// From factor softmax(logits), for values and for one number; `is_label` is 1 for what the
  /// labels say and 0 elsewhere, where nothing is left to do.
  static constexpr auto gradient(const auto& scaled, const auto& is_label, const auto& factor) {
    return scaled - is_label * factor;
  }
  template <int>
  auto pullback(const auto& g, const auto&, const auto& logits) const {
    if constexpr (requires { label_loss_gradient(logits, labels, softmax_of_few, g); }) {
      return label_loss_gradient(logits, labels, softmax_of_few, g);  // that, number by number
    } else {
      const auto factor = g * (1.0 / static_cast<double>(labels.size()));
      return gradient(softmax(logits, 1) * factor,
                      one_hot(labels, logits.shape()[1], logits.dtype()), factor);
    }
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
  /// For values, and for lanes of numbers.
  static auto gradient(const auto& factor, const auto& prediction, const auto& target) {
    return chain_mul(factor, prediction - target);
  }
  template <int I>
  static auto pullback(const auto& g, const auto&, const auto& prediction, const auto& target) {
    if constexpr (I == 1)
      return pullback<0>(g, g, target, prediction);
    else if constexpr (requires { mean_squared_error_gradient(prediction, target, g); })
      return mean_squared_error_gradient(prediction, target, g);  // that, written in place
    else
      return gradient(g * (2.0 / static_cast<double>(prediction.numel())), prediction, target);
  }
  static std::vector<Sample<MseLoss>> samples() {
    return {{{}, {{2, 3}, {2, 3}}}, {{}, {{4}, {4}}}};
  }
};

}  // namespace brickgrad::ops
