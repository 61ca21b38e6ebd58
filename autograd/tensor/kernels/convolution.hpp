// Convolutions of one image, or of several in lanes, with stride 1: vectors of the result stay in
// registers while all channels and kernel positions pass by.
#pragma once

#include <algorithm>
#include <autograd/tensor/image_view.hpp>
#include <autograd/tensor/kernels/bands.hpp>
#include <autograd/tensor/kernels/batch.hpp>

namespace brickgrad::lanes {

/// Channels of the result, and vectors of each, that are kept in registers.
constexpr int outputs_at_once = BRICKGRAD_VECTOR_BYTES == 64 ? 8 : 4;
constexpr int spots_at_once = BRICKGRAD_VECTOR_BYTES == 16 ? 2 : 3;

/// The vectors of several rows, one after the other.
template <class T>
class Spots {
 public:
  /// Rows begin `row_in` apart in the image and `row_out` apart in the result.
  Spots(std::int64_t length, std::int64_t row_in, std::int64_t row_out)
      : row_in_(row_in), row_out_(row_out), blocks_{length}, count_(blocks_.count()) {}
  /// Where a vector is taken from and goes to.
  struct Spot {
    std::int64_t in, out;
  };
  Spot next() {
    const std::int64_t start = blocks_.start(block_);
    const Spot spot{in_ + start, out_ + start};
    if (++block_ == count_) {
      block_ = 0;
      in_ += row_in_;
      out_ += row_out_;
    }
    return spot;
  }
  std::int64_t per_row() const { return count_; }
  std::int64_t length() const { return blocks_.length; }

 private:
  std::int64_t row_in_, row_out_;
  RowBlocks<T> blocks_;
  std::int64_t count_, block_ = 0, in_ = 0, out_ = 0;
};

/// The kernel positions that meet the image, one at least.
struct Positions {
  std::int64_t rows, columns;
};

/// `O` channels of the result, `plane` apart, for `J` vectors of the image, at the first of those
/// positions. `length`: how much of a vector counts, if not all.
template <class T, int O, int J, bool Short = false>
void convolve_spots(const ImageView& s, const Positions& met, std::int64_t plane,
                    const T* const (&from)[J], const T* w, const T* bias, T* const (&to)[J],
                    std::int64_t length = 0) {
  using B = Batch<T>;
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width;
  B sum[O][J];
  each<O>([&](int o) {
    const B start(bias ? bias[o] : T(0));
    for (int j = 0; j < J; ++j) sum[o][j] = start;
  });
  const auto add = [&](std::int64_t at, const T* weight) {
    B v[J];
    for (int j = 0; j < J; ++j) v[j] = in_register(B::load(from[j] + at));
    for (int o = 0; o < O; ++o) {
      const B factor(weight[o * kernel]);
      for (int j = 0; j < J; ++j) sum[o][j] = multiply_add(factor, v[j], sum[o][j]);
    }
  };
  // There is a kernel position at least, and the sums need not wait in memory for none. Unrolled,
  // the addresses would take their registers.
  const std::int64_t next_row = s.width - met.columns * s.lanes,
                     next_plane = (s.height - met.rows) * s.width;
  std::int64_t at = 0;
  const T* const end = w + kernel;
  do {
    std::int64_t k = met.rows;
    do {
      std::int64_t l = met.columns;
      do {
        add(at, w++);
        at += s.lanes;
      } while (--l > 0);
      at += next_row;
      w += s.kernel_width - met.columns;
    } while (--k > 0);
    at += next_plane;
    w += (s.kernel_height - met.rows) * s.kernel_width;
  } while (w != end);
  each<O>([&](int o) {
    each<J>([&](int j) {
      if constexpr (Short)
        sum[o][j].store_first(to[j] + o * plane, static_cast<int>(length));
      else
        sum[o][j].store(to[j] + o * plane);
    });
  });
}

template <class T, int O, bool Short>
void convolve_rows(const ImageView& s, Spots<T> spots, std::int64_t rows, std::int64_t plane,
                   const T* x, const T* w, const T* bias, T* y) {
  // A single channel has registers for more.
  constexpr int J = O == 1 ? 2 * spots_at_once : spots_at_once;
  std::int64_t left = rows * spots.per_row();
  const auto some = [&]<int Count>(std::integral_constant<int, Count>) {
    for (; left >= Count; left -= Count) {
      const T* from[Count];
      T* to[Count];
      for (int j = 0; j < Count; ++j) {
        const auto spot = spots.next();
        from[j] = x + spot.in;
        to[j] = y + spot.out;
      }
      convolve_spots<T, O, Count, Short>(s, {s.kernel_height, s.kernel_width}, plane, from, w, bias,
                                         to, spots.length());
    }
  };
  some(std::integral_constant<int, J>{});
  if constexpr (J > 2) some(std::integral_constant<int, 2>{});
  some(std::integral_constant<int, 1>{});
}

/// Of images in lanes: where kernels reach beyond an edge, only the positions that meet the image.
template <class T, int O>
class LanesConvolution {
 public:
  LanesConvolution(const ImageView& s, const T* x, const T* w, const T* bias, T* y)
      : s_(s), x_(x), w_(w), bias_(bias), y_(y) {}

  void compute() const {
    const std::int64_t places = s_.out_width / s_.lanes, width = s_.width / s_.lanes;
    const Inner rows(s_.out_height, s_.rows_around, s_.height, s_.kernel_height),
        columns(places, s_.columns_around, width, s_.kernel_width);
    // Several places of a row at once, and those that are left over in several rows.
    const std::int64_t whole = columns.count() / most * most;
    for (std::int64_t i = 0, high; i < s_.out_height; i += high) {
      high = i >= rows.first && i + most <= rows.last ? most : 1;
      for (std::int64_t row = i; row < i + high; ++row)
        for (std::int64_t j = columns.first; j < columns.first + whole; j += most)
          spots<most>(row, j, 0, 1);
      for (std::int64_t j = 0; j < places; ++j) {
        if (j == columns.first) j += whole;
        if (j == places) break;
        if (high == most)
          spots<most>(i, j, 1, 0);
        else
          spots<1>(i, j, 0, 0);
      }
    }
  }

 private:
  static constexpr int most = O == 1 ? 2 * spots_at_once : spots_at_once;

  /// Places where a kernel meets the image with all of its rows, or columns.
  struct Inner {
    std::int64_t first, last;
    Inner(std::int64_t places, std::int64_t around, std::int64_t extent, std::int64_t kernel)
        : first(std::clamp<std::int64_t>(around, 0, places)),
          last(std::clamp(extent - kernel + around + 1, first, places)) {}
    std::int64_t count() const { return last - first; }
  };

  /// `J` places from (i, j) on, each so many rows and columns after the one before.
  template <int J>
  void spots(std::int64_t i, std::int64_t j, std::int64_t down, std::int64_t right) const {
    const std::int64_t row = i - s_.rows_around, column = j - s_.columns_around,
                       k = std::max<std::int64_t>(0, -row), l = std::max<std::int64_t>(0, -column),
                       plane = s_.out_height * s_.out_width;
    const Positions met{std::min(s_.kernel_height, s_.height - row) - k,
                        std::min(s_.kernel_width, s_.width / s_.lanes - column) - l};
    T* to[J];
    for (int spot = 0; spot < J; ++spot)
      to[spot] = y_ + (i + spot * down) * s_.out_width + (j + spot * right) * s_.lanes;
    if (met.rows <= 0 || met.columns <= 0) {
      for (int o = 0; o < O; ++o)
        for (int spot = 0; spot < J; ++spot)
          Batch<T>(bias_ ? bias_[o] : T(0)).store(to[spot] + o * plane);
      return;
    }
    const T* from[J];
    for (int spot = 0; spot < J; ++spot)
      from[spot] = x_ + (row + k + spot * down) * s_.width + (column + l + spot * right) * s_.lanes;
    convolve_spots<T, O, J>(s_, met, plane, from, w_ + k * s_.kernel_width + l, bias_, to);
  }

  const ImageView& s_;
  const T *x_, *w_, *bias_;
  T* y_;
};

template <class T, int O>
void convolve_channels(const ImageView& s, const T* x, const T* w, const T* bias, T* y) {
  if (s.lanes > 1) return LanesConvolution<T, O>(s, x, w, bias, y).compute();
  const std::int64_t out_width = s.out_width, plane = s.out_height * out_width;
  if (s.width == out_width && plane >= Batch<T>::width)  // one run, with nothing between the rows
    return convolve_rows<T, O, false>(s, Spots<T>(plane, 0, 0), 1, plane, x, w, bias, y);
  const Bands<T> bands(s);
  if (!bands.pay(s.channels * s.kernel_height * s.kernel_width)) {
    if (RowBlocks<T>{out_width}.is_short())
      convolve_rows<T, O, true>(s, Spots<T>(out_width, s.width, out_width), s.out_height, plane, x,
                                w, bias, y);
    else
      convolve_rows<T, O, false>(s, Spots<T>(out_width, s.width, out_width), s.out_height, plane, x,
                                 w, bias, y);
    return;
  }
  alignas(BRICKGRAD_VECTOR_BYTES) T run[O][Bands<T>::longest];
  for (std::int64_t first = 0; first < s.out_height; first += bands.rows) {
    const std::int64_t rows = std::min(bands.rows, s.out_height - first);
    convolve_rows<T, O, false>(s, Spots<T>(bands.length(rows), 0, 0), 1, Bands<T>::longest,
                               x + first * s.width, w, bias, run[0]);
    for (int o = 0; o < O; ++o)
      for (std::int64_t i = 0; i < rows; ++i)
        copy_short(run[o] + i * s.width, out_width, y + o * plane + (first + i) * out_width);
  }
}

template <class T>
void convolve(const ImageView& s, const void* image, const void* weight, const void* row,
              void* out) {
  const T *x = static_cast<const T*>(image), *w = static_cast<const T*>(weight),
          *bias = static_cast<const T*>(row);
  T* y = static_cast<T*>(out);
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     plane = s.out_height * s.out_width;
  std::int64_t o = 0;
  const auto some = [&]<int O>(std::integral_constant<int, O>) {
    for (; o + O <= s.outputs; o += O)
      convolve_channels<T, O>(s, x, w + o * kernel, bias ? bias + o : nullptr, y + o * plane);
  };
  some(std::integral_constant<int, outputs_at_once>{});
  if constexpr (outputs_at_once > 4) some(std::integral_constant<int, 4>{});
  some(std::integral_constant<int, 1>{});
}

}  // namespace brickgrad::lanes
