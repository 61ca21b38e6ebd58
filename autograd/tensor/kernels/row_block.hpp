// As many rows of a few numbers as fill whole registers: four rows of three are three registers of
// four. Products whose rows are shorter than a register waste no lane this way.
#pragma once

#include <algorithm>
#include <autograd/tensor/kernels/batch.hpp>
#include <bit>
#include <numeric>

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

/// Rows of N numbers that fill whole registers, as few as do.
template <class T, int N, int Rows = Batch<T>::width / std::gcd(N, Batch<T>::width)>
struct RowBlock {
  using Register = Batch<T>;
  static constexpr int width = Register::width, rows = Rows, registers = N * Rows / width;
  Register v[registers];

  static RowBlock zero() {
    RowBlock b;
    each<registers>([&](auto g) { b.v[g] = Register(T(0)); });
    return b;
  }
  static RowBlock load(const T* p) {
    RowBlock b;
    each<registers>([&](auto g) { b.v[g] = Register::load(p + g * width); });
    return b;
  }
  /// In every column of row r the number at p + r step.
  [[gnu::always_inline]] static RowBlock of_rows(const T* p, std::int64_t step) {
    if constexpr (N == 1)
      if (step == 1) return load(p);
    return of<rows>([](int place) { return place / N; }, p, step);
  }
  /// In every row of column c the number at p + c.
  [[gnu::always_inline]] static RowBlock of_columns(const T* p) {
    return of<N>([](int place) { return place % N; }, p, 1);
  }
  /// In every column of row r number r M + R of those in M registers.
  template <int M, int R>
  [[gnu::always_inline]] static RowBlock of_rows(const Register (&x)[M]) {
    RowBlock b;
    each<registers>([&](auto g) {
      b.v[g] = picked(x, [](int lane) { return (decltype(g)::value * width + lane) / N * M + R; });
    });
    return b;
  }
  [[gnu::always_inline]] void store(T* p) const {
    each<registers>([&](auto g) { v[g].store(p + g * width); });
  }
  [[gnu::always_inline]] void add(const RowBlock& o) {
    each<registers>([&](auto g) { v[g] = v[g] + o.v[g]; });
  }
  [[gnu::always_inline]] void add_product(T a, const RowBlock& b) {
    each<registers>([&](auto g) { v[g] = multiply_add(Register(a), b.v[g], v[g]); });
  }
  [[gnu::always_inline]] void add_product(const RowBlock& a, const RowBlock& b) {
    each<registers>([&](auto g) { v[g] = v[g] + a.v[g] * b.v[g]; });
  }
  /// Of as many rows as a register has lanes.
  [[gnu::always_inline]] Row<T, N> sum_of_rows() const {
    static_assert(rows == width);
    Register column[N];
    each<N>([&](auto c) {
      column[c] = picked(v, [](int lane) { return lane * N + decltype(c)::value; });
    });
    T sums[width];
    sums_of_lanes<N>(column).store(sums);
    return Row<T, N>::load(sums);
  }

 private:
  /// Each place has one of `Count` numbers: these fill a register each, and the places are put
  /// together from them.
  template <int Count, class Owner>
  [[gnu::always_inline]] static RowBlock of(const Owner& owner, const T* p, std::int64_t step) {
    Register whole[Count];
    each<Count>([&](auto i) { whole[i] = in_register(Register(p[i * step])); });
    RowBlock b;
    each<registers>([&](auto g) {
      b.v[g] = whole[owner(g * width)];
      each<Count>([&](auto i) {
        [&]<int... L>(std::integer_sequence<int, L...>) {
          constexpr bool used = ((L > 0 && Owner()(g * width + L) == i) || ...);
          if constexpr (used && i != Owner()(g * width))
            b.v[g].v = __builtin_shufflevector(b.v[g].v, whole[i].v,
                                               (Owner()(g * width + L) == i ? width + L : L)...);
        }
        (std::make_integer_sequence<int, width>());
      });
    });
    return b;
  }
};

}  // namespace brickgrad::lanes
