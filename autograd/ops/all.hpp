// AllOps: the list of every op there is. What is not listed here does not compile.
#pragma once

#include <autograd/ops/convolution.hpp>
#include <autograd/ops/elementwise.hpp>
#include <autograd/ops/loss.hpp>
#include <autograd/ops/matmul.hpp>
#include <autograd/ops/normalization.hpp>
#include <autograd/ops/recurrent.hpp>
#include <autograd/ops/reduction.hpp>
#include <autograd/ops/views.hpp>

// clang-format off
#define BRICKGRAD_STRUCTURAL_OPS(OP)                                                        \
  OP(MatMul) OP(Linear) OP(CrossEntropy) OP(MseLoss) OP(LayerNorm) OP(LstmCell) OP(Lstm)    \
  OP(Conv2d) OP(Conv2dInput) OP(Conv2dWeight) OP(MaxPool2d) OP(MaxUnpool2d) OP(MaxSelect2d) \
  OP(Reshape) OP(Transpose) OP(BroadcastTo) OP(Slice) OP(Embed) OP(Concat) OP(Clone)        \
  OP(Cast) OP(Sum) OP(Mean) OP(Max) OP(LogSumExp) OP(Softmax) OP(LogSoftmax)                \
  OP(VecMat) OP(MatVec) OP(VecDot)
// clang-format on

namespace brickgrad {

template <class... Op>
struct OpList {
  static constexpr int size = sizeof...(Op);
  /// The place of an op in the list, or `size` when it is not there.
  template <class X>
  static constexpr int index_of = [] {
    int i = 0;
    static_cast<void>(((std::is_same_v<X, Op> || (++i, false)) || ...));
    return i;
  }();
  /// Calls f.operator()<Op>() for every op.
  template <class F>
  static void for_each(F&& f) {
    (f.template operator()<Op>(), ...);
  }
};

namespace internal {
/// The list without its first entry, which is there for the comma.
template <class, class... Op>
using ListAfter = OpList<Op...>;
}  // namespace internal

#define BRICKGRAD_NAME(Op, ...) , ops::Op
using AllOps = internal::ListAfter<void BRICKGRAD_ELEMENTWISE_OPS(BRICKGRAD_NAME)
                                       BRICKGRAD_STRUCTURAL_OPS(BRICKGRAD_NAME)>;
#undef BRICKGRAD_NAME

template <class Op>
inline constexpr bool is_listed = AllOps::index_of<Op> < AllOps::size;

}  // namespace brickgrad
