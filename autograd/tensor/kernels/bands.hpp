// How the positions of a result plane are cut into vectors: by rows, or several short rows as one
// run through the image, whose few results between the rows are computed and left out.
#pragma once

#include <algorithm>
#include <autograd/tensor/image_view.hpp>
#include <autograd/tensor/kernels/batch.hpp>

namespace brickgrad::lanes {

/// Where the vectors of a row begin; the last one overlaps its neighbour when the row is no
/// multiple of a vector. A row shorter than a vector is one vector, of which `length` lanes count.
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

/// Bands of rows of a result, each walked as one run.
template <class T>
struct Bands {
  static constexpr std::int64_t longest = 32 * Batch<T>::width;
  std::int64_t rows;  // of a band; the last one may have fewer

  explicit Bands(const ImageView& s) : image_width_(s.width), out_width_(s.out_width) {
    const std::int64_t most = out_width_ > longest ? 1 : (longest - out_width_) / image_width_ + 1;
    const std::int64_t bands = (s.out_height + most - 1) / most;
    rows = (s.out_height + bands - 1) / bands;
    last_ = s.out_height - (s.out_height - 1) / rows * rows;
  }
  std::int64_t length(std::int64_t rows_) const { return (rows_ - 1) * image_width_ + out_width_; }
  /// Whether each run is at least a vector, and none longer than `longest`.
  bool are_whole() const { return length(last_) >= Batch<T>::width && length(rows) <= longest; }
  /// Whether fewer vectors outweigh taking the rows of the run apart, where a vector costs this
  /// many multiplications.
  bool pay(std::int64_t cost) const {
    const std::int64_t apart = rows * RowBlocks<T>{out_width_}.count();
    return rows > 1 && RowBlocks<T>{length(rows)}.count() * cost + 4 * apart < apart * cost;
  }

 private:
  std::int64_t image_width_, out_width_, last_;
};

/// Copies a few elements, without a call: hence by way of registers.
template <class T>
void copy_short(const T* from, std::int64_t n, T* to) {
  using B = Batch<T>;
  if (n < B::width) {
#if BRICKGRAD_VECTOR_BYTES == 64
    B::load_first(from, static_cast<int>(n)).store_first(to, static_cast<int>(n));
#else
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i];
#endif
    return;
  }
  for (std::int64_t i = 0; i + B::width < n; i += B::width)
    in_register(B::load(from + i)).store(to + i);
  B::load(from + n - B::width).store(to + n - B::width);
}

}  // namespace brickgrad::lanes
