// Walks the elements of a strided view in row-major order, some at a time.
#pragma once

#include <algorithm>
#include <autograd/shape.hpp>

namespace brickgrad {

/// Whether the last extents of `wide` are those of `own`.
inline bool ends_with(const Dims& wide, const Dims& own) {
  if (own.rank() > wide.rank()) return false;
  for (int i = 1; i <= own.rank(); ++i)
    if (own[own.rank() - i] != wide[wide.rank() - i]) return false;
  return true;
}

/// The strides with which a tensor of extents `dims` is read as one of the broadcast shape `to`.
inline Dims broadcast_strides(const Dims& dims, const Dims& strides, const Dims& to) {
  Dims out = to;
  for (int i = 1; i <= to.rank(); ++i) {
    const bool own = i <= dims.rank() && dims[dims.rank() - i] != 1;
    out[to.rank() - i] = own ? strides[strides.rank() - i] : 0;
  }
  return out;
}

/// A position in a strided view. Neighbouring dimensions that are one run in memory are walked as
/// one.
template <class T>
class Cursor {
 public:
  Cursor(T* base, const Dims& dims, const Dims& strides) : p_(base) {
    for (int i = 0; i < dims.rank(); ++i) {
      if (dims[i] == 1) continue;
      const int last = dims_.rank() - 1;
      if (last >= 0 && strides_[last] == strides[i] * dims[i]) {
        dims_[last] *= dims[i];
        strides_[last] = strides[i];
      } else {
        dims_.push_back(dims[i]);
        strides_.push_back(strides[i]);
      }
    }
    if (dims_.rank() == 0) {
      dims_.push_back(1);
      strides_.push_back(0);
    }
    index_ = dims_;
    for (int i = 0; i < index_.rank(); ++i) index_[i] = 0;
  }

  /// True when the whole view is one run of this stride.
  bool is_run(std::int64_t stride) const {
    return dims_.rank() == 1 && (strides_[0] == stride || dims_[0] == 1);
  }
  T* position() const { return p_; }

  /// Calls f(pointer, stride, count) for the runs of the next n elements and moves on.
  template <class F>
  void next(std::int64_t n, F&& f) {
    const int last = dims_.rank() - 1;
    while (n > 0) {
      const std::int64_t count = std::min(n, dims_[last] - index_[last]);
      f(p_, strides_[last], count);
      n -= count;
      index_[last] += count;
      p_ += count * strides_[last];
      for (int i = last; i > 0 && index_[i] == dims_[i]; --i) {
        p_ += strides_[i - 1] - index_[i] * strides_[i];
        index_[i] = 0;
        ++index_[i - 1];
      }
    }
  }

  void read(std::int64_t n, std::remove_const_t<T>* to) {
    next(n, [&to](const T* p, std::int64_t stride, std::int64_t count) {
      if (stride == 1)
        to = std::copy_n(p, count, to);
      else if (stride == 0)
        to = std::fill_n(to, count, *p);
      else
        for (std::int64_t i = 0; i < count; ++i) *to++ = p[i * stride];
    });
  }
  void write(std::int64_t n, const T* from) requires(!std::is_const_v<T>) {
    next(n, [&from](T* p, std::int64_t stride, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) p[i * stride] = *from++;
    });
  }
  /// Adds each element where it belongs; with a stride of 0 that is a sum.
  void add(std::int64_t n, const T* from) requires(!std::is_const_v<T>) {
    next(n, [&from](T* p, std::int64_t stride, std::int64_t count) {
      if (stride == 1) {
        for (std::int64_t i = 0; i < count; ++i) p[i] += from[i];
      } else if (stride == 0) {
        T sum = 0;
        for (std::int64_t i = 0; i < count; ++i) sum += from[i];
        *p += sum;
      } else {
        for (std::int64_t i = 0; i < count; ++i) p[i * stride] += from[i];
      }
      from += count;
    });
  }

 private:
  T* p_;
  Dims dims_, strides_, index_;
};

}  // namespace brickgrad
