// Runs the kernels of elementwise ops over tensors: operands of any strides are broadcast and
// brought to the kernels in blocks that stay in the first-level cache.
#pragma once

#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/tensor.hpp>
#include <span>

namespace brickgrad {

/// An operand: a tensor, or a plain number, which takes on the element type of the others.
struct Operand {
  const Tensor* tensor = nullptr;
  double number = 0;
};

/// The most operands an elementwise op can have.
inline constexpr int max_operands = 4;

/// out = op(operands): out is contiguous and has the broadcast shape and the operands' common type.
void elementwise_forward(int op_index, const void* op, std::span<const Operand> operands,
                         Tensor& out);

/// Where a gradient goes: contiguous memory of the operand's own shape; null when it is not wanted.
struct GradientTarget {
  void* data = nullptr;
  bool add = false;  // += instead of =
};

/// Each target receives g times the partial of its operand, summed over what was broadcast. g and y
/// have the result's shape; y is contiguous.
void elementwise_backward(int op_index, const void* op, const Tensor& g, const Tensor& y,
                          std::span<const Operand> operands,
                          std::span<const GradientTarget> targets);

/// to += from, or to = from, for a view of any strides that shows no element twice.
void add_to(const Tensor& from, const Tensor& to, bool add);

/// to += from, or to = from; `from` broadcasts to the larger shape or is summed to the smaller one.
/// `to` is contiguous with the given shape and type. This is where broadcasting is undone.
void add_to(const Tensor& from, void* to, const Shape& shape, DType dtype, bool add);

}  // namespace brickgrad
