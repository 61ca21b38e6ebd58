// Convolutions of one image with stride 1: rows of the result stay in registers while all channels
// and kernel positions pass by.
#pragma once

#include <algorithm>
#include <autograd/tensor/image_view.hpp>
#include <autograd/tensor/kernels/batch.hpp>

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

/// `O` channels of the result, `J` vectors of a row at once.
template <class T, int O, int J>
void convolve_block(const ImageView& s, const T* x, const T* w, T* y, std::int64_t row,
                    std::int64_t block) {
  using B = Batch<T>;
  const RowBlocks<T> blocks{s.out_width()};
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     plane = s.out_height() * s.out_width();
  std::int64_t at[J];
  for (int j = 0; j < J; ++j) at[j] = blocks.start(block + j);
  B sum[O][J];
  for (auto& of_channel : sum)
    for (B& b : of_channel) b = B(0);
  const T* p = w;
  for (std::int64_t c = 0; c < s.channels; ++c)
    for (std::int64_t k = 0; k < s.kernel_height; ++k) {
      const T* from = x + (c * s.height + row + k) * s.width;
      for (std::int64_t l = 0; l < s.kernel_width; ++l, ++p, ++from) {
        B v[J];
        for (int j = 0; j < J; ++j) v[j] = B::load(from + at[j]);
        for (int o = 0; o < O; ++o) {
          const B factor(p[o * kernel]);
          for (int j = 0; j < J; ++j) sum[o][j] = sum[o][j] + factor * v[j];
        }
      }
    }
  for (int o = 0; o < O; ++o)
    for (int j = 0; j < J; ++j) {
      T* to = y + o * plane + row * s.out_width() + at[j];
      if (blocks.is_short())
        sum[o][j].store_first(to, static_cast<int>(s.out_width()));
      else
        sum[o][j].store(to);
    }
}

template <class T, int O>
void convolve_channels(const ImageView& s, const T* x, const T* w, T* y) {
  const std::int64_t count = RowBlocks<T>{s.out_width()}.count();
  for (std::int64_t row = 0; row < s.out_height(); ++row) {
    std::int64_t block = 0;
    for (; block + 2 <= count; block += 2) convolve_block<T, O, 2>(s, x, w, y, row, block);
    if (block < count) convolve_block<T, O, 1>(s, x, w, y, row, block);
  }
}

template <class T>
void convolve(const ImageView& s, const void* image, const void* weight, void* out) {
  const T *x = static_cast<const T*>(image), *w = static_cast<const T*>(weight);
  T* y = static_cast<T*>(out);
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     plane = s.out_height() * s.out_width();
  std::int64_t o = 0;
  for (; o + 4 <= s.outputs; o += 4) convolve_channels<T, 4>(s, x, w + o * kernel, y + o * plane);
  for (; o < s.outputs; ++o) convolve_channels<T, 1>(s, x, w + o * kernel, y + o * plane);
}

/// Adds to w[o, c, k, l .. l + L) for `O` channels o.
template <class T, int O, int L>
void correlate_block(const ImageView& s, const T* x, const T* g, T* w) {
  using B = Batch<T>;
  const RowBlocks<T> blocks{s.out_width()};
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     plane = s.out_height() * s.out_width();
  const std::int64_t count = blocks.count();
  // Lanes of the last vector that its neighbour has seen already.
  const std::int64_t seen = blocks.is_short() ? 0 : count * B::width - s.out_width();
  T keep[B::width];
  for (std::int64_t i = 0; i < B::width; ++i) keep[i] = i < seen ? T(0) : T(1);
  const B kept = B::load(keep);
  B sum[O][L];
  for (auto& of_channel : sum)
    for (B& b : of_channel) b = B(0);
  const int length = static_cast<int>(s.out_width());
  for (std::int64_t row = 0; row < s.out_height(); ++row)
    for (std::int64_t block = 0; block < count; ++block) {
      const std::int64_t at = blocks.start(block);
      const T* from = x + row * s.width + at;
      B v[L];
      for (int l = 0; l < L; ++l)
        v[l] = blocks.is_short() ? B::load_first(from + l, length) : B::load(from + l);
      for (int o = 0; o < O; ++o) {
        const T* p = g + o * plane + row * s.out_width() + at;
        B gradient = blocks.is_short() ? B::load_first(p, length, T(0)) : B::load(p);
        if (block + 1 == count && seen > 0) gradient = where(kept == B(1), gradient, B(0));
        for (int l = 0; l < L; ++l) sum[o][l] = sum[o][l] + gradient * v[l];
      }
    }
  for (int o = 0; o < O; ++o)
    for (int l = 0; l < L; ++l) w[o * kernel + l] += sum_of_lanes(sum[o][l]);
}

template <class T, int O>
void correlate_channels(const ImageView& s, const T* x, const T* g, T* w) {
  for (std::int64_t c = 0; c < s.channels; ++c)
    for (std::int64_t k = 0; k < s.kernel_height; ++k) {
      const T* from = x + (c * s.height + k) * s.width;
      std::int64_t l = 0;
      for (; l + 3 <= s.kernel_width; l += 3, w += 3) correlate_block<T, O, 3>(s, from + l, g, w);
      for (; l < s.kernel_width; ++l, ++w) correlate_block<T, O, 1>(s, from + l, g, w);
    }
}

template <class T>
void correlate(const ImageView& s, const void* image, const void* gradient, void* weight) {
  const T *x = static_cast<const T*>(image), *g = static_cast<const T*>(gradient);
  T* w = static_cast<T*>(weight);
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     plane = s.out_height() * s.out_width();
  std::int64_t o = 0;
  for (; o + 4 <= s.outputs; o += 4) correlate_channels<T, 4>(s, x, g + o * plane, w + o * kernel);
  for (; o < s.outputs; ++o) correlate_channels<T, 1>(s, x, g + o * plane, w + o * kernel);
}

}  // namespace brickgrad::lanes
