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
  for (; i + Rows <= end; i += Rows) {
    Tile<Rows, Registers, T> tile;
    for (std::int64_t p = 0; p < count; ++p) {
      MatrixView a = pairs[p].a;
      a.data = static_cast<const T*>(a.data) + i;
      tile.template add<false>(a, static_cast<const T*>(pairs[p].b.data) + j, pairs[p].b.row_stride,
                               [last](const T* from, int q) {
                                 return Whole || q + 1 < Registers
                                            ? Batch<T>::load(from)
                                            : Batch<T>::load_first(from, last, 0);
                               });
    }
    tile.template write<Whole>(c.block(j, i, true), last);
  }
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
