// The table of every op, made from its struct.
#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <autograd/graph/prepared.hpp>
#include <autograd/graph/pull_rows.hpp>

namespace brickgrad::internal {
namespace {

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
    const auto& given = given_to_pullbacks(op, g, y, x[I]...);
    auto put = [&]<int K>(std::integral_constant<int, K>) {
      if constexpr (!std::is_void_v<decltype(op.template pullback<K>(given, y, x[I]...))>)
        if (wanted(n, K)) out[K] = op.template pullback<K>(given, y, x[I]...);
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

/// An op for one call: what it keeps of that stays there. Several threads may use one op.
template <class Op>
std::conditional_t<std::is_trivially_copyable_v<Op>, const Op&, Op> for_one_call(
    const void* attributes) {
  return *static_cast<const Op*>(attributes);
}

template <class Op, int... I>
Tensor on_tensors(const void* attributes, std::span<const Tensor> x,
                  std::integer_sequence<int, I...>) {
  [[maybe_unused]] const Op& op = for_one_call<Op>(attributes);
  if constexpr (Op::arity == variadic)
    return to_tensor(op.forward(x), x[0].dtype());
  else
    return to_tensor(op.forward(x[static_cast<std::size_t>(I)]...), x[0].dtype());
}

template <class Op, class All>
Node* on_nodes(const void* attributes, std::span<Node* const> x, std::size_t list_length, All all) {
  const OpTable& table = op_tables[AllOps::index_of<Op>];
  const DType dtype = x[0]->dtype();
  // SeenValue refers to the value in the node, share_value() holds it.
  auto y = run_forward<Op>(
      attributes, x, [](const Node& n) { return SeenValue(n); }, all);
  if constexpr (LazyTensor<decltype(y)>) {
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

template <class Op, int... I>
constexpr auto result_shape(std::integer_sequence<int, I...>) {
  Shape (*shape)(const void*, std::span<Node* const>) = nullptr;
  if constexpr (requires(const Op& op, Shape x) { op.result_shape((static_cast<void>(I), x)...); })
    shape = [](const void* op, std::span<Node* const> x) {
      return static_cast<const Op*>(op)->result_shape(x[static_cast<std::size_t>(I)]->shape()...);
    };
  return shape;
}

template <class Op, int... I>
constexpr auto compute_part(std::integer_sequence<int, I...>) {
  Tensor (*compute)(const void*, const Shape&, std::span<const Tensor>) = nullptr;
  if constexpr (requires(const Op& op, Tensor x) {
                  op.forward_part(Shape(), (static_cast<void>(I), x)...);
                })
    compute = [](const void* op, const Shape& part, std::span<const Tensor> x) {
      return static_cast<const Op*>(op)->forward_part(part, x[static_cast<std::size_t>(I)]...);
    };
  return compute;
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
  if constexpr (LazyTensor<decltype(y)>)
    y.compute(value.raw(), value.dtype(), false);
  else if constexpr (is_number)
    add_to(Tensor::full({}, y, value.dtype()), value.raw(), {}, value.dtype(), false);
  else if (y.raw() != value.raw())  // else a view of what has been computed again
    add_to(y, value.raw(), value.shape(), value.dtype(), false);
}

template <class Op>
constexpr bool is_well_formed() {
  static_assert(IsElementwise<Op> != IsStructural<Op>,
                "derive the op from Elementwise<N> or from Structural<N>");
  static_assert(
      requires { Op::name; }, "give the op a name: static constexpr auto name = \"…\"");
  static_assert(Op::arity <= max_arity, "an op has at most six inputs, or is variadic");
  if constexpr (IsElementwise<Op>) {
    static_assert(Op::arity <= max_operands, "an elementwise op has at most four inputs");
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
constexpr OpTable table_of() {
  static_assert(is_well_formed<Op>());
  OpTable t;
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
    if constexpr (requires { Op::keeps_maxima; }) t.keeps_maxima = Op::keeps_maxima;
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
    if constexpr (Op::arity != variadic) {
      using Forward = decltype(run_forward<Op>(nullptr, {}, seen_value, All{}));
      if constexpr (std::is_same_v<Forward, Product>)
        t.prepare_value = [](Node& n) { return prepared_value<Op>(n, All{}); };
      if constexpr (pulls_back_products<Op>(All{}))
        t.prepare_backward = [](Node& n) { return prepared_pullback<Op>(n, All{}); };
    }
    if constexpr (requires { Op::by_rows; }) t.pull_rows = pull_rows<Op>;
    if constexpr (requires(const Op& op) { op.selects(); }) {
      t.selects = [](const void* op) { return static_cast<const Op*>(op)->selects(); };
      t.select = [](const Tensor& x) { return Op::select(x); };
      t.unselect = [](const Tensor& g, const Tensor& places, const Shape& x) {
        return Op::unselect(g, places, x);
      };
      t.selects_from = [](const Shape& x) { return Op::selects_from(x); };
    }
    t.compute_part = compute_part<Op>(All{});
    if constexpr (compute_part<Op>(All{}) != nullptr) t.pull_selected = pull_selected<Op>;
    t.result_shape = result_shape<Op>(All{});
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
// Made by the compiler: ops are recorded before main() too, by the initialisers of a program.
constinit const OpTable op_tables[AllOps::size] = {BRICKGRAD_ELEMENTWISE_OPS(BRICKGRAD_TABLE)
                                                       BRICKGRAD_STRUCTURAL_OPS(BRICKGRAD_TABLE)};
#undef BRICKGRAD_TABLE

}  // namespace brickgrad::internal
