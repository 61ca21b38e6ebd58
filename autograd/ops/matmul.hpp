// Matrix products, layers, and the loss that ends most networks.
#pragma once

#include <array>
#include <autograd/ops/contract.hpp>
#include <cstdint>
#include <vector>

namespace brickgrad::ops {

/// a b for matrices or batches of them, which broadcast.
struct MatMul : Structural<2> {
  static constexpr auto name = "matmul", symbol = "@";
  static constexpr std::array reads{reads_input(1), reads_input(0)};
  static auto forward(const auto& a, const auto& b) { return product_of(a, b); }
  template <int I>
  static auto pullback(const auto& g, const auto&, const auto& a, const auto& b) {
    if constexpr (I == 0)
      return matmul(g, transpose(b));
    else
      return matmul(transpose(a), g);
  }
  static std::vector<Sample<MatMul>> samples() {
    return {{{}, {{2, 3}, {3, 4}}}, {{}, {{2, 2, 3}, {3, 2}}}, {{}, {{2, 1, 2, 3}, {3, 3, 1}}}};
  }
};

/// x w + b with a row b for all rows of x, or a matrix b: a layer of a network in one step.
struct Linear : Structural<3> {
  static constexpr auto name = "linear";
  static constexpr std::array reads{reads_input(1), reads_input(0), reads_nothing};
  static auto forward(const auto& x, const auto& w, const auto& b) { return product_of(x, w, b); }
  template <int I>
  static auto pullback(const auto& g, const auto&, const auto& x, const auto& w, const auto&) {
    if constexpr (I == 0)
      return matmul(g, transpose(w));
    else if constexpr (I == 1)
      return matmul(transpose(x), g);
    else
      return g;
  }
  static std::vector<Sample<Linear>> samples() {
    return {{{}, {{4, 2}, {2, 3}, {3}}},
            {{}, {{2, 4, 3}, {3, 1}, {1}}},
            {{}, {{4, 2}, {2, 3}, {4, 3}}}};
  }
};

/// The mean over the rows of -log softmax(row)[label], from the logits and without overflow.
struct CrossEntropy : Structural<1> {
  static constexpr auto name = "cross_entropy";
  static constexpr Reads reads = reads_input(0);
  std::vector<std::int64_t> labels;
  auto forward(const auto& logits) const { return label_loss(logits, labels); }
  template <int>
  auto pullback(const auto& g, const auto&, const auto& logits) const {
    if constexpr (requires { label_loss_gradient(logits, labels, g); })
      return label_loss_gradient(logits, labels, g);
    else
      return (softmax(logits, 1) - one_hot(labels, logits.shape()[1], logits.dtype())) *
             (g * (1.0 / static_cast<double>(labels.size())));
  }
  static std::vector<Sample<CrossEntropy>> samples() { return {{{{}, {0, 2, 1, 1}}, {{4, 3}}}}; }
};

}  // namespace brickgrad::ops
