// The two kernels of an elementwise op, made from its text.
#pragma once

#include <autograd/ops/contract.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/kernels/vector_math.hpp>
#include <utility>

namespace brickgrad::lanes {

/// An input as a pointer and a step: a single element is spread over one register and stepped by 0.
template <class T>
struct Stream {
  const T* p;
  std::int64_t step;
  alignas(BRICKGRAD_VECTOR_BYTES) T spread[Batch<T>::width];

  void open(const void* data, std::int64_t s) {
    p = static_cast<const T*>(data);
    step = s;
    if (s == 0) {
      Batch<T>(*p).store(spread);
      p = spread;
    }
  }
  Batch<T> load(std::int64_t i) const { return Batch<T>::load(p + i * step); }
  Batch<T> load_first(std::int64_t i, int n) const {
    return step ? Batch<T>::load_first(p + i, n) : Batch<T>::load(p);
  }
};

template <class Op, class T, int... I>
void forward(const void* attributes, std::int64_t n, void* out, const void* const* in,
             const std::int64_t* step, std::integer_sequence<int, I...>) {
  using B = Batch<T>;
  const Op& op = *static_cast<const Op*>(attributes);
  Stream<T> x[sizeof...(I)];
  (x[I].open(in[I], step[I]), ...);
  T* y = static_cast<T*>(out);
  std::int64_t i = 0;
  for (; i + B::width <= n; i += B::width) B(op.forward(x[I].load(i)...)).store(y + i);
  if (const int rest = static_cast<int>(n - i))
    B(op.forward(x[I].load_first(i, rest)...)).store_first(y + i, rest);
}

/// One contribution. Where g or the partial is 0 it is 0, whatever the other is.
template <class T, class P>
Batch<T> contribution(Batch<T> g, const P& partial) {
  if constexpr (std::is_arithmetic_v<P>)
    return partial == P(1) ? g : g * Batch<T>(partial);
  else
    return where(g == Batch<T>(0), Batch<T>(0),
                 where(partial == Batch<T>(0), Batch<T>(0), g * partial));
}

template <class Op, class T, int... I>
void backward(const void* attributes, std::int64_t n, const void* grad, std::int64_t g_step,
              const void* result, const void* const* in, const std::int64_t* step, void* const* d,
              unsigned add, std::integer_sequence<int, I...>) {
  using B = Batch<T>;
  const Op& op = *static_cast<const Op*>(attributes);
  Stream<T> x[sizeof...(I)], g, y;
  (x[I].open(in[I], step[I]), ...);
  g.open(grad, g_step);
  y.open(result, 1);
  T* out[] = {static_cast<T*>(d[I])...};
  std::int64_t i = 0;
  for (; i + B::width <= n; i += B::width) {
    const B gi = g.load(i);
    auto partials = op.partials(y.load(i), x[I].load(i)...);
    auto put = [&](T* to, const auto& partial, bool plus) {
      if (!to) return;
      const B c = contribution<T>(gi, partial);
      (plus ? B::load(to + i) + c : c).store(to + i);
    };
    (put(out[I], std::get<I>(partials), (add >> I) & 1), ...);
  }
  if (const int rest = static_cast<int>(n - i)) {
    const B gi = g.load_first(i, rest);
    auto partials = op.partials(y.load_first(i, rest), x[I].load_first(i, rest)...);
    auto put = [&](T* to, const auto& partial, bool plus) {
      if (!to) return;
      const B c = contribution<T>(gi, partial);
      (plus ? B::load_first(to + i, rest) + c : c).store_first(to + i, rest);
    };
    (put(out[I], std::get<I>(partials), (add >> I) & 1), ...);
  }
}

template <class Op, class T>
constexpr ElementwiseKernel elementwise_kernel() {
  return {[](const void* op, std::int64_t n, void* out, const void* const* in,
             const std::int64_t* step) {
            forward<Op, T>(op, n, out, in, step, std::make_integer_sequence<int, Op::arity>{});
          },
          [](const void* op, std::int64_t n, const void* g, std::int64_t g_step, const void* y,
             const void* const* in, const std::int64_t* step, void* const* d, unsigned add) {
            backward<Op, T>(op, n, g, g_step, y, in, step, d, add,
                            std::make_integer_sequence<int, Op::arity>{});
          }};
}

}  // namespace brickgrad::lanes
