#include <autograd/error.hpp>
#include <autograd/graph/deferred.hpp>
#include <autograd/graph/functions.hpp>
#include <autograd/graph/row_forward.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/structural.hpp>

namespace brickgrad {
namespace internal {
namespace {

/// The element type of the result: that of the tensors; numbers take it on.
DType common_dtype(std::span<const Argument> arguments) {
  bool any = false;
  DType dtype = float64;
  for (const Argument& a : arguments) {
    if (!a.node && !a.tensor) continue;
    const DType own = a.node ? a.node->dtype() : a.tensor->dtype();
    dtype = any ? promote(dtype, own) : own;
    any = true;
  }
  return dtype;
}

/// The operands as nodes of one element type. Casts and constants made on the way are kept alive
/// until the result holds them.
class Inputs {
 public:
  Inputs(const Inputs&) = delete;
  Inputs& operator=(const Inputs&) = delete;
  Inputs(const OpTable& table, std::span<const Argument> arguments)
      : count_(arguments.size()), uses_list_(count_ > 2 || table.arity == variadic), nodes_(few_) {
    if (!take_nodes(arguments)) gather(table, arguments);
    needs_grad_ = (states_ & requires_grad || left_graph != nullptr) && grad_enabled;
  }

  std::size_t count() const { return count_; }
  /// The element type of all of them.
  DType dtype() const { return dtype_; }
  Node* operator[](std::size_t i) const { return nodes_[i]; }
  std::span<Node* const> nodes() const { return {nodes_, count_}; }
  double number() const { return number_; }
  bool needs_grad() const { return needs_grad_; }
  /// Computes those that were put off.
  void make_values() const {
    if (states_ & deferred) [[unlikely]]
      for (std::size_t i = 0; i < count_; ++i)
        if (nodes_[i]) make_value(*nodes_[i]);
  }
  /// How many inputs go into a list of their own.
  std::size_t list_length() const { return uses_list_ && needs_grad_ ? count_ : 0; }

  /// Links a computed node to its inputs when one of them receives a gradient; makes it a constant
  /// otherwise.
  Value finish(Node* n, const OpTable& table, void* op) {
    if (!needs_grad_) {
      n->op = &leaf_table;
      n->set_stamp(0);
      return Value(n);
    }
    if (states_ & (deferred | shared)) [[unlikely]] {
      refer_to_special();
    } else {
      for (std::size_t i = 0; i < count_; ++i)
        if (nodes_[i]) ++nodes_[i]->references;
    }
    if (uses_list_) {
      for (std::size_t i = 0; i < count_; ++i) n->inputs_list[i] = nodes_[i];
      n->input_count = count_;
    } else if (number_flag_) {
      n->first = nodes_[number_flag_ == number_first ? 1 : 0];
      n->immediate = number_;
    } else {
      n->first = nodes_[0];
      n->second = count_ > 1 ? nodes_[1] : nullptr;
    }
    if (table.move_attributes) table.move_attributes(n->attributes(), op);
    n->depth = depth_ + 1;
    n->state = ModificationClock::now() << stamp_shift |
               ((n->state & flag_bits & ~std::uint64_t{leaf}) | requires_grad | number_flag_ |
                (uses_list_ ? many_inputs : 0u) | (table.pull_rows ? by_rows : 0u));
    return Value(n);
  }

 private:
  /// As a rule all are nodes of one type, and few; false otherwise.
  bool take_nodes(std::span<const Argument> arguments) {
    if (count_ > max_arity || count_ == 0 || !arguments[0].node) return false;
    dtype_ = arguments[0].node->dtype();
    for (std::size_t i = 0; i < count_; ++i) {
      Node* n = arguments[i].node;
      if (!n || n->dtype() != dtype_) return false;
      meet(i, n);
    }
    return true;
  }
  void meet(std::size_t i, Node* n) {
    nodes_[i] = n;
    states_ |= n->state;
    depth_ = std::max(depth_, n->depth);
  }
  [[gnu::noinline]] void gather(const OpTable& table, std::span<const Argument> arguments) {
    dtype_ = common_dtype(arguments);
    states_ = 0;
    depth_ = 0;
    // Structural ops see tensors only.
    const bool plain_numbers = table.elementwise >= 0 && !uses_list_;
    if (count_ > max_arity) {
      rare().nodes.resize(count_);
      nodes_ = rare().nodes.data();
    }
    for (std::size_t i = 0; i < count_; ++i) {
      const Argument& a = arguments[i];
      if (a.node && a.node->dtype() == dtype_) {
        meet(i, a.node);
      } else if (a.node || a.tensor || !plain_numbers) {
        rare().made.push_back(a.node     ? evaluate(ops::Cast{{}, dtype_}, handle(a.node))
                              : a.tensor ? constant(a.tensor->to(dtype_))
                                         : constant(Tensor::full({}, a.number, dtype_)));
        meet(i, rare().made.back().node());
      } else {
        nodes_[i] = nullptr;
        number_flag_ = i == 0 ? number_first : number_second;
        number_ = a.number;
      }
    }
  }
  [[gnu::noinline]] void refer_to_special() {
    for (std::size_t i = 0; i < count_; ++i) {
      if (!nodes_[i]) continue;
      add_reference(nodes_[i]);
      if (nodes_[i]->is(deferred)) ++deferred_part(*nodes_[i]).users;
    }
  }

  /// Of operands that are many, or had to be made.
  struct Rare {
    std::vector<Node*> nodes;
    std::vector<Value> made;
  };
  Rare& rare() {
    if (!rare_) rare_ = std::make_unique<Rare>();
    return *rare_;
  }

  std::size_t count_;
  bool uses_list_;
  DType dtype_ = float64;
  Node** nodes_;  // null for a plain number
  Node* few_[max_arity];
  std::unique_ptr<Rare> rare_;
  std::uint64_t states_ = 0;  // the flags of all of them
  std::uint32_t depth_ = 0;   // of the deepest
  bool needs_grad_ = false;
  unsigned number_flag_ = 0;
  double number_ = 0;
};

/// The result, or a node for one that is put off, not linked to its inputs yet.
Node* elementwise_node(const OpTable& table, const void* op, const Inputs& inputs) {
  const DType dtype = inputs.dtype();
  Operand operands[max_operands];
  const std::size_t count = inputs.count();
  const Tensor* widest = nullptr;
  bool fits = true, plain = dtype == float64;
  for (std::size_t i = 0; i < count; ++i) {
    const Node* n = inputs[i];
    if (!n || !n->is(array)) {
      operands[i].number = n ? n->number : inputs.number();
      continue;
    }
    const Tensor* t = operands[i].tensor = &n->part->value;
    plain = plain && t->rank() == 0;
    fits = fits && (!widest || t->shape() == widest->shape());
    if (!widest) widest = t;
  }
  if (plain && count <= 2 && table.attribute_bytes == 0) {
    inputs.make_values();
    double x[2];
    for (std::size_t i = 0; i < count; ++i)
      x[i] = inputs[i] ? inputs[i]->scalar() : inputs.number();
    return new_number(table, table.scalar(op, x));
  }
  const auto node_of_shape = [&](const Shape& shape) {
    if (inputs.needs_grad())
      if (Node* later =
              defer(table, inputs.nodes(), inputs.number(), shape, dtype, inputs.list_length()))
        return later;
    inputs.make_values();
    Node* n = new_array(table, shape, dtype, inputs.list_length());
    elementwise_forward(table.elementwise, op, std::span(operands, count), n->part->value);
    return n;
  };
  if (fits && widest) return node_of_shape(widest->shape());
  Shape shape;
  for (std::size_t i = 0; i < count; ++i)
    if (operands[i].tensor)
      shape = broadcast_shapes(shape, operands[i].tensor->shape(), table.name);
  return node_of_shape(shape);
}

/// The same for an op on whole tensors.
Node* structural_node(const OpTable& table, const void* op, const Inputs& inputs) {
  if (table.sum_factor && inputs.needs_grad() && inputs[0]->is(deferred)) {
    const Node& x = *inputs[0];
    Shape shape;
    if (const auto factor = table.sum_factor(op, x.shape(), shape))
      if (Node* later = defer_sum(table, *inputs[0], *factor, shape)) return later;
  }
  if (table.result_shape && inputs.needs_grad())
    if (Node* later = defer_rows(table, inputs.nodes(), table.result_shape(op, inputs.nodes()),
                                 inputs.list_length()))
      return later;
  if (table.pull_rows && is_put_off(*inputs[0]))
    return new_array(table, compute_by_rows(table, op, inputs.nodes()), inputs.list_length());
  return table.forward(op, inputs.nodes(), inputs.list_length());
}

}  // namespace

Value record(const OpTable& table, void* op, std::span<const Argument> arguments) {
  Inputs inputs(table, arguments);
  Node* const n = table.elementwise >= 0 ? elementwise_node(table, op, inputs)
                                         : structural_node(table, op, inputs);
  return inputs.finish(n, table, op);
}

Tensor compute(const OpTable& table, const void* op, std::span<const Argument> arguments) {
  const DType dtype = common_dtype(arguments);
  std::vector<Tensor> converted;  // none, as a rule
  const auto convert = [&](const Argument& a) -> const Tensor& {
    converted.reserve(arguments.size());
    return converted.emplace_back(a.tensor ? a.tensor->to(dtype)
                                           : Tensor::full({}, a.number, dtype));
  };
  if (table.elementwise < 0) {
    for (const Argument& a : arguments) convert(a);
    return table.compute(op, converted);
  }
  Operand operands[max_operands];
  std::optional<Shape> shape;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Argument& a = arguments[i];
    if (!a.tensor) {
      operands[i].number = a.number;
      continue;
    }
    operands[i].tensor = a.tensor->dtype() == dtype ? a.tensor : &convert(a);
    const Shape& own = a.tensor->shape();
    if (!shape)
      shape = own;
    else if (*shape != own)
      shape = broadcast_shapes(*shape, own, table.name);
  }
  Tensor out = Tensor::empty(shape.value_or(Shape()), dtype);
  elementwise_forward(table.elementwise, op, std::span(operands, arguments.size()), out);
  return out;
}

Shape completed_shape(const Shape& from, const Dims& to) {
  Dims out = to;
  int open = -1;
  for (int i = 0; i < to.rank(); ++i) {
    if (to[i] != -1) continue;
    if (open >= 0) fail("reshape: {} has more than one extent of -1", to_string(to));
    open = i;
    out[i] = 1;
  }
  if (open < 0) return Shape(out);
  const std::int64_t known = Shape(out).numel();
  if (known == 0 || from.numel() % known != 0)
    fail("reshape: shape {} has {} elements; they do not fill {} whatever the -1 is", from,
         from.numel(), to_string(to));
  out[open] = from.numel() / known;
  return Shape(out);
}

ops::Slice slice_of(const Shape& shape, std::int64_t axis, std::int64_t start, std::int64_t stop,
                    std::int64_t step) {
  const int a = normal_axis(axis, shape.rank(), "slice");
  if (step < 1) fail("slice: the step is {}; only steps of 1 and more are supported", step);
  auto place = [n = shape[a]](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + n : at, 0, n);
  };
  return {{},
          a,
          place(start),
          std::max(place(start), place(stop)),
          std::min(step, std::max<std::int64_t>(shape[a], 1))};
}

ops::Embed embed_of(const Shape& part, const Shape& shape, std::int64_t axis, std::int64_t start,
                    std::int64_t step) {
  const int a = normal_axis(axis, shape.rank(), "embed");
  Dims expected = shape;
  if (part.rank() == shape.rank()) expected[a] = part[a];
  bool fits = part == expected && step >= 1 && start >= 0;
  // Counted from the end, so that nothing can overflow.
  if (fits && part.numel() > 0)
    fits = start < shape[a] && (shape[a] - 1 - start) / step >= part[a] - 1;
  if (!fits)
    fail("embed: shape {} does not fit into {} along dimension {} from {} on in steps of {}", part,
         shape, a, start, step);
  return {{}, shape, a, start, std::min(step, std::max<std::int64_t>(shape[a], 1))};
}

namespace {

template <class T>
int concat_axis(const std::vector<T>& parts, std::int64_t axis) {
  if (parts.empty()) fail("concat: no parts were given");
  return normal_axis(axis, parts[0].rank(), "concat");
}

}  // namespace
}  // namespace internal

Value concat(const std::vector<Value>& parts, std::int64_t axis) {
  ops::Concat op{{}, internal::concat_axis(parts, axis)};
  const std::vector<internal::Argument> arguments(parts.begin(), parts.end());
  return internal::record(internal::op_tables[AllOps::index_of<ops::Concat>], &op, arguments);
}

Tensor concat(const std::vector<Tensor>& parts, std::int64_t axis) {
  return joined(parts, internal::concat_axis(parts, axis));
}

}  // namespace brickgrad
