#include <algorithm>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/product_parts.hpp>

namespace brickgrad {
namespace {

MatrixView rows_of(const MatrixView& m, std::int64_t begin, std::int64_t end, DType dtype) {
  const auto size = static_cast<std::int64_t>(item_size(dtype));
  return {static_cast<const std::byte*>(m.data) + begin * m.row_stride * size, end - begin,
          m.columns, m.row_stride, m.column_stride};
}
MatrixView columns_of(const MatrixView& m, std::int64_t begin, std::int64_t end, DType dtype) {
  const auto size = static_cast<std::int64_t>(item_size(dtype));
  return {static_cast<const std::byte*>(m.data) + begin * m.column_stride * size, m.rows,
          end - begin, m.row_stride, m.column_stride};
}

}  // namespace

ProductParts::ProductParts(const MatrixView& a, const MatrixView& b, const BiasView& bias,
                           void* out, DType dtype, bool add, const LargeMatmul& kernel, int most)
    : a_(a), b_(b), bias_(bias), out_(out), dtype_(dtype), add_(add), kernel_(kernel) {
  extent_ = kernel_.by_rows ? a.rows : b.columns;
  blocks_ = std::max<std::int64_t>(1, extent_ / kernel_.block);
  const double work =
      static_cast<double>(a.rows) * static_cast<double>(a.columns) * static_cast<double>(b.columns);
  count_ = static_cast<std::int64_t>(
      std::clamp(work / products_worth_a_thread, 1.0,
                 static_cast<double>(std::min<std::int64_t>(blocks_, most))));
}

void ProductParts::compute(std::int64_t part) const {
  const auto begin_of = [this](std::int64_t i) {
    return i == count_ ? extent_ : (blocks_ * i + count_ - 1) / count_ * kernel_.block;
  };
  const std::int64_t begin = begin_of(part), end = begin_of(part + 1);
  const std::int64_t stride = b_.columns, size = static_cast<std::int64_t>(item_size(dtype_));
  auto* c = static_cast<std::byte*>(out_) + begin * (kernel_.by_rows ? stride : 1) * size;
  BiasView bias = bias_;
  if (bias.data)
    bias.data = static_cast<const std::byte*>(bias.data) +
                begin * (kernel_.by_rows ? bias.stride : 1) * size;
  if (kernel_.by_rows)
    kernel_.run(rows_of(a_, begin, end, dtype_), b_, bias, c, stride, add_);
  else
    kernel_.run(a_, columns_of(b_, begin, end, dtype_), bias, c, stride, add_);
}

DividedProduct::DividedProduct(const MatrixView& a, const MatrixView& b, const BiasView& bias,
                               void* out, DType dtype, bool add, LargeMatmul kernel, int most)
    : out_(out) {
  if (!kernel.halves || (kernel.half && most % 2 != 0)) {
    first_.emplace(a, b, bias, out, dtype, add, kernel, most);
    return;
  }
  const std::int64_t middle = half_of_terms(a.columns);
  const MatrixView a1 = columns_of(a, 0, middle, dtype), b1 = rows_of(b, 0, middle, dtype),
                   a2 = columns_of(a, middle, a.columns, dtype),
                   b2 = rows_of(b, middle, b.rows, dtype);
  const auto kernel_of = [&](const MatrixView& x, const MatrixView& y) {
    if (!kernel.half) return kernels().of(dtype).large_matmul(x, y);
    kernel.run = kernel.half;
    return kernel;
  };
  sums_ = Tensor::empty(Shape::unchecked({a.rows, b.columns}), dtype);
  first_.emplace(a1, b1, bias, out, dtype, add, kernel_of(a1, b1), (most + 1) / 2);
  second_.emplace(a2, b2, BiasView(), sums_.raw(), dtype, false, kernel_of(a2, b2), (most + 1) / 2);
}

void DividedProduct::finish() const {
  if (second_) add_to(sums_, out_, sums_.shape(), sums_.dtype(), true);
}

}  // namespace brickgrad
