// Layers on images (N, C, H, W): convolution, pooling, and the step from images to rows.
//   nn::Sequential net{nn::Conv2d(1, 8, 3), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
//                      nn::Linear(8 * 13 * 13, 10)};
//   Value y = net(images);                        // (N, 1, 28, 28) gives (N, 10)
#pragma once

#include <cstdint>
#include <nn/init.hpp>
#include <nn/module.hpp>
#include <optional>

namespace brickgrad::nn {

struct Conv2dOptions {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  bool bias = true;
  /// Without one, the next seed of the thread's sequence: see manual_seed().
  std::optional<std::uint64_t> seed = {};
  DType dtype = float64;
};

/// Kernels of kernel x kernel, uniform on ±1/sqrt(in kernel²) at first, as in PyTorch.
class Conv2d : public Module {
 public:
  /// Throws Error when an extent is less than 1.
  Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, const Conv2dOptions& options = {});
  /// x (N, in, H, W) to (N, out, H', W') with H' = (H + 2 padding - kernel) / stride + 1.
  Value forward(const Value& x) const override;

  /// (out, in, kernel, kernel).
  const Value& weight() const { return weight_; }
  /// (out). Throws Error when the layer has none.
  const Value& bias() const;
  bool has_bias() const { return bias_.node_or_null() != nullptr; }

 private:
  std::int64_t stride_, padding_;
  Value weight_, bias_;
};

/// The largest element of each size x size window.
class MaxPool2d : public Module {
 public:
  /// Throws Error when the size is less than 1.
  explicit MaxPool2d(std::int64_t size);
  Value forward(const Value& x) const override;

 private:
  std::int64_t size_;
};

/// (N, …) to (N, everything else): from images to the rows of a Linear.
class Flatten : public Module {
 public:
  Flatten();
  Value forward(const Value& x) const override;
};

}  // namespace brickgrad::nn
