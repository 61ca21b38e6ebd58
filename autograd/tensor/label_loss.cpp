// The loss of labels under the softmax of logits, and its derivative.
#include <autograd/error.hpp>
#include <autograd/ops/loss.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/rows.hpp>
#include <autograd/tensor/structural.hpp>
#include <cmath>

namespace brickgrad {
namespace {

void check_labels(const Tensor& logits, std::span<const std::int64_t> labels) {
  if (logits.rank() != 2)
    fail("cross_entropy: logits of shape {} are not rows of classes (rows, classes)",
         logits.shape());
  const std::int64_t classes = logits.shape()[1];
  if (static_cast<std::int64_t>(labels.size()) != logits.shape()[0])
    fail("cross_entropy: {} labels for {} rows of logits", labels.size(), logits.shape()[0]);
  if (classes == 0) fail("cross_entropy: logits of shape {} have no classes", logits.shape());
  if (labels.empty()) fail("cross_entropy: no rows; the mean over none is not defined");
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      fail("cross_entropy: label {} in row {} is not one of the {} classes 0 to {}", labels[i], i,
           classes, classes - 1);
}

/// Of some rows at a time, the maxima and log(sum of exp(x - maximum)).
template <class T>
struct RowLogs {
  static constexpr std::int64_t most = 32;

  /// Rows of few elements are worked on together.
  static std::int64_t rows_at_once(std::int64_t length) {
    return length <= longest_short_row ? most : 1;
  }
  /// `out` has room for rows that are not short; of those it receives the softmax unless it is
  /// null.
  void compute(const T* x, std::int64_t count, std::int64_t length, T* out) {
    const Routines& routines = kernels(count * length).of(dtype_of<T>);
    if (length <= longest_short_row)
      return routines.softmax_short_rows(count, length, x, 1, out, maxima, logs);
    const double m = routines.max(length, x);
    maxima[0] = static_cast<T>(m);
    logs[0] = static_cast<T>(std::log(routines.exp_shifted(length, x, m, out)));
  }

  T maxima[most], logs[most];
};

/// What the label of a row makes of its derivative there, which was factor softmax(x).
template <class T>
void put_label(T& d, T factor) {
  d = ops::CrossEntropy::gradient(d, T(1), factor);
}

/// out = factor softmax(x)
template <class T>
void scaled_softmax(const T* x, std::int64_t count, std::int64_t length, double factor, T* out) {
  const Routines& routines = kernels().of(dtype_of<T>);
  if (length <= longest_short_row)
    return routines.softmax_short_rows(count, length, x, factor, out, nullptr, nullptr);
  for (; count > 0; --count, x += length, out += length) {
    const double sum = routines.exp_shifted(length, x, routines.max(length, x), out);
    const T inverse = static_cast<T>(factor / sum);
    for (std::int64_t j = 0; j < length; ++j) out[j] *= inverse;
  }
}

}  // namespace

Tensor one_hot(std::span<const std::int64_t> labels, std::int64_t classes, DType dtype) {
  Tensor out = Tensor::zeros({static_cast<std::int64_t>(labels.size()), classes}, dtype);
  for (std::size_t i = 0; i < labels.size(); ++i)
    out.set({static_cast<std::int64_t>(i), labels[i]}, 1);
  return out;
}

double label_loss(const Tensor& logits, std::span<const std::int64_t> labels,
                  ops::FewResults& softmax) {
  check_labels(logits, labels);
  if (!logits.is_contiguous()) return label_loss(logits.contiguous(), labels, softmax);
  const std::int64_t all = logits.shape()[0], length = logits.shape()[1];
  double total = 0;
  with_dtype(logits.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = static_cast<const T*>(logits.raw());
    T* const kept = static_cast<T*>(
        softmax.open(length <= longest_short_row ? static_cast<std::size_t>(all * length) : 0));
    const auto sum_of = [&](std::int64_t begin, std::int64_t end) {
      RowLogs<T> rows;
      const StorageRef room =
          length > longest_short_row
              ? StorageRef::allocate(static_cast<std::size_t>(length) * sizeof(T))
              : StorageRef();
      T* e = room ? static_cast<T*>(room->data()) : kept;
      const std::int64_t few = rows.rows_at_once(length);
      double sum = 0;
      for (std::int64_t first = begin; first < end; first += few) {
        const std::int64_t count = std::min(few, end - first);
        const T* row = from + first * length;
        rows.compute(row, count, length, e);
        for (std::int64_t i = 0; i < count; ++i, row += length)
          sum += static_cast<double>(rows.logs[i]) +
                 (static_cast<double>(rows.maxima[i]) -
                  static_cast<double>(row[labels[static_cast<std::size_t>(first + i)]]));
      }
      return sum;
    };
    // Groups of rows that do not depend on the number of threads.
    const std::int64_t group = std::max<std::int64_t>(32, thread_grain / length / 32 * 32);
    total = sum_in_pieces(all, group, sum_of);
  });
  return total / static_cast<double>(labels.size());
}

void LabelLossGradient::compute(void* out, DType dtype, bool add) const {
  if (add || dtype != logits_->dtype()) {
    const Tensor whole = *this;
    return add_to(whole, out, shape(), dtype, add);
  }
  const Tensor& x = *logits_;
  if (!x.is_contiguous()) {
    const Tensor copy = x.contiguous();
    LabelLossGradient contiguous = *this;
    contiguous.logits_ = &copy;
    return contiguous.compute(out, dtype, add);
  }
  with_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    const std::int64_t length = x.shape()[1];
    const T* from = static_cast<const T*>(x.raw());
    T* to = static_cast<T*>(out);
    const T factor = static_cast<T>(factor_);
    const auto count = static_cast<std::size_t>(x.numel());
    if (const T* softmax = static_cast<const T*>(softmax_->of(count))) {
      for (std::size_t i = 0; i < count; ++i) to[i] = factor * softmax[i];
      for (const std::int64_t label : labels_) {
        put_label(to[label], factor);
        to += length;
      }
      return;
    }
    for_rows(x.shape()[0], length, [&](std::int64_t begin, std::int64_t end) {
      scaled_softmax(from + begin * length, end - begin, length, factor_, to + begin * length);
      for (std::int64_t i = begin; i < end; ++i)
        put_label(to[i * length + labels_[static_cast<std::size_t>(i)]], factor);
    });
  });
}

}  // namespace brickgrad
