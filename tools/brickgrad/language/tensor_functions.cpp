// The functions that are no elementwise ops: one row for each, with its signature, what it gives
// and an example. A test goes through AllOps and demands a row, and an example that records it.
#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <nn/loss.hpp>

#include "function.hpp"

namespace tools::language {

using namespace brickgrad;

namespace {

/// A literal such as zeros(1e6, 1e6) is a slip.
constexpr std::int64_t most_elements = 100'000'000;

Shape shape_of(const std::vector<std::int64_t>& extents) {
  Shape shape(extents);
  if (shape.numel() > most_elements)
    fail("shape {} has {} elements; an expression may make tensors of up to {}", shape,
         shape.numel(), most_elements);
  return shape;
}

std::int64_t count_of(double count) {
  if (!(count <= static_cast<double>(most_elements)))
    fail("{} elements; an expression may make tensors of up to {}", count, most_elements);
  // What is negative stays so, for the tensor functions to refuse.
  return static_cast<std::int64_t>(std::max(count, -1.0));
}

Axes axes_of(const Arguments& a, std::size_t i) { return Axes(a.wholes(i)); }

/// The first argument, which has axes if some are named: max(a, b) means something else elsewhere.
Value with_axes(const Arguments& a, const char* of_two) {
  Value x = a.value(0);
  if (a.given(1) && x.rank() == 0)
    fail("a number has no axes; of two numbers write {}(a, b)", of_two);
  return x;
}

std::vector<Value> parts_of(const Arguments& a) {
  std::vector<Value> parts;
  for (const Item& item : a.repeated()) parts.push_back(item.as_value(a.dtype()));
  return parts;
}

ops::Conv2dOptions stride_and_padding(const Arguments& a, std::size_t i) {
  return {a.whole(i, 1), a.whole(i + 1, 0)};
}

Item filled(const Arguments& a, double number) {
  return constant(Tensor::full(shape_of(a.repeated_wholes()), number, a.dtype()));
}

std::uint64_t seed_of(const Arguments& a, std::size_t i) {
  const std::int64_t seed = a.whole(i, 0);
  if (seed < 0) fail("the seed is {}; write a whole number from 0 on", seed);
  return static_cast<std::uint64_t>(seed);
}

/// Numbers that nothing differentiates: the labels or targets of a loss.
Tensor plain(const Arguments& a, std::size_t i) { return a.value(i).data(); }

template <Comparison comparison>
Item compared(const Arguments& a) {
  if (!a.item(0).is_number() || !a.item(1).is_number()) {
    const DType dtype =
        a.item(0).is_number() ? a.item(1).value().dtype() : a.item(0).value().dtype();
    return constant(
        compare(a.item(0).as_value(dtype).data(), a.item(1).as_value(dtype).data(), comparison));
  }
  return compare(Tensor(a.item(0).number()), Tensor(a.item(1).number()), comparison).item();
}

Value vector(const Arguments& a, std::size_t i) {
  Value x = a.value(i);
  if (x.rank() != 1) fail("shape {} is no vector; @ takes matrices too", x.shape());
  return x;
}

template <class Op>
constexpr int place = AllOps::index_of<Op>;

}  // namespace

// clang-format off
std::vector<Function> tensor_functions() {
  return {
    {"matmul(a, b)", "the matrix product, also a @ b; a vector on the left is a row, on the right a column", "matmul([[1, 2], [3, 4]], [[5], [6]])",
     [](const Arguments& a) -> Item { return matmul(a.value(0), a.value(1)); }, place<ops::MatMul>},
    {"matvec(a, x)", "the product of a matrix and a vector, as in a @ x", "matvec([[1, 2], [3, 4]], [5, 6])",
     [](const Arguments& a) -> Item { return matmul(a.value(0), vector(a, 1)); }, place<ops::MatVec>},
    {"vecmat(x, a)", "the product of a vector and a matrix, as in x @ a", "vecmat([5, 6], [[1, 2], [3, 4]])",
     [](const Arguments& a) -> Item { return matmul(vector(a, 0), a.value(1)); }, place<ops::VecMat>},
    {"vecdot(x, y)", "the sum of the products of two vectors, as in x @ y", "vecdot([1, 2], [3, 4])",
     [](const Arguments& a) -> Item { return matmul(vector(a, 0), vector(a, 1)); }, place<ops::VecDot>},
    {"linear(x, w, b)", "x w + b: rows of inputs through a layer with weights (inputs, outputs)", "linear([[1, 2]], [[3, 4], [5, 6]], [7, 8])",
     [](const Arguments& a) -> Item { return linear(a.value(0), a.value(1), a.value(2)); }, place<ops::Linear>},
    {"cross_entropy(logits, labels)", "the mean of -log softmax(row)[label]; labels are class numbers from 0, one a row, or a row of probabilities each", "cross_entropy([[1, 2], [4, 3]], [1, 0])",
     [](const Arguments& a) -> Item {
       if (!a.item(1).is_number() && a.item(1).value().rank() > 1) return nn::cross_entropy(a.value(0), plain(a, 1));
       return nn::cross_entropy(a.value(0), a.wholes(1));
     }, place<ops::CrossEntropy>},
    {"layer_norm(x, gain, bias, eps=1e-5)", "rows along the last axis brought to mean 0 and variance 1, times gain, plus bias", "layer_norm([[1, 2, 3]], [1, 1, 1], [0, 0, 0])",
     [](const Arguments& a) -> Item { return layer_norm(a.value(0), a.value(1), a.value(2), a.number(3, 1e-5)); }, place<ops::LayerNorm>},
    {"lstm_cell(x, h, c, w_ih, w_hh, b)", "h' and c' of an LSTM, stacked, from x (batch, inputs), h and c (batch, hidden), and the weights and the bias of the gates input, forget, cell, output side by side: i, f, g, o = x @ w_ih + h @ w_hh + b, c' = sigmoid(f) c + sigmoid(i) tanh(g), h' = sigmoid(o) tanh(c')", "lstm_cell([[1]], [[0.5]], [[0.5]], [[1, 2, 3, 4]], [[1, 1, 1, 1]], [0, 0, 0, 0])",
     [](const Arguments& a) -> Item { return evaluate(ops::LstmCell{}, a.value(0), a.value(1), a.value(2), a.value(3), a.value(4), a.value(5)); }, place<ops::LstmCell>},
    {"lstm(x, w, h, c)", "the states (2, T + 1, batch, hidden) before and after each of T steps of lstm_cell, whose gates are x[t] + h @ w; x (T, batch, 4 hidden) is what the inputs give to them", "lstm([[[1, 2, 3, 4]]], [[1, 1, 1, 1]], [[0.5]], [[0.5]])",
     [](const Arguments& a) -> Item { return evaluate(ops::Lstm{}, a.value(0), a.value(1), a.value(2), a.value(3)); }, place<ops::Lstm>},
    {"conv2d(x, w, b=0, stride=1, padding=0)", "images (N, C, H, W) with kernels (O, C, KH, KW) and a bias (O,)", "conv2d([[[[1, 2], [3, 4]]]], [[[[1, 1]]]])",
     [](const Arguments& a) -> Item {
       if (!a.given(2)) return conv2d(a.value(0), a.value(1), stride_and_padding(a, 3));
       return conv2d(a.value(0), a.value(1), a.value(2), stride_and_padding(a, 3));
     }, place<ops::Conv2d>},
    {"conv2d_input(g, w, shape, stride=1, padding=0)", "what conv2d's gradient g gives to images of the shape: a transposed convolution", "conv2d_input([[[[1], [2]]]], [[[[1, 1]]]], [1, 1, 2, 2])",
     [](const Arguments& a) -> Item { return conv2d_input(a.value(0), a.value(1), shape_of(a.wholes(2)), stride_and_padding(a, 3)); }, place<ops::Conv2dInput>},
    {"conv2d_weight(x, g, shape, stride=1, padding=0)", "what conv2d's gradient g gives to kernels of the shape", "conv2d_weight([[[[1, 2], [3, 4]]]], [[[[1], [2]]]], [1, 1, 1, 2])",
     [](const Arguments& a) -> Item { return conv2d_weight(a.value(0), a.value(1), shape_of(a.wholes(2)), stride_and_padding(a, 3)); }, place<ops::Conv2dWeight>},
    {"max_pool2d(x, size)", "the largest element of each size x size window of images (N, C, H, W)", "max_pool2d([[[[1, 2], [3, 4]]]], 2)",
     [](const Arguments& a) -> Item { return max_pool2d(a.value(0), a.whole(1)); }, place<ops::MaxPool2d>},
    {"max_unpool2d(g, x, size)", "zeros with the elements of g where the windows of x have their maxima", "max_unpool2d([[[[9]]]], [[[[1, 2], [3, 4]]]], 2)",
     [](const Arguments& a) -> Item { return max_unpool2d(a.value(0), a.value(1), a.whole(2)); }, place<ops::MaxUnpool2d>},
    {"max_select2d(v, x, size)", "the elements of v where the windows of x have their maxima", "max_select2d([[[[5, 6], [7, 8]]]], [[[[1, 2], [3, 4]]]], 2)",
     [](const Arguments& a) -> Item { return max_select2d(a.value(0), a.value(1), a.whole(2)); }, place<ops::MaxSelect2d>},
    {"reshape(x, shape)", "the same elements in another shape; one extent may be -1", "reshape([[1, 2], [3, 4]], [4])",
     [](const Arguments& a) -> Item { return reshape(a.value(0), Dims(a.wholes(1))); }, place<ops::Reshape>},
    {"transpose(x, axes=last two)", "the axes in another order; without it the last two exchanged", "transpose([[1, 2], [3, 4]])",
     [](const Arguments& a) -> Item {
       if (!a.given(1)) return transpose(a.value(0));
       return transpose(a.value(0), axes_of(a, 1));
     }, place<ops::Transpose>},
    {"broadcast_to(x, shape)", "repeated to the shape by NumPy's rule", "broadcast_to([1, 2], [2, 2])",
     [](const Arguments& a) -> Item { return broadcast_to(a.value(0), shape_of(a.wholes(1))); }, place<ops::BroadcastTo>},
    {"slice(x, axis, start, stop, step=1)", "elements start, start + step, ... below stop along an axis; also x[start:stop:step]", "slice([1, 2, 3], 0, 1, 3)",
     [](const Arguments& a) -> Item { return slice(a.value(0), a.whole(1), a.whole(2), a.whole(3), a.whole(4, 1)); }, place<ops::Slice>},
    {"embed(x, shape, axis, start, step=1)", "zeros of the shape, with x at start, start + step, ... along an axis", "embed([1, 2], [4], 0, 1)",
     [](const Arguments& a) -> Item { return embed(a.value(0), shape_of(a.wholes(1)), a.whole(2), a.whole(3), a.whole(4, 1)); }, place<ops::Embed>},
    {"concat(parts..., axis=0)", "the parts one after the other along an axis", "concat([1, 2], [3])",
     [](const Arguments& a) -> Item { return concat(parts_of(a), a.whole(1, 0)); }, place<ops::Concat>},
    {"clone(x)", "the same numbers in memory of their own", "clone([1, 2])",
     [](const Arguments& a) -> Item { return clone(a.value(0)); }, place<ops::Clone>},
    {"to(x, bits)", "in another element type: 32 or 64 bits", "to([0.1, 0.2], 32)",
     [](const Arguments& a) -> Item {
       const std::int64_t bits = a.whole(1);
       if (bits != 32 && bits != 64) fail("there are numbers of 32 and of 64 bits, not of {}", bits);
       return a.value(0).to(bits == 32 ? float32 : float64);
     }, place<ops::Cast>},
    {"sum(x, axis=all, keepdims=0)", "the sum over the axes; keepdims=1 leaves extents of 1", "sum([[1, 2], [3, 4]], axis=0)",
     [](const Arguments& a) -> Item { return sum(a.value(0), axes_of(a, 1), a.number(2) != 0); }, place<ops::Sum>},
    {"mean(x, axis=all, keepdims=0)", "the arithmetic mean over the axes", "mean([[1, 2], [3, 4]], axis=[0, 1])",
     [](const Arguments& a) -> Item { return mean(a.value(0), axes_of(a, 1), a.number(2) != 0); }, place<ops::Mean>},
    {"max(x, axis=all, keepdims=0)", "the largest element over the axes; the larger of two is maximum(a, b)", "max([[1, 2], [3, 4]], axis=1)",
     [](const Arguments& a) -> Item { return max(with_axes(a, "maximum"), axes_of(a, 1), a.number(2) != 0); }, place<ops::Max>},
    {"logsumexp(x, axis=all, keepdims=0)", "log of the sum of exponentials, without overflow", "logsumexp([1000, 1001])",
     [](const Arguments& a) -> Item { return logsumexp(a.value(0), axes_of(a, 1), a.number(2) != 0); }, place<ops::LogSumExp>},
    {"softmax(x, axis=-1)", "exp(x) / sum(exp(x)) along an axis", "softmax([1, 2, 3])",
     [](const Arguments& a) -> Item { return softmax(a.value(0), a.whole(1, -1)); }, place<ops::Softmax>},
    {"log_softmax(x, axis=-1)", "the logarithm of softmax, without overflow", "log_softmax([1, 2, 3])",
     [](const Arguments& a) -> Item { return log_softmax(a.value(0), a.whole(1, -1)); }, place<ops::LogSoftmax>},

    {"min(x, axis=all, keepdims=0)", "the smallest element over the axes; the smaller of two is minimum(a, b)", "min([3, 1, 2])",
     [](const Arguments& a) -> Item { return min(with_axes(a, "minimum"), axes_of(a, 1), a.number(2) != 0); }},
    {"scaled_dot_product_attention(q, k, v)", "softmax(q k^T / sqrt(d)) v along the last two axes", "scaled_dot_product_attention([[1, 0]], [[1, 0], [0, 1]], [[1, 2], [3, 4]])",
     [](const Arguments& a) -> Item { return scaled_dot_product_attention(a.value(0), a.value(1), a.value(2)); }},
    {"mse_loss(prediction, target)", "the mean of (prediction - target)^2", "mse_loss([1, 2], [1, 4])",
     [](const Arguments& a) -> Item { return nn::mse_loss(a.value(0), a.value(1)); }, place<ops::MseLoss>},
    {"nll_loss(log_probabilities, labels)", "the mean of -log_probabilities[label] over the rows", "nll_loss(log_softmax([[1, 2], [4, 3]]), [1, 0])",
     [](const Arguments& a) -> Item { return nn::nll_loss(a.value(0), a.wholes(1)); }},
    {"bce_with_logits(logits, target)", "the mean of -(t log s + (1 - t) log(1 - s)) with s = sigmoid(logits)", "bce_with_logits([1, -2], [1, 0])",
     [](const Arguments& a) -> Item { return nn::bce_with_logits(a.value(0), a.value(1)); }},

    {"less(a, b)", "1 where a < b, 0 elsewhere; also a < b", "[1, 2] < [2, 1]", compared<Comparison::less>},
    {"less_equal(a, b)", "1 where a <= b, 0 elsewhere; also a <= b", "[1, 2] <= [1, 1]", compared<Comparison::less_equal>},
    {"greater(a, b)", "1 where a > b, 0 elsewhere; also a > b", "[1, 2] > [2, 1]", compared<Comparison::greater>},
    {"greater_equal(a, b)", "1 where a >= b, 0 elsewhere; also a >= b", "[1, 2] >= [1, 3]", compared<Comparison::greater_equal>},
    {"equal(a, b)", "1 where a = b, 0 elsewhere; also a == b", "[1, 2] == [1, 3]", compared<Comparison::equal>},
    {"not_equal(a, b)", "1 where a and b differ, 0 elsewhere; also a != b", "[1, 2] != [1, 3]", compared<Comparison::not_equal>},

    {"zeros(shape...)", "a tensor of zeros", "zeros(2, 3)", [](const Arguments& a) { return filled(a, 0); }},
    {"ones(shape...)", "a tensor of ones", "ones(2, 3)", [](const Arguments& a) { return filled(a, 1); }},
    {"full(shape, number)", "a tensor of the number", "full([2, 3], 7)",
     [](const Arguments& a) -> Item { return constant(Tensor::full(shape_of(a.wholes(0)), a.number(1), a.dtype())); }},
    {"eye(n)", "the unit matrix of n rows", "eye(3)",
     [](const Arguments& a) -> Item { return constant(Tensor::eye(shape_of({a.whole(0), a.whole(0)})[0], a.dtype())); }},
    {"arange(start, stop, step=1)", "start, start + step, ... without stop", "arange(0, 5)",
     [](const Arguments& a) -> Item {
       const double start = a.number(0), stop = a.number(1), step = a.number(2, 1);
       if (step == 0) fail("arange: a step of 0 leads nowhere; leave it out for a step of 1");
       count_of((stop - start) / step);
       return constant(Tensor::arange(start, stop, step, a.dtype()));
     }},
    {"linspace(start, stop, count)", "evenly spaced numbers, both ends included", "linspace(0, 1, 5)",
     [](const Arguments& a) -> Item { return constant(Tensor::linspace(a.number(0), a.number(1), count_of(a.number(2)), a.dtype())); }},
    {"rand(shape, seed=0)", "uniform on [0, 1); the same seed gives the same numbers", "rand([2, 3], 1)",
     [](const Arguments& a) -> Item { return constant(Tensor::rand(shape_of(a.wholes(0)), seed_of(a, 1), a.dtype())); }},
    {"randn(shape, seed=0)", "standard normal; the same seed gives the same numbers", "randn([2, 3], 1)",
     [](const Arguments& a) -> Item { return constant(Tensor::randn(shape_of(a.wholes(0)), seed_of(a, 1), a.dtype())); }},
  };
}
// clang-format on

}  // namespace tools::language
