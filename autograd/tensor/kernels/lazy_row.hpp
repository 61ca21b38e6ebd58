// Rows as operands of the formulas of ops. What is made of them is computed when a pass over the
// row reads it, some lanes at a time: a formula is one pass, and one more for each sum in it.
#pragma once

#include <autograd/tensor/kernels/reduce.hpp>

namespace brickgrad::lanes {

/// at(load) is what the row has where `load(p)` reads the row at p: lanes of a Batch, or a number.
template <class F>
struct LazyRow {
  explicit LazyRow(F f) : at(f) {}
  F at;
};

template <class X>
inline constexpr bool is_lazy_row = false;
template <class F>
inline constexpr bool is_lazy_row<LazyRow<F>> = true;

/// The row in memory at p.
template <class T>
[[gnu::always_inline]] inline auto row(const T* p) {
  const auto at = [p](const auto& load) __attribute__((always_inline)) { return load(p); };
  return LazyRow(at);
}

/// A number stands for a row of it.
template <class X, class Load>
[[gnu::always_inline]] inline auto read(const X& x, const Load& load) {
  if constexpr (is_lazy_row<X>)
    return x.at(load);
  else
    return x;
}

// clang-format off
#define BRICKGRAD_ROW_OPERATOR(symbol)                                       \
  template <class A, class B>                                                \
  requires(is_lazy_row<A> || is_lazy_row<B>)                                 \
  [[gnu::always_inline]] inline auto operator symbol(const A& a, const B& b) {\
    const auto at = [a, b](const auto& load) __attribute__((always_inline)) {\
      return read(a, load) symbol read(b, load);                             \
    };                                                                       \
    return LazyRow(at);                                                      \
  }
// clang-format on
BRICKGRAD_ROW_OPERATOR(+)
BRICKGRAD_ROW_OPERATOR(-)
BRICKGRAD_ROW_OPERATOR(*)
#undef BRICKGRAD_ROW_OPERATOR

/// Calls f(load, store) for every vector of a row, the last one with fewer lanes.
template <class T, class F>
[[gnu::always_inline]] inline void for_vectors(std::int64_t n, const F& f) {
  using B = Batch<T>;
  std::int64_t i = 0;
  for (; i + B::width <= n; i += B::width)
    f([i](const T* p) { return B::load(p + i); }, [i](T* p, B x) { x.store(p + i); });
  if (const int rest = static_cast<int>(n - i))
    f([i, rest](const T* p) { return B::load_first(p + i, rest); },
      [i, rest](T* p, B x) { x.store_first(p + i, rest); });
}

/// out = row
template <class T, class F>
[[gnu::always_inline]] inline void write(std::int64_t n, const LazyRow<F>& row, T* out) {
  for_vectors<T>(
      n, [&](const auto& load, const auto& store)
             __attribute__((always_inline)) { store(out, row.at(load)); });
}

/// The sum of n numbers of a row.
template <class T, class F>
[[gnu::always_inline]] inline double sum(std::int64_t n, const LazyRow<F>& row) {
  const auto lanes = [&](std::int64_t i) __attribute__((always_inline)) {
    return row.at([i](const T* p) { return Batch<T>::load(p + i); });
  };
  const auto number = [&](std::int64_t i) __attribute__((always_inline)) {
    return row.at([i](const T* p) { return static_cast<double>(p[i]); });
  };
  // Short rows follow each other sooner without a call.
  return n <= 256 ? sum_block<T>(0, n, lanes, number) : sum_blocks<T>(0, n, lanes, number);
}

}  // namespace brickgrad::lanes
