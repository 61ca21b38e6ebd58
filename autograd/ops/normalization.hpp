// Normalisation of rows.
#pragma once

#include <fmt/format.h>
#include <array>
#include <autograd/ops/contract.hpp>
#include <autograd/ops/kept.hpp>

namespace brickgrad::ops {

/// Each row along the last axis brought to mean 0 and variance 1, times a gain, plus a bias, one of
/// each a column: (x - mean) / sqrt(variance + eps) gain + bias (Ba, Kiros, Hinton 2016).
struct LayerNorm : Structural<3> {
  static constexpr auto name = "layer_norm";
  static constexpr std::array reads{reads_input(0) | reads_input(1), reads_input(0), reads_nothing};
  double eps = 1e-5;
  mutable KeptTensor moments = {};  // 16 bytes a row
  auto forward(const auto& x, const auto& gain, const auto& bias) const {
    return normalized(x, gain, bias, eps, moments);
  }
  /// The derivative to x of all rows of values, and of one row of numbers, from what the result
  /// receives, x - mean, 1 / sqrt(variance + eps) and the gain; mean_of() gives means of rows.
  static auto gradient(const auto& g, const auto& centred, const auto& inverse, const auto& gain,
                       const auto& mean_of) {
    const auto z = centred * inverse;
    const auto scaled = g * gain;
    return inverse * (scaled - mean_of(scaled) - z * mean_of(scaled * z));
  }
  /// What a row contributes to the derivative to the gain.
  static auto gain_gradient(const auto& g, const auto& centred, const auto& inverse) {
    return g * (centred * inverse);
  }
  template <int I>
  auto pullback(const auto& g, const auto&, const auto& x, const auto& gain, const auto&) const {
    if constexpr (I == 2) {
      return g;
    } else if constexpr (requires { normalized_gradient(g, x, gain, moments); }) {
      // These, row by row.
      if constexpr (I == 0)
        return normalized_gradient(g, x, gain, moments);
      else
        return normalized_gain_gradient(g, x, moments);
    } else {
      const auto mean_of = [](const auto& rows) { return mean(rows, -1, true); };
      const auto centred = x - mean_of(x);
      const auto inverse = rsqrt(mean_of(square(centred)) + eps);
      if constexpr (I == 0)
        return gradient(g, centred, inverse, gain, mean_of);
      else
        return gain_gradient(g, centred, inverse);
    }
  }
  std::string describe() const { return fmt::format("eps={:g}", eps); }
  static std::vector<Sample<LayerNorm>> samples() {
    return {{{{}, 1e-5}, {{3, 4}, {4}, {4}}}, {{{}, 0.5}, {{2, 2, 5}, {5}, {5}}}};
  }
};

}  // namespace brickgrad::ops
