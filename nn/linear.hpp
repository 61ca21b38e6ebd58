// Linear: x W + b.
//   nn::Linear layer(2, 3);                       // W is (2 x 3), b is (3)
//   nn::Linear plain(2, 3, {.bias = false, .seed = 7});
//   Value y = layer(x);                           // x (..., 2) gives (..., 3)
#pragma once

#include <cstdint>
#include <nn/init.hpp>
#include <nn/module.hpp>
#include <optional>

namespace brickgrad::nn {

struct LinearOptions {
  bool bias = true;
  /// Without one, the next seed of the thread's sequence: see manual_seed().
  std::optional<std::uint64_t> seed = {};
  DType dtype = float64;
  /// Fill the weight and the bias. Without them both are uniform on ±1/sqrt(in), as in PyTorch.
  Initializer init = nullptr;
  Initializer bias_init = nullptr;
};

class Linear : public Module {
 public:
  /// Throws Error when an extent is less than 1.
  Linear(std::int64_t in, std::int64_t out, const LinearOptions& options = {});
  /// x (..., in) to (..., out).
  Value forward(const Value& x) const override;

  /// (in x out). Set it with weight().copy_(tensor).
  const Value& weight() const { return weight_; }
  /// (out). Throws Error when the layer has none.
  const Value& bias() const;
  bool has_bias() const { return bias_.node_or_null() != nullptr; }
  std::int64_t in_features() const { return in_; }
  std::int64_t out_features() const { return out_; }

 private:
  std::int64_t in_, out_;
  Value weight_, bias_;
};

}  // namespace brickgrad::nn
