// Normalisation of rows.
#pragma once

#include <fmt/format.h>
#include <array>
#include <autograd/ops/contract.hpp>

namespace brickgrad::ops {

/// Each row along the last axis brought to mean 0 and variance 1, times a gain, plus a bias, one of
/// each a column: (x - mean) / sqrt(variance + eps) gain + bias (Ba, Kiros, Hinton 2016).
struct LayerNorm : Structural<3> {
  static constexpr auto name = "layer_norm";
  static constexpr std::array reads{reads_input(0) | reads_input(1), reads_input(0), reads_nothing};
  double eps = 1e-5;
  auto forward(const auto& x, const auto& gain, const auto& bias) const {
    return normalized(x, gain, bias, eps);
  }
  template <int I>
  auto pullback(const auto& g, const auto&, const auto& x, const auto& gain, const auto&) const {
    if constexpr (I == 2) {
      return g;
    } else if constexpr (requires { normalized_gradient(g, x, gain, eps); }) {
      if constexpr (I == 0)
        return normalized_gradient(g, x, gain, eps);
      else
        return normalized_gain_gradient(g, x, eps);
    } else {
      const auto centred = x - mean(x, -1, true);
      const auto inverse = rsqrt(mean(square(centred), -1, true) + eps);
      const auto z = centred * inverse;
      if constexpr (I == 1) {
        return g * z;
      } else {
        const auto scaled = g * gain;
        return inverse * (scaled - mean(scaled, -1, true) - z * mean(scaled * z, -1, true));
      }
    }
  }
  std::string describe() const { return fmt::format("eps={:g}", eps); }
  static std::vector<Sample<LayerNorm>> samples() {
    return {{{{}, 1e-5}, {{3, 4}, {4}, {4}}}, {{{}, 0.5}, {{2, 2, 5}, {5}, {5}}}};
  }
};

}  // namespace brickgrad::ops
