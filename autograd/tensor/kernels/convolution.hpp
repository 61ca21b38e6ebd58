// Convolutions of one image with stride 1: rows of the result stay in registers while all channels
// and kernel positions pass by.
#pragma once

#include <algorithm>
#include <autograd/tensor/image_view.hpp>
#include <autograd/tensor/kernels/batch.hpp>
#include <type_traits>

namespace brickgrad::lanes {

/// Where the vectors of a row begin; the last one overlaps its neighbour when the row is no
/// multiple of a vector. A row shorter than a vector is one vector, of which `last` lanes count.
template <class T>
struct RowBlocks {
  static constexpr std::int64_t width = Batch<T>::width;
  std::int64_t length;
  std::int64_t count() const { return std::max<std::int64_t>(1, (length + width - 1) / width); }
  std::int64_t start(std::int64_t block) const {
    return std::max<std::int64_t>(0, std::min(block * width, length - width));
  }
  bool is_short() const { return length < width; }
};

/// Registers of one channel: four where there are 32 of them.
constexpr int spots_at_once = BRICKGRAD_VECTOR_BYTES == 64 ? 4 : 2;

/// The vectors of an image's rows, one after the other.
template <class T>
class Spots {
 public:
  explicit Spots(const ImageView& s)
      : row_in_(s.width),
        row_out_(s.out_width()),
        blocks_{s.out_width()},
        count_(blocks_.count()) {}
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

 private:
  std::int64_t row_in_, row_out_;
  RowBlocks<T> blocks_;
  std::int64_t count_, block_ = 0, in_ = 0, out_ = 0;
};

/// `O` channels of the result at the next `J` spots.
template <class T, int O, int J>
void convolve_spots(const ImageView& s, Spots<T>& spots, const T* x, const T* w, const T* bias,
                    T* y) {
  using B = Batch<T>;
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     plane = s.out_height() * s.out_width();
  const T* from[J];
  T* to[J];
  for (int j = 0; j < J; ++j) {
    const auto spot = spots.next();
    from[j] = x + spot.in;
    to[j] = y + spot.out;
  }
  B sum[O][J];
  for (int o = 0; o < O; ++o)
    for (int j = 0; j < J; ++j) sum[o][j] = B(bias ? bias[o] : T(0));
  for (std::int64_t c = 0; c < s.channels; ++c)
    for (std::int64_t k = 0; k < s.kernel_height; ++k) {
      const std::int64_t row = (c * s.height + k) * s.width;
      for (std::int64_t l = 0; l < s.kernel_width; ++l, ++w) {
        B v[J];
        for (int j = 0; j < J; ++j) v[j] = B::load(from[j] + row + l);
        for (int o = 0; o < O; ++o) {
          const B factor(w[o * kernel]);
          for (int j = 0; j < J; ++j) sum[o][j] = multiply_add(factor, v[j], sum[o][j]);
        }
      }
    }
  const int length = static_cast<int>(s.out_width());
  for (int o = 0; o < O; ++o)
    for (int j = 0; j < J; ++j)
      if (length < B::width)
        sum[o][j].store_first(to[j] + o * plane, length);
      else
        sum[o][j].store(to[j] + o * plane);
}

template <class T, int O>
void convolve_channels(const ImageView& s, const T* x, const T* w, const T* bias, T* y) {
  constexpr int J = spots_at_once;
  Spots<T> spots(s);
  std::int64_t left = s.out_height() * RowBlocks<T>{s.out_width()}.count();
  for (; left >= J; left -= J) convolve_spots<T, O, J>(s, spots, x, w, bias, y);
  for (; left > 0; --left) convolve_spots<T, O, 1>(s, spots, x, w, bias, y);
}

template <class T>
void convolve(const ImageView& s, const void* image, const void* weight, const void* row,
              void* out) {
  const T *x = static_cast<const T*>(image), *w = static_cast<const T*>(weight),
          *bias = static_cast<const T*>(row);
  T* y = static_cast<T*>(out);
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     plane = s.out_height() * s.out_width();
  std::int64_t o = 0;
  const auto start = [&] { return bias ? bias + o : nullptr; };
  for (; o + 4 <= s.outputs; o += 4)
    convolve_channels<T, 4>(s, x, w + o * kernel, start(), y + o * plane);
  for (; o < s.outputs; ++o) convolve_channels<T, 1>(s, x, w + o * kernel, start(), y + o * plane);
}

/// Adds to w[o, c, k, l .. l + L) for `O` channels o, over all images. `Short`: a row is less than
/// a vector.
template <class T, int O, int L, bool Short>
void correlate_rows(const ImageView& s, std::int64_t images, const T* x, const T* g, T* w) {
  using B = Batch<T>;
  const RowBlocks<T> blocks{s.out_width()};
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     plane = s.out_height() * s.out_width(), per_row = blocks.count();
  const int length = static_cast<int>(s.out_width());
  // Lanes of a row's last vector that its neighbour has seen already do not count.
  T keep[B::width];
  for (std::int64_t i = 0; i < B::width; ++i)
    keep[i] = i < per_row * B::width - s.out_width() ? T(0) : T(1);
  const auto kept = B::load(keep) == B(1);
  B sum[O][L];
  for (int o = 0; o < O; ++o)
    for (int l = 0; l < L; ++l) sum[o][l] = B(0);
  // The last vector of a row: zeros for both factors where lanes do not count, so that 0 times an
  // infinity does not come in.
  const auto add = [&]<bool Last>(std::bool_constant<Last>, const T* from, const T* to) {
    const auto load = [&](const T* p) {
      if constexpr (Short)
        return B::load_first(p, length, T(0));
      else if constexpr (Last)
        return where(kept, B::load(p), B(0));
      else
        return B::load(p);
    };
    B v[L];
    for (int l = 0; l < L; ++l) v[l] = load(from + l);
    for (int o = 0; o < O; ++o) {
      const B gradient = load(to + o * plane);
      for (int l = 0; l < L; ++l) sum[o][l] = multiply_add(gradient, v[l], sum[o][l]);
    }
  };
  for (std::int64_t n = 0; n < images; ++n) {
    for (std::int64_t row = 0; row < s.out_height(); ++row) {
      const T *from = x + row * s.width, *to = g + row * s.out_width();
      for (std::int64_t block = 0; block + 1 < per_row; ++block)
        add(std::false_type{}, from + block * B::width, to + block * B::width);
      const std::int64_t at = blocks.start(per_row - 1);
      add(std::true_type{}, from + at, to + at);
    }
    x += s.channels * s.height * s.width;
    g += s.outputs * plane;
  }
  for (int o = 0; o < O; ++o)
    for (int l = 0; l < L; ++l) w[o * kernel + l] += sum_of_lanes(sum[o][l]);
}
template <class T, int O, int L>
void correlate_block(const ImageView& s, std::int64_t images, const T* x, const T* g, T* w) {
  if (RowBlocks<T>{s.out_width()}.is_short())
    correlate_rows<T, O, L, true>(s, images, x, g, w);
  else
    correlate_rows<T, O, L, false>(s, images, x, g, w);
}

template <class T, int O>
void correlate_channels(const ImageView& s, std::int64_t images, const T* x, const T* g, T* w) {
  for (std::int64_t c = 0; c < s.channels; ++c)
    for (std::int64_t k = 0; k < s.kernel_height; ++k) {
      const T* from = x + (c * s.height + k) * s.width;
      std::int64_t l = 0;
      for (; l + 3 <= s.kernel_width; l += 3, w += 3)
        correlate_block<T, O, 3>(s, images, from + l, g, w);
      for (; l < s.kernel_width; ++l, ++w) correlate_block<T, O, 1>(s, images, from + l, g, w);
    }
}

template <class T>
void correlate(const ImageView& s, std::int64_t images, const void* image, const void* gradient,
               void* weight) {
  const T *x = static_cast<const T*>(image), *g = static_cast<const T*>(gradient);
  T* w = static_cast<T*>(weight);
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     plane = s.out_height() * s.out_width();
  // As many channels at once as there are registers for.
  constexpr int O = BRICKGRAD_VECTOR_BYTES == 64 ? 8 : 4;
  std::int64_t o = 0;
  for (; o + O <= s.outputs; o += O)
    correlate_channels<T, O>(s, images, x, g + o * plane, w + o * kernel);
  for (; o + 4 <= s.outputs; o += 4)
    correlate_channels<T, 4>(s, images, x, g + o * plane, w + o * kernel);
  for (; o < s.outputs; ++o) correlate_channels<T, 1>(s, images, x, g + o * plane, w + o * kernel);
}

}  // namespace brickgrad::lanes
