#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/product.hpp>
#include <autograd/tensor/product_parts.hpp>
#include <autograd/tensor/strided.hpp>
#include <vector>

namespace brickgrad {
namespace {

/// One product, by several threads where that pays.
[[gnu::noinline]] void multiply_large(const MatrixView& a, const MatrixView& b,
                                      const BiasView& bias, void* out, DType dtype, bool add) {
  const LargeMatmul kernel = kernels().of(dtype).large_matmul(a, b);
  const DividedProduct product(a, b, bias, out, dtype, add, kernel, num_threads());
  parallel_for(product.count(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) product.compute(i);
  });
  product.finish();
}

/// Of a small one. Long sums are the same in all products.
const Routines& routines_for(const MatrixView& a, const MatrixView& b, DType dtype) {
  return (a.columns < longest_short_inner ? kernels(a.rows * b.columns) : kernels()).of(dtype);
}

/// The same, without a detour for small ones.
inline void multiply(const MatrixView& a, const MatrixView& b, const BiasView& bias, void* out,
                     DType dtype, bool add) {
  if (a.rows * a.columns * b.columns > 4096) return multiply_large(a, b, bias, out, dtype, add);
  if (a.rows == 0 || b.columns == 0) return;
  routines_for(a, b, dtype).matmul(a, b, bias, out, b.columns, add);
}

/// The shape of the product; throws when the operands do not match.
Shape product_shape(const Shape& a, const Shape& b) {
  check_product(a, b);
  if (a.rank() < 2 || b.rank() < 2)
    fail("matmul: shapes {} and {}: both need two dimensions or more", a, b);
  auto batch = [](Dims d) {
    d.erase(d.rank() - 1);
    d.erase(d.rank() - 1);
    return Shape::unchecked(d);
  };
  Dims out = broadcast_shapes(batch(a), batch(b), "matmul");
  out.push_back(a[a.rank() - 2]);
  out.push_back(b.back());
  return Shape(out);
}

/// The last two dimensions; a vector is a row.
MatrixView matrix(const Tensor& t) {
  const int r = t.rank();
  if (r < 2) return {t.raw(), 1, t.numel(), t.numel(), r ? t.strides()[0] : 1};
  return {t.raw(), t.shape()[r - 2], t.shape()[r - 1], t.strides()[r - 2], t.strides()[r - 1]};
}
MatrixView matrix(const Tensor& t, std::int64_t offset) {
  const auto* data = static_cast<const std::byte*>(t.raw()) +
                     offset * static_cast<std::int64_t>(item_size(t.dtype()));
  MatrixView m = matrix(t);
  m.data = data;
  return m;
}

/// The kernels want rows or columns that are contiguous and do not overlap.
bool has_runs(const MatrixView& m) {
  return (m.column_stride == 1 && (m.row_stride >= m.columns || m.rows == 1)) ||
         (m.row_stride == 1 && (m.column_stride >= m.rows || m.columns == 1));
}

}  // namespace

void check_product(const Shape& a, const Shape& b) {
  if (a.empty() || b.empty())
    fail("matmul: shapes {} and {}: a number is no matrix and no vector; * multiplies by one", a,
         b);
  const auto inner = a.back(), other = b[std::max(0, b.rank() - 2)];
  if (inner != other)
    fail("matmul: shapes {} and {} do not match: {} {} against {} {}", a, b, inner,
         a.rank() == 1 ? "elements" : "columns", other, b.rank() == 1 ? "elements" : "rows");
}

Tensor Product::Factor::tensor() const {
  const Shape shape = Shape::unchecked({view.rows, view.columns});
  return Tensor::borrow(const_cast<void*>(view.data), shape, {view.row_stride, view.column_stride},
                        dtype);
}

bool Product::Factor::is_ready(DType wanted) const { return dtype == wanted && has_runs(view); }

bool Product::is_ready(DType wanted) const {
  return !batches_ && a_.is_ready(wanted) && b_.is_ready(wanted) &&
         (bias_kind_ == Bias::none ||
          (bias_.dtype == wanted && (bias_.view.column_stride == 1 || bias_.view.columns == 1)));
}

void Product::open_checked(const Tensor& a, bool turn_a, const Tensor& b, bool turn_b) {
  open_checked(turn_a ? a.swapped() : a, turn_b ? b.swapped() : b);
}

void Product::open_checked(const Tensor& a, const Tensor& b) {
  plain_ = plain_ && a.rank() == 2 && b.rank() == 2;
  shape_ = product_shape(a.shape(), b.shape());
  if (shape_.rank() > 2) batches_ = std::make_unique<Batches>(Batches{a, b});
}

namespace {

const Tensor& checked_rows(const Tensor& x, const Tensor& weight) {
  if (x.rank() < 2)
    fail("linear: an input of shape {} is not (…, rows, inputs); a weight of shape {} takes rows",
         x.shape(), weight.shape());
  return x;
}

}  // namespace

Product::Product(const Tensor& a, const Tensor& b, const Tensor& bias)
    : Product(checked_rows(a, b), false, b, false, &bias) {
  if (b.rank() != 2) fail("linear: a weight of shape {} is not (inputs, outputs)", b.shape());
  const bool row = bias.rank() == 1 && bias.shape()[0] == b.shape()[1];
  if (!row && shape_.rank() != 2)
    fail("linear: a weight of shape {} wants a bias of one number a column, not of shape {}",
         b.shape(), bias.shape());
  if (!row && bias.shape() != shape_)
    fail(
        "linear: a weight of shape {} wants a bias of one number a column or of the shape {} of "
        "the result, not of shape {}",
        b.shape(), shape_, bias.shape());
  bias_kind_ = row ? Bias::row : Bias::whole;
  plain_ = plain_ && bias.is_contiguous() && bias.dtype() == dtype_;
}

namespace {

/// All dimensions but the last as rows of one matrix, where the layout allows it.
std::optional<MatrixView> joined_rows(const Tensor& t) {
  std::int64_t rows = 1, stride = 0;
  for (int i = t.rank() - 1; i-- > 0;) {
    if (t.shape()[i] == 1) continue;
    if (rows == 1)
      stride = t.strides()[i];
    else if (t.strides()[i] != rows * stride)
      return std::nullopt;
    rows *= t.shape()[i];
  }
  const int last = t.rank() - 1;
  if (rows == 1) stride = t.shape()[last];
  return MatrixView{t.raw(), rows, t.shape()[last], stride, t.strides()[last]};
}

MatrixView turned(const MatrixView& m) {
  return {m.data, m.columns, m.rows, m.column_stride, m.row_stride};
}

Tensor prepared(const Tensor& t, DType dtype) {
  Tensor x = t.to(dtype);
  return has_runs(matrix(x)) ? x : x.clone();
}

/// Calls f(matrix of a, matrix of b) for some of the batches of a product of the given shape.
template <class F>
void for_batches(const Tensor& a, const Tensor& b, const Shape& shape, std::int64_t begin,
                 std::int64_t end, const F& f) {
  Dims batch = shape;
  batch.erase(batch.rank() - 1);
  batch.erase(batch.rank() - 1);
  auto offsets = [&](const Tensor& t) {
    Dims dims = t.shape(), strides = t.strides();
    for (int k = 0; k < 2; ++k) {
      dims.erase(dims.rank() - 1);
      strides.erase(strides.rank() - 1);
    }
    return broadcast_strides(dims, strides, batch);
  };
  const Dims sa = offsets(a), sb = offsets(b);
  Dims index = batch;
  for (std::int64_t i = batch.rank(), rest = begin; i-- > 0; rest /= batch[i])
    index[i] = rest % batch[i];
  for (std::int64_t k = begin; k < end; ++k) {
    std::int64_t oa = 0, ob = 0;
    for (int i = 0; i < batch.rank(); ++i) {
      oa += index[i] * sa[i];
      ob += index[i] * sb[i];
    }
    f(matrix(a, oa), matrix(b, ob));
    for (int i = batch.rank(); i-- > 0 && ++index[i] == batch[i];) index[i] = 0;
  }
}

}  // namespace

void Product::compute(void* out, DType dtype, bool add) const {
  if (plain_ && dtype == dtype_) [[likely]]
    return multiply(a_.view, b_.view, bias_view(), out, dtype, add);
  compute_checked(out, dtype, add);
}

bool Product::sums_rows_of(const Tensor& b) const {
  const MatrixView &x = a_.view, &y = b_.view;
  return plain_ && bias_kind_ == Bias::none && y.data == b.raw() &&
         y.rows * y.columns == b.numel() && y.row_stride == y.columns && x.rows > 0 && y.rows > 0 &&
         y.rows <= most_summed_rows && y.columns > 0 && y.columns <= most_summed_columns &&
         x.rows * x.columns * y.columns <= most_summed;
}

void Product::compute_with_sums(void* out, bool add, void* sums, bool add_sums) const {
  routines_for(a_.view, b_.view, dtype_)
      .matmul_and_sums(a_.view, b_.view, out, add, sums, add_sums);
}

Tensor Product::ready_row(DType wanted) const {
  return bias_kind_ == Bias::row ? bias_.tensor().to(wanted).contiguous() : Tensor();
}

void Product::compute_checked(void* out, DType dtype, bool add) const {
  if (is_ready(dtype)) [[likely]]
    return multiply(a_.view, b_.view, bias_view(), out, dtype, add);
  if (shape_.numel() == 0) return;
  if (bias_kind_ == Bias::whole) {
    add_to(bias_.tensor(), out, shape_, dtype, add);
    add = true;
  }
  if (batches_) return compute_batches(out, dtype, add);
  const Tensor a = prepared(a_.tensor(), dtype), b = prepared(b_.tensor(), dtype);
  const Tensor bias = ready_row(dtype);
  multiply(matrix(a), matrix(b), {bias_kind_ == Bias::row ? bias.raw() : nullptr}, out, dtype, add);
}

void compute_together(std::span<const ProductJob> jobs) {
  const bool ready = std::all_of(jobs.begin(), jobs.end(), [](const ProductJob& j) {
    return j.product->is_ready(j.to.dtype);
  });
  if (jobs.size() < 2 || !ready) {
    for (const ProductJob& j : jobs) j.product->compute(j.to.data, j.to.dtype, j.to.add);
    return;
  }
  std::vector<DividedProduct> products;
  products.reserve(jobs.size());
  std::int64_t total = 0;
  const int threads = num_threads();
  for (const auto& [p, to] : jobs) {
    const MatrixView &a = p->a_.view, &b = p->b_.view;
    // Where a thread has a part of each anyway, two of one would arrange the same operand twice.
    constexpr double middling = 1 << 23;
    const LargeMatmul kernel = kernels().of(to.dtype).large_matmul(a, b);
    const bool is_enough = kernel.arranges && p->work() <= middling && threads % 2 == 0;
    products.emplace_back(a, b, p->bias_view(), to.data, to.dtype, to.add, kernel,
                          is_enough ? threads / 2 : threads);
    total += products.back().count();
  }
  const auto count = static_cast<std::int64_t>(jobs.size()), each = products[0].count();
  const bool alike = std::all_of(products.begin(), products.end(),
                                 [each](const DividedProduct& p) { return p.count() == each; });
  // Each thread takes the same part of all of them. As some take parts from the end, the order of
  // the products turns round halfway, so that all begin with the first one.
  const auto compute_alike = [&](std::int64_t i) {
    const std::int64_t part = i / count, k = i % count;
    products[static_cast<std::size_t>(2 * part < each ? k : count - 1 - k)].compute(part);
  };
  const auto compute_any = [&](std::int64_t i) {
    std::size_t k = 0;
    for (; i >= products[k].count(); ++k) i -= products[k].count();
    products[k].compute(i);
  };
  parallel_for(total, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) alike ? compute_alike(i) : compute_any(i);
  });
  for (const DividedProduct& product : products) product.finish();
}

void Product::compute_batches(void* out, DType dtype, bool add) const {
  const Tensor a = prepared(batches_->a, dtype), b = prepared(batches_->b, dtype);
  const Tensor bias = ready_row(dtype);
  const BiasView start{bias_kind_ == Bias::row ? bias.raw() : nullptr};
  if (const auto rows = joined_rows(a); b.rank() == 2 && rows && has_runs(*rows))
    return multiply(*rows, matrix(b), start, out, dtype, add);
  const auto product = kernels().of(dtype).matmul;
  const auto step = shape_[shape_.rank() - 1] * shape_[shape_.rank() - 2] *
                    static_cast<std::int64_t>(item_size(dtype));
  const std::int64_t work =
      std::max<std::int64_t>(1, shape_[shape_.rank() - 2] * shape_.back() * a.shape().back());
  parallel_for(shape_.numel() / (shape_[shape_.rank() - 2] * shape_.back()),
               1 + (std::int64_t{1} << 20) / work, [&](std::int64_t begin, std::int64_t end) {
                 auto* c = static_cast<std::byte*>(out) + begin * step;
                 for_batches(a, b, shape_, begin, end,
                             [&](const MatrixView& x, const MatrixView& y) {
                               product(x, y, start, c, y.columns, add);
                               c += step;
                             });
               });
}

void Product::compute_sum(void* out, DType dtype, bool add) const {
  if (!batches_) return compute(out, dtype, add);
  const Tensor a = prepared(batches_->a, dtype), b = prepared(batches_->b, dtype);
  // The sum over the batches is one product when both join along the inner dimension.
  if (a.rank() == b.rank() &&
      a.shape().numel() / a.shape()[a.rank() - 2] == b.shape().numel() / b.shape().back()) {
    const auto x = joined_rows(a.swapped()), y = joined_rows(b);
    if (x && y && has_runs(*x) && has_runs(*y))
      return multiply(turned(*x), *y, {}, out, dtype, add);
  }
  const std::int64_t count = shape_.numel() / (shape_[shape_.rank() - 2] * shape_.back());
  for_batches(a, b, shape_, 0, count, [&](const MatrixView& x, const MatrixView& y) {
    multiply(x, y, {}, out, dtype, add);
    add = true;
  });
}

}  // namespace brickgrad
