// The functions and operators on tensors and values. Those of elementwise ops are made from the
// list; an op's attributes follow its operands: leaky_relu(x, 0.1).
#pragma once

#include <autograd/graph/evaluate.hpp>
#include <autograd/tensor/compare.hpp>
#include <autograd/tensor/convolution.hpp>
#include <autograd/tensor/network.hpp>
#include <autograd/tensor/recurrent.hpp>
#include <cmath>
#include <vector>

namespace brickgrad {

namespace internal {

template <class... A>
concept Operands = (TensorLike<A> || ...) &&
                   ((TensorLike<A> || std::is_arithmetic_v<std::remove_cvref_t<A>>)&&...);

/// Splits the arguments of a function into the op's operands and its attributes.
template <class Op, class X, class... Rest>
decltype(auto) call(X&& x, Rest&&... rest) {
  if constexpr (requires { Op::wants_all_attributes; })
    static_assert(sizeof...(Rest) + 1 == Op::arity + std::size(Op::attribute_names),
                  "this function wants all its attributes, as clamp(x, low, high) both limits");
  if constexpr (sizeof...(Rest) + 1 == Op::arity)
    return evaluate(Op{}, std::forward<X>(x), std::forward<Rest>(rest)...);
  else
    return evaluate(Op{{}, static_cast<double>(rest)...}, std::forward<X>(x));
}

/// The shape that reshape was asked for, with the extent of -1 filled in.
Shape completed_shape(const Shape& from, const Dims& to);
/// The attributes of a slice and of its counterpart, checked and counted from the front.
ops::Slice slice_of(const Shape& shape, std::int64_t axis, std::int64_t start, std::int64_t stop,
                    std::int64_t step);
ops::Embed embed_of(const Shape& part, const Shape& shape, std::int64_t axis, std::int64_t start,
                    std::int64_t step);

/// A plain number has rank 0.
template <class X>
Shape shape_of(const X& x) {
  if constexpr (std::is_arithmetic_v<X>)
    return {};
  else
    return x.shape();
}

}  // namespace internal

#define BRICKGRAD_FUNCTION(Op, function) \
  template <class... A>                  \
  requires internal::Operands<A...>      \
  decltype(auto) function(A&&... a) { return internal::call<ops::Op>(std::forward<A>(a)...); }
BRICKGRAD_ELEMENTWISE_OPS(BRICKGRAD_FUNCTION)
#undef BRICKGRAD_FUNCTION

#define BRICKGRAD_OPERATOR(symbol, Op)                                  \
  template <class A, class B>                                           \
  requires internal::Operands<A, B>                                     \
  decltype(auto) operator symbol(A&& a, B&& b) {                        \
    return evaluate(ops::Op{}, std::forward<A>(a), std::forward<B>(b)); \
  }
BRICKGRAD_OPERATOR(+, Add)
BRICKGRAD_OPERATOR(-, Sub)
BRICKGRAD_OPERATOR(*, Mul)
BRICKGRAD_OPERATOR(/, Div)
#undef BRICKGRAD_OPERATOR

template <TensorLike X>
decltype(auto) operator-(X&& x) {
  return evaluate(ops::Neg{}, std::forward<X>(x));
}

// a += b means a = a + b: a new value, the old one stays what it was.
template <class B>
requires internal::Operands<Value, B> Value& operator+=(Value& a, B&& b) {
  return a = std::move(a) + std::forward<B>(b);
}
template <class B>
requires internal::Operands<Value, B> Value& operator-=(Value& a, B&& b) {
  return a = std::move(a) - std::forward<B>(b);
}
template <class B>
requires internal::Operands<Value, B> Value& operator*=(Value& a, B&& b) {
  return a = std::move(a) * std::forward<B>(b);
}
template <class B>
requires internal::Operands<Value, B> Value& operator/=(Value& a, B&& b) {
  return a = std::move(a) / std::forward<B>(b);
}

// Comparisons give a mask: a tensor of 1 where they hold and 0 elsewhere.

namespace internal {
/// An operand of a comparison; a number takes on the element type of the other one.
template <class A, class Other>
Tensor compared(const A& a, [[maybe_unused]] const Other& other) {
  if constexpr (is_value<A>) {
    leave_graph();
    return a.node()->borrowed_value();
  } else if constexpr (std::is_arithmetic_v<A>)
    return Tensor::full({}, static_cast<double>(a), other.dtype());
  else
    return a;
}
}  // namespace internal

#define BRICKGRAD_COMPARISON(symbol, name)                                                \
  template <class A, class B>                                                             \
  requires internal::Operands<A, B> Tensor operator symbol(const A& a, const B& b) {      \
    return compare(internal::compared(a, b), internal::compared(b, a), Comparison::name); \
  }
BRICKGRAD_COMPARISON(<, less)
BRICKGRAD_COMPARISON(<=, less_equal)
BRICKGRAD_COMPARISON(>, greater)
BRICKGRAD_COMPARISON(>=, greater_equal)
BRICKGRAD_COMPARISON(==, equal)
BRICKGRAD_COMPARISON(!=, not_equal)
#undef BRICKGRAD_COMPARISON

// Shapes.

/// The same elements in another shape; one extent may be -1 and follows from the others.
template <TensorLike X>
decltype(auto) reshape(X&& x, const Dims& shape) {
  return evaluate(ops::Reshape{{}, internal::completed_shape(x.shape(), shape)},
                  std::forward<X>(x));
}
/// The axes in the given order.
template <TensorLike X>
decltype(auto) transpose(X&& x, const Axes& axes) {
  return evaluate(ops::Transpose{{}, axes}, std::forward<X>(x));
}
/// The last two axes exchanged.
template <TensorLike X>
decltype(auto) transpose(X&& x) {
  Axes axes;
  const int rank = x.shape().rank();
  for (int i = 0; i < rank; ++i) axes.push_back(i + 2 < rank || rank < 2 ? i : 2 * rank - 3 - i);
  return evaluate(ops::Transpose{{}, axes}, std::forward<X>(x));
}
template <TensorLike X>
decltype(auto) broadcast_to(X&& x, const Shape& shape) {
  return evaluate(ops::BroadcastTo{{}, shape}, std::forward<X>(x));
}
/// What the elements of a shape receive from the gradient g of their sums along some axes, times a
/// factor.
template <TensorLike X>
auto distribute(const X& g, double factor, const Shape& shape, const Axes& axes) {
  const Shape kept = reduced_shape(shape, axis_flags(axes, shape.rank(), "sum"), true);
  return broadcast_to(reshape(factor == 1 ? g : g * factor, kept), shape);
}
/// The same numbers in memory of their own: what was a view holds no more than it shows.
template <TensorLike X>
decltype(auto) clone(X&& x) {
  return evaluate(ops::Clone{}, std::forward<X>(x));
}
/// Elements start, start + step, … below stop along an axis. Negative positions count from the end,
/// positions beyond it are brought back to it, as in NumPy; the step is positive.
template <TensorLike X>
decltype(auto) slice(X&& x, std::int64_t axis, std::int64_t start, std::int64_t stop,
                     std::int64_t step = 1) {
  const ops::Slice op = internal::slice_of(x.shape(), axis, start, stop, step);
  return evaluate(op, std::forward<X>(x));
}
/// Zeros of the shape, with x at start, start + step, … along an axis.
template <TensorLike X>
decltype(auto) embed(X&& x, const Shape& shape, std::int64_t axis, std::int64_t start,
                     std::int64_t step = 1) {
  return evaluate(internal::embed_of(x.shape(), shape, axis, start, step), std::forward<X>(x));
}
/// The parts one after the other along an axis.
Value concat(const std::vector<Value>& parts, std::int64_t axis = 0);
Tensor concat(const std::vector<Tensor>& parts, std::int64_t axis = 0);
inline Value concat(std::initializer_list<Value> parts, std::int64_t axis = 0) {
  return concat(std::vector<Value>(parts), axis);
}
inline Tensor concat(std::initializer_list<Tensor> parts, std::int64_t axis = 0) {
  return concat(std::vector<Tensor>(parts), axis);
}

// Reductions: over the given axes, or all; `keepdims` leaves extents of 1.
#define BRICKGRAD_REDUCTION(Op, function)                                        \
  template <TensorLike X>                                                        \
  decltype(auto) function(X&& x, const Axes& axes = {}, bool keepdims = false) { \
    return evaluate(ops::Op{{{}, axes, keepdims}}, std::forward<X>(x));          \
  }
BRICKGRAD_REDUCTION(Sum, sum)
BRICKGRAD_REDUCTION(Mean, mean)
BRICKGRAD_REDUCTION(Max, max)
BRICKGRAD_REDUCTION(LogSumExp, logsumexp)
#undef BRICKGRAD_REDUCTION
template <TensorLike X>
auto min(X&& x, const Axes& axes = {}, bool keepdims = false) {
  return -max(-std::forward<X>(x), axes, keepdims);
}
template <TensorLike X>
decltype(auto) softmax(X&& x, std::int64_t axis = -1) {
  const int a = normal_axis(axis, x.shape().rank(), "softmax");
  return evaluate(ops::Softmax{{}, a}, std::forward<X>(x));
}
template <TensorLike X>
decltype(auto) log_softmax(X&& x, std::int64_t axis = -1) {
  const int a = normal_axis(axis, x.shape().rank(), "log_softmax");
  return evaluate(ops::LogSoftmax{{}, a}, std::forward<X>(x));
}

// Products.

/// The matrix product; of more dimensions, batches of matrices, which broadcast. A vector on the
/// left is a row, on the right a column, and that dimension is left out of the result.
template <TensorLike A, TensorLike B>
auto matmul(A&& a, B&& b) {
  if constexpr (!internal::is_seen<A> && !internal::is_seen<B>) {
    const bool row = a.shape().rank() == 1, column = b.shape().rank() == 1;
    if (row && column) return evaluate(ops::VecDot{}, std::forward<A>(a), std::forward<B>(b));
    if (row) return evaluate(ops::VecMat{}, std::forward<A>(a), std::forward<B>(b));
    if (column) return evaluate(ops::MatVec{}, std::forward<A>(a), std::forward<B>(b));
  }
  return evaluate(ops::MatMul{}, std::forward<A>(a), std::forward<B>(b));
}

/// x w + b: x has rows of inputs, w is (inputs, outputs), b one number an output; for a matrix x
/// also a matrix b.
template <class X, class W, class B>
requires internal::Operands<X, W, B>
decltype(auto) linear(X&& x, W&& w, B&& b) {
  return evaluate(ops::Linear{}, std::forward<X>(x), std::forward<W>(w), std::forward<B>(b));
}

// Layers of networks.

/// softmax(q k^T / sqrt(d)) v along the last two axes: queries (…, T, d), keys (…, S, d), values
/// (…, S, e) (Vaswani and others 2017).
template <class Q, class K, class V>
requires internal::Operands<Q, K, V>
auto scaled_dot_product_attention(Q&& q, K&& k, V&& v) {
  internal::check_attention(internal::shape_of(q), internal::shape_of(k), internal::shape_of(v));
  const double scale = 1 / std::sqrt(static_cast<double>(q.shape().back()));
  return matmul(softmax(matmul(q * scale, transpose(k))), v);
}

/// Each row along the last axis brought to mean 0 and variance 1, times `gain`, plus `bias`, both
/// of the last axis' extent.
template <class X, class G, class B>
requires internal::Operands<X, G, B>
decltype(auto) layer_norm(X&& x, G&& gain, B&& bias, double eps = 1e-5) {
  return evaluate(ops::LayerNorm{{}, eps}, std::forward<X>(x), std::forward<G>(gain),
                  std::forward<B>(bias));
}

/// Images x (N, C, H, W) with kernels w (O, C, KH, KW): (N, O, H', W') with
/// H' = (H + 2 padding - KH) / stride + 1. Kernels are not turned round, as in all networks.
/// A bias b (O,), one number a kernel, is added.
template <class X, class W, class B>
requires internal::Operands<X, W, B>
decltype(auto) conv2d(X&& x, W&& w, B&& b, const ops::Conv2dOptions& options = {}) {
  return evaluate(ops::Conv2d{{}, options}, std::forward<X>(x), std::forward<W>(w),
                  std::forward<B>(b));
}
template <class X, class W>
requires internal::Operands<X, W>
decltype(auto) conv2d(X&& x, W&& w, const ops::Conv2dOptions& options = {}) {
  const auto& s = w.shape();
  const Tensor none = Tensor::zeros({s.rank() > 0 ? s[0] : 0}, w.dtype());
  return conv2d(std::forward<X>(x), std::forward<W>(w), none, options);
}
/// The derivatives of conv2d to its images, of the given shape, and to its kernels, from a gradient
/// g of its result. The first is also called a transposed convolution.
template <class G, class W>
requires internal::Operands<G, W>
decltype(auto) conv2d_input(G&& g, W&& w, const Shape& shape,
                            const ops::Conv2dOptions& options = {}) {
  return evaluate(ops::Conv2dInput{{{}, options}, shape}, std::forward<G>(g), std::forward<W>(w));
}
template <class X, class G>
requires internal::Operands<X, G>
decltype(auto) conv2d_weight(X&& x, G&& g, const Shape& shape,
                             const ops::Conv2dOptions& options = {}) {
  return evaluate(ops::Conv2dWeight{{{}, options}, shape}, std::forward<X>(x), std::forward<G>(g));
}

namespace internal {
/// The same from the gradients of what was selected, in the text of a pullback.
struct SelectedGradient : Selection {};
inline Tensor sum(const SelectedGradient& g, const Axes& axes) {
  return brickgrad::sum(g.values, axes);
}
inline Tensor conv2d_weight(const Seen& x, const SelectedGradient& g, const Shape& shape,
                            const ops::Conv2dOptions& options) {
  return convolution_weight(x, g, shape, options.stride, options.padding);
}
}  // namespace internal

/// The largest element of each `size` x `size` window of images (N, C, H, W); a rest at the right
/// and the bottom is left out.
template <TensorLike X>
decltype(auto) max_pool2d(X&& x, std::int64_t size) {
  return evaluate(ops::MaxPool2d{{}, size}, std::forward<X>(x));
}
/// Zeros of x's shape with the elements of g where the windows of x have their maxima.
template <class G, class X>
requires internal::Operands<G, X>
decltype(auto) max_unpool2d(G&& g, X&& x, std::int64_t size) {
  return evaluate(ops::MaxUnpool2d{{{}, size}}, std::forward<G>(g), std::forward<X>(x));
}
/// The elements of v where the windows of x have their maxima.
template <class V, class X>
requires internal::Operands<V, X>
decltype(auto) max_select2d(V&& v, X&& x, std::int64_t size) {
  return evaluate(ops::MaxSelect2d{{{}, size}}, std::forward<V>(v), std::forward<X>(x));
}

/// One step of an LSTM: h' and c' from x (batch, inputs), h and c (batch, hidden), the weights w_ih
/// (inputs, 4 hidden) and w_hh (hidden, 4 hidden), and the bias b, (4 hidden,) or (batch, 4
/// hidden). The gates lie side by side in the order input, forget, cell, output. Throws Error where
/// these do not match, and in backward() where one of them was changed in place since.
template <class X, class H, class C, class WI, class WH, class B>
requires internal::Operands<X, H, C, WI, WH, B>
auto lstm_cell(X&& x, H&& h, C&& c, WI&& w_ih, WH&& w_hh, B&& b) {
  auto state = evaluate(ops::LstmCell{}, std::forward<X>(x), std::forward<H>(h), std::forward<C>(c),
                        std::forward<WI>(w_ih), std::forward<WH>(w_hh), std::forward<B>(b));
  return std::pair{state[0], state[1]};
}

/// All steps of an LSTM: y (T, batch, hidden), the outputs of all of them, and the state h, c
/// (batch, hidden) after the last one. From x (T, batch, inputs) with a step at least, the state h,
/// c (batch, hidden) before, the weights w_ih (inputs, 4 hidden) and w_hh (hidden, 4 hidden), and
/// the bias b (4 hidden,). Throws Error where these do not match. y is a view of what the
/// derivative reads: a change of it in place before backward() is an error there.
template <class X, class H, class C, class WI, class WH, class B>
requires internal::Operands<X, H, C, WI, WH, B>
auto lstm(X&& x, H&& h, C&& c, WI&& w_ih, WH&& w_hh, B&& b) {
  const Shape shape = internal::shape_of(x);
  internal::check_lstm(shape, internal::shape_of(h), internal::shape_of(c),
                       internal::shape_of(w_ih), internal::shape_of(w_hh), internal::shape_of(b));
  const auto steps = shape[0];
  const auto states = evaluate(ops::Lstm{}, linear(std::forward<X>(x), w_ih, b), w_hh,
                               std::forward<H>(h), std::forward<C>(c));
  Dims extents = states.shape();
  extents[1] *= 2;
  extents.erase(0);
  const auto all = reshape(states, extents);
  return std::tuple{slice(all, 0, 1, steps + 1), clone(all[steps]), clone(all[2 * steps + 1])};
}

}  // namespace brickgrad
