// Products with few columns, where a call into a library costs more than the product: each row of
// the result is kept in a few registers of the width it needs.
#pragma once

#include <autograd/tensor/kernels/batch.hpp>
#include <autograd/tensor/matrix_view.hpp>
#include <bit>
#include <utility>

namespace brickgrad::lanes {

template <class T, int Lanes>
struct RowVector {
  using Type [[gnu::vector_size(Lanes * sizeof(T))]] = T;
  /// The same anywhere in memory: a copy by memcpy would keep it out of registers.
  using Unaligned
      [[gnu::vector_size(Lanes * sizeof(T)), gnu::aligned(alignof(T)), gnu::may_alias]] = T;
};
template <class T>
struct RowVector<T, 1> {
  using Type = T;
  using Unaligned = T;
};

/// Copies the first n of up to Most numbers, by halves, quarters, …: a call would spill registers.
template <int Most, class T>
[[gnu::always_inline]] inline void copy_first(const T* from, T* to, std::int64_t n) {
  if (n >= Most) {
    std::memcpy(to, from, Most * sizeof(T));
    from += Most;
    to += Most;
    n -= Most;
  }
  if constexpr (Most > 1) copy_first<Most / 2>(from, to, n);
}

/// f(0) … f(N - 1) with constants, so that arrays indexed by them stay in registers.
template <int N, class F>
[[gnu::always_inline]] inline void each(const F& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) { (f(std::integral_constant<int, I>()), ...); }
  (std::make_integer_sequence<int, N>());
}

/// A row of up to Lanes * Count numbers; what is beyond its own ones is anything.
template <class T, int Lanes, int Count>
struct Row {
  static constexpr int size = Lanes * Count, most = std::bit_floor(unsigned{size});
  using Vector = typename RowVector<T, Lanes>::Type;
  using Unaligned = typename RowVector<T, Lanes>::Unaligned;
  Vector v[Count];

  static Row load(const T* p) {
    Row row;
    each<Count>([&](auto i) { row.v[i] = *reinterpret_cast<const Unaligned*>(p + i * Lanes); });
    return row;
  }
  static Row load_first(const T* p, std::int64_t n) {
    T all[size] = {};
    copy_first<most>(p, all, n);
    return load(all);
  }
  void store(T* p) const {
    each<Count>([&](auto i) { *reinterpret_cast<Unaligned*>(p + i * Lanes) = v[i]; });
  }
  void store_first(T* p, std::int64_t n) const {
    T all[size];
    store(all);
    copy_first<most>(all, p, n);
  }
  void add(const Row& other) {
    each<Count>([&](auto i) { v[i] += other.v[i]; });
  }
  void add_product(T factor, const Row& other) {
    each<Count>([&](auto i) { v[i] += factor * other.v[i]; });
  }
  /// Zero where `own` is zero.
  void keep(const Row& own) {
    each<Count>([&](auto i) { v[i] = own.v[i] != Vector{} ? v[i] : Vector{}; });
  }
};

/// c (+)= a b + bias, with rows of b that are contiguous.
template <class T>
struct NarrowProduct {
  const T* a;
  std::int64_t rows, inner, row_stride, column_stride;
  const T* b;
  std::int64_t b_stride, columns;
  T* c;
  bool add;
};

/// Some rows at once, each as several sums, so that their additions overlap. Whole registers are
/// read and written: what they hold beyond a row belongs to the next one, which is written later;
/// the last row of all takes care.
template <int Rows, int Sums, bool Last, class T, class Columns>
[[gnu::always_inline]] inline void run_rows(const NarrowProduct<T>& p, std::int64_t i,
                                            const Columns& bias, const Columns& last) {
  Columns sum[Rows][Sums];
  each<Rows>([&](auto r) {
    sum[r][0] = bias;
    each<Sums - 1>([&](auto s) { sum[r][s + 1] = {}; });
  });
  const T *x = p.a + i * p.row_stride, *y = p.b;
  const std::int64_t stride = p.row_stride, step = p.column_stride, y_step = p.b_stride;
  const auto add_row = [&](auto s, const Columns& row) {
    each<Rows>([&](auto r) { sum[r][s].add_product(x[r * stride], row); });
  };
  std::int64_t rest = p.inner - 1;
  for (; rest >= Sums; rest -= Sums)
    each<Sums>([&](auto s) {
      add_row(s, Columns::load(y));
      x += step;
      y += y_step;
    });
  for (; rest > 0; --rest, x += step, y += y_step)
    add_row(std::integral_constant<int, 0>(), Columns::load(y));
  add_row(std::integral_constant<int, 0>(), last);
  each<Rows>([&](auto r) { each<Sums - 1>([&](auto s) { sum[r][0].add(sum[r][s + 1]); }); });

  T* const c = p.c + i * p.columns;
  T* const end = c + (Rows - 1) * p.columns;
  const bool partly = Last && p.columns < Columns::size;
  if (p.add) {
    T own[Columns::size];
    each<Columns::size>([&](auto j) { own[j] = j < p.columns ? T(1) : T(0); });
    const Columns mask = Columns::load(own);
    Columns old[Rows];
    each<Rows - 1>([&](auto r) { old[r] = Columns::load(c + r * p.columns); });
    old[Rows - 1] = partly ? Columns::load_first(end, p.columns) : Columns::load(end);
    each<Rows>([&](auto r) {
      sum[r][0].keep(mask);
      sum[r][0].add(old[r]);
    });
  }
  each<Rows - 1>([&](auto r) { sum[r][0].store(c + r * p.columns); });
  if (partly)
    sum[Rows - 1][0].store_first(end, p.columns);
  else
    sum[Rows - 1][0].store(end);
}

template <int Rows, int Sums, class T, class Columns>
void run_all_rows(const NarrowProduct<T> p, const Columns bias, const Columns last) {
  std::int64_t i = 0;
  for (; i + Rows < p.rows; i += Rows) run_rows<Rows, Sums, false>(p, i, bias, last);
  const auto finish = [&](auto rows) { run_rows<rows, Sums, true>(p, i, bias, last); };
  each<Rows>([&](auto r) {
    if (p.rows - i == r + 1) finish(std::integral_constant<int, r + 1>());
  });
}

template <class T, int Lanes, int Count = 1>
bool run_narrow(const MatrixView& a, const MatrixView& b, const T* bias, T* c, bool add) {
  using Columns = Row<T, Lanes, Count>;
  constexpr int size = Columns::size;
  constexpr std::int64_t most_packed = 64;
  NarrowProduct<T> p{static_cast<const T*>(a.data),
                     a.rows,
                     a.columns,
                     a.row_stride,
                     a.column_stride,
                     static_cast<const T*>(b.data),
                     b.row_stride,
                     b.columns,
                     c,
                     add};
  T packed[most_packed * size];
  if (b.column_stride != 1 && b.columns > 1) {
    if (a.columns > most_packed) return false;
    // What lies beyond a row repeats its last number.
    std::int64_t place[size];
    each<size>(
        [&](auto j) { place[j] = std::min<std::int64_t>(j, b.columns - 1) * b.column_stride; });
    const T* from = p.b;
    T* to = packed;
    for (std::int64_t k = 0; k < a.columns; ++k, from += b.row_stride, to += size)
      each<size>([&](auto j) { to[j] = from[place[j]]; });
    p.b = packed;
    p.b_stride = size;
  }
  const Columns start = bias ? Columns::load_first(bias, b.columns) : Columns{};
  const Columns last = Columns::load_first(p.b + (p.inner - 1) * p.b_stride, b.columns);
  // How a row is summed depends on the inner extent alone, not on its neighbours.
  if (p.inner < 8)
    run_all_rows<4, 1>(p, start, last);
  else
    run_all_rows < 4 / Count<2 ? 2 : 4 / Count, 2>(p, start, last);
  return true;
}

/// False when the product is not of that kind.
template <class T>
bool narrow_matmul(const MatrixView& a, const MatrixView& b, const T* bias, T* c, bool add) {
  constexpr int width = Batch<T>::width;
  const std::int64_t n = b.columns;
  if (n < 1 || a.columns < 1 || a.rows * a.columns * n > 4096) return false;
  if (n == 1) return run_narrow<T, 1>(a, b, bias, c, add);
  if (n == 2) return run_narrow<T, 2>(a, b, bias, c, add);
  if constexpr (width >= 4)
    if (n <= 4) return run_narrow<T, 4>(a, b, bias, c, add);
  if constexpr (width >= 8)
    if (n <= 8) return run_narrow<T, 8>(a, b, bias, c, add);
  if constexpr (width >= 16)
    if (n <= 16) return run_narrow<T, 16>(a, b, bias, c, add);
  if (n <= 2 * width) return run_narrow<T, width, 2>(a, b, bias, c, add);
  if constexpr (width == 2) {
    if (n <= 6) return run_narrow<T, width, 3>(a, b, bias, c, add);
    if (n <= 8) return run_narrow<T, width, 4>(a, b, bias, c, add);
  }
  return false;
}

}  // namespace brickgrad::lanes
