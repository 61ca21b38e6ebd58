#include <autograd/error.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/rows.hpp>
#include <autograd/tensor/strided.hpp>
#include <cstring>
#include <optional>
#include <vector>

namespace brickgrad {
namespace {

/// An operand as the kernels want it: contiguous, or one element for all, or gathered block by
/// block.
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
    } else if (t.is_contiguous() && t.shape() == to) {
      step_ = 1;
    } else {
      Cursor<const T> cursor(base_, to, broadcast_strides(t.shape(), t.strides(), to));
      if (cursor.is_run(1))
        step_ = 1;
      else
        cursor_ = cursor;
    }
  }
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
  void open(const GradientTarget& target, const Operand& operand, const Shape& from) {
    data_ = static_cast<T*>(target.data);
    add_ = target.add;
    if (!data_) return;
    const Shape to = operand.tensor ? operand.tensor->shape() : Shape();
    if (to.numel() == from.numel()) return;
    if (!add_) std::fill_n(data_, to.numel(), T(0));
    cursor_.emplace(data_, from, broadcast_strides(to, row_major(to), from));
  }
  bool adds() const { return add_ && !cursor_; }
  void* block(std::int64_t start) { return !data_ ? nullptr : cursor_ ? buffer_ : data_ + start; }
  void close_block(std::int64_t n, const Routines& routines) {
    if (!cursor_) return;
    if (cursor_->is_run(0))
      total_ += routines.sum(n, buffer_);
    else
      cursor_->add(n, buffer_);
  }
  /// What was summed to one number is added at last, so that it is rounded once.
  void close() {
    if (cursor_ && cursor_->is_run(0)) *data_ += static_cast<T>(total_);
  }

 private:
  T* data_ = nullptr;
  bool add_ = false;
  double total_ = 0;
  std::optional<Cursor<T>> cursor_;
  alignas(64) T buffer_[block_size];
};

/// How an operand lies against the result.
enum class Fit { single, whole, repeated, other };

/// `repeated`: the operand is contiguous and fills the last dimensions; it repeats for the others.
Fit fit_of(const Operand& operand, const Shape& to) {
  if (!operand.tensor || operand.tensor->numel() == 1) return Fit::single;
  const Shape& own = operand.tensor->shape();
  if (!operand.tensor->is_contiguous() || !ends_with(to, own)) return Fit::other;
  // Leading dimensions of 1 repeat nothing.
  return own.numel() == to.numel() ? Fit::whole : Fit::repeated;
}

/// Operands that need no gathering: single numbers, whole tensors, and rows that repeat with one
/// period. The result is then computed period by period.
struct Pattern {
  std::int64_t period;
  Fit fit[max_operands]{};
  bool simple = true;

  Pattern(std::span<const Operand> operands, const Shape& to, std::int64_t n) : period(n) {
    for (std::size_t k = 0; k < operands.size(); ++k) {
      fit[k] = fit_of(operands[k], to);
      if (fit[k] == Fit::other) simple = false;
      if (fit[k] != Fit::repeated) continue;
      const std::int64_t own = operands[k].tensor->numel();
      if (period != n && period != own) simple = false;
      period = own;
    }
  }
  /// Where operand k stands for element i of the result.
  template <class T>
  const T* start(std::size_t k, const T* base, std::int64_t i) const {
    return fit[k] == Fit::whole ? base + i : base;
  }
};

/// Where the operands of a simple pattern begin, and their steps; plain numbers are kept here.
template <class T>
struct Bases {
  const T* base[max_operands];
  std::int64_t step[max_operands];
  T number[max_operands];
  Bases(std::span<const Operand> operands, const Pattern& pattern) {
    for (std::size_t k = 0; k < operands.size(); ++k) {
      number[k] = static_cast<T>(operands[k].number);
      base[k] = operands[k].tensor ? static_cast<const T*>(operands[k].tensor->raw()) : &number[k];
      step[k] = pattern.fit[k] != Fit::single;
    }
  }
  Bases(const Bases&) = delete;
  Bases& operator=(const Bases&) = delete;
};

/// Calls f(begin, end) for parts of the elements, on several threads when there are many. Parts of
/// what repeats are whole periods.
template <class F>
void for_pieces(const Pattern& pattern, std::int64_t n, const F& f) {
  const bool repeats = pattern.period < n;
  parallel_for(n, {thread_grain, repeats ? std::max<std::int64_t>(1, pattern.period) : whole_lines},
               f);
}

template <class T>
void forward(int op_index, const void* op, std::span<const Operand> operands, Tensor& out) {
  const auto kernel =
      kernels(out.numel()).of(dtype_of<T>).elementwise[static_cast<std::size_t>(op_index)].forward;
  T* y = static_cast<T*>(out.raw());
  const std::int64_t n = out.numel();
  const Pattern pattern(operands, out.shape(), n);
  if (pattern.simple) {
    const Bases<T> bases(operands, pattern);
    for_pieces(pattern, n, [&](std::int64_t begin, std::int64_t end) {
      const void* part[max_operands];
      for (std::int64_t i = begin; i < end; i += pattern.period) {
        for (std::size_t k = 0; k < operands.size(); ++k)
          part[k] = pattern.start(k, bases.base[k], i);
        kernel(op, std::min(pattern.period, end - i), y + i, part, bases.step);
      }
    });
    return;
  }
  Source<T> sources[max_operands];
  const void* in[max_operands];
  std::int64_t step[max_operands]{};
  for (std::size_t k = 0; k < operands.size(); ++k) {
    sources[k].open(operands[k], out.shape());
    step[k] = sources[k].step();
  }
  for (std::int64_t i = 0; i < n; i += block_size) {
    const std::int64_t count = std::min(block_size, n - i);
    for (std::size_t k = 0; k < operands.size(); ++k) in[k] = sources[k].block(i, count);
    kernel(op, count, y + i, in, step);
  }
}

/// Adds up what a repeated operand receives from all periods: blocks of them in the element type,
/// and the blocks in double.
template <class T>
class Collector {
 public:
  void open(std::int64_t period) {
    block_.resize(static_cast<std::size_t>(period));
    total_.resize(block_.size());
  }
  bool is_open() const { return !total_.empty(); }
  static bool begins_block(std::int64_t index) { return index % periods == 0; }
  /// Where period `index` puts its contribution, or adds it inside a block.
  T* next(std::int64_t index) {
    if (index > 0 && begins_block(index)) add_block();
    return block_.data();
  }
  void close(T* to, bool add) {
    add_block();
    for (std::size_t j = 0; j < total_.size(); ++j)
      to[j] = static_cast<T>(total_[j] + (add ? static_cast<double>(to[j]) : 0));
  }

 private:
  static constexpr std::int64_t periods = 64;
  void add_block() {
    for (std::size_t j = 0; j < total_.size(); ++j) total_[j] += static_cast<double>(block_[j]);
  }
  std::vector<T> block_;
  std::vector<double> total_;
};

template <class T>
void backward(int op_index, const void* op, const Tensor& g, const Tensor& y,
              std::span<const Operand> operands, std::span<const GradientTarget> targets) {
  const Routines& routines = kernels(y.numel()).of(dtype_of<T>);
  const auto kernel = routines.elementwise[static_cast<std::size_t>(op_index)].backward;
  const void* in[max_operands];
  void* d[max_operands];
  std::int64_t step[max_operands]{};
  unsigned add = 0;
  const T* result = static_cast<const T*>(y.raw());
  const std::int64_t n = y.numel();
  const Pattern pattern(operands, y.shape(), n);
  bool simple = pattern.simple && g.is_contiguous();
  for (std::size_t k = 0; k < operands.size(); ++k)
    simple = simple && (!targets[k].data || pattern.fit[k] != Fit::single || n == 1);
  if (n == 0) {
    // Nothing flows, but what was not there before is now zero.
    for (std::size_t k = 0; k < operands.size(); ++k)
      if (targets[k].data && !targets[k].add)
        std::fill_n(static_cast<T*>(targets[k].data),
                    operands[k].tensor ? operands[k].tensor->numel() : 1, T(0));
    return;
  }
  if (simple) {
    const Bases<T> bases(operands, pattern);
    for (std::size_t k = 0; k < operands.size(); ++k)
      if (targets[k].add) add |= 1u << k;
    const auto run = [&](std::int64_t begin, std::int64_t end, const auto& target_of) {
      const void* part[max_operands];
      void* to[max_operands];
      for (std::int64_t i = begin; i < end; i += pattern.period) {
        unsigned plus = add;
        for (std::size_t k = 0; k < operands.size(); ++k) {
          part[k] = pattern.start(k, bases.base[k], i);
          T* target = static_cast<T*>(targets[k].data);
          to[k] = !target                           ? nullptr
                  : pattern.fit[k] == Fit::repeated ? target_of(k, i / pattern.period, plus)
                                                    : target + i;
        }
        kernel(op, std::min(pattern.period, end - i), static_cast<const T*>(g.raw()) + i, 1,
               result + i, part, bases.step, to, plus);
      }
    };
    bool collects = false;
    for (std::size_t k = 0; k < operands.size(); ++k)
      collects = collects || (targets[k].data && pattern.fit[k] == Fit::repeated);
    if (!collects)
      return for_pieces(pattern, n, [&](std::int64_t begin, std::int64_t end) {
        run(begin, end, [&](std::size_t, std::int64_t, unsigned&) -> T* { return nullptr; });
      });
    Collector<T> collectors[max_operands];
    for (std::size_t k = 0; k < operands.size(); ++k)
      if (targets[k].data && pattern.fit[k] == Fit::repeated) collectors[k].open(pattern.period);
    run(0, n, [&](std::size_t k, std::int64_t index, unsigned& plus) {
      plus = collectors[k].begins_block(index) ? plus & ~(1u << k) : plus | 1u << k;
      return collectors[k].next(index);
    });
    for (std::size_t k = 0; k < operands.size(); ++k)
      if (collectors[k].is_open())
        collectors[k].close(static_cast<T*>(targets[k].data), targets[k].add);
    return;
  }
  Source<T> sources[max_operands], gradient;
  Sink<T> sinks[max_operands];
  gradient.open({&g}, y.shape());
  for (std::size_t k = 0; k < operands.size(); ++k) {
    sources[k].open(operands[k], y.shape());
    sinks[k].open(targets[k], operands[k], y.shape());
    step[k] = sources[k].step();
    add |= static_cast<unsigned>(sinks[k].adds()) << k;
  }
  for (std::int64_t i = 0; i < n; i += block_size) {
    const std::int64_t count = std::min(block_size, n - i);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      in[k] = sources[k].block(i, count);
      d[k] = sinks[k].block(i);
    }
    kernel(op, count, gradient.block(i, count), gradient.step(), result + i, in, step, d, add);
    for (std::size_t k = 0; k < operands.size(); ++k)
      if (d[k]) sinks[k].close_block(count, routines);
  }
  for (std::size_t k = 0; k < operands.size(); ++k) sinks[k].close();
}

/// Few elements in operands that are numbers or lie as the result does: one call of the kernel.
template <class T>
class Direct {
 public:
  bool open(std::span<const Operand> operands, std::int64_t n) {
    if (n > thread_grain || n == 0) return false;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const Tensor* t = operands[k].tensor;
      if (!t) {
        number_[k] = static_cast<T>(operands[k].number);
        in[k] = &number_[k];
        step[k] = 0;
        continue;
      }
      // As many elements as the broadcast shape: at most extents of 1 are missing.
      if (t->numel() != 1 && (t->numel() != n || !t->is_contiguous())) return false;
      in[k] = t->raw();
      step[k] = t->numel() != 1;
    }
    return true;
  }
  const void* in[max_operands];
  std::int64_t step[max_operands];

 private:
  T number_[max_operands];
};

template <class T>
bool forward_direct(int op_index, const void* op, std::span<const Operand> operands, Tensor& out) {
  Direct<T> direct;
  if (!direct.open(operands, out.numel())) return false;
  kernels(out.numel())
      .of(dtype_of<T>)
      .elementwise[static_cast<std::size_t>(op_index)]
      .forward(op, out.numel(), out.raw(), direct.in, direct.step);
  return true;
}

template <class T>
bool backward_direct(int op_index, const void* op, const Tensor& g, const Tensor& y,
                     std::span<const Operand> operands, std::span<const GradientTarget> targets) {
  const std::int64_t n = y.numel();
  Direct<T> direct;
  if (!direct.open(operands, n) || !g.is_contiguous()) return false;
  void* d[max_operands];
  unsigned add = 0;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    d[k] = targets[k].data;
    if (d[k] && direct.step[k] == 0 && n != 1) return false;
    add |= static_cast<unsigned>(targets[k].add) << k;
  }
  kernels(n)
      .of(dtype_of<T>)
      .elementwise[static_cast<std::size_t>(op_index)]
      .backward(op, n, g.raw(), 1, y.raw(), direct.in, direct.step, d, add);
  return true;
}

}  // namespace

void elementwise_forward(int op_index, const void* op, std::span<const Operand> operands,
                         Tensor& out) {
  with_dtype(out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if (!forward_direct<T>(op_index, op, operands, out)) forward<T>(op_index, op, operands, out);
  });
}

void elementwise_backward(int op_index, const void* op, const Tensor& g, const Tensor& y,
                          std::span<const Operand> operands,
                          std::span<const GradientTarget> targets) {
  with_dtype(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if (!backward_direct<T>(op_index, op, g, y, operands, targets))
      backward<T>(op_index, op, g, y, operands, targets);
  });
}

}  // namespace brickgrad
