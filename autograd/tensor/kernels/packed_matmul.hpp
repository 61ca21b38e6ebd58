// Large products, for long registers: a block of b is arranged in the order in which tiles read it,
// so that it stays in the second level of the caches. Rows of a are read where they lie, which
// Eigen arranges as well; columns of it are arranged.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels/direct_matmul.hpp>
#include <autograd/tensor/kernels/scratch.hpp>

namespace brickgrad::lanes {

constexpr bool has_packed_matmul = BRICKGRAD_VECTOR_BYTES == 64;

/// The extents of a block. Eight rows of its terms stay in the first level of the caches.
template <class T>
struct PackedBlock {
  static constexpr std::int64_t terms = 2048 / sizeof(T), columns = 384, rows = 1024;
};

/// Whether that is faster than Eigen: a block of b must serve several terms, whole tiles of rows
/// and more than half a register of columns.
template <class T>
bool fits_packed_matmul(const MatrixView& a, const MatrixView& b) {
  return a.columns >= 16 && a.rows >= tile_rows && 2 * b.columns > Batch<T>::width;
}

/// An extent, which is not 0, in parts of `most` at most that are about equal and multiples of
/// `unit`.
inline std::int64_t even_part(std::int64_t all, std::int64_t most, std::int64_t unit) {
  const std::int64_t count = (all + most - 1) / most;
  return ((all + count - 1) / count + unit - 1) / unit * unit;
}

/// Columns of a that are contiguous, as strips of `tile_rows` rows: number r of term k at
/// k * tile_rows + r. So many strips at a time take whole lines of the cache from each column.
template <class T>
void pack_strips(const MatrixView& a, T* to) {
  constexpr std::int64_t line = 64 / sizeof(T), strips = 8;
  for (std::int64_t i = 0; i < a.rows; i += strips * tile_rows) {
    const std::int64_t rows = std::min<std::int64_t>(strips * tile_rows, a.rows - i);
    const T* from = static_cast<const T*>(a.data) + i;
    for (std::int64_t k = 0; k < a.columns; ++k, from += a.column_stride) {
      T* strip = to + i * a.columns + k * tile_rows;
      if (rows == strips * tile_rows) {
        for (std::int64_t r = 0; r < rows; r += line)
          prefetch(from + rows_ahead * a.column_stride + r);
        each<strips>([&](auto s) {
          std::copy_n(from + s * tile_rows, tile_rows, strip + s * tile_rows * a.columns);
        });
      } else {
        for (std::int64_t r = 0; r < rows; ++r)
          strip[r / tile_rows * tile_rows * a.columns + r % tile_rows] = from[r];
      }
    }
  }
}

/// How many registers the next panel of so many is wide: two of two rather than one alone.
inline std::int64_t panel_width(std::int64_t registers) {
  return registers == tile_registers + 1 ? 2 : std::min<std::int64_t>(registers, tile_registers);
}

/// Calls f(column, registers) for each panel of a block.
template <class T, class F>
void for_panels(std::int64_t columns, const F& f) {
  constexpr std::int64_t lanes = Batch<T>::width;
  for (std::int64_t j = 0; j < columns;) {
    const std::int64_t registers = panel_width((columns - j + lanes - 1) / lanes);
    f(j, registers);
    j += registers * lanes;
  }
}

/// Asks for a tile of the result, which is only touched when its sums are complete.
template <class T>
void prefetch_tile(const T* tile, std::int64_t stride, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t j = 0; j < columns; j += Batch<T>::width) prefetch(tile + r * stride + j);
}

/// Writes the sums of a b. How one is added up depends on the number of terms alone.
template <class T>
void packed_matmul(const MatrixView& a, const MatrixView& b, const Sums<T>& sums) {
  using Block = PackedBlock<T>;
  constexpr std::int64_t lanes = Batch<T>::width;
  const std::int64_t terms = even_part(a.columns, Block::terms, 1),
                     columns = even_part(b.columns, Block::columns, tile_registers * lanes),
                     rows = even_part(a.rows, Block::rows, tile_rows);
  const bool packs_a = a.column_stride != 1;
  const std::int64_t block_size = terms * columns, size = block_size + (packs_a ? rows * terms : 0);
  const Scratch<T> scratch(size);
  T *const block = scratch.data(), *const strips = block + block_size;
  for (std::int64_t i = 0; i < a.rows; i += rows)
    for (std::int64_t k = 0; k < a.columns; k += terms) {
      MatrixView left = block_of<T>(a, i, rows, k, terms);
      if (packs_a) pack_strips(left, strips);
      for (std::int64_t j = 0; j < b.columns; j += columns) {
        const MatrixView right = block_of<T>(b, k, terms, j, columns);
        for_panels<T>(right.columns, [&](std::int64_t column, std::int64_t registers) {
          arrange(block_of<T>(right, 0, terms, column, registers * lanes), registers * lanes,
                  block + column * right.rows);
        });
        const Sums<T> result = sums.block(j, i, k == 0);
        for (std::int64_t row = 0; row < left.rows; row += tile_rows) {
          MatrixView strip = block_of<T>(left, row, tile_rows, 0, terms);
          if (packs_a)
            strip = {strips + row * left.columns, strip.rows, strip.columns, 1, tile_rows};
          for_panels<T>(right.columns, [&](std::int64_t column, std::int64_t registers) {
            const Sums<T> tile = result.block(column, row, true);
            prefetch_tile(tile.to, tile.stride, strip.rows, registers * lanes);
            add_panel(strip, block + column * right.rows, registers * lanes,
                      std::min(registers * lanes, right.columns - column), tile);
          });
        }
      }
    }
}

}  // namespace brickgrad::lanes
