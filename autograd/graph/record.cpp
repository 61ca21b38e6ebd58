#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/structural.hpp>

namespace brickgrad {
namespace internal {
namespace {

/// The node that a computed value becomes: its inputs linked when one of them receives a gradient,
/// a constant otherwise.
class Recorder {
 public:
  Recorder(const OpTable& table, std::size_t inputs) : table_(table), count_(inputs) {}

  bool recording(std::span<Node* const> inputs) const {
    if (!grad_enabled) return false;
    for (const Node* n : inputs)
      if (n && n->is(requires_grad)) return true;
    return false;
  }
  std::size_t list_length() const { return count_ > 2 || table_.arity == variadic ? count_ : 0; }

  Value finish(Node* n, const void* op, std::span<Node* const> inputs, unsigned number_flag,
               double number) const {
    if (!recording(inputs)) {
      n->op = &leaf_table;
      n->set_stamp(0);
      return Value(n);
    }
    std::uint32_t depth = 0;
    for (Node* input : inputs) {
      if (!input) continue;
      add_reference(input);
      depth = std::max(depth, input->depth);
    }
    if (list_length() > 0) {
      Node** list = reinterpret_cast<Node**>(static_cast<char*>(n->attributes()) +
                                             (table_.attribute_bytes + 15) / 16 * 16);
      std::copy(inputs.begin(), inputs.end(), list);
      n->inputs_list = list;
      n->input_count = count_;
      n->set(many_inputs);
    } else if (number_flag) {
      n->first = inputs[number_flag == number_first ? 1 : 0];
      n->immediate = number;
    } else {
      n->first = inputs[0];
      if (count_ > 1) n->second = inputs[1];
    }
    if (table_.copy_attributes) table_.copy_attributes(n->attributes(), op);
    n->depth = depth + 1;
    n->clear(leaf);
    n->set(requires_grad | number_flag);
    n->set_stamp(ModificationClock::now());
    return Value(n);
  }

 private:
  const OpTable& table_;
  std::size_t count_;
};

/// The element type of the result: that of the tensors; numbers take it on.
DType common_dtype(std::span<const Argument> arguments) {
  std::optional<DType> dtype;
  for (const Argument& a : arguments) {
    if (!a.node && !a.tensor()) continue;
    const DType own = a.node ? a.node->dtype() : a.tensor()->dtype();
    dtype = dtype ? promote(*dtype, own) : own;
  }
  return dtype.value_or(float64);
}

Node* prepare(const Argument& a, DType dtype, std::vector<Value>& kept) {
  if (a.node && a.node->dtype() == dtype) return a.node;
  if (a.node)
    kept.push_back(evaluate(ops::Cast{{}, dtype}, handle(a.node)));
  else if (a.tensor())
    kept.push_back(constant(a.tensor()->to(dtype)));
  else
    kept.push_back(constant(Tensor::full({}, a.number, dtype)));
  return kept.back().node();
}

Value record_elementwise(const OpTable& table, const void* op, std::span<const Argument> arguments,
                         DType dtype) {
  std::vector<Value> kept;
  Node* nodes[max_arity] = {};
  Tensor borrowed[max_arity];
  Operand operands[max_arity];
  unsigned number_flag = 0;
  double number = 0;
  const std::size_t count = arguments.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (!arguments[i].node && !arguments[i].tensor() && count <= 2) {
      number_flag = i == 0 ? number_first : number_second;
      number = operands[i].number = arguments[i].number;
      continue;
    }
    nodes[i] = prepare(arguments[i], dtype, kept);
    if (nodes[i]->is(array)) {
      operands[i].tensor = &nodes[i]->part->value;
    } else {
      borrowed[i] = nodes[i]->borrowed_value();
      operands[i].tensor = &borrowed[i];
    }
  }
  const Recorder recorder(table, count);
  const std::span<Node* const> inputs(nodes, count);
  bool plain = dtype == float64;
  const Tensor* first = nullptr;
  bool same_shape = true;
  for (const Operand& o : std::span(operands, count)) {
    if (!o.tensor) continue;
    plain = plain && o.tensor->rank() == 0;
    if (first) same_shape = same_shape && o.tensor->dims() == first->dims();
    if (!first) first = o.tensor;
  }
  if (plain && recorder.list_length() == 0 && table.attribute_bytes == 0) {
    double x[max_arity];
    for (std::size_t i = 0; i < count; ++i)
      x[i] = operands[i].tensor ? operands[i].tensor->item() : operands[i].number;
    Node* n = new_number(table, table.scalar(op, x));
    n->state = leaf;
    n->changed_by = nullptr;
    return recorder.finish(n, op, inputs, number_flag, number);
  }
  Shape shape = first->shape();
  if (!same_shape)
    for (const Operand& o : std::span(operands, count))
      if (o.tensor) shape = broadcast_shapes(shape, o.tensor->shape(), table.name);
  Value result(new_array(table, shape, dtype, recorder.list_length()));
  Node* n = result.release();
  elementwise_forward(table.elementwise, op, std::span(operands, count), n->part->value);
  return recorder.finish(n, op, inputs, number_flag, number);
}

Value record_structural(const OpTable& table, const void* op, std::span<const Argument> arguments,
                        DType dtype) {
  std::vector<Value> kept;
  std::vector<Node*> nodes;
  std::vector<Tensor> inputs;
  for (const Argument& a : arguments) {
    nodes.push_back(prepare(a, dtype, kept));
    inputs.push_back(nodes.back()->borrowed_value());
  }
  const Recorder recorder(table, nodes.size());
  Result result;
  table.forward(op, inputs, result);
  if (result.product) {
    Node* n = new_array(table, result.product->shape(), dtype, recorder.list_length());
    const Value guard(n);
    if (n->numel() > 0) multiply(*result.product, n->part->value.raw(), dtype, false);
    add_reference(n);
    return recorder.finish(n, op, nodes, 0, 0);
  }
  if (!result.tensor->storage()) {
    // A view of numbers that live inside a node: share them first, so that the view may stay.
    for (std::size_t i = 0; i < nodes.size(); ++i) inputs[i] = share_value(*nodes[i]);
    table.forward(op, inputs, result);
  }
  if (result.tensor->rank() == 0 && result.tensor->dtype() == float64 &&
      result.tensor->storage().unique() && table.attribute_bytes == 0 &&
      recorder.list_length() == 0) {
    Node* n = new_number(table, result.tensor->item());
    n->state = leaf;
    n->changed_by = nullptr;
    return recorder.finish(n, op, nodes, 0, 0);
  }
  return recorder.finish(new_array(table, std::move(*result.tensor), recorder.list_length()), op,
                         nodes, 0, 0);
}

}  // namespace

Value record(const OpTable& table, const void* op, std::span<const Argument> arguments) {
  const DType dtype = common_dtype(arguments);
  return table.elementwise >= 0 ? record_elementwise(table, op, arguments, dtype)
                                : record_structural(table, op, arguments, dtype);
}

Tensor compute(const OpTable& table, const void* op, std::span<const Argument> arguments) {
  const DType dtype = common_dtype(arguments);
  std::vector<Tensor> tensors;
  tensors.reserve(arguments.size());
  Operand operands[max_arity];
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].tensor() && table.elementwise >= 0) {
      operands[i].number = arguments[i].number;
      continue;
    }
    tensors.push_back(arguments[i].tensor() ? arguments[i].tensor()->to(dtype)
                                          : Tensor::full({}, arguments[i].number, dtype));
    if (table.elementwise >= 0) operands[i].tensor = &tensors.back();
  }
  if (table.elementwise < 0) {
    Result result;
    table.forward(op, tensors, result);
    return result.product ? Tensor(*result.product) : *result.tensor;
  }
  Shape shape;
  for (const Tensor& t : tensors) shape = broadcast_shapes(shape, t.shape(), table.name);
  Tensor out = Tensor::empty(shape, dtype);
  elementwise_forward(table.elementwise, op, std::span(operands, arguments.size()), out);
  return out;
}

ops::Slice slice_of(const Shape& shape, std::int64_t axis, std::int64_t start, std::int64_t stop,
                    std::int64_t step) {
  const int a = normal_axis(axis, shape.rank(), "slice");
  if (step < 1) fail("slice: the step is {}; only steps of 1 and more are supported", step);
  auto place = [n = shape[a]](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + n : at, 0, n);
  };
  return {{}, a, place(start), std::max(place(start), place(stop)), step};
}

ops::Embed embed_of(const Shape& part, const Shape& shape, std::int64_t axis, std::int64_t start,
                    std::int64_t step) {
  const int a = normal_axis(axis, shape.rank(), "embed");
  Dims expected = shape;
  if (part.rank() == shape.rank()) expected[a] = part[a];
  const std::int64_t last = start + (part.rank() == shape.rank() ? (part[a] - 1) * step : 0);
  if (part != expected || step < 1 || start < 0 || (part.numel() > 0 && last >= shape[a]))
    fail("embed: shape {} does not fit into {} along dimension {} from {} on", part, shape, a,
         start);
  return {{}, shape, a, start, step};
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
  const ops::Concat op{{}, internal::concat_axis(parts, axis)};
  std::vector<internal::Argument> arguments;
  for (const Value& part : parts) arguments.emplace_back(part);
  return internal::record(internal::op_tables[AllOps::index_of<ops::Concat>], &op, arguments);
}

Tensor concat(const std::vector<Tensor>& parts, std::int64_t axis) {
  return joined(parts, internal::concat_axis(parts, axis));
}

Tensor compare(const Tensor& a, const Tensor& b, Comparison comparison) {
  const DType dtype = promote(a.dtype(), b.dtype());
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), "comparison");
  const Tensor x = broadcasted(a.to(dtype), shape).contiguous(),
               y = broadcasted(b.to(dtype), shape).contiguous();
  Tensor out = Tensor::empty(shape, dtype);
  with_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    const T *p = x.data<T>(), *q = y.data<T>();
    T* to = out.data<T>();
    auto fill = [&](auto holds) {
      for (std::int64_t i = 0, n = out.numel(); i < n; ++i) to[i] = holds(p[i], q[i]) ? T(1) : T(0);
    };
    switch (comparison) {
      case Comparison::less: return fill([](T s, T t) { return s < t; });
      case Comparison::less_equal: return fill([](T s, T t) { return s <= t; });
      case Comparison::greater: return fill([](T s, T t) { return s > t; });
      case Comparison::greater_equal: return fill([](T s, T t) { return s >= t; });
      case Comparison::equal: return fill([](T s, T t) { return s == t; });
      case Comparison::not_equal: return fill([](T s, T t) { return s != t; });
    }
  });
  return out;
}

}  // namespace brickgrad
