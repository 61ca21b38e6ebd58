#include <autograd/error.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/product.hpp>
#include <autograd/tensor/strided.hpp>

namespace brickgrad {
namespace {

/// The shape of the product; throws when the operands do not match.
Shape product_shape(const Shape& a, const Shape& b) {
  if (a.rank() < 2 || b.rank() < 2)
    fail("matmul: shapes {} and {}: both need two dimensions or more", a, b);
  const auto inner = a.back(), other = b[b.rank() - 2];
  if (inner != other)
    fail("matmul: shapes {} and {} do not match: {} columns against {} rows", a, b, inner, other);
  if (a.rank() == 2 && b.rank() == 2) return Shape::unchecked({a[0], b[1]});
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
MatrixView matrix(const Tensor& t, std::int64_t offset = 0) {
  const auto* data = static_cast<const std::byte*>(t.raw()) +
                     offset * static_cast<std::int64_t>(item_size(t.dtype()));
  const int r = t.rank();
  if (r < 2) return {data, 1, t.numel(), t.numel(), r ? t.strides()[0] : 1};
  return {data, t.shape()[r - 2], t.shape()[r - 1], t.strides()[r - 2], t.strides()[r - 1]};
}

/// The kernels want rows or columns that are contiguous and do not overlap.
bool has_runs(const MatrixView& m) {
  return (m.column_stride == 1 && (m.row_stride >= m.columns || m.rows == 1)) ||
         (m.row_stride == 1 && (m.column_stride >= m.rows || m.columns == 1));
}

}  // namespace

Product::Factor::Factor(const Tensor& t)
    : view(matrix(t)), dtype(t.dtype()), storage(t.storage()) {}

Tensor Product::Factor::tensor() const {
  const Shape shape = Shape::unchecked({view.rows, view.columns});
  return Tensor::borrow(const_cast<void*>(view.data), shape, dtype)
      .view(shape, {view.row_stride, view.column_stride});
}

bool Product::Factor::is_ready(DType wanted) const { return dtype == wanted && has_runs(view); }

Product::Product(const Tensor& a, const Tensor& b)
    : a_(a), b_(b), shape_(product_shape(a.shape(), b.shape())) {
  if (shape_.rank() > 2) batches_ = std::make_unique<Batches>(Batches{a, b});
}

Product::Product(const Tensor& a, const Tensor& b, const Tensor& bias) : Product(a, b) {
  if (b.rank() != 2 || bias.rank() != 1 || bias.shape()[0] != b.shape()[1])
    fail("linear: a weight of shape {} wants a bias of one number a column, not of shape {}",
         b.shape(), bias.shape());
  bias_.emplace(bias);
}

Tensor::Tensor(const Product& p) : Tensor(empty(p.shape(), p.dtype())) {
  p.compute(data_, dtype_, false);
}

void Product::compute(void* out, DType dtype, bool add) const {
  if (shape_.numel() == 0) return;
  if (batches_) return compute_batches(out, dtype, add);
  const bool ready = a_.is_ready(dtype) && b_.is_ready(dtype);
  if (ready && (!bias_ || (bias_->dtype == dtype && bias_->view.column_stride == 1)))
    return kernels().of(dtype).matmul(a_.view, b_.view, bias_ ? bias_->view.data : nullptr, out,
                                      add);
  auto prepared = [dtype](const Factor& f) {
    return f.is_ready(dtype) ? f.tensor() : f.tensor().to(dtype).clone();
  };
  const Tensor a = prepared(a_), b = prepared(b_);
  const Tensor bias = bias_ ? bias_->tensor().to(dtype).contiguous() : Tensor();
  kernels().of(dtype).matmul(matrix(a), matrix(b), bias_ ? bias.raw() : nullptr, out, add);
}

void Product::compute_batches(void* out, DType dtype, bool add) const {
  auto prepared = [dtype](const Tensor& t) {
    Tensor x = t.to(dtype);
    return has_runs(matrix(x)) ? x : x.clone();
  };
  const Tensor a = prepared(batches_->a), b = prepared(batches_->b);
  const auto product = kernels().of(dtype).matmul;
  Dims batch = shape_;
  batch.erase(batch.rank() - 1);
  batch.erase(batch.rank() - 1);
  const auto step = shape_[shape_.rank() - 1] * shape_[shape_.rank() - 2] *
                    static_cast<std::int64_t>(item_size(dtype));
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
  for (int i = 0; i < index.rank(); ++i) index[i] = 0;
  auto* c = static_cast<std::byte*>(out);
  std::int64_t count = 1;
  for (auto d : batch) count *= d;
  for (std::int64_t k = 0; k < count; ++k, c += step) {
    std::int64_t oa = 0, ob = 0;
    for (int i = 0; i < batch.rank(); ++i) {
      oa += index[i] * sa[i];
      ob += index[i] * sb[i];
    }
    product(matrix(a, oa), matrix(b, ob), nullptr, c, add);
    for (int i = batch.rank(); i-- > 0 && ++index[i] == batch[i];) index[i] = 0;
  }
  if (bias_) add_to(bias_->tensor(), out, shape_, dtype, true);
}

}  // namespace brickgrad
