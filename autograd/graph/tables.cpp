// The table of every op, made from its struct.
#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <autograd/ops/probe.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/structural.hpp>

namespace brickgrad::internal {
namespace {

template <int N>
using Indices = std::make_integer_sequence<int, N>;

// ---- First order, into the adjoints of the inputs.

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

void backward_array(Node& n) {
  if (!n.is(has_adjoint)) return;
  check_unchanged(n);
  make_value(n);
  const int count = n.inputs();
  Operand operands[max_arity];
  GradientTarget targets[max_arity];
  for (int i = 0; i < count; ++i) {
    Node* input = n.input(i);
    if (!input) {
      operands[i].number = n.immediate;
      continue;
    }
    make_value(*input);
    if (input->is(array))
      operands[i].tensor = &input->part->value;
    else
      operands[i].number = input->number;
    if (!input->is(requires_grad)) continue;
    if (input->is(array)) {
      const AdjointTarget to = open_adjoint(*input);
      targets[i] = {to.data, to.add};
    } else {
      targets[i] = {&input->adjoint, true};
    }
  }
  const auto inputs = static_cast<std::size_t>(count);
  const Tensor& y = n.part->value;
  elementwise_backward(n.op->elementwise, n.attributes(),
                       Seen(n.adjoint_data, y.shape(), y.dtype()), y, std::span(operands, inputs),
                       std::span(targets, inputs));
}

void elementwise_again(Node& n) {
  Operand operands[max_arity];
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
  double x[max_arity];
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
Seen adjoint_of(Node& n) {
  if (!n.is(array)) return Seen(&n.adjoint, {}, float64);
  return Seen(n.adjoint_data, n.part->value.shape(), n.part->value.dtype());
}

template <class Op, int... I>
void pull_back(Node& n, const Op& op, std::integer_sequence<int, I...>) {
  const Seen g = adjoint_of(n);
  const SeenValue y(n), x[] = {SeenValue(*n.input(I))...};
  auto add = [&]<int K>(std::integral_constant<int, K>) {
    if constexpr (!std::is_void_v<decltype(op.template pullback<K>(g, *y, *x[I]...))>)
      if (Node& input = *n.input(K); input.is(requires_grad))
        accumulate(input, op.template pullback<K>(g, *y, *x[I]...));
  };
  (add(std::integral_constant<int, I>{}), ...);
}

template <class Op>
void backward_structural(Node& n) {
  if (n.is(array) ? !n.is(has_adjoint) : n.adjoint == 0) return;
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

// ---- Any order, as recorded expressions.

template <class P>
Value chained(const Value& g, const P& partial) {
  if constexpr (std::is_arithmetic_v<P>)
    return partial == P(1) ? g : g * static_cast<double>(partial);
  else
    return chain_mul(g, partial);
}

Value input_value(Node& n, int i) {
  if (n.is_number(i)) return constant(Tensor::full({}, n.immediate, n.dtype()));
  return handle(n.input(i));
}

bool wanted(const Node& n, int i) { return n.input(i) && n.input(i)->is(requires_grad); }

template <class Op, int... I>
void gradient_fixed(Node& n, const Value& g, std::span<Value> out,
                    std::integer_sequence<int, I...>) {
  const Op& op = *static_cast<const Op*>(static_cast<const void*>(n.attributes()));
  const Value y = handle(&n);
  const Value x[] = {input_value(n, I)...};
  if constexpr (IsElementwise<Op>) {
    const auto partials = op.partials(y, x[I]...);
    ((wanted(n, I) ? void(out[I] = chained(g, std::get<I>(partials))) : void()), ...);
  } else {
    auto put = [&]<int K>(std::integral_constant<int, K>) {
      if constexpr (!std::is_void_v<decltype(op.template pullback<K>(g, y, x[I]...))>)
        if (wanted(n, K)) out[K] = op.template pullback<K>(g, y, x[I]...);
    };
    (put(std::integral_constant<int, I>{}), ...);
  }
}

template <class Op>
void gradient(Node& n, const Value& g, std::span<Value> out) {
  check_unchanged(n);
  if constexpr (Op::arity == variadic) {
    const Op& op = *static_cast<const Op*>(static_cast<const void*>(n.attributes()));
    std::vector<Value> x;
    x.reserve(n.input_count);
    for (int i = 0; i < n.inputs(); ++i) x.push_back(handle(n.input(i)));
    for (int i = 0; i < n.inputs(); ++i)
      if (wanted(n, i)) out[static_cast<std::size_t>(i)] = op.pullback(i, g, handle(&n), x);
  } else {
    gradient_fixed<Op>(n, g, out, Indices<Op::arity>{});
  }
}

// ---- Forward.

template <class Op, int... I>
double on_numbers(const void* op, const double* x, std::integer_sequence<int, I...>) {
  return static_cast<double>(static_cast<const Op*>(op)->forward(x[I]...));
}

/// What the forward text returns as a tensor; a plain number is of the inputs' element type.
template <class Y>
Tensor to_tensor(Y&& y, DType dtype) {
  if constexpr (std::is_same_v<std::remove_cvref_t<Y>, double>)
    return Tensor::full({}, y, dtype);
  else
    return Tensor(std::forward<Y>(y));
}

template <class Op, int... I>
Tensor on_tensors(const void* attributes, std::span<const Tensor> x,
                  std::integer_sequence<int, I...>) {
  [[maybe_unused]] const Op& op = *static_cast<const Op*>(attributes);
  if constexpr (Op::arity == variadic)
    return to_tensor(op.forward(x), x[0].dtype());
  else
    return to_tensor(op.forward(x[static_cast<std::size_t>(I)]...), x[0].dtype());
}

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

/// What forward texts return that can be written where it is wanted.
template <class Y>
concept IsPutOff = requires(const Y& y) {
  y.compute(nullptr, float64, false);
};

template <class Op, class All>
Node* on_nodes(const void* attributes, std::span<Node* const> x, std::size_t list_length, All all) {
  const OpTable& table = op_tables[AllOps::index_of<Op>];
  const DType dtype = x[0]->dtype();
  // SeenValue refers to the value in the node, share_value() holds it.
  auto y = run_forward<Op>(
      attributes, x, [](const Node& n) { return SeenValue(n); }, all);
  if constexpr (IsPutOff<decltype(y)>) {
    const Shape& shape = y.shape();
    Node* n = new_array(table, shape, dtype, list_length);
    y.compute(n->part->value.raw(), dtype, false);
    return n;
  } else if constexpr (std::is_same_v<decltype(y), double>) {
    if (dtype == float64 && list_length == 0) return new_number(table, y);
    return new_array(table, Tensor::full({}, y, dtype), list_length);
  } else {
    // A view holds what it shows.
    if (!y.storage())
      y = run_forward<Op>(
          attributes, x, [](Node& n) { return std::optional(share_value(n)); }, all);
    return new_array(table, std::move(y), list_length);
  }
}

template <class Op, class All>
void structural_again(Node& n, All all) {
  Node* few[max_arity];
  std::span<Node* const> x(few, Op::arity == variadic ? 0 : Op::arity);
  if constexpr (Op::arity == variadic)
    x = {n.inputs_list, n.input_count};
  else
    for (int i = 0; i < Op::arity; ++i) few[i] = n.input(i);
  const auto y = run_forward<Op>(
      n.attributes(), x, [](const Node& node) { return SeenValue(node); }, all);
  constexpr bool is_number = std::is_same_v<std::remove_cv_t<decltype(y)>, double>;
  if constexpr (is_number)
    if (!n.is(array)) {
      n.number = y;
      return;
    }
  const Tensor& value = n.part->value;
  if constexpr (IsPutOff<decltype(y)>)
    y.compute(value.raw(), value.dtype(), false);
  else if constexpr (is_number)
    add_to(Tensor::full({}, y, value.dtype()), value.raw(), {}, value.dtype(), false);
  else if (y.raw() != value.raw())  // else a view of what has been computed again
    add_to(y, value.raw(), value.shape(), value.dtype(), false);
}

// ---- The contract, checked with sentences.

template <class Op>
constexpr bool is_well_formed() {
  static_assert(IsElementwise<Op> != IsStructural<Op>,
                "derive the op from Elementwise<N> or from Structural<N>");
  static_assert(
      requires { Op::name; }, "give the op a name: static constexpr auto name = \"…\"");
  static_assert(Op::arity <= max_arity, "an op has at most four inputs, or is variadic");
  if constexpr (IsElementwise<Op>) {
    static_assert(
        requires { Op::domain; },
        "give the op a domain, the interval where the gradient check samples");
    []<int... I>(std::integer_sequence<int, I...>) {
      using Partials = decltype(Op{}.partials(0.0, ((void)I, 0.0)...));
      static_assert(std::tuple_size_v<Partials> == Op::arity,
                    "partials must return a std::tuple with one derivative per input");
    }
    (Indices<Op::arity>{});
  } else {
    static_assert(
        requires { Op::reads; },
        "say which values the pullback reads: static constexpr Reads reads = …");
    static_assert(
        requires { Op::samples(); }, "give the op samples(), what the gradient check tries");
  }
  return true;
}

template <class Op>
constexpr std::array<Reads, max_arity> reads_of() {
  std::array<Reads, max_arity> reads{};
  if constexpr (IsElementwise<Op>) {
    [&]<int... I>(std::integer_sequence<int, I...>) {
      ((reads[I] = reads_of_partial<Op, I>()), ...);
    }
    (Indices<Op::arity>{});
  } else if constexpr (std::is_same_v<std::remove_cvref_t<decltype(Op::reads)>, Reads>) {
    reads.fill(Op::reads);
  } else {
    std::copy(Op::reads.begin(), Op::reads.end(), reads.begin());
  }
  return reads;
}

template <class Op>
OpTable table_of() {
  static_assert(is_well_formed<Op>());
  OpTable t{};
  t.name = Op::name;
  t.symbol = Op::name;
  if constexpr (requires { Op::symbol; }) t.symbol = Op::symbol;
  t.arity = Op::arity;
  t.elementwise = elementwise_index<Op>;
  t.reads = reads_of<Op>();
  if constexpr (IsElementwise<Op>) {
    t.scalar = [](const void* op, const double* x) {
      return on_numbers<Op>(op, x, Indices<Op::arity>{});
    };
    t.compute_again = elementwise_again;
    t.backward = backward_elementwise<Op>;
  } else {
    using All = Indices<Op::arity == variadic ? 0 : Op::arity>;
    t.compute = [](const void* op, std::span<const Tensor> x) {
      return on_tensors<Op>(op, x, All{});
    };
    t.forward = [](const void* op, std::span<Node* const> x, std::size_t list_length) {
      return on_nodes<Op>(op, x, list_length, All{});
    };
    t.compute_again = [](Node& n) { structural_again<Op>(n, All{}); };
    t.backward = backward_structural<Op>;
    if constexpr (requires(const Op& op) { op.sum_factor(Shape(), std::declval<Shape&>()); })
      t.sum_factor = [](const void* op, const Shape& x, Shape& result) {
        return static_cast<const Op*>(op)->sum_factor(x, result);
      };
  }
  t.gradient = gradient<Op>;
  if constexpr (!std::is_empty_v<Op>) {
    t.attribute_bytes = sizeof(Op);
    t.move_attributes = [](void* to, void* from) {
      new (to) Op(std::move(*static_cast<Op*>(from)));
    };
    t.destroy_attributes = [](void* op) { static_cast<Op*>(op)->~Op(); };
  }
  if constexpr (requires(const Op& op) { op.describe(); })
    t.describe = [](const void* op) { return static_cast<const Op*>(op)->describe(); };
  return t;
}

}  // namespace

#define BRICKGRAD_TABLE(Op, ...) table_of<ops::Op>(),
const OpTable op_tables[AllOps::size] = {BRICKGRAD_ELEMENTWISE_OPS(BRICKGRAD_TABLE)
                                             BRICKGRAD_STRUCTURAL_OPS(BRICKGRAD_TABLE)};
#undef BRICKGRAD_TABLE

}  // namespace brickgrad::internal
