// The derivative of a convolution to its kernels for images in lanes: no sum runs across lanes, and
// of the gradients there may be those of the maxima of windows alone.
#pragma once

#include <autograd/tensor/image_view.hpp>
#include <autograd/tensor/kernels/correlation_sums.hpp>
#include <autograd/tensor/kernels/pooling.hpp>
#include <utility>

namespace brickgrad::lanes {

/// Gradients of images in lanes, all of them.
template <class T>
struct AllGradients {
  const T* g;
  std::int64_t plane(const ImageView& s) const { return s.out_height * s.out_width; }
  AllGradients channel(const ImageView& s, std::int64_t o) const { return {g + o * plane(s)}; }
  /// Calls f(those of `O` channels, their place in a plane of the image) for each place.
  template <int O, class F>
  void each_place(const ImageView& s, const F& f) const {
    using B = Batch<T>;
    const T* from = g;
    for (std::int64_t i = 0; i < s.out_height; ++i)
      for (std::int64_t j = 0; j < s.out_width; j += B::width, from += B::width) {
        B gradient[O];
        for (int o = 0; o < O; ++o) gradient[o] = in_register(B::load(from + o * plane(s)));
        f(gradient, i * s.width + j);
      }
  }
};

/// The same of windows of 2 x 2, one of whose places has a gradient.
template <class T>
struct SelectedGradients {
  const T *g, *places;
  std::int64_t plane(const ImageView& s) const { return s.out_height / 2 * (s.out_width / 2); }
  SelectedGradients channel(const ImageView& s, std::int64_t o) const {
    return {g + o * plane(s), places + o * plane(s)};
  }
  template <int O, class F>
  void each_place(const ImageView& s, const F& f) const {
    using B = Batch<T>;
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < s.out_height; i += 2)
      for (std::int64_t j = 0; j < s.out_width; j += 2 * B::width, at += B::width)
        each<4>([&](int k) {
          B gradient[O];
          for (int o = 0; o < O; ++o) {
            const std::int64_t here = at + o * plane(s);
            gradient[o] = Scattered<T>{B::load(places + here), B::load(g + here)}.at(k);
          }
          f(gradient, (i + k / 2) * s.width + j + k % 2 * B::width);
        });
  }
};

/// Of images in lanes: adds to w[o, at .. at + P) for `O` channels o, of kernels as one row.
template <class T, int O, int P, class Gradients>
[[gnu::noinline]] void correlate_lanes(const ImageView& s, std::int64_t at, const T* x,
                                       const Gradients& gradients, T* w) {
  using B = Batch<T>;
  const std::int64_t area = s.kernel_height * s.kernel_width;
  const T* from[P];
  std::int64_t row = at / s.kernel_width, column = at % s.kernel_width;
  const T* plane_start = x + row / s.kernel_height * s.height * s.width;
  row %= s.kernel_height;
  for (int p = 0; p < P; ++p) {
    from[p] = plane_start + row * s.width + column * s.lanes;
    if (++column < s.kernel_width) continue;
    column = 0;
    if (++row < s.kernel_height) continue;
    row = 0;
    plane_start += s.height * s.width;
  }
  B sum[O][P];
  for (int o = 0; o < O; ++o)
    for (int p = 0; p < P; ++p) sum[o][p] = B(0);
  gradients.template each_place<O>(s, [&](const B(&gradient)[O], std::int64_t place) {
    for (int p = 0; p < P; ++p) {
      const B v = in_register(B::load(from[p] + place));
      for (int o = 0; o < O; ++o) sum[o][p] = multiply_add(gradient[o], v, sum[o][p]);
    }
  });
  add_sums<T>(sum, s.channels * area, w + at);
}

/// Of images in lanes: adds to w[o, c, k, l], as many kernel positions at once as there are
/// registers for.
template <class T, class Gradients>
void correlate_lanes(const ImageView& s, const T* x, const Gradients& gradients, T* w) {
  constexpr int positions = BRICKGRAD_VECTOR_BYTES == 64 ? 9 : 6;
  const std::int64_t kernel = s.channels * s.kernel_height * s.kernel_width,
                     parts = (kernel + positions - 1) / positions;
  std::int64_t o = 0;
  const auto some = [&]<int O, int... I>(std::integral_constant<int, O>,
                                         std::integer_sequence<int, I...>) {
    for (; o + O <= s.outputs; o += O)
      for (std::int64_t part = 0; part < parts; ++part) {
        const std::int64_t begin = kernel * part / parts, end = kernel * (part + 1) / parts;
        ((end - begin == I + 1
              ? correlate_lanes<T, O, I + 1>(s, begin, x, gradients.channel(s, o), w + o * kernel)
              : void()),
         ...);
      }
  };
  some(std::integral_constant<int, 2>{}, std::make_integer_sequence<int, positions>{});
  some(std::integral_constant<int, 1>{}, std::make_integer_sequence<int, positions>{});
}

template <class T>
void correlate_lanes(const ImageView& s, const void* image, const void* gradient,
                     const void* where_from, void* weight) {
  const T *x = static_cast<const T*>(image), *g = static_cast<const T*>(gradient),
          *places = static_cast<const T*>(where_from);
  T* w = static_cast<T*>(weight);
  if (places)
    correlate_lanes(s, x, SelectedGradients<T>{g, places}, w);
  else
    correlate_lanes(s, x, AllGradients<T>{g}, w);
}

}  // namespace brickgrad::lanes
