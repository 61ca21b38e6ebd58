// The derivative of an op that works by rows, for some of the rows: made from its pullback.
#pragma once

#include <autograd/graph/evaluate.hpp>

namespace brickgrad::internal {

/// See OpTable::pull_rows.
template <class Op>
Tensor pull_rows(const void* attributes, int input, const Tensor& g, const Tensor& y,
                 std::span<const Tensor> x) {
  const Op& op = *static_cast<const Op*>(attributes);
  Tensor pulled;
  [&]<int... I>(std::integer_sequence<int, I...>) {
    const Seen gradient(g), result(y), inputs[] = {Seen(x[static_cast<std::size_t>(I)])...};
    const auto pull = [&]<int K>(std::integral_constant<int, K>) {
      if constexpr (!std::is_void_v<decltype(op.template pullback<K>(gradient, result,
                                                                     inputs[I]...))>)
        if (K == input) pulled = Tensor(op.template pullback<K>(gradient, result, inputs[I]...));
    };
    (pull(std::integral_constant<int, I>{}), ...);
  }
  (std::make_integer_sequence<int, Op::arity>{});
  return pulled;
}

}  // namespace brickgrad::internal
