// Products with few columns, where a call into a library costs more than the product: each row of
// the result is kept in the registers that it fills.
#pragma once

#include <algorithm>
#include <array>
#include <autograd/tensor/kernels/row_block.hpp>
#include <autograd/tensor/matrix_view.hpp>
#include <bit>

namespace brickgrad::lanes {

/// c (+)= a b + bias, with rows of b that are contiguous. Passed by reference: a copy reads in wide
/// pieces what was just written in narrow ones, which a processor waits for.
template <class T>
struct NarrowProduct {
  const T* a;
  std::int64_t rows, inner, row_stride, column_stride;
  const T* b;
  std::int64_t b_stride;
  T* c;
  std::int64_t c_stride;
  bool add;
  // Of products that sum the rows of b along the way: sums (+)= the sum of them.
  T* sums = nullptr;
  bool add_sums = false;
};

/// Some rows at once, each as several sums, so that their additions overlap.
template <int Rows, int Sums, class T, int N>
[[gnu::always_inline]] inline void run_rows(const NarrowProduct<T>& p, std::int64_t i,
                                            const Row<T, N>& bias) {
  Row<T, N> sum[Rows][Sums];
  each<Rows>([&](auto r) {
    sum[r][0] = bias;
    each<Sums - 1>([&](auto s) { sum[r][s + 1] = Row<T, N>::zero(); });
  });
  const T *x = p.a + i * p.row_stride, *y = p.b;
  const std::int64_t stride = p.row_stride, step = p.column_stride, y_step = p.b_stride;
  const auto add_next = [&](auto s) {
    const auto row = Row<T, N>::load(y);
    each<Rows>([&](auto r) { sum[r][s].add_product(x[r * stride], row); });
    x += step;
    y += y_step;
  };
  std::int64_t left = p.inner;
  for (; left >= Sums; left -= Sums) each<Sums>(add_next);
  for (; left > 0; --left) add_next(std::integral_constant<int, 0>());

  T* const c = p.c + i * p.c_stride;
  each<Rows>([&](auto r) {
    each<Sums - 1>([&](auto s) { sum[r][0].add(sum[r][s + 1]); });
    if (p.add) sum[r][0].add(Row<T, N>::load(c + r * p.c_stride));
    sum[r][0].store(c + r * p.c_stride);
  });
}

template <int Rows, int Sums, class T, int N>
void run_all_rows(const NarrowProduct<T>& p, const T* bias) {
  const auto start = bias ? Row<T, N>::load(bias) : Row<T, N>::zero();
  std::int64_t i = 0;
  for (; i + Rows <= p.rows; i += Rows) run_rows<Rows, Sums>(p, i, start);
  for (; i < p.rows; ++i) run_rows<1, Sums>(p, i, start);
}

/// Short rows of a contiguous result, from `Inner` terms each: b stays in registers.
template <int Inner, class T, int N>
void run_blocks(const NarrowProduct<T>& p, const T* bias) {
  using Block = RowBlock<T, N>;
  const auto start = bias ? Block::of_columns(bias) : Block::zero();
  Block b[Inner];
  each<Inner>([&](auto k) { b[k] = Block::of_columns(p.b + k * p.b_stride); });
  const std::int64_t row_stride = p.row_stride, column_stride = p.column_stride, rows = p.rows;
  const bool add = p.add;
  const T* x = p.a;
  T* c = p.c;
  std::int64_t i = 0;
  for (; i + Block::rows <= rows; i += Block::rows) {
    Block sum = start;
    each<Inner>(
        [&](auto k) { sum.add_product(Block::of_rows(x + k * column_stride, row_stride), b[k]); });
    if (add) sum.add(Block::load(c));
    sum.store(c);
    x += Block::rows * row_stride;
    c += Block::rows * N;
  }
  if (i == rows) return;
  const auto row_start = bias ? Row<T, N>::load(bias) : Row<T, N>::zero();
  for (; i < rows; ++i) run_rows<1, 1>(p, i, row_start);
}

/// Whether a number goes to where it is needed in one step, from two registers.
constexpr bool picks_fast = BRICKGRAD_VECTOR_BYTES == 64;

/// The same where the rows of a are contiguous one after another: it is read in whole registers.
template <int Inner, class T, int N>
void run_whole_blocks(const NarrowProduct<T>& p, const T* bias) {
  using B = Batch<T>;
  using Block = RowBlock<T, N, B::width>;
  const auto start = bias ? Block::of_columns(bias) : Block::zero();
  Block b[Inner];
  each<Inner>([&](auto k) { b[k] = Block::of_columns(p.b + k * p.b_stride); });
  const auto product = [&](const B(&a)[Inner]) {
    Block sum = start;
    each<Inner>([&](auto k) {
      sum.add_product(Block::template of_rows<Inner, decltype(k)::value>(a), b[k]);
    });
    return sum;
  };
  const T* x = p.a;
  T* c = p.c;
  B a[Inner];
  std::int64_t left = p.rows;
  for (; left >= Block::rows; left -= Block::rows) {
    each<Inner>([&](auto k) { a[k] = B::load(x + k * B::width); });
    Block sum = product(a);
    if (p.add) sum.add(Block::load(c));
    sum.store(c);
    x += Block::rows * Inner;
    c += Block::rows * N;
  }
  if (left == 0) return;
  // The lanes of register i, when `left` rows have `length` numbers each.
  const auto lanes = [left](int length, int i) {
    return static_cast<int>(std::clamp<std::int64_t>(left * length - i * B::width, 0, B::width));
  };
  each<Inner>([&](auto k) { a[k] = B::load_first(x + k * B::width, lanes(Inner, k)); });
  const Block sum = product(a);
  each<Block::registers>([&](auto g) {
    T* const to = c + g * B::width;
    const int n = lanes(N, g);
    (p.add ? sum.v[g] + B::load_first(to, n) : sum.v[g]).store_first(to, n);
  });
}

/// Rows that are shorter than a register.
template <class T, int N>
constexpr bool fits_blocks = N < std::min(Batch<T>::width, 5);
constexpr std::int64_t longest_block_inner = 4;

/// How the terms of a lie: anywhere; those of all `Rows` rows there are beside each other; or one
/// number is all of them.
enum class Terms { anywhere, beside, same };

/// Rows of many terms, from rows of b that are contiguous one after another.
template <int Rows, Terms terms, class T, int N, bool with_sums = false>
[[gnu::always_inline]] inline void run_long_rows(const NarrowProduct<T>& p, std::int64_t i,
                                                 const T* bias) {
  constexpr int width = Batch<T>::width;
  using Block = RowBlock<T, N, width>;
  const std::int64_t step = terms == Terms::beside ? Rows : p.column_stride,
                     stride = terms == Terms::beside ? 1 : p.row_stride, inner = p.inner;
  const T *x = p.a + i * stride, *y = p.b;
  Block sum[Rows];
  [[maybe_unused]] Block all = Block::zero();
  each<Rows>([&](auto r) { sum[r] = Block::zero(); });
  const auto add = [&](const Block& b) {
    if constexpr (with_sums) all.add(b);
    if constexpr (terms == Terms::beside) {
      Batch<T> a[Rows];
      each<Rows>([&](auto r) { a[r] = Batch<T>::load(x + r * width); });
      each<Rows>([&](auto r) {
        sum[r].add_product(Block::template of_rows<Rows, decltype(r)::value>(a), b);
      });
    } else if constexpr (terms == Terms::same) {
      each<Rows>([&](auto r) { sum[r].add_product(x[r * stride], b); });
    } else {
      each<Rows>([&](auto r) { sum[r].add_product(Block::of_rows(x + r * stride, step), b); });
    }
  };
  std::int64_t k = 0;
  for (; k + width <= inner; k += width) {
    add(Block::load(y));
    x += width * step;
    y += width * N;
  }
  Row<T, N> row[Rows];
  each<Rows>([&](auto r) { row[r] = sum[r].sum_of_rows(); });
  [[maybe_unused]] Row<T, N> rows_of_b = all.sum_of_rows();
  for (; k < inner; ++k, x += step, y += N) {
    const auto b = Row<T, N>::load(y);
    each<Rows>([&](auto r) { row[r].add_product(x[r * stride], b); });
    if constexpr (with_sums) rows_of_b.add(b);
  }
  if constexpr (with_sums) {
    if (p.add_sums) rows_of_b.add(Row<T, N>::load(p.sums));
    rows_of_b.store(p.sums);
  }
  each<Rows>([&](auto r) {
    T* const c = p.c + (i + r) * p.c_stride;
    if (bias) row[r].add(Row<T, N>::load(bias));
    if (p.add) row[r].add(Row<T, N>::load(c));
    row[r].store(c);
  });
}

template <class T>
bool has_terms_beside(const NarrowProduct<T>& p) {
  return picks_fast && p.row_stride == 1 && p.column_stride == p.rows && p.rows <= 4;
}
template <bool with_sums, class T, int N>
void run_terms_beside(const NarrowProduct<T>& p, const T* bias) {
  constexpr Terms beside = picks_fast ? Terms::beside : Terms::anywhere;
  static constexpr std::array by_rows{
      &run_long_rows<1, beside, T, N, with_sums>, &run_long_rows<2, beside, T, N, with_sums>,
      &run_long_rows<3, beside, T, N, with_sums>, &run_long_rows<4, beside, T, N, with_sums>};
  by_rows[static_cast<std::size_t>(p.rows - 1)](p, 0, bias);
}

template <class T, int N>
void run_long_sums(const NarrowProduct<T>& p, const T* bias) {
  if (has_terms_beside(p)) return run_terms_beside<false, T, N>(p, bias);
  std::int64_t i = 0;
  if (p.column_stride == 0)
    for (; i < p.rows; ++i) run_long_rows<1, Terms::same, T, N>(p, i, bias);
  for (; i + 2 <= p.rows; i += 2) run_long_rows<2, Terms::anywhere, T, N>(p, i, bias);
  if (i < p.rows) run_long_rows<1, Terms::anywhere, T, N>(p, i, bias);
}

template <class T, int N>
bool run_narrow(const MatrixView& a, const MatrixView& b, const T* bias, T* c,
                std::int64_t c_stride, bool add) {
  using Columns = Row<T, N>;
  constexpr int registers = Columns::registers;
  constexpr std::int64_t most_packed = 64;
  NarrowProduct<T> p{
      static_cast<const T*>(a.data), a.rows,       a.columns, a.row_stride, a.column_stride,
      static_cast<const T*>(b.data), b.row_stride, c,         c_stride,     add};
  T packed[most_packed * N];
  if (N > 1 && b.column_stride != 1) {
    if (a.columns > most_packed) return false;
    const T* from = p.b;
    T* to = packed;
    for (std::int64_t k = 0; k < a.columns; ++k, from += b.row_stride, to += N)
      Columns::gather(from, b.column_stride).store(to);
    p.b = packed;
    p.b_stride = N;
  }
  // How a row is summed depends on the inner extent alone, not on its neighbours.
  if constexpr (fits_blocks<T, N>) {
    if (p.inner >= longest_short_inner && p.b_stride == N)
      return run_long_sums<T, N>(p, bias), true;
    if (picks_fast && p.inner <= longest_block_inner && p.c_stride == N &&
        p.row_stride == p.inner && p.column_stride == 1) {
      static constexpr std::array by_inner{&run_whole_blocks<1, T, N>, &run_whole_blocks<2, T, N>,
                                           &run_whole_blocks<3, T, N>, &run_whole_blocks<4, T, N>};
      return by_inner[static_cast<std::size_t>(p.inner - 1)](p, bias), true;
    }
    if (p.inner <= longest_block_inner && p.c_stride == N && p.rows >= RowBlock<T, N>::rows) {
      static constexpr std::array by_inner{&run_blocks<1, T, N>, &run_blocks<2, T, N>,
                                           &run_blocks<3, T, N>, &run_blocks<4, T, N>};
      return by_inner[static_cast<std::size_t>(p.inner - 1)](p, bias), true;
    }
  }
  if (p.inner < longest_short_inner)
    run_all_rows<registers <= 2 ? 4 : 2, 1, T, N>(p, bias);
  else
    run_all_rows<registers <= 2 ? 2 : 1, 2, T, N>(p, bias);
  return true;
}

/// c (+)= a b, and sums (+)= the sum of the rows of b, which are contiguous one after another.
template <class T, int N>
void run_with_sums(const MatrixView& a, const T* b, T* c, bool add, T* sums, bool add_sums) {
  const std::int64_t count = a.columns;
  const NarrowProduct<T> p{static_cast<const T*>(a.data),
                           a.rows,
                           count,
                           a.row_stride,
                           a.column_stride,
                           b,
                           N,
                           c,
                           N,
                           add,
                           sums,
                           add_sums};
  if constexpr (fits_blocks<T, N>)
    if (count >= longest_short_inner && has_terms_beside(p))
      return run_terms_beside<true, T, N>(p, nullptr);
  const MatrixView rows{b, count, N, N, 1};
  run_narrow<T, N>(a, rows, nullptr, c, N, add);
  if (count >= longest_short_inner) {
    const T one = 1;
    run_narrow<T, N>({&one, 1, count, 0, 0}, rows, nullptr, sums, N, add_sums);
    return;
  }
  auto sum = Row<T, N>::zero();
  for (std::int64_t i = 0; i < count; ++i) sum.add(Row<T, N>::load(b + i * N));
  if (add_sums) sum.add(Row<T, N>::load(sums));
  sum.store(sums);
}

template <class T>
void matmul_and_sums(const MatrixView& a, const MatrixView& b, void* c, bool add, void* sums,
                     bool add_sums) {
  static constexpr auto by_columns = []<int... N>(std::integer_sequence<int, N...>) {
    return std::array{&run_with_sums<T, N + 1>...};
  }
  (std::make_integer_sequence<int, most_summed_columns>());
  by_columns[static_cast<std::size_t>(b.columns - 1)](
      a, static_cast<const T*>(b.data), static_cast<T*>(c), add, static_cast<T*>(sums), add_sums);
}

/// False when the product is not of that kind.
template <class T>
bool narrow_matmul(const MatrixView& a, const MatrixView& b, const T* bias, T* c,
                   std::int64_t c_stride, bool add) {
  constexpr int most = std::clamp(2 * Batch<T>::width, 8, 16);
  const std::int64_t n = b.columns;
  if (n < 1 || n > most || a.columns < 1 || a.rows * a.columns * n > 4096) return false;
  static constexpr auto by_columns = []<int... N>(std::integer_sequence<int, N...>) {
    return std::array{&run_narrow<T, N + 1>...};
  }
  (std::make_integer_sequence<int, most>());
  return by_columns[static_cast<std::size_t>(n - 1)](a, b, bias, c, c_stride, add);
}

}  // namespace brickgrad::lanes
