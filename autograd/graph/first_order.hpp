// What the table of an op has for first order: the forward text on nodes, and the derivative into
// the adjoints of the inputs. For tables.cpp alone.
#pragma once

#include <autograd/graph/adjoint.hpp>
#include <autograd/graph/evaluate.hpp>
#include <autograd/ops/probe.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/structural.hpp>
#include <concepts>
#include <optional>
#include <tuple>
#include <utility>

namespace brickgrad::internal {

template <int N>
using Indices = std::make_integer_sequence<int, N>;

/// Rank-0 float64 with inputs that have storage, or were changed after the op was recorded.
template <class Op, int Number, int... I>
[[gnu::noinline]] void backward_scalar(Node& n, std::integer_sequence<int, I...>) {
  check_unchanged(n);
  const double x[] = {(I == Number ? n.immediate : n.input(I)->scalar())...};
  const auto partials = Op::partials(n.number, x[I]...);
  const auto add = [&](Node& input, double partial) {
    if (input.is(requires_grad) && partial != 0) accumulate_number(input, n.adjoint * partial);
  };
  ((I == Number ? void() : add(*n.input(I), static_cast<double>(std::get<I>(partials)))), ...);
}

/// All of a node is rank-0 float64: plain arithmetic. Operand `Number` is a plain number, if it is
/// one of them. Without a call here, registers need not be saved.
template <class Op, int Number, int... I>
[[gnu::always_inline]] inline void backward_number(Node& n, std::integer_sequence<int, I...> all) {
  const double g = n.adjoint;
  if (g == 0) return;
  Node* const inputs[] = {(I == 1 && Number < 0 ? n.second : n.first)...};
  constexpr bool reads_something = ((reads_of_partial<Op, I>() != reads_nothing) || ...);
  const std::uint64_t recorded = reads_something ? n.state | flag_bits : ~std::uint64_t{0};
  const auto is_plain = [&](Node* input) {
    return !(input->state & array) && input->state <= recorded;
  };
  if (!((I == Number || is_plain(inputs[I])) && ...)) [[unlikely]]
    return backward_scalar<Op, Number>(n, all);
  const double x[] = {(I == Number ? n.immediate : inputs[I]->number)...};
  const auto partials = Op::partials(n.number, x[I]...);
  const auto add = [g](Node* input, double partial) {
    if (!(input->state & requires_grad)) return;
    if (partial == 0) return;
    input->adjoint += g * partial;
  };
  ((I == Number ? void() : add(inputs[I], static_cast<double>(std::get<I>(partials)))), ...);
}

/// A node with a shape, or with inputs that have one.
inline void backward_array(Node& n) {
  if (!n.is(has_adjoint)) return;
  check_unchanged(n);
  make_value(n);
  void* const gradient = n.adjoint_data;
  const int count = n.inputs();
  Operand operands[max_operands];
  GradientTarget targets[max_operands];
  for (int i = 0; i < count; ++i) {
    Node* input = n.input(i);
    if (!input) {
      operands[i].number = n.immediate;
      continue;
    }
    // What is not read may stay put off: anything of its shape stands for it.
    const bool is_there =
        !is_put_off(*input) || n.derivative_reads(reads_input(i)) || input->shape() != n.shape();
    if (is_there) make_value(*input);
    if (input->is(array))
      operands[i].tensor = is_there ? &input->part->value : &n.part->value;
    else
      operands[i].number = input->number;
  }
  for (int i = 0; i < count; ++i) {
    Node* input = n.input(i);
    if (!input || !input->is(requires_grad)) continue;
    if (input->is(array)) {
      const AdjointTarget to =
          write_over(n, *input) ? AdjointTarget{input->adjoint_data, false} : open_adjoint(*input);
      targets[i] = {to.data, to.add};
    } else {
      targets[i] = {&input->adjoint, true};
    }
  }
  const auto inputs = static_cast<std::size_t>(count);
  const Tensor& y = n.part->value;
  elementwise_backward(n.op->elementwise, n.attributes(), Seen(gradient, y.shape(), y.dtype()), y,
                       std::span(operands, inputs), std::span(targets, inputs));
}

/// The value of an elementwise op once more.
inline void elementwise_again(Node& n) {
  Operand operands[max_operands];
  const auto count = static_cast<std::size_t>(n.inputs());
  for (std::size_t i = 0; i < count; ++i) {
    const Node* input = n.input(static_cast<int>(i));
    if (input && input->is(array))
      operands[i].tensor = &input->part->value;
    else
      operands[i].number = input ? input->number : n.immediate;
  }
  if (n.is(array))
    return elementwise_forward(n.op->elementwise, n.attributes(), std::span(operands, count),
                               n.part->value);
  double x[max_operands];
  for (std::size_t i = 0; i < count; ++i)
    x[i] = operands[i].tensor ? operands[i].tensor->item() : operands[i].number;
  n.number = n.op->scalar(n.attributes(), x);
}

template <class Op>
void backward_elementwise(Node& n) {
  if constexpr (std::is_empty_v<Op> && Op::arity <= 2)
    if (!n.is(array)) {
      constexpr Indices<Op::arity> all;
      if constexpr (Op::arity == 2) {
        if (n.is(number_first)) return backward_number<Op, 0>(n, all);
        if (n.is(number_second)) return backward_number<Op, 1>(n, all);
      }
      return backward_number<Op, -1>(n, all);
    }
  backward_array(n);
}

/// The adjoint as a tensor that must not outlive the call.
inline Seen adjoint_of(Node& n) {
  if (!n.is(array)) return Seen(&n.adjoint, {}, float64);
  return Seen(n.adjoint_data, n.part->value.shape(), n.part->value.dtype());
}

/// Whether the second input of an op receives a product, perhaps with the gradient, and the third
/// one the gradient itself, as the weights and the bias of a layer do.
template <class Op, int... I>
inline constexpr bool adds_row = false;
template <class Op>
inline constexpr bool adds_row<Op, 0, 1, 2> = requires(const Op& op, const Seen& t) {
  { op.template pullback<1>(t, t, t, t, t) } -> std::same_as<Product>;
  { op.template pullback<2>(t, t, t, t, t) } -> std::same_as<const Seen&>;
};

/// Whether an op does what its pullbacks share once.
template <class Op, class T, class... X>
inline constexpr bool shares_work = requires(const Op& op, const T& t, const X&... x) {
  op.shared(t, t, x...);
};

/// What the pullbacks of an op receive first: the gradient of its result, or what they share.
template <class Op, class T, class... X>
decltype(auto) given_to_pullbacks(const Op& op, const T& g, const T& y, const X&... x) {
  if constexpr (!shares_work<Op, T, X...>)
    return (g);
  else if constexpr (!is_seen<T>)
    return op.shared(g, y, x...);
  else
    return std::apply([](auto&&... t) { return std::tuple{Seen(std::move(t))...}; },
                      op.shared(g, y, x...));
}

template <class Op, int... I>
void pull_back(Node& n, const Op& op, std::integer_sequence<int, I...>) {
  const Seen g = adjoint_of(n);
  Node* const inputs[] = {n.input(I)...};
  const SeenValue y(n, n, reads_result), x[] = {SeenValue(*inputs[I], n, reads_input(I))...};
  const auto& given = given_to_pullbacks(op, g, *y, *x[I]...);
  const auto to = [&]<int K>(std::integral_constant<int, K>) -> decltype(auto) {
    return op.template pullback<K>(given, *y, *x[I]...);
  };
  const auto wants = [&](int k) { return inputs[k]->is(requires_grad); };
  const auto add = [&]<int K>(std::integral_constant<int, K> k) {
    using Contribution = std::remove_cvref_t<decltype(to(k))>;
    if constexpr (!std::is_void_v<Contribution>) {
      if (!wants(K)) return;
      if constexpr (std::is_same_v<Contribution, Seen>)
        n.is(dropped) ? pass_on(n, *inputs[K], to(k)) : accumulate(*inputs[K], to(k));
      else
        accumulate(*inputs[K], to(k));
    }
  };
  if constexpr (adds_row<Op, I...>)
    if (wants(1) && wants(2) && g.rank() == 2 && g.shape()[1] <= most_summed_columns &&
        accumulate_with_sums(*inputs[1], to(std::integral_constant<int, 1>{}), *inputs[2], g))
      return add(std::integral_constant<int, 0>{});
  constexpr auto is_product = [](auto k) { return std::is_same_v<decltype(to(k)), Product>; };
  if constexpr ((is_product(std::integral_constant<int, I>{}) + ...) >= 2) {
    // Products first: they may refer to a tensor that becomes an adjoint.
    std::optional<Product> kept[sizeof...(I)];
    ProductTo products[sizeof...(I)];
    std::size_t count = 0;
    const auto note = [&]<int K>(std::integral_constant<int, K> k) {
      if constexpr (is_product(k))
        if (wants(K)) products[count++] = {inputs[K], &kept[K].emplace(to(k))};
    };
    (note(std::integral_constant<int, I>{}), ...);
    accumulate_together({products, count}, n);
    for (std::optional<Product>& product : kept) product.reset();
    const auto add_other = [&]<int K>(std::integral_constant<int, K> k) {
      if constexpr (!is_product(k)) add(k);
    };
    (add_other(std::integral_constant<int, I>{}), ...);
  } else {
    (add(std::integral_constant<int, I>{}), ...);
  }
}

/// Whether the adjoint is 0 as a whole: of a number whatever memory it lies in.
inline bool nothing_flows(Node& n) {
  if (!n.is(array)) return n.adjoint == 0;
  return !n.is(has_adjoint) || (n.rank() == 0 && adjoint_of(n).item() == 0);
}

template <class Op>
void backward_structural(Node& n) {
  if (nothing_flows(n)) return;
  check_unchanged(n);
  const Op& op = *static_cast<const Op*>(static_cast<const void*>(n.attributes()));
  if constexpr (Op::arity == variadic) {
    const Seen g = adjoint_of(n), y(n.borrowed_value());
    std::vector<Tensor> x;
    x.reserve(n.input_count);
    for (int i = 0; i < n.inputs(); ++i) x.push_back(n.input(i)->borrowed_value());
    for (int i = 0; i < n.inputs(); ++i)
      if (n.input(i)->is(requires_grad)) accumulate(*n.input(i), op.pullback(i, g, y, x));
  } else {
    pull_back(n, op, Indices<Op::arity>{});
  }
}

inline constexpr auto seen_value = [](const Node& n) { return SeenValue(n); };

/// The forward text on nodes, whose values `value_of` gives.
template <class Op, class F, int... I>
auto run_forward(const void* attributes, std::span<Node* const> x, const F& value_of,
                 std::integer_sequence<int, I...>) {
  [[maybe_unused]] const Op& op = *static_cast<const Op*>(attributes);
  if constexpr (Op::arity == variadic) {
    std::vector<Tensor> parts;
    parts.reserve(x.size());
    for (Node* n : x) parts.push_back(*value_of(*n));
    return op.forward(std::span<const Tensor>(parts));
  } else {
    return op.forward(static_cast<const Tensor&>(*value_of(*x[static_cast<std::size_t>(I)]))...);
  }
}

}  // namespace brickgrad::internal
