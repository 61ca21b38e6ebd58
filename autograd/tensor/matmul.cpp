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
  auto batch = [](const Shape& s) {
    Dims d = s;
    d.erase(d.rank() - 1);
    d.erase(d.rank() - 1);
    return Shape(static_cast<const Dims&>(d));
  };
  Dims out = broadcast_shapes(batch(a), batch(b), "matmul");
  out.push_back(a[a.rank() - 2]);
  out.push_back(b.back());
  return out;
}

Shape Product::shape() const { return matmul_shape(a.shape(), b.shape()); }

Tensor::Tensor(const Product& p)
    : Tensor(empty(p.shape(), promote(p.a.dtype(), p.b.dtype()))) {
  multiply(p, data_, dtype_, false);
}

namespace {

/// One matrix of a batch. The kernels want one stride to be 1.
Tensor prepared(const Tensor& t, DType dtype) {
  const Tensor x = t.to(dtype);
  const auto rows = x.dims()[x.rank() - 2], columns = x.dims().back();
  const auto row = x.strides()[x.rank() - 2], column = x.strides().back();
  const bool by_rows = column == 1 && (row >= columns || rows == 1);
  const bool by_columns = row == 1 && (column >= rows || columns == 1);
  return by_rows || by_columns ? x : x.clone();
}

MatrixView matrix(const Tensor& t, std::int64_t offset) {
  const auto* data = static_cast<const std::byte*>(t.raw()) +
                     offset * static_cast<std::int64_t>(item_size(t.dtype()));
  const int r = t.rank();
  return {data, t.dims()[r - 2], t.dims()[r - 1], t.strides()[r - 2], t.strides()[r - 1]};
}

}  // namespace

void multiply(const Product& p, void* out, DType dtype, bool add) {
  const Shape shape = p.shape();
  const Tensor a = prepared(p.a, dtype), b = prepared(p.b, dtype);
  const auto product = kernels().of(dtype).matmul;
  if (shape.rank() == 2) return product(matrix(a, 0), matrix(b, 0), out, add);
  Dims batch = shape;
  batch.erase(batch.rank() - 1);
  batch.erase(batch.rank() - 1);
  const auto step = shape[shape.rank() - 1] * shape[shape.rank() - 2] *
                    static_cast<std::int64_t>(item_size(dtype));
  auto offsets = [&](const Tensor& t) {
    Dims dims = t.dims(), strides = t.strides();
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
    product(matrix(a, oa), matrix(b, ob), c, add);
    for (int i = batch.rank(); i-- > 0 && ++index[i] == batch[i];) index[i] = 0;
  }
}

}  // namespace brickgrad
