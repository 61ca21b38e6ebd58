// LayerNorm: rows brought to mean 0 and variance 1, with a gain and a bias that are learnt.
//   nn::LayerNorm norm(64);
//   Value y = norm(x);                            // x (..., 64)
#pragma once

#include <cstdint>
#include <nn/module.hpp>

namespace brickgrad::nn {

struct LayerNormOptions {
  double eps = 1e-5;
  DType dtype = float64;
};

class LayerNorm : public Module {
 public:
  /// Throws Error when there are no features.
  explicit LayerNorm(std::int64_t features, const LayerNormOptions& options = {});
  /// x (..., features), each row (x - mean) / sqrt(variance + eps) gain + bias.
  Value forward(const Value& x) const override;

  /// (features), ones at first.
  const Value& weight() const { return weight_; }
  /// (features), zeros at first.
  const Value& bias() const { return bias_; }

 private:
  double eps_;
  Value weight_, bias_;
};

}  // namespace brickgrad::nn
