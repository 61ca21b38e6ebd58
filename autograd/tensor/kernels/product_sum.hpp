// Sums of several products of the same shape: what they add up to stays in registers from one to
// the next, where each of its own would read and write the result for a few terms.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels/direct_matmul.hpp>

namespace brickgrad::lanes {

/// Rows i .. end of some columns, from column j on, of so many products.
template <int Registers, bool Whole, int Rows = tile_rows, class T>
void add_product_tiles(const MatrixPair* pairs, std::int64_t count, std::int64_t i,
                       std::int64_t end, std::int64_t j, int last, const Sums<T>& c) {
  const auto sum_tile = [&](std::int64_t row, auto asks) {
    const auto load = [last](const T* from, int q) {
      if constexpr (decltype(asks)::value) prefetch_far(from + Registers * Batch<T>::width);
      return Whole || q + 1 < Registers ? Batch<T>::load(from)
                                        : Batch<T>::load_first(from, last, 0);
    };
    Tile<Rows, Registers, T> tile;
    for (std::int64_t p = 0; p < count; ++p) {
      MatrixView a = pairs[p].a;
      a.data = static_cast<const T*>(a.data) + row;
      tile.template add<false>(a, static_cast<const T*>(pairs[p].b.data) + j, pairs[p].b.row_stride,
                               load);
    }
    tile.template write<Whole>(c.block(j, row, true), last);
  };
  // The first tile asks for the columns of the next panel: half of b may be in the cache of another
  // thread, and its rows are too far apart for the processor to see where the walk leads.
  if constexpr (Whole && Rows == tile_rows && Registers == tile_registers)
    if (i + Rows <= end) {
      sum_tile(i, std::true_type());
      i += Rows;
    }
  for (; i + Rows <= end; i += Rows) sum_tile(i, std::false_type());
  if constexpr (Rows > 1)
    add_product_tiles<Registers, Whole, Rows / 2>(pairs, count, i, end, j, last, c);
}

/// See Routines::product_sum.
template <class T>
void product_sum(const MatrixPair* pairs, std::int64_t count, std::int64_t begin, std::int64_t end,
                 void* out, bool add) {
  constexpr int lanes = Batch<T>::width;
  const std::int64_t columns = pairs[0].b.columns;
  T* const to = static_cast<T*>(out);
  const Sums<T> c{add ? to : nullptr, columns, to, columns};
  for (std::int64_t j = 0, width; j < columns; j += width) {
    width = std::min<std::int64_t>(columns - j, tile_registers * lanes);
    with_registers<T>(width, [&](auto registers, auto whole, int last) {
      add_product_tiles<registers, whole>(pairs, count, begin, end, j, last, c);
    });
  }
}

}  // namespace brickgrad::lanes
