#include <autograd/error.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/strided.hpp>
#include <autograd/tensor/structural.hpp>

namespace brickgrad {

Shape matmul_shape(const Shape& a, const Shape& b) {
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

Shape Product::shape() const { return matmul_shape(a.shape(), b.shape()); }

Product product_of(const Tensor& a, const Tensor& b, const Tensor& bias) {
  if (b.rank() != 2 || bias.rank() != 1 || bias.shape()[0] != b.shape()[1])
    fail("linear: a weight of shape {} wants a bias of one number a column, not of shape {}",
         b.shape(), bias.shape());
  return {a, b, bias};
}

Tensor::Tensor(const Product& p) : Tensor(empty(p.shape(), promote(p.a.dtype(), p.b.dtype()))) {
  multiply(p, data_, dtype_, false);
}

namespace {

MatrixView matrix(const Tensor& t, std::int64_t offset) {
  const auto* data = static_cast<const std::byte*>(t.raw()) +
                     offset * static_cast<std::int64_t>(item_size(t.dtype()));
  const int r = t.rank();
  return {data, t.shape()[r - 2], t.shape()[r - 1], t.strides()[r - 2], t.strides()[r - 1]};
}

/// The kernels want rows or columns that are contiguous and do not overlap.
bool is_ready(const MatrixView& m) {
  return (m.column_stride == 1 && (m.row_stride >= m.columns || m.rows == 1)) ||
         (m.row_stride == 1 && (m.column_stride >= m.rows || m.columns == 1));
}

Tensor prepared(const Tensor& t, DType dtype) {
  Tensor x = t.to(dtype);
  return is_ready(matrix(x, 0)) ? x : x.clone();
}

void multiply_batches(const Tensor& a, const Tensor& b, const Shape& shape, void* out, DType dtype,
                      bool add) {
  const auto product = kernels().of(dtype).matmul;
  Dims batch = shape;
  batch.erase(batch.rank() - 1);
  batch.erase(batch.rank() - 1);
  const auto step = shape[shape.rank() - 1] * shape[shape.rank() - 2] *
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
}

}  // namespace

void multiply(const Product& p, void* out, DType dtype, bool add) {
  std::optional<Tensor> bias;
  if (p.bias) bias = p.bias->to(dtype).contiguous();
  const void* start = bias ? bias->raw() : nullptr;
  if (p.a.rank() == 2 && p.b.rank() == 2) {
    const MatrixView a = matrix(p.a, 0), b = matrix(p.b, 0);
    if (p.a.dtype() == dtype && p.b.dtype() == dtype && is_ready(a) && is_ready(b))
      return kernels().of(dtype).matmul(a, b, start, out, add);
    const Tensor x = prepared(p.a, dtype), y = prepared(p.b, dtype);
    return kernels().of(dtype).matmul(matrix(x, 0), matrix(y, 0), start, out, add);
  }
  const Shape shape = p.shape();
  multiply_batches(prepared(p.a, dtype), prepared(p.b, dtype), shape, out, dtype, add);
  if (bias) add_to(*bias, out, shape, dtype, true);
}

}  // namespace brickgrad
