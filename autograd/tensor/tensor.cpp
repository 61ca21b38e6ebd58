#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/strided.hpp>
#include <autograd/tensor/tensor.hpp>

namespace brickgrad {
namespace {

[[noreturn]] void fail_for_memory(const Shape& shape, DType dtype) {
  fail("out of memory: a tensor of shape {} in {} takes {} bytes", shape, dtype_name(dtype),
       static_cast<std::size_t>(shape.numel()) * item_size(dtype));
}

StorageRef storage_for(const Shape& shape, DType dtype) {
  try {
    // Shapes have no more elements than can be counted in bytes.
    return StorageRef::allocate(static_cast<std::size_t>(shape.numel()) * item_size(dtype));
  } catch (const Error&) { fail_for_memory(shape, dtype); }
}

}  // namespace

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  StorageRef storage = storage_for(shape, dtype);
  void* data = storage->data();
  return Tensor(std::move(storage), data, shape, dtype);
}

Tensor Tensor::on_storage(StorageRef storage, const Shape& shape, DType dtype) {
  void* data = storage->data();
  return Tensor(std::move(storage), data, shape, dtype);
}

namespace {

bool is_row_major(const Dims& dims, const Dims& strides) {
  std::int64_t step = 1;
  for (int i = dims.rank(); i-- > 0; step *= dims[i])
    if (dims[i] != 1 && strides[i] != step) return false;
  return true;
}

}  // namespace

void Tensor::set_layout(const Shape& shape, const Dims& strides) {
  numel_ = shape.numel();
  shape_ = shape;
  strides_ = strides;
  contiguous_ = numel_ == 0 || is_row_major(shape, strides);
}

Tensor Tensor::borrow(void* data, const Shape& shape, const Dims& strides, DType dtype) {
  Tensor t({}, data, shape, dtype);
  t.set_layout(shape, strides);
  return t;
}

void Tensor::check_reach(const Shape& shape, const Dims& strides, std::int64_t offset) const {
  if (strides.rank() != shape.rank())
    fail("as_strided: shape {} has {} extents, and there are {} strides", shape, shape.rank(),
         strides.rank());
  if (shape.numel() == 0) return;
  // The elements from the first one of this tensor on, and those before it.
  std::int64_t behind = 1, before = 0;
  if (storage_) {
    const auto size = static_cast<std::int64_t>(item_size(dtype_));
    before = (static_cast<std::byte*>(data_) - static_cast<std::byte*>(storage_->data())) / size;
    behind = static_cast<std::int64_t>(storage_->used) / size - before;
  } else if (numel_ == 0) {
    behind = 0;
  } else {
    for (int i = 0; i < rank(); ++i) behind += (shape_[i] - 1) * strides_[i];
  }
  bool fits = offset >= -before && offset < behind;
  std::int64_t left = fits ? behind - 1 - offset : 0;
  for (int i = 0; fits && i < shape.rank(); ++i) {
    fits = strides[i] >= 0 && (strides[i] == 0 || shape[i] - 1 <= left / strides[i]);
    if (fits) left -= (shape[i] - 1) * strides[i];
  }
  if (!fits)
    fail(
        "as_strided: elements of shape {} with strides {} from {} on are not all within the memory "
        "of a tensor of shape {}",
        shape, to_string(strides), offset, shape_);
}

Tensor Tensor::as_strided(const Shape& shape, const Dims& strides, std::int64_t offset) const {
  check_reach(shape, strides, offset);
  Tensor t = *this;
  if (shape.numel() > 0)
    t.data_ =
        static_cast<std::byte*>(data_) + offset * static_cast<std::int64_t>(item_size(dtype_));
  t.set_layout(shape, strides);
  return t;
}

Tensor Tensor::swapped() const {
  Tensor t = *this;
  const int i = rank() - 2, j = rank() - 1;
  Dims& dims = t.shape_;
  std::swap(dims[i], dims[j]);
  std::swap(t.strides_[i], t.strides_[j]);
  t.contiguous_ = numel_ == 0 || is_row_major(dims, t.strides_);
  return t;
}

std::int64_t Tensor::size(std::int64_t axis) const {
  return shape_[normal_axis(axis, rank(), "size")];
}

std::int64_t Tensor::offset_of(const Dims& index) const {
  if (index.rank() != rank())
    fail("index {}: a tensor of shape {} takes {} indices", to_string(index), shape(), rank());
  std::int64_t offset = 0;
  for (int i = 0; i < rank(); ++i) {
    const auto at = index[i] < 0 ? index[i] + shape_[i] : index[i];
    if (at < 0 || at >= shape_[i])
      fail("index {}: {} is out of range for dimension {} of shape {}", to_string(index), index[i],
           i, shape());
    offset += at * strides_[i];
  }
  return offset;
}

double Tensor::at(const Dims& index) const {
  const std::int64_t offset = offset_of(index);
  return with_dtype(dtype_, [&](auto zero) {
    return static_cast<double>(static_cast<const decltype(zero)*>(data_)[offset]);
  });
}

namespace {

/// Views whose elements overlap cannot be written to: broadcast ones, and windows. Each axis must
/// step over all that those with smaller steps reach.
void check_apart(const Tensor& t, const char* by) {
  if (t.is_contiguous()) return;
  const Dims &extents = t.shape(), &strides = t.strides();
  for (int i = 0; i < t.rank(); ++i) {
    std::int64_t reach = 0;
    for (int j = 0; j < t.rank(); ++j)
      if (strides[j] < strides[i] || (strides[j] == strides[i] && j < i))
        reach += (extents[j] - 1) * strides[j];
    if (extents[i] > 1 && strides[i] <= reach)
      fail("{}: this view of shape {} shows one element in several places; clone() it first", by,
           t.shape());
  }
}

}  // namespace

void Tensor::set(const Dims& index, double value) {
  const std::int64_t offset = offset_of(index);
  check_apart(*this, "set");
  if (storage_) storage_->before_change();
  with_dtype(dtype_, [&](auto zero) {
    using T = decltype(zero);
    static_cast<T*>(data_)[offset] = static_cast<T>(value);
  });
  mark_modified("set");
}

Tensor Tensor::operator[](std::int64_t i) const {
  if (rank() == 0) fail("index [{}]: a tensor of rank 0 has no rows; use item()", i);
  const std::int64_t at = i < 0 ? i + shape_[0] : i;
  if (at < 0 || at >= shape_[0])
    fail("index [{}] is out of range for dimension 0 of shape {}", i, shape());
  Dims dims = shape_, strides = strides_;
  dims.erase(0);
  strides.erase(0);
  return as_strided(Shape::unchecked(dims), strides, at * strides_[0]);
}

double Tensor::item() const {
  if (numel_ != 1)
    fail("item: a tensor of shape {} has {} elements, not one; index it or reduce it", shape(),
         numel_);
  return with_dtype(dtype_, [&](auto zero) {
    return static_cast<double>(*static_cast<const decltype(zero)*>(data_));
  });
}

std::vector<double> Tensor::to_vector() const {
  std::vector<double> out;
  try {
    out.resize(static_cast<std::size_t>(numel_));
  } catch (const std::exception&) { fail_for_memory(shape(), float64); }
  if (contiguous_)
    with_dtype(dtype_, [&](auto zero) {
      std::copy_n(static_cast<const decltype(zero)*>(raw()), numel_, out.begin());
    });
  else if (numel_ > 0)
    brickgrad::add_to(*this, out.data(), shape(), float64, false);
  return out;
}

void Tensor::check_data(DType wanted) const {
  if (wanted != dtype_)
    fail("data: the tensor is {}, not {}; convert it with to({})", dtype_name(dtype_),
         dtype_name(wanted), dtype_name(wanted));
  if (!contiguous_)
    fail("data: a view of shape {} and strides {} is not contiguous; call contiguous() first",
         shape(), to_string(strides_));
  if (storage_) storage_->expose();
}

Tensor Tensor::clone() const {
  Tensor out = empty(shape(), dtype_);
  if (numel_ > 0) brickgrad::add_to(*this, out.raw(), shape(), dtype_, false);
  return out;
}

Tensor Tensor::contiguous() const { return contiguous_ ? *this : clone(); }

Tensor Tensor::to(DType dtype) const {
  if (dtype == dtype_) return *this;
  const Tensor source = contiguous();
  Tensor out = empty(shape(), dtype);
  with_dtype(dtype_, [&](auto from) {
    with_dtype(dtype, [&](auto to) {
      const auto* x = static_cast<const decltype(from)*>(source.raw());
      auto* y = static_cast<decltype(to)*>(out.raw());
      for (std::int64_t i = 0; i < numel_; ++i) y[i] = static_cast<decltype(to)>(x[i]);
    });
  });
  return out;
}

void Tensor::mark_modified(const char* by) const {
  if (storage_) storage_->mark_modified(by);
}

Tensor& Tensor::fill_(double value) { return copy_(full({}, value, dtype_), "fill_"); }

Tensor& Tensor::copy_(const Tensor& source, const char* by) {
  const Shape to = shape();
  if (broadcast_shapes(source.shape(), to, by) != to)
    fail("{}: shape {} does not fit into shape {}", by, source.shape(), to);
  if (numel_ == 0) return *this;
  check_apart(*this, by);
  // Read in full before the first write: the source may share these elements.
  const bool shares = source.storage_.get() == storage_.get() && numel_ > 1;
  const Tensor from = shares ? source.clone().to(dtype_) : source.to(dtype_);
  if (storage_) storage_->before_change();
  brickgrad::add_to(from, *this, false);
  mark_modified(by);
  return *this;
}

namespace {

/// this = op(this, other), the other operand scaled.
template <class Op>
Tensor& update(Tensor& t, const Tensor& other, double alpha, const char* by) {
  const Shape shape = t.shape();
  if (broadcast_shapes(other.shape(), shape, by) != shape)
    fail("{}: shape {} does not fit into shape {}", by, other.shape(), shape);
  Tensor scaled = other.to(t.dtype());
  if (alpha != 1) {
    scaled = scaled.contiguous();
    Tensor product = Tensor::empty(scaled.shape(), scaled.dtype());
    kernels().of(t.dtype()).affine(scaled.numel(), scaled.raw(), alpha, 0, product.raw());
    scaled = product;
  }
  const Operand operands[] = {{&t}, {&scaled}};
  const Op op;
  // Every element is read before it is written; only other elements of the same memory are not.
  if (t.is_contiguous() && t.storage().get() != scaled.storage().get()) {
    if (t.storage()) t.storage()->before_change();
    elementwise_forward(elementwise_index<Op>, &op, operands, t);
    t.mark_modified(by);
    return t;
  }
  Tensor result = Tensor::empty(shape, t.dtype());
  elementwise_forward(elementwise_index<Op>, &op, operands, result);
  return t.copy_(result, by);
}

}  // namespace

Tensor& Tensor::add_(const Tensor& other, double alpha) {
  return update<ops::Add>(*this, other, alpha, "add_");
}
Tensor& Tensor::sub_(const Tensor& other, double alpha) {
  return update<ops::Sub>(*this, other, alpha, "sub_");
}
Tensor& Tensor::mul_(const Tensor& other) { return update<ops::Mul>(*this, other, 1, "mul_"); }
Tensor& Tensor::div_(const Tensor& other) { return update<ops::Div>(*this, other, 1, "div_"); }

}  // namespace brickgrad
