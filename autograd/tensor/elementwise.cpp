#include <autograd/error.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/strided.hpp>
#include <cstring>
#include <optional>

namespace brickgrad {
namespace {

// Elements a block: a few of them of float64 fit the first-level cache.
constexpr std::int64_t block_size = 512;

/// An operand as the kernels want it: contiguous, or one element for all, or gathered block by block.
template <class T>
class Source {
 public:
  Source() = default;
  void open(const Operand& operand, const Dims& to) {
    if (!operand.tensor) {
      number_ = static_cast<T>(operand.number);
      step_ = 0;
      return;
    }
    const Tensor& t = *operand.tensor;
    base_ = static_cast<const T*>(t.raw());
    if (t.numel() == 1) {
      step_ = 0;
    } else if (t.is_contiguous() && t.dims() == to) {
      step_ = 1;
    } else {
      Cursor<const T> cursor(base_, to, broadcast_strides(t.dims(), t.strides(), to));
      if (cursor.is_run(1))
        step_ = 1;
      else
        cursor_ = cursor;
    }
  }
  bool direct() const { return !cursor_; }
  std::int64_t step() const { return step_; }
  const void* block(std::int64_t start, std::int64_t n) {
    if (cursor_) {
      cursor_->read(n, buffer_);
      return buffer_;
    }
    return base_ ? base_ + start * step_ : &number_;
  }

 private:
  const T* base_ = nullptr;
  T number_ = 0;
  std::int64_t step_ = 1;
  std::optional<Cursor<const T>> cursor_;
  alignas(64) T buffer_[block_size];
};

/// A gradient: written where it belongs, or block by block into a buffer and summed from there.
template <class T>
class Sink {
 public:
  void open(const GradientTarget& target, const Tensor* operand, const Dims& from) {
    data_ = static_cast<T*>(target.data);
    add_ = target.add;
    if (!data_ || operand->dims() == from || operand->numel() == numel_of(from)) return;
    if (!add_) std::memset(data_, 0, static_cast<std::size_t>(operand->numel()) * sizeof(T));
    cursor_.emplace(data_, from,
                    broadcast_strides(operand->dims(), row_major(operand->shape()), from));
  }
  bool direct() const { return !cursor_; }
  bool adds() const { return add_ && !cursor_; }
  void* block(std::int64_t start) {
    return !data_ ? nullptr : cursor_ ? buffer_ : data_ + start;
  }
  void close_block(std::int64_t n, const Routines& routines) {
    if (!cursor_) return;
    if (cursor_->is_run(0))
      *data_ += static_cast<T>(routines.sum(n, buffer_));
    else
      cursor_->add(n, buffer_);
  }

 private:
  static std::int64_t numel_of(const Dims& d) {
    std::int64_t n = 1;
    for (auto x : d) n *= x;
    return n;
  }
  T* data_ = nullptr;
  bool add_ = false;
  std::optional<Cursor<T>> cursor_;
  alignas(64) T buffer_[block_size];
};

template <class T>
void forward(int op_index, const void* op, std::span<const Operand> operands, Tensor& out) {
  const auto kernel =
      kernels().of(dtype_of<T>).elementwise[static_cast<std::size_t>(op_index)].forward;
  Source<T> sources[max_operands];
  const void* in[max_operands];
  std::int64_t step[max_operands];
  bool direct = true;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    sources[k].open(operands[k], out.dims());
    step[k] = sources[k].step();
    direct = direct && sources[k].direct();
  }
  T* y = static_cast<T*>(out.raw());
  const std::int64_t n = out.numel(), stride = direct ? n : block_size;
  for (std::int64_t i = 0; i < n; i += stride) {
    const std::int64_t count = std::min(stride, n - i);
    for (std::size_t k = 0; k < operands.size(); ++k) in[k] = sources[k].block(i, count);
    kernel(op, count, y + i, in, step);
  }
}

template <class T>
void backward(int op_index, const void* op, const Tensor& g, const Tensor& y,
              std::span<const Operand> operands, std::span<const GradientTarget> targets) {
  const Routines& routines = kernels().of(dtype_of<T>);
  const auto kernel = routines.elementwise[static_cast<std::size_t>(op_index)].backward;
  Source<T> sources[max_operands], gradient;
  Sink<T> sinks[max_operands];
  const void* in[max_operands];
  void* d[max_operands];
  std::int64_t step[max_operands];
  unsigned add = 0;
  gradient.open({&g}, y.dims());
  bool direct = gradient.direct();
  for (std::size_t k = 0; k < operands.size(); ++k) {
    sources[k].open(operands[k], y.dims());
    sinks[k].open(targets[k], operands[k].tensor, y.dims());
    step[k] = sources[k].step();
    add |= static_cast<unsigned>(sinks[k].adds()) << k;
    direct = direct && sources[k].direct() && sinks[k].direct();
  }
  const T* result = static_cast<const T*>(y.raw());
  const std::int64_t n = y.numel(), stride = direct ? n : block_size;
  for (std::int64_t i = 0; i < n; i += stride) {
    const std::int64_t count = std::min(stride, n - i);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      in[k] = sources[k].block(i, count);
      d[k] = sinks[k].block(i);
    }
    kernel(op, count, gradient.block(i, count), gradient.step(), result + i, in, step, d, add);
    for (std::size_t k = 0; k < operands.size(); ++k)
      if (d[k]) sinks[k].close_block(count, routines);
  }
}

template <class T>
void add_to(const Tensor& from, T* to, const Shape& shape, bool add) {
  const bool same = from.dims() == shape;
  if (same && from.is_contiguous()) {
    const T* x = static_cast<const T*>(from.raw());
    if (!add)
      std::copy_n(x, from.numel(), to);
    else
      kernels().of(dtype_of<T>).axpy(from.numel(), 1, x, to);
    return;
  }
  const Shape wide = same ? shape : broadcast_shapes(from.shape(), shape, "add_to");
  const bool summed = wide.numel() != shape.numel();
  if (summed && !add) std::fill_n(to, shape.numel(), T(0));
  Cursor<const T> source(static_cast<const T*>(from.raw()), wide,
                         broadcast_strides(from.dims(), from.strides(), wide));
  Cursor<T> target(to, wide, broadcast_strides(shape, row_major(shape), wide));
  alignas(64) T buffer[block_size];
  for (std::int64_t n = wide.numel(); n > 0; n -= block_size) {
    const std::int64_t count = std::min(n, block_size);
    source.read(count, buffer);
    if (add || summed)
      target.add(count, buffer);
    else
      target.write(count, buffer);
  }
}

}  // namespace

void elementwise_forward(int op_index, const void* op, std::span<const Operand> operands,
                         Tensor& out) {
  with_dtype(out.dtype(), [&](auto zero) {
    forward<decltype(zero)>(op_index, op, operands, out);
  });
}

void elementwise_backward(int op_index, const void* op, const Tensor& g, const Tensor& y,
                          std::span<const Operand> operands,
                          std::span<const GradientTarget> targets) {
  with_dtype(y.dtype(), [&](auto zero) {
    backward<decltype(zero)>(op_index, op, g, y, operands, targets);
  });
}

void add_to(const Tensor& from, void* to, const Shape& shape, DType dtype, bool add) {
  if (from.dtype() != dtype) return add_to(from.to(dtype), to, shape, dtype, add);
  with_dtype(dtype, [&](auto zero) {
    add_to<decltype(zero)>(from, static_cast<decltype(zero)*>(to), shape, add);
  });
}

}  // namespace brickgrad
