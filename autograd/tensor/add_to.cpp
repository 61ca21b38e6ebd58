#include <algorithm>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/rows.hpp>
#include <autograd/tensor/strided.hpp>
#include <cstdint>
#include <cstring>
#include <vector>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace brickgrad {
namespace {

/// A square of elements, rows to columns: as many as fill 16 bytes, each way.
template <class T>
void turn_square(const T* from, std::int64_t stride, T* to, std::int64_t to_stride) {
  using Vector [[gnu::vector_size(16)]] = T;
  constexpr int n = 16 / sizeof(T);
  Vector in[n], out[n];
  for (int i = 0; i < n; ++i) std::memcpy(&in[i], from + i * stride, sizeof in[i]);
  if constexpr (n == 4) {
    const Vector a = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5),
                 b = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7),
                 c = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5),
                 d = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
    out[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    out[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    out[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    out[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
  } else {
    out[0] = __builtin_shufflevector(in[0], in[1], 0, 2);
    out[1] = __builtin_shufflevector(in[0], in[1], 1, 3);
  }
  for (int i = 0; i < n; ++i) std::memcpy(to + i * to_stride, &out[i], sizeof out[i]);
}

/// Whether lines of 16-byte pieces can be written past the cache, where the processor need not read
/// what is overwritten as a whole: worth it for what would not stay in the cache anyway.
bool can_pass_cache(const void* to, std::int64_t all_bytes, std::int64_t row_bytes) {
#ifdef __SSE2__
  const auto place = reinterpret_cast<std::uintptr_t>(to) | static_cast<std::uintptr_t>(row_bytes);
  return all_bytes > cached_bytes && place % 16 == 0;
#else
  return static_cast<void>(to), static_cast<void>(all_bytes + row_bytes), false;
#endif
}
/// Other threads see what was written after finish_passing_cache().
void copy_past_cache(const void* from, void* to, std::size_t bytes) {
#ifdef __SSE2__
  const auto* x = static_cast<const __m128i*>(from);
  auto* y = static_cast<__m128i*>(to);
  for (std::size_t i = 0; i < bytes / 16; ++i) _mm_stream_si128(y + i, _mm_load_si128(x + i));
#else
  std::memcpy(to, from, bytes);
#endif
}
void finish_passing_cache() {
#ifdef __SSE2__
  _mm_sfence();
#endif
}

/// Columns begin .. end of a matrix whose columns are contiguous, as contiguous rows: in tiles that
/// read and write pairs of cache lines, down the columns so that the processor sees what comes
/// next.
template <class T>
void turn(const T* from, std::int64_t stride, std::int64_t columns, std::int64_t begin,
          std::int64_t end, T* to) {
  constexpr std::int64_t tile = 128 / sizeof(T), block = 1024;
  alignas(64) T buffer[tile][tile];
  constexpr std::int64_t size = sizeof(T);
  const bool passes = can_pass_cache(to, columns * end * size, columns * size);
  const auto turn_tile = [&](std::int64_t i, std::int64_t j) {
    const std::int64_t height = std::min(tile, end - i), width = std::min(tile, columns - j);
    if (height < tile || width < tile) {
      for (std::int64_t l = 0; l < height; ++l)
        for (std::int64_t k = 0; k < width; ++k)
          to[(i + l) * columns + j + k] = from[(j + k) * stride + i + l];
      return;
    }
    constexpr std::int64_t square = 16 / sizeof(T);
    for (std::int64_t k = 0; k < tile; k += square)
      for (std::int64_t l = 0; l < tile; l += square)
        turn_square(from + (j + k) * stride + i + l, stride, &buffer[l][k], tile);
    for (std::int64_t l = 0; l < tile; ++l) {
      T* line = to + (i + l) * columns + j;
      if (passes)
        copy_past_cache(buffer[l], line, sizeof buffer[l]);
      else
        std::memcpy(line, buffer[l], sizeof buffer[l]);
    }
  };
  for (std::int64_t row = begin; row < end; row += block)
    for (std::int64_t j = 0; j < columns; j += tile)
      for (std::int64_t i = row; i < std::min(end, row + block); i += tile) turn_tile(i, j);
  if (passes) finish_passing_cache();
}

/// Copies matrices whose columns are contiguous to row-major order; false for other layouts.
template <class T>
bool turned_copy(const Tensor& from, T* to) {
  const int r = from.rank();
  if (r < 2 || from.strides()[r - 2] != 1 || from.numel() < 1024) return false;
  const std::int64_t rows = from.shape()[r - 2], columns = from.shape()[r - 1],
                     stride = from.strides()[r - 1];
  // Where each matrix begins.
  Dims outer = from.shape(), strides = from.strides();
  for (int k = 0; k < 2; ++k) {
    outer.erase(outer.rank() - 1);
    strides.erase(strides.rank() - 1);
  }
  Cursor<const T> start(static_cast<const T*>(from.raw()), outer, strides);
  std::vector<const T*> matrices(static_cast<std::size_t>(from.numel() / (rows * columns)));
  for (const T*& matrix : matrices) {
    matrix = start.position();
    start.next(1, [](const T*, std::int64_t, std::int64_t) {});
  }
  // One part a thread: in short runs of columns it would jump too often.
  const Grain grain(std::max(thread_grain / columns, whole_lines), whole_lines, 1);
  parallel_for(from.numel() / columns, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin, next; row < end; row = next) {
      const std::int64_t matrix = row / rows, first = matrix * rows;
      next = std::min(end, first + rows);
      turn(matrices[static_cast<std::size_t>(matrix)], stride, columns, row - first, next - first,
           to + first * columns);
    }
  });
  return true;
}

/// One element that stands for all.
bool is_one_number(const Tensor& t) {
  for (int i = 0; i < t.rank(); ++i)
    if (t.shape()[i] > 1 && t.strides()[i] != 0) return false;
  return t.numel() > 0;
}

template <class T>
void add_to(const Tensor& from, T* to, const Shape& shape, bool add) {
  const bool same = from.shape() == shape;
  if (same && from.is_contiguous()) {
    const T* x = static_cast<const T*>(from.raw());
    const auto part = [=](std::int64_t begin, std::int64_t end) {
      if (!add)
        std::memcpy(to + begin, x + begin, static_cast<std::size_t>(end - begin) * sizeof(T));
      else
        kernels().of(dtype_of<T>).axpy(end - begin, 1, x + begin, to + begin);
    };
    // Worth a thread sooner than formulas are: another one made half of it, in a cache of its own.
    constexpr std::int64_t enough = thread_grain / 4;
    if (from.numel() <= enough)
      part(0, from.numel());
    else
      parallel_for(from.numel(), {enough, whole_lines}, part);
    return;
  }
  const std::int64_t n = shape.numel();
  if (n > 1 && from.is_contiguous() && shape.rank() < from.rank() &&
      ends_with(from.shape(), shape)) {
    // Rows are summed to the one they were broadcast from.
    if (!add) std::fill_n(to, n, T(0));
    sum_columns(static_cast<const T*>(from.raw()), from.numel() / n, n, to);
    return;
  }
  if (is_one_number(from) && from.rank() <= shape.rank() && (same || from.numel() == 1)) {
    const T number = *static_cast<const T*>(from.raw());
    if (!add)
      std::fill_n(to, n, number);
    else
      for (std::int64_t i = 0; i < n; ++i) to[i] += number;
    return;
  }
  if (same && are_in_lanes(from)) {
    if (!add) return out_of_lanes(from, to);
    return add_to(from.clone(), to, shape, true);
  }
  if (same && !add && turned_copy(from, to)) return;
  const Shape wide = same ? shape : broadcast_shapes(from.shape(), shape, "add_to");
  const bool summed = wide.numel() != n;
  if (summed && !add) std::fill_n(to, n, T(0));
  Cursor<const T> source(static_cast<const T*>(from.raw()), wide,
                         broadcast_strides(from.shape(), from.strides(), wide));
  Cursor<T> sink(to, wide, broadcast_strides(shape, row_major(shape), wide));
  alignas(64) T buffer[block_size];
  for (std::int64_t rest = wide.numel(); rest > 0; rest -= block_size) {
    const std::int64_t count = std::min(rest, block_size);
    source.read(count, buffer);
    if (add || summed)
      sink.add(count, buffer);
    else
      sink.write(count, buffer);
  }
}

}  // namespace

void add_to(const Tensor& from, const Tensor& to, bool add) {
  if (to.is_contiguous()) return add_to(from, to.raw(), to.shape(), to.dtype(), add);
  if (from.dtype() != to.dtype()) return add_to(from.to(to.dtype()), to, add);
  with_dtype(to.dtype(), [&](auto zero) {
    using T = decltype(zero);
    Cursor<const T> source(static_cast<const T*>(from.raw()), to.shape(),
                           broadcast_strides(from.shape(), from.strides(), to.shape()));
    Cursor<T> sink(static_cast<T*>(to.raw()), to.shape(), to.strides());
    alignas(64) T buffer[block_size];
    for (std::int64_t rest = to.numel(); rest > 0; rest -= block_size) {
      const std::int64_t count = std::min(rest, block_size);
      source.read(count, buffer);
      if (add)
        sink.add(count, buffer);
      else
        sink.write(count, buffer);
    }
  });
}

void add_to(const Tensor& from, void* to, const Shape& shape, DType dtype, bool add) {
  if (from.dtype() != dtype) return add_to(from.to(dtype), to, shape, dtype, add);
  with_dtype(dtype, [&](auto zero) {
    add_to<decltype(zero)>(from, static_cast<decltype(zero)*>(to), shape, add);
  });
}

}  // namespace brickgrad
