// How an op is applied: at once to tensors, recorded for values. The rank-0 path is inline;
// whatever has a shape goes through the op's table.
#pragma once

#include <autograd/graph/value.hpp>
#include <autograd/tensor/product.hpp>
#include <autograd/tensor/spread.hpp>
#include <utility>

namespace brickgrad {
namespace internal {

/// An operand on its way into the graph: a node, a tensor (which becomes a constant) or a number.
struct Argument {
  Node* node = nullptr;
  const Tensor* tensor = nullptr;
  double number = 0;

  Argument(const Value& v) : node(v.node()) {}
  Argument(const Tensor& t) : tensor(&t) {}
  template <class T>
  requires std::is_arithmetic_v<T> Argument(T x) : number(static_cast<double>(x)) {}
};

/// What was put off is computed before it becomes an operand; everything else stays what it is.
template <class A>
const A& operand(const A& a) {
  return a;
}
template <LazyTensor P>
Tensor operand(const P& p) {
  return p;
}

/// Moves the op's attributes into the node.
Value record(const OpTable& table, void* op, std::span<const Argument> arguments);
Tensor compute(const OpTable& table, const void* op, std::span<const Argument> arguments);

template <class T>
inline constexpr bool is_value = std::is_same_v<std::remove_cvref_t<T>, Value>;
template <class T>
inline constexpr bool is_number_type = std::is_arithmetic_v<std::remove_cvref_t<T>>;

template <class A>
bool is_plain(const A& a) {
  if constexpr (is_value<A>)
    return a.node_or_null() && !a.node_or_null()->is(array);
  else
    return true;
}
template <class A>
double number_of(const A& a) {
  if constexpr (is_value<A>)
    return a.node_or_null()->number;
  else
    return static_cast<double>(a);
}
template <class A>
Node* node_of(const A& a) {
  if constexpr (is_value<A>)
    return a.node_or_null();
  else
    return nullptr;
}
template <class A>
std::uint64_t state_of(const A& a) {
  if constexpr (is_value<A>)
    return a.node_or_null()->state;
  else
    return 0;
}
/// A reference for the new node: taken over from a temporary, counted otherwise. The operands of
/// std::move(x) + x are one object: once taken over, it is counted.
template <class A>
Node* take(A&& a, Node* node) {
  if constexpr (!std::is_lvalue_reference_v<A> && !std::is_const_v<std::remove_reference_t<A>>)
    if (a.node_or_null()) return a.release();
  add_reference(node);
  return node;
}

/// One or two operands, all of them rank-0 float64 or numbers.
template <class Op, class... A>
Value record_number(A&&... a) {
  Node* n = new_number(op_tables[AllOps::index_of<Op>],
                       static_cast<double>(Op::forward(number_of(a)...)));
  if ((!((state_of(a) | ...) & requires_grad) && left_graph == nullptr) || !grad_enabled) {
    n->op = &leaf_table;
    return Value(n);
  }
  Node* const nodes[] = {node_of(a)...};
  std::uint32_t depth = 0;
  unsigned flags = requires_grad;
  int i = 0;
  Node** next_link = &n->first;
  auto link = [&]<class X>(X&& x) {
    if constexpr (is_value<X>) {
      depth = std::max(depth, nodes[i]->depth);
      *next_link = take(std::forward<X>(x), nodes[i]);
      next_link = &n->second;
    } else {
      flags |= i == 0 ? number_first : number_second;
      n->immediate = static_cast<double>(x);
    }
    ++i;
  };
  (link(std::forward<A>(a)), ...);
  n->depth = depth + 1;
  n->state = ModificationClock::now() << stamp_shift | flags;
  return Value(n);
}

template <class Op>
constexpr void check_listed() {
  static_assert(is_listed<Op>, "list the op in AllOps, so that the gradient check covers it");
}

/// The last two axes exchanged, and the products that read them so.
inline Turned transpose(const Seen& x) { return {x}; }
inline Product matmul(Turned a, const Seen& b) { return product_of(a, b); }
inline Product matmul(const Seen& a, Turned b) { return product_of(a, b); }
inline Product linear(const Seen& x, Turned w, const Seen& b) {
  return product_of(x, w.tensor.swapped(), b);
}
inline Spread distribute(const Seen& g, double factor, const Shape& shape, const Axes& axes) {
  return {g, factor, shape, axes};
}
template <class T>
inline constexpr bool is_seen = std::is_same_v<std::remove_cvref_t<T>, Seen>;

}  // namespace internal

/// Records an op: at least one operand is a Value.
template <class Op, class... A>
requires(internal::is_value<A> || ...) Value evaluate(Op op, A&&... a) {
  internal::check_listed<Op>();
  constexpr bool numbers = ((internal::is_value<A> || internal::is_number_type<A>)&&...);
  if constexpr (IsElementwise<Op> && numbers && std::is_empty_v<Op> && sizeof...(A) <= 2)
    if ((internal::is_plain(a) && ...)) [[likely]]
      return internal::record_number<Op>(std::forward<A>(a)...);
  // Temporaries of operand() live until the call returns.
  return [&](std::initializer_list<internal::Argument> arguments) {
    return internal::record(internal::op_tables[AllOps::index_of<Op>], &op,
                            std::span(arguments.begin(), arguments.size()));
  }({internal::operand(a)...});
}

/// Computes an op on tensors and numbers.
template <class Op, class... A>
requires(!(internal::is_value<A> || ...) && !(internal::is_seen<A> || ...)) Tensor
    evaluate(const Op& op, const A&... a) {
  internal::check_listed<Op>();
  return [&](std::initializer_list<internal::Argument> arguments) {
    return internal::compute(internal::op_tables[AllOps::index_of<Op>], &op,
                             std::span(arguments.begin(), arguments.size()));
  }({internal::operand(a)...});
}

/// The same inside a derivative: structural results stay as they are, so that products are put off.
template <class Op, class... A>
requires(!(internal::is_value<A> || ...) &&
         (internal::is_seen<A> || ...)) auto evaluate(const Op& op, const A&... a) {
  if constexpr (IsStructural<Op> && Op::arity != variadic) {
    auto result = op.forward(static_cast<const Tensor&>(a)...);
    if constexpr (std::is_same_v<decltype(result), Tensor>)
      return internal::Seen(result);
    else
      return result;
  } else {
    return [&](std::initializer_list<internal::Argument> arguments) {
      return internal::Seen(internal::compute(internal::op_tables[AllOps::index_of<Op>], &op,
                                              std::span(arguments.begin(), arguments.size())));
    }({internal::operand(a)...});
  }
}

}  // namespace brickgrad
