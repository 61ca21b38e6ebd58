// Products with few columns, where a call into a library costs more than the product: each row of
// the result is kept in the registers that it fills.
#pragma once

#include <algorithm>
#include <array>
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

/// f(0) … f(N - 1) with constants, so that arrays indexed by them stay in registers.
template <int N, class F>
[[gnu::always_inline]] inline void each(const F& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) { (f(std::integral_constant<int, I>()), ...); }
  (std::make_integer_sequence<int, N>());
}

/// A row of N numbers as one register of a power of two of them and a row of the rest. Nothing
/// beyond the row is read or written: a processor would wait for what was just stored there.
template <class T, int N>
struct Row {
  static constexpr int lanes = static_cast<int>(
                           std::bit_floor(static_cast<unsigned>(std::min(N, Batch<T>::width)))),
                       registers = 1 + Row<T, N - lanes>::registers;
  using Vector = typename RowVector<T, lanes>::Type;
  using Unaligned = typename RowVector<T, lanes>::Unaligned;
  Vector first;
  [[no_unique_address]] Row<T, N - lanes> rest;

  Row() = default;
  Row(Vector f, const Row<T, N - lanes>& r) : first(f), rest(r) {}
  // Part by part: copied as a whole, a row would go through memory.
  Row(const Row& o) : first(o.first), rest(o.rest) {}
  Row& operator=(const Row& o) {
    first = o.first;
    rest = o.rest;
    return *this;
  }
  static Row zero() { return {Vector{}, Row<T, N - lanes>::zero()}; }
  static Row load(const T* p) {
    return {*reinterpret_cast<const Unaligned*>(p), Row<T, N - lanes>::load(p + lanes)};
  }
  /// From numbers that are `step` apart.
  static Row gather(const T* p, std::int64_t step) {
    const auto first = [&]<int... I>(std::integer_sequence<int, I...>) {
      return Vector{p[I * step]...};
    };
    return {first(std::make_integer_sequence<int, lanes>()),
            Row<T, N - lanes>::gather(p + lanes * step, step)};
  }
  void store(T* p) const {
    *reinterpret_cast<Unaligned*>(p) = first;
    rest.store(p + lanes);
  }
  void add(const Row& other) {
    first += other.first;
    rest.add(other.rest);
  }
  void add_product(T factor, const Row& other) {
    first += factor * other.first;
    rest.add_product(factor, other.rest);
  }
};
template <class T>
struct Row<T, 0> {
  static constexpr int registers = 0;
  static Row zero() { return {}; }
  static Row load(const T*) { return {}; }
  static Row gather(const T*, std::int64_t) { return {}; }
  void store(T*) const {}
  void add(const Row&) {}
  void add_product(T, const Row&) {}
};

/// c (+)= a b + bias, with rows of b that are contiguous.
template <class T>
struct NarrowProduct {
  const T* a;
  std::int64_t rows, inner, row_stride, column_stride;
  const T* b;
  std::int64_t b_stride;
  T* c;
  std::int64_t c_stride;
  bool add;
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
void run_all_rows(const NarrowProduct<T> p, const Row<T, N> bias) {
  std::int64_t i = 0;
  for (; i + Rows <= p.rows; i += Rows) run_rows<Rows, Sums>(p, i, bias);
  for (; i < p.rows; ++i) run_rows<1, Sums>(p, i, bias);
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
  const Columns start = bias ? Columns::load(bias) : Columns::zero();
  // How a row is summed depends on the inner extent alone, not on its neighbours.
  if (p.inner < 8)
    run_all_rows<registers <= 2 ? 4 : 2, 1>(p, start);
  else
    run_all_rows<registers <= 2 ? 2 : 1, 2>(p, start);
  return true;
}

/// False when the product is not of that kind.
template <class T>
bool narrow_matmul(const MatrixView& a, const MatrixView& b, const T* bias, T* c,
                   std::int64_t c_stride, bool add) {
  constexpr int most = std::clamp(2 * Batch<T>::width, 8, 16);
  const std::int64_t n = b.columns;
  if (n < 1 || n > most || a.columns < 1 || a.rows * a.columns * n > 4096) return false;
  constexpr auto by_columns = []<int... N>(std::integer_sequence<int, N...>) {
    return std::array{&run_narrow<T, N + 1>...};
  }
  (std::make_integer_sequence<int, most>());
  return by_columns[static_cast<std::size_t>(n - 1)](a, b, bias, c, c_stride, add);
}

}  // namespace brickgrad::lanes
