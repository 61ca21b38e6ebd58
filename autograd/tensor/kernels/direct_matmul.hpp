// Products of middling size, whose operands stay in the caches: a is read where it lies, and so is
// b where its rows are contiguous, which larger products arrange first.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels/batch.hpp>
#include <autograd/tensor/kernels/blocked_matmul.hpp>
#include <autograd/tensor/matrix_view.hpp>
#include <type_traits>

namespace brickgrad::lanes {

/// The tile of the result whose sums stay in registers, beside a row of b and a number of a.
constexpr int tile_rows = BRICKGRAD_VECTOR_BYTES == 64 ? 8 : 4,
              tile_registers = BRICKGRAD_VECTOR_BYTES == 16 ? 2 : 3;
/// With 16 registers, as there are of shorter ones, Eigen is as fast as the processor lets it be,
/// but for few rows.
constexpr std::int64_t most_direct_rows = BRICKGRAD_VECTOR_BYTES == 64 ? 1 << 18 : 8;
/// So many terms at a time: the rows of b that a tile needs fill the first level of the caches.
constexpr std::int64_t panel_terms = 256;

/// Whether that is faster: these terms of a, which are read again for every few columns, must stay
/// in the second level of the caches, and a result is written again after so many terms.
template <class T>
bool fits_direct_matmul(const MatrixView& a, const MatrixView& b) {
  constexpr std::int64_t least_terms = 16, most_results = 1 << 18, most_bytes = 1 << 19;
  return a.rows > 1 && b.columns > 1 && a.columns >= least_terms &&
         a.rows <= std::min(most_direct_rows, most_results / b.columns) &&
         a.rows * std::min(a.columns, panel_terms) <
             most_bytes / static_cast<std::int64_t>(sizeof(T));
}

/// Rows of some columns of b, in whole registers, of which the last one has `last` that count.
template <class T>
struct Panel {
  const T* rows;
  std::int64_t stride;
  int last;
};

/// The sums of a tile in registers.
template <int Rows, int Registers, class T>
struct Tile {
  Batch<T> sum[Rows][Registers] = {};

  /// Adds all terms one after another: rows of a are contiguous, or its columns are, then so many
  /// numbers of each. load(p, q) reads register q of a row of b at p.
  template <bool ByRow, class Load>
  [[gnu::always_inline]] void add(const MatrixView& a, const T* b, std::int64_t b_stride,
                                  const Load& load) {
    const T* x = static_cast<const T*>(a.data);
    const std::int64_t terms = a.columns;
    const T* row[Rows];
    each<Rows>([&](auto r) { row[r] = x + r * a.row_stride; });
    for (std::int64_t k = 0; k < terms; ++k, b += b_stride) {
      Batch<T> term[Registers];
      each<Registers>([&](auto q) { term[q] = load(b + q * Batch<T>::width, q); });
      each<Rows>([&](auto r) {
        const Batch<T> factor(ByRow ? row[r][k] : x[r]);
        each<Registers>([&](auto q) { sum[r][q] = multiply_add(factor, term[q], sum[r][q]); });
      });
      if constexpr (!ByRow) x += a.column_stride;
    }
  }
  /// Adds them to what they begin with. Whole: all of the last register counts, else `last`.
  template <bool Whole>
  [[gnu::always_inline]] void write(const Sums<T>& c, int last) const {
    using B = Batch<T>;
    const T* from = c.from;
    T* to = c.to;
    each<Rows>([&](auto r) {
      each<Registers>([&](auto q) {
        constexpr int at = q * B::width;
        B total = sum[r][q];
        if constexpr (Whole || q + 1 < Registers) {
          if (from) total = B::load(from + at) + total;
          total.store(to + at);
        } else {
          if (from) total = B::load_first(from + at, last) + total;
          total.store_first(to + at, last);
        }
      });
      if (from) from += c.from_stride;
      to += c.stride;
    });
  }
};

/// One tile of a product. Whether the last register is whole is not asked in the tile itself, which
/// would be 1 % of a large product.
template <int Rows, int Registers, bool ByRow, bool Whole, class T>
[[gnu::always_inline]] inline void add_tile(const MatrixView& a, const Panel<T>& b,
                                            const Sums<T>& c) {
  Tile<Rows, Registers, T> tile;
  tile.template add<ByRow>(a, b.rows, b.stride, [](const T* p, int) { return Batch<T>::load(p); });
  tile.template write<Whole>(c, b.last);
}

/// All rows from row i on.
template <int Registers, bool Whole, int Rows = tile_rows, class T>
void add_tiles(MatrixView a, const Panel<T>& b, const Sums<T>& c, std::int64_t i = 0) {
  const T* const first = static_cast<const T*>(a.data);
  for (; i + Rows <= a.rows; i += Rows) {
    a.data = first + i * a.row_stride;
    if (a.column_stride == 1)
      add_tile<Rows, Registers, true, Whole>(a, b, c.block(0, i, true));
    else
      add_tile<Rows, Registers, false, Whole>(a, b, c.block(0, i, true));
  }
  a.data = first;
  if constexpr (Rows > 1) add_tiles<Registers, Whole, Rows / 2>(a, b, c, i);
}

/// Calls f(registers, whole, last) for so many columns, of a panel at most: constants for the
/// number of registers that they take and for whether the last one is filled, and what counts of
/// that.
template <class T, class F>
void with_registers(std::int64_t columns, const F& f) {
  constexpr std::int64_t lanes = Batch<T>::width;
  const std::int64_t registers = (columns + lanes - 1) / lanes;
  const int last = static_cast<int>(columns - (registers - 1) * lanes);
  const auto call = [&](auto whole) {
    each<tile_registers>([&](auto q) {
      if (registers == q + 1) f(std::integral_constant<int, q + 1>(), whole, last);
    });
  };
  if (last == lanes)
    call(std::true_type());
  else
    call(std::false_type());
}

/// The sums of one panel: `columns` of b, whose rows are whole registers.
template <class T>
void add_panel(const MatrixView& a, const T* rows, std::int64_t stride, std::int64_t columns,
               const Sums<T>& c) {
  with_registers<T>(columns, [&](auto registers, auto whole, int last) {
    add_tiles<registers, whole>(a, Panel<T>{rows, stride, last}, c);
  });
}

/// Where operands are arranged, this many rows further on memory is asked for: they are too far
/// apart for the processor to see where the walk leads.
constexpr std::int64_t rows_ahead = 4;

/// Columns that are contiguous, or fill no whole registers, as rows of `width` that are and do.
template <class T>
void arrange(const MatrixView& b, std::int64_t width, T* to) {
  constexpr int lanes = Batch<T>::width;
  const T* const first = static_cast<const T*>(b.data);
  if (b.column_stride == 1) {
    const std::int64_t whole = b.columns / lanes * lanes;
    const int some = static_cast<int>(b.columns - whole);
    for (std::int64_t k = 0; k < b.rows; ++k, to += width) {
      const T* const from = first + k * b.row_stride;
      for (std::int64_t j = 0; j < whole; j += lanes) {
        prefetch(from + rows_ahead * b.row_stride + j);
        Batch<T>::load(from + j).store(to + j);
      }
      if (some) Batch<T>::load_first(from + whole, some, 0).store(to + whole);
    }
    return;
  }
  for (std::int64_t j = 0; j < width; j += lanes) {
    const T* const from = first + j * b.column_stride;
    const int some = static_cast<int>(std::min<std::int64_t>(b.columns - j, lanes));
    std::int64_t k = 0;
    if (some == lanes) {
      for (; k + lanes <= b.rows; k += lanes) {
        Batch<T> square[lanes];
        each<lanes>([&](auto l) { square[l] = Batch<T>::load(from + l * b.column_stride + k); });
        transpose(square);
        each<lanes>([&](auto l) { square[l].store(to + (k + l) * width + j); });
      }
    }
    for (; k < b.rows; ++k)
      for (int l = 0; l < lanes; ++l)
        to[k * width + j + l] = l < some ? from[k * b.row_stride + l * b.column_stride] : T(0);
  }
}

/// Some rows and columns of a matrix.
template <class T>
MatrixView block_of(const MatrixView& m, std::int64_t row, std::int64_t rows, std::int64_t column,
                    std::int64_t columns) {
  return {static_cast<const T*>(m.data) + row * m.row_stride + column * m.column_stride,
          std::min(rows, m.rows - row), std::min(columns, m.columns - column), m.row_stride,
          m.column_stride};
}

constexpr bool has_halved_matmul = BRICKGRAD_VECTOR_BYTES == 64;

/// Whether threads had better have half the terms each, and with it half the rows of b: where these
/// are weights, larger than what they are multiplied with, a thread finds the rows in its caches
/// that it has written. A half is one panel, of columns that need not be arranged, and whose rows
/// are near enough to stay in these caches together.
template <class T>
bool fits_halved_matmul(const MatrixView& a, const MatrixView& b) {
  constexpr std::int64_t least_terms = 256, most_terms = 1024, most_bytes = 2048;
  return fits_direct_matmul<T>(a, b) && a.column_stride == 1 && b.column_stride == 1 &&
         a.columns >= std::max(least_terms, 2 * a.rows) && a.columns <= most_terms &&
         a.rows * a.columns * b.columns >= least_divided && b.columns % Batch<T>::width == 0 &&
         b.row_stride * static_cast<std::int64_t>(sizeof(T)) <= most_bytes;
}

/// Writes the sums of a b, of so many terms at a time.
template <class T>
void add_panels(const MatrixView& a, const MatrixView& b, std::int64_t terms, const Sums<T>& sums) {
  constexpr int lanes = Batch<T>::width, most_columns = tile_registers * lanes;
  alignas(64) T arranged[panel_terms * most_columns];
  for (std::int64_t k = 0; k < a.columns; k += terms) {
    const MatrixView left = block_of<T>(a, 0, a.rows, k, terms);
    for (std::int64_t j = 0; j < b.columns; j += most_columns) {
      const MatrixView right = block_of<T>(b, k, terms, j, most_columns);
      const std::int64_t width = (right.columns + lanes - 1) / lanes * lanes;
      const bool arranges = b.column_stride != 1 || right.columns < width;
      if (arranges) arrange(right, width, arranged);
      add_panel(left, arranges ? arranged : static_cast<const T*>(right.data),
                arranges ? width : b.row_stride, right.columns, sums.block(j, 0, k == 0));
    }
  }
}

/// How a sum is added up depends on the number of terms alone.
template <class T>
void direct_matmul(const MatrixView& a, const MatrixView& b, const Sums<T>& sums) {
  add_panels(a, b, panel_terms, sums);
}
/// Of what fits_halved_matmul(): the whole, and one half of its terms.
template <class T>
void halved_matmul(const MatrixView& a, const MatrixView& b, const Sums<T>& sums) {
  add_panels(a, b, half_of_terms(a.columns), sums);
}
template <class T>
void half_matmul(const MatrixView& a, const MatrixView& b, const Sums<T>& sums) {
  add_panels(a, b, a.columns, sums);
}

}  // namespace brickgrad::lanes
