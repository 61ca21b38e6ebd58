// The derivative of a convolution with stride 1 to its kernels: sums over the positions of many
// images, which stay in registers.
#pragma once

#include <autograd/tensor/kernels/bands.hpp>
#include <autograd/tensor/kernels/correlation_sums.hpp>
#include <autograd/tensor/kernels/image_lanes.hpp>
#include <type_traits>

namespace brickgrad::lanes {

/// Gradients that are read again and again are taken so many bytes at a time, which stay in the
/// first-level cache.
constexpr std::int64_t bytes_at_once = BRICKGRAD_VECTOR_BYTES == 64 ? 32768 : 16384;

/// Adds to w[o, c, k, l .. l + L) for `O` channels o, over all images, row by row. `Short`: a row
/// is less than a vector.
template <class T, int O, int L, bool Short>
void correlate_rows(const ImageView& s, std::int64_t images, const T* x, const T* g, T* w) {
  using B = Batch<T>;
  const RowBlocks<T> blocks{s.out_width};
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     plane = s.out_height * s.out_width, per_row = blocks.count();
  const int length = static_cast<int>(s.out_width);
  // Lanes of a row's last vector that its neighbour has seen already do not count.
  T keep[B::width];
  for (std::int64_t i = 0; i < B::width; ++i)
    keep[i] = i < per_row * B::width - s.out_width ? T(0) : T(1);
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
      const B gradient = in_register(load(to + o * plane));
      for (int l = 0; l < L; ++l) sum[o][l] = multiply_add(gradient, v[l], sum[o][l]);
    }
  };
  for (std::int64_t n = 0; n < images; ++n) {
    for (std::int64_t row = 0; row < s.out_height; ++row) {
      const T *from = x + row * s.width, *to = g + row * s.out_width;
      for (std::int64_t block = 0; block + 1 < per_row; ++block)
        add(std::false_type{}, from + block * B::width, to + block * B::width);
      const std::int64_t at = blocks.start(per_row - 1);
      add(std::true_type{}, from + at, to + at);
    }
    x += s.channels * s.height * s.width;
    g += s.outputs * plane;
  }
  add_sums<T>(sum, kernel, w);
}

/// Runs through the gradients of `O` channels, with zeros between the rows and where the last
/// vector of a run overlaps its neighbour.
template <class T, int O>
class Runs {
 public:
  explicit Runs(const ImageView& s) : s_(s), bands_(s) {}

  /// Adds to w[o, c, k, l .. l + L) for all images.
  void correlate(std::int64_t images, const T* x, const T* g, T* w) {
    const std::int64_t plane = s_.out_height * s_.out_width;
    for (std::int64_t n = 0; n < images; ++n) {
      for (std::int64_t first = 0; first < s_.out_height; first += bands_.rows) {
        if (!append(x + first * s_.width, g + first * s_.out_width,
                    std::min(bands_.rows, s_.out_height - first))) {
          finish(w);
          append(x + first * s_.width, g + first * s_.out_width,
                 std::min(bands_.rows, s_.out_height - first));
        }
      }
      x += s_.channels * s_.height * s_.width;
      g += s_.outputs * plane;
    }
    finish(w);
  }

 private:
  using B = Batch<T>;

  /// False when there is no room for another run.
  bool append(const T* x, const T* g, std::int64_t rows) {
    const std::int64_t length = bands_.length(rows), plane = s_.out_height * s_.out_width,
                       size = RowBlocks<T>{length}.count() * B::width, spare = size - length;
    if (count_ == most || used_ + O * size > capacity) return false;
    from_[count_] = x;
    length_[count_++] = length;
    for (int o = 0; o < O; ++o, used_ += size, g += plane) {
      T* to = packed_ + used_;
      for (std::int64_t i = 0; i < size; i += B::width) B(0).store(to + i);
      for (std::int64_t i = 0; i < rows; ++i)
        copy_short(g + i * s_.out_width, s_.out_width, to + i * s_.width);
      if (spare > 0) {  // the last vector's numbers `spare` lanes on, after zeros
        T* last = to + size - B::width;
        T moved[2 * B::width];
        B(0).store(moved);
        B::load(last).store(moved + spare);
        B::load(moved).store(last);
      }
    }
    return true;
  }

  void finish(T* w) {
    for (std::int64_t c = 0; c < s_.channels; ++c)
      for (std::int64_t k = 0; k < s_.kernel_height; ++k) {
        const std::int64_t at = (c * s_.height + k) * s_.width;
        std::int64_t l = 0;
        for (; l + 3 <= s_.kernel_width; l += 3, w += 3) add<3>(at + l, w);
        for (; l < s_.kernel_width; ++l, ++w) add<1>(at + l, w);
      }
    count_ = used_ = 0;
  }

  template <int L>
  void add(std::int64_t at, T* w) const {
    B sum[O][L];
    for (int o = 0; o < O; ++o)
      for (int l = 0; l < L; ++l) sum[o][l] = B(0);
    const T* g = packed_;
    for (std::int64_t n = 0; n < count_; ++n) {
      const T* x = from_[n] + at;
      const std::int64_t count = RowBlocks<T>{length_[n]}.count(), size = count * B::width;
      const auto one = [&](const T* from) {
        B v[L];
        for (int l = 0; l < L; ++l) v[l] = in_register(B::load(from + l));
        for (int o = 0; o < O; ++o) {
          const B gradient = in_register(B::load(g + o * size));
          for (int l = 0; l < L; ++l) sum[o][l] = multiply_add(gradient, v[l], sum[o][l]);
        }
        g += B::width;
      };
      for (std::int64_t i = 0; i + 1 < count; ++i) one(x + i * B::width);
      one(x + length_[n] - B::width);
      g += (O - 1) * size;
    }
    add_sums<T>(sum, s_.channels * s_.kernel_height * s_.kernel_width, w);
  }

  static constexpr std::int64_t most = 64, capacity = bytes_at_once / sizeof(T);
  const ImageView& s_;
  Bands<T> bands_;
  std::int64_t count_ = 0, used_ = 0;
  const T* from_[most];
  std::int64_t length_[most];
  alignas(BRICKGRAD_VECTOR_BYTES) T packed_[capacity];
};

/// Adds to w[o, c, k, l] for `O` channels o, over some images at a time.
template <class T, int O>
void correlate_by_rows(const ImageView& s, std::int64_t images, const T* x, const T* g, T* w) {
  const std::int64_t plane = s.out_height * s.out_width;
  const std::int64_t at_once =
      std::max<std::int64_t>(1, bytes_at_once / (O * plane * std::int64_t{sizeof(T)}));
  const auto some = [&]<int L>(std::integral_constant<int, L>, std::int64_t count, const T* from,
                               T* to) {
    if (RowBlocks<T>{s.out_width}.is_short())
      correlate_rows<T, O, L, true>(s, count, from, g, to);
    else
      correlate_rows<T, O, L, false>(s, count, from, g, to);
  };
  for (; images > 0; images -= at_once) {
    const std::int64_t count = std::min(at_once, images);
    T* to = w;
    for (std::int64_t c = 0; c < s.channels; ++c)
      for (std::int64_t k = 0; k < s.kernel_height; ++k) {
        const T* from = x + (c * s.height + k) * s.width;
        std::int64_t l = 0;
        for (; l + 3 <= s.kernel_width; l += 3, to += 3)
          some(std::integral_constant<int, 3>{}, count, from + l, to);
        for (; l < s.kernel_width; ++l, ++to)
          some(std::integral_constant<int, 1>{}, count, from + l, to);
      }
    x += count * s.channels * s.height * s.width;
    g += count * s.outputs * plane;
  }
}

/// Gradients of as many channels as a register has lanes, turned so that those of one position are
/// side by side: every lane counts, no row ends matter and no sum runs across lanes.
template <class T>
class SideBySide {
 public:
  explicit SideBySide(const ImageView& s) : s_(s), plane_(s.out_height * s.out_width) {}

  /// Adds to w[o, c, k, l] for these channels o, over all images.
  void correlate(std::int64_t images, const T* x, const T* g, T* w) {
    const std::int64_t all = images * plane_;
    for (std::int64_t first = 0; first < all; first += most) {
      const std::int64_t last = std::min(first + most, all);
      turn(g, first, last);
      std::int64_t l = 0;
      for (; l + 3 <= s_.kernel_width; l += 3) add_columns<3>(first, last, x + l, w + l);
      for (; l < s_.kernel_width; ++l) add_columns<1>(first, last, x + l, w + l);
    }
  }

 private:
  using B = Batch<T>;
  static constexpr int width = B::width, rows_at_once = BRICKGRAD_VECTOR_BYTES == 64 ? 8 : 4;
  /// Positions at once; in the second-level cache they are read fast enough.
  static constexpr std::int64_t most = 65536 / BRICKGRAD_VECTOR_BYTES;

  /// The gradients of positions in `turned_`, counted through the planes of all images.
  void turn(const T* g, std::int64_t first, std::int64_t last) {
    T* to = turned_;
    for (std::int64_t at = first, count; at < last; at += count, to += count * width) {
      const std::int64_t place = at % plane_;
      count = std::min(plane_ - place, last - at);
      const T* from = g + at / plane_ * s_.outputs * plane_ + place;
      turn_rows(count, plane_, from, to);
    }
  }

  /// The kernel positions of `L` columns, in parts of as many rows as there are registers for.
  template <int L>
  void add_columns(std::int64_t first, std::int64_t last, const T* x, T* w) const {
    const std::int64_t rows = s_.channels * s_.kernel_height,
                       parts = (rows + rows_at_once - 1) / rows_at_once;
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t begin = rows * part / parts, end = rows * (part + 1) / parts;
      [&]<int... I>(std::integer_sequence<int, I...>) {
        ((end - begin == I + 1 ? add<I + 1, L>(first, last, begin, x, w) : void()), ...);
      }
      (std::make_integer_sequence<int, rows_at_once>{});
    }
  }

  template <int R, int L>
  [[gnu::noinline]] void add(std::int64_t first, std::int64_t last, std::int64_t row, const T* x,
                             T* w) const {
    B sum[R][L];
    const T* from[R];
    for (int r = 0; r < R; ++r) {
      for (int l = 0; l < L; ++l) sum[r][l] = B(0);
      const std::int64_t c = (row + r) / s_.kernel_height, k = (row + r) % s_.kernel_height;
      from[r] = x + (c * s_.height + k) * s_.width;
    }
    const T* g = turned_;
    // Row by row, the first and the last one of which may be cut off.
    std::int64_t n = first / plane_, i = first % plane_ / s_.out_width, j = first % s_.out_width;
    for (std::int64_t left = last - first; left > 0;) {
      const std::int64_t count = std::min(s_.out_width - j, left);
      std::int64_t p = (n * s_.channels * s_.height + i) * s_.width + j;
      for (const T* const end = g + count * width; g != end; g += width, p = fresh(p + 1)) {
        const B gradient = B::load(g);
        for (int r = 0; r < R; ++r)
          for (int l = 0; l < L; ++l)
            sum[r][l] = multiply_add(gradient, B(from[r][p + l]), sum[r][l]);
      }
      left -= count;
      j = 0;
      if (++i == s_.out_height) {
        i = 0;
        ++n;
      }
    }
    const std::int64_t kernel = s_.channels * s_.kernel_height * s_.kernel_width;
    T* const to = w + row * s_.kernel_width;
    for (int r = 0; r < R; ++r)
      for (int l = 0; l < L; ++l) {
        T lane[width];
        sum[r][l].store(lane);
        for (int o = 0; o < width; ++o) to[o * kernel + r * s_.kernel_width + l] += lane[o];
      }
  }

  const ImageView& s_;
  std::int64_t plane_;
  alignas(BRICKGRAD_VECTOR_BYTES) T turned_[most * width];
};

template <class T>
bool all_finite(std::int64_t n, const T* x) {
  using B = Batch<T>;
  B nothing(0);
  std::int64_t i = 0;
  for (; i + B::width <= n; i += B::width) nothing = multiply_add(B::load(x + i), B(0), nothing);
  T rest = sum_of_lanes(nothing);
  for (; i < n; ++i) rest += x[i] * T(0);
  return rest == T(0);
}

template <class T>
void correlate(const ImageView& s, std::int64_t images, const void* image, const void* gradient,
               void* weight) {
  const T *x = static_cast<const T*>(image), *g = static_cast<const T*>(gradient);
  T* w = static_cast<T*>(weight);
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     plane = s.out_height * s.out_width;
  std::int64_t o = 0;
  // Where a number from memory is spread over a register at no cost.
  if (BRICKGRAD_VECTOR_BYTES >= 32 && kernel >= 8)
    for (; o + Batch<T>::width <= s.outputs; o += Batch<T>::width)
      SideBySide<T>(s).correlate(images, x, g + o * plane, w + o * kernel);
  if (o == s.outputs) return;
  // Runs multiply what lies between rows by zeros, which an infinity would not bear; and few uses
  // of a gradient do not pay for packing it.
  const bool by_run = kernel >= 32 && Bands<T>(s).are_whole() &&
                      all_finite(images * s.channels * s.height * s.width, x);
  const auto some = [&]<int O>(std::integral_constant<int, O>) {
    for (; o + O <= s.outputs; o += O)
      if (by_run)
        Runs<T, O>(s).correlate(images, x, g + o * plane, w + o * kernel);
      else
        correlate_by_rows<T, O>(s, images, x, g + o * plane, w + o * kernel);
  };
  // As many channels at once as there are registers for.
  some(std::integral_constant < int, BRICKGRAD_VECTOR_BYTES == 64 ? 8 : 4 > {});
  if constexpr (BRICKGRAD_VECTOR_BYTES == 64) some(std::integral_constant<int, 4>{});
  some(std::integral_constant<int, 1>{});
}

}  // namespace brickgrad::lanes
