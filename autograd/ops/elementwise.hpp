// The list of all elementwise ops. An entry makes the function `tanh(x)` on tensors and values, the
// kernels, the gradient check and the rest from the struct `ops::Tanh`.
#pragma once

#include <autograd/ops/activation.hpp>
#include <autograd/ops/arithmetic.hpp>
#include <autograd/ops/exponential.hpp>
#include <type_traits>

// Entries: struct, function.
// clang-format off
#define BRICKGRAD_ELEMENTWISE_OPS(OP)                                                        \
  OP(Add, add) OP(Sub, sub) OP(Mul, mul) OP(Div, div) OP(Neg, neg)                           \
  OP(Pow, pow) OP(Square, square) OP(Reciprocal, reciprocal) OP(Sqrt, sqrt) OP(Rsqrt, rsqrt) \
  OP(Cbrt, cbrt)                                                                             \
  OP(Abs, abs) OP(Sign, sign) OP(Maximum, maximum) OP(Minimum, minimum) OP(Where, where)     \
  OP(Clamp, clamp)                                                                           \
  OP(ChainMul, chain_mul)                                                                    \
  OP(Exp, exp) OP(Exp2, exp2) OP(Expm1, expm1) OP(Log, log) OP(Log2, log2) OP(Log10, log10)  \
  OP(Log1p, log1p)                                                                           \
  OP(Sin, sin) OP(Cos, cos) OP(Tan, tan) OP(Asin, asin) OP(Acos, acos) OP(Atan, atan)        \
  OP(Atan2, atan2)                                                                           \
  OP(Sinh, sinh) OP(Cosh, cosh) OP(Tanh, tanh) OP(Asinh, asinh) OP(Acosh, acosh)             \
  OP(Atanh, atanh) OP(Erf, erf) OP(Erfc, erfc)                                               \
  OP(Sigmoid, sigmoid) OP(Relu, relu) OP(LeakyRelu, leaky_relu) OP(Elu, elu)                 \
  OP(Softplus, softplus) OP(Silu, silu) OP(Gelu, gelu)
// clang-format on

namespace brickgrad {

enum class ElementwiseIndex : int {
#define BRICKGRAD_INDEX(Op, function) Op,
  BRICKGRAD_ELEMENTWISE_OPS(BRICKGRAD_INDEX)
#undef BRICKGRAD_INDEX
      count
};
inline constexpr int elementwise_op_count = static_cast<int>(ElementwiseIndex::count);

/// The place of an elementwise op in the list, -1 when it is not there.
template <class Op>
inline constexpr int elementwise_index = -1;
#define BRICKGRAD_INDEX(Op, function) \
  template <>                         \
  inline constexpr int elementwise_index<ops::Op> = static_cast<int>(ElementwiseIndex::Op);
BRICKGRAD_ELEMENTWISE_OPS(BRICKGRAD_INDEX)
#undef BRICKGRAD_INDEX

}  // namespace brickgrad
