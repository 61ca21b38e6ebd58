// The derivative of an op that works by rows, for some of the rows: made from its pullback.
#pragma once

#include <autograd/graph/functions.hpp>

namespace brickgrad::internal {

/// f(K, I...) for K = input, with constants for K and for the places I of all inputs; what it
/// returns, unless that is nothing.
template <class Op, class F>
Tensor pull_input(int input, const F& f) {
  Tensor pulled;
  [&]<int... I>(std::integer_sequence<int, I...>) {
    const auto pull = [&]<int K>(std::integral_constant<int, K> k) {
      if constexpr (!std::is_void_v<decltype(f(k, std::integral_constant<int, I>{}...))>)
        if (K == input) pulled = Tensor(f(k, std::integral_constant<int, I>{}...));
    };
    (pull(std::integral_constant<int, I>{}), ...);
  }
  (std::make_integer_sequence<int, Op::arity>{});
  return pulled;
}

/// See OpTable::pull_rows.
template <class Op>
Tensor pull_rows(const void* attributes, int input, const Tensor& g, const Tensor& y,
                 std::span<const Tensor> x) {
  const Op& op = *static_cast<const Op*>(attributes);
  return pull_input<Op>(input, [&]<int K>(std::integral_constant<int, K>, auto... i) {
    return op.template pullback<K>(Seen(g), Seen(y), Seen(x[static_cast<std::size_t>(i())])...);
  });
}

/// See OpTable::pull_selected. The result of the op is not there.
template <class Op>
Tensor pull_selected(const void* attributes, int input, const Selection& g,
                     std::span<const Tensor> x) {
  const Op& op = *static_cast<const Op*>(attributes);
  return pull_input<Op>(input, [&]<int K>(std::integral_constant<int, K>, auto... i) {
    if constexpr (K > 0)
      return op.template pullback<K>(SelectedGradient{g}, nullptr,
                                     Seen(x[static_cast<std::size_t>(i())])...);
  });
}

}  // namespace brickgrad::internal
