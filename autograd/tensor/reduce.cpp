// Sums, maxima and softmax over axes. The reduced axes are brought to the end, so that every kernel
// works on contiguous rows.
#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/rows.hpp>
#include <autograd/tensor/structural.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace brickgrad {
namespace {

/// The elements as rows: one row is what is reduced to one number.
struct Rows {
  Tensor elements;
  std::int64_t count, length;
  const void* row(std::int64_t i) const {
    return static_cast<const std::byte*>(elements.raw()) +
           i * length * static_cast<std::int64_t>(item_size(elements.dtype()));
  }
};

Rows rows_of(const Tensor& x, const AxisFlags& axes) {
  Dims order;
  std::int64_t count = 1, length = 1;
  for (int i = 0; i < x.rank(); ++i)
    if (!axes[static_cast<std::size_t>(i)]) {
      order.push_back(i);
      count *= x.shape()[i];
    }
  const int kept = order.rank();
  for (int i = 0; i < x.rank(); ++i)
    if (axes[static_cast<std::size_t>(i)]) {
      // In the order of memory, where elements may be rows already.
      int at = order.rank();
      while (at > kept && x.strides()[order[at - 1]] < x.strides()[i]) --at;
      order.insert(at, i);
      length *= x.shape()[i];
    }
  return {permuted(x, order).contiguous(), count, length};
}

template <class F>
Tensor reduce_rows(const Tensor& x, const AxisFlags& axes, bool keepdims, const F& f) {
  const Rows rows = rows_of(x, axes);
  Tensor out = Tensor::empty(reduced_shape(x.shape(), axes, keepdims), x.dtype());
  with_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* y = static_cast<T*>(out.raw());
    for_rows(rows.count, rows.length, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) y[i] = static_cast<T>(f(rows.length, rows.row(i)));
    });
  });
  return out;
}

double sum_of_row(const Tensor& x) {
  const auto* first = static_cast<const std::byte*>(x.raw());
  const auto size = static_cast<std::int64_t>(item_size(x.dtype()));
  return sum_in_pieces(x.numel(), thread_grain, [&](std::int64_t begin, std::int64_t end) {
    return kernels().of(x.dtype()).sum(end - begin, first + begin * size);
  });
}

bool leads(const AxisFlags& axes, int rank) {
  int reduced = 0;
  while (reduced < rank && axes[static_cast<std::size_t>(reduced)]) ++reduced;
  for (int i = reduced; i < rank; ++i)
    if (axes[static_cast<std::size_t>(i)]) return false;
  return reduced > 0 && reduced < rank;
}

bool all_of(const AxisFlags& axes, int rank) {
  return std::all_of(axes.begin(), axes.begin() + rank, [](bool flag) { return flag; });
}

/// How many axes at the end are reduced; none when all are.
int trailing_count(const AxisFlags& axes, int rank) {
  int n = 0;
  while (n < rank && axes[static_cast<std::size_t>(rank - 1 - n)]) ++n;
  return n < rank ? n : 0;
}
bool reduces_before(const AxisFlags& axes, int end) {
  return std::any_of(axes.begin(), axes.begin() + end, [](bool flag) { return flag; });
}

void scale_in_place(Tensor& t, double scale) {
  if (scale != 1) kernels().of(t.dtype()).affine(t.numel(), t.raw(), scale, 0, t.raw());
}

/// exp(row - max) of every row into `out`; the sums and the maxima of the rows.
template <class T>
void exp_rows(const T* x, std::int64_t count, std::int64_t length, T* out, T* sums, T* maxima) {
  const Routines& routines = kernels().of(dtype_of<T>);
  if (length <= longest_short_row)
    return routines.exp_short_rows(count, length, x, out, maxima, sums);
  for_rows(count, length, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const double m = routines.max(length, x + i * length);
      maxima[i] = static_cast<T>(m);
      sums[i] = static_cast<T>(routines.exp_shifted(length, x + i * length, m, out + i * length));
    }
  });
}

/// Memory for a few numbers a row; small counts live on the stack.
template <class T>
class NumbersOfRows {
 public:
  explicit NumbersOfRows(std::int64_t n) {
    if (n > 128) large_.resize(static_cast<std::size_t>(n));
  }
  T* data() { return large_.empty() ? small_ : large_.data(); }

 private:
  T small_[128];
  std::vector<T> large_;
};

AxisFlags one_axis(int axis) {
  AxisFlags flags{};
  flags[static_cast<std::size_t>(axis)] = true;
  return flags;
}

}  // namespace

Tensor reduce_sum(const Tensor& x, const AxisFlags& axes, bool keepdims, double scale) {
  if (x.is_contiguous() && x.numel() > 0 && all_of(axes, x.rank()))
    return Tensor::full(keepdims ? reduced_shape(x.shape(), axes, true) : Shape(),
                        sum_of_row(x) * scale, x.dtype());
  const Routines& routines = kernels().of(x.dtype());
  Tensor out;
  if (const int trailing = trailing_count(axes, x.rank());
      x.is_contiguous() && x.numel() > 0 && trailing > 0 &&
      reduces_before(axes, x.rank() - trailing)) {
    // The last axes first, which are rows where they lie; then the others of the little that
    // remains.
    AxisFlags last{}, others = axes;
    for (int i = x.rank() - trailing; i < x.rank(); ++i) {
      last[static_cast<std::size_t>(i)] = true;
      others[static_cast<std::size_t>(i)] = false;
    }
    out = reshaped(reduce_sum(reduce_sum(x, last, false), others, false),
                   reduced_shape(x.shape(), axes, keepdims));
  } else if (x.is_contiguous() && leads(axes, x.rank()) && x.numel() > 0) {
    out = Tensor::zeros(reduced_shape(x.shape(), axes, keepdims), x.dtype());
    with_dtype(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      sum_columns(static_cast<const T*>(x.raw()), x.numel() / out.numel(), out.numel(),
                  static_cast<T*>(out.raw()));
    });
  } else {
    out = reduce_rows(x, axes, keepdims, routines.sum);
  }
  scale_in_place(out, scale);
  return out;
}

Tensor reduce_max(const Tensor& x, const AxisFlags& axes, bool keepdims) {
  for (int i = 0; i < x.rank(); ++i)
    if (axes[static_cast<std::size_t>(i)] && x.shape()[i] == 0)
      fail(
          "max or min: shape {} has no elements along dimension {}; none is the largest or "
          "smallest",
          x.shape(), i);
  return reduce_rows(x, axes, keepdims, kernels().of(x.dtype()).max);
}

Tensor reduce_logsumexp(const Tensor& x, const AxisFlags& axes, bool keepdims) {
  const Rows rows = rows_of(x, axes);
  Tensor out = Tensor::empty(reduced_shape(x.shape(), axes, keepdims), x.dtype());
  with_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* y = static_cast<T*>(out.raw());
    if (rows.length == 0) {
      std::fill_n(y, rows.count, -std::numeric_limits<T>::infinity());
      return;
    }
    Tensor e = Tensor::empty(rows.elements.shape(), x.dtype());
    NumbersOfRows<T> sums(rows.count), maxima(rows.count);
    exp_rows(static_cast<const T*>(rows.elements.raw()), rows.count, rows.length,
             static_cast<T*>(e.raw()), sums.data(), maxima.data());
    for (std::int64_t i = 0; i < rows.count; ++i) {
      const T m = maxima.data()[i];
      y[i] = std::isinf(m) ? m : m + std::log(sums.data()[i]);
    }
  });
  return out;
}

Tensor softmax_of(const Tensor& x, int axis, bool logarithm) {
  const Rows rows = rows_of(x, one_axis(axis));
  Tensor out = Tensor::empty(rows.elements.shape(), x.dtype());
  const Routines& routines = kernels().of(x.dtype());
  if (x.numel() > 0)
    with_dtype(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* in = static_cast<const T*>(rows.elements.raw());
      T* y = static_cast<T*>(out.raw());
      for_rows(rows.count, rows.length, [&](std::int64_t begin, std::int64_t end) {
        if (!logarithm && rows.length <= longest_short_row)
          return routines.softmax_short_rows(end - begin, rows.length, in + begin * rows.length, 1,
                                             y + begin * rows.length, nullptr, nullptr);
        // A few rows at a time, so that they are still in the cache for the second pass.
        const std::int64_t few = std::max<std::int64_t>(1, 1024 / rows.length);
        constexpr std::int64_t size = sizeof(T);
        const bool passes =
            !logarithm && passes_cache(out) && rows.length * size <= std::int64_t{1} << 17;
        const Tensor near = Tensor::empty({passes ? few * rows.length : 0}, x.dtype());
        T sums[1024], maxima[1024];
        for (std::int64_t first = begin; first < end; first += few) {
          const std::int64_t count = std::min(few, end - first), at = first * rows.length;
          T* powers = passes ? static_cast<T*>(near.raw()) : y + at;
          exp_rows(in + at, count, rows.length, powers, sums, maxima);
          for (std::int64_t i = 0; i < count; ++i) {
            const double s = static_cast<double>(sums[i]);
            const T* from = in + at + i * rows.length;
            T* row = y + at + i * rows.length;
            if (logarithm) {
              // First the maximum, then the rest: together they could cancel.
              routines.affine(rows.length, from, 1, -static_cast<double>(maxima[i]), row);
              routines.affine(rows.length, row, 1, -std::log(s), row);
            } else if (passes) {
              routines.scale_past_cache(rows.length, powers + i * rows.length, 1 / s, row);
            } else {
              routines.affine(rows.length, row, 1 / s, 0, row);
            }
          }
        }
      });
    });
  if (axis + 1 == x.rank()) return out;
  // Bring the axis back from the end to its place.
  Dims order;
  for (int i = 0; i < x.rank(); ++i)
    order.push_back(i < axis ? i : i == axis ? x.rank() - 1 : i - 1);
  return permuted(out, order).contiguous();
}

void Spread::compute(void* out, DType dtype, bool add) const {
  if (sums_.numel() == 1 && !add) {
    const double number = sums_.item() * factor_;
    return with_dtype(dtype, [&](auto zero) {
      std::fill_n(static_cast<decltype(zero)*>(out), shape_.numel(),
                  static_cast<decltype(zero)>(number));
    });
  }
  Tensor scaled = sums_;
  if (factor_ != 1) {
    scaled = sums_.clone();
    scale_in_place(scaled, factor_);
  }
  const Shape kept = reduced_shape(shape_, axis_flags(axes_, shape_.rank(), "sum"), true);
  add_to(broadcasted(reshaped(scaled, kept), shape_), out, shape_, dtype, add);
}

}  // namespace brickgrad
