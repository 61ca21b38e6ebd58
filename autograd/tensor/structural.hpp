// What the structural ops compute, on plain tensors: views and reductions here, products,
// convolutions and the passes of networks in headers of their own, which this one includes. The
// ops' texts call these; users call the functions named like the ops (sum, matmul, reshape, …).
#pragma once

#include <autograd/tensor/convolution.hpp>
#include <autograd/tensor/label_loss.hpp>
#include <autograd/tensor/network.hpp>
#include <autograd/tensor/placed.hpp>
#include <autograd/tensor/pooling.hpp>
#include <autograd/tensor/product.hpp>
#include <autograd/tensor/recurrent.hpp>
#include <autograd/tensor/spread.hpp>
#include <autograd/tensor/squared_error.hpp>
#include <autograd/tensor/tensor.hpp>
#include <span>

namespace brickgrad {

// Views: they share the elements (reshaped copies when the layout does not allow a view).
Tensor reshaped(const Tensor& x, const Shape& shape);
Tensor permuted(const Tensor& x, const Dims& axes);
Tensor broadcasted(const Tensor& x, const Shape& shape);
/// Elements start, start + step, … below stop of one axis; all within range.
Tensor sliced(const Tensor& x, int axis, std::int64_t start, std::int64_t stop, std::int64_t step);

/// Zeros of the shape with x in the place that `sliced` would take.
inline Placed embedded(const Tensor& x, const Shape& shape, int axis, std::int64_t start,
                       std::int64_t step) {
  return {x, shape, axis, start, step};
}
Tensor joined(std::span<const Tensor> parts, int axis);

using AxisFlags = std::array<bool, max_rank>;
Tensor reduce_sum(const Tensor& x, const AxisFlags& axes, bool keepdims, double scale = 1);
Tensor reduce_max(const Tensor& x, const AxisFlags& axes, bool keepdims);
Tensor reduce_logsumexp(const Tensor& x, const AxisFlags& axes, bool keepdims);
/// softmax over one axis, or its logarithm.
Tensor softmax_of(const Tensor& x, int axis, bool logarithm);

}  // namespace brickgrad
