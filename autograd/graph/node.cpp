#include <autograd/error.hpp>
#include <autograd/graph/adjoint.hpp>
#include <autograd/graph/deferred.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/structural.hpp>
#include <cstddef>

namespace brickgrad::internal {

constinit const OpTable leaf_table{};

namespace {

constexpr std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

/// Longer lists of inputs have memory of their own.
constexpr std::size_t longest_list = 32;

/// Where things lie in the block of a node with a shape.
struct Layout {
  std::size_t list, part, data, adjoint, end;
  Layout(const OpTable& op, std::size_t list_length, std::size_t data_bytes) {
    list = sizeof(Node) + round_up(op.attribute_bytes, 16);
    const std::size_t list_bytes = list_length <= longest_list ? list_length * sizeof(void*) : 0;
    part = round_up(list + list_bytes, alignof(ArrayPart));
    data = round_up(part + sizeof(ArrayPart), 16);
    adjoint = data + round_up(data_bytes, 16);
    end = adjoint + round_up(data_bytes, 16);
  }
};

char* at(Node* n, std::size_t offset) { return reinterpret_cast<char*>(n) + offset; }

/// Fills in what all nodes with a shape share.
[[gnu::always_inline]] inline Node* begin_array(const OpTable& op, const Layout& layout,
                                                std::size_t bytes, std::size_t list_length) {
  const std::size_t lines = (bytes + cache_line - 1) / cache_line;
  Node* n = static_cast<Node*>(take_block(lines));
  n->references = 1;
  n->depth = 0;
  n->op = &op;
  n->first = nullptr;
  n->second = nullptr;
  n->adjoint_data = nullptr;
  n->changed_by = nullptr;
  n->state = array | leaf;
  if (list_length > longest_list) {
    n->inputs_list = new Node*[list_length];
    n->set(separate_list);
  } else if (list_length > 0) {
    n->inputs_list = reinterpret_cast<Node**>(at(n, layout.list));
  }
  return n;
}

}  // namespace

Node* new_array(const OpTable& op, const Shape& shape, DType dtype, std::size_t list_length) {
  const std::size_t bytes = static_cast<std::size_t>(shape.numel()) * item_size(dtype);
  const Layout layout(op, list_length, bytes);
  if (bytes == 0 || layout.end > largest_block)
    return new_array(op, Tensor::empty(shape, dtype), list_length);
  Node* n = begin_array(op, layout, layout.end, list_length);
  n->part = new (at(n, layout.part)) ArrayPart(at(n, layout.data), shape, dtype);
  n->adjoint_data = at(n, layout.adjoint);
  return n;
}

Node* new_array(const OpTable& op, Tensor value, std::size_t list_length) {
  const Layout layout(op, list_length, 0);
  Node* n = begin_array(op, layout, layout.data, list_length);
  StorageRef storage = value.give_up_storage();
  n->part = new (at(n, layout.part)) ArrayPart(std::move(value), std::move(storage));
  return n;
}

Node* new_deferred(const OpTable& op, const Shape& shape, DType dtype, std::size_t list_length) {
  const Layout layout(op, list_length, 0);
  Node* n = begin_array(op, layout, layout.part + sizeof(DeferredPart), list_length);
  n->part = new (at(n, layout.part)) DeferredPart(nullptr, shape, dtype);
  n->set(deferred);
  return n;
}

Tensor Node::borrowed_value() const {
  make_value(*this);
  if (is(array)) return part->value;
  return Tensor::borrow(const_cast<double*>(&number), {}, float64);
}

Tensor Node::held_value() const {
  make_value(*this);
  return is(array) ? part->value.with_storage(part->storage) : borrowed_value();
}

const Seen& SeenValue::number_of(const Node& n) {
  return number_.emplace(const_cast<double*>(&n.number), Shape(), float64);
}

std::uint64_t Node::modified() const {
  const std::uint64_t own = is(leaf) ? stamp() : 0;
  if (!is(array) || !part->storage) return own;
  return std::max(own, part->storage->modified.load(std::memory_order_relaxed));
}

namespace {

void release_owner(Node* n) {
  const OpTable* op = n->op;
  if (op->destroy_attributes && !n->is(leaf)) op->destroy_attributes(n->attributes());
  if (n->is(separate_list)) delete[] n->inputs_list;
  if (n->is(array)) {
    if (n->is(separate_part)) {
      delete n->part;
    } else if (n->is(deferred)) {
      deferred_part(*n).~DeferredPart();
    } else {
      n->part->~ArrayPart();
    }
  }
  if (n->is(owns_table)) delete static_cast<const OwnTable*>(op);
  return_block(n);
}

/// Gives back the memory of a node whose inputs have been seen to.
inline void release(Node* n) {
  if (n->is(array | owns_table) || n->op->destroy_attributes) return release_owner(n);
  return_block(n);
}

}  // namespace

void destroy(Node* n) {
  Node* waiting = nullptr;
  const auto drop = [&waiting](Node* input) {
    const std::uint64_t state = input->state;
    if (state & (deferred | shared)) [[unlikely]] {
      if (state & deferred) --deferred_part(*input).users;
      if (!drop_reference(input)) return;
    } else if (--input->references > 0) {
      return;
    }
    if (state & leaf) return release(input);
    input->next = waiting;
    waiting = input;
  };
  for (;;) {
    const std::uint64_t state = n->state;
    if (state & deferred) [[unlikely]]
      forget(*n);  // while its inputs are there
    if (!(state & (many_inputs | leaf))) [[likely]] {
      drop(n->first);
      if (!(state & (number_first | number_second)) && n->second) drop(n->second);
    } else if (state & many_inputs) {
      for (std::size_t i = 0; i < n->input_count; ++i) drop(n->inputs_list[i]);
    }
    release(n);
    if (!waiting) return;
    n = waiting;
    waiting = n->next;
  }
}

Tensor share_value(Node& n) {
  if (!n.is(array)) {
    // From here on the number lies in storage; the node keeps its place in expressions.
    Tensor value = Tensor::empty({}, float64);
    *value.data<double>() = n.number;
    auto* part = new ArrayPart(Tensor::borrow(value.raw(), {}, float64), value.storage());
    const bool had_adjoint = n.is(has_adjoint);
    const double adjoint = n.adjoint;
    n.part = part;
    n.adjoint_data = nullptr;
    n.set(array | separate_part);
    n.clear(has_adjoint);
    if (had_adjoint) accumulate_number(n, adjoint);
    return value;
  }
  make_value(n);
  if (!n.part->storage) {
    Tensor own = n.part->value.clone();
    n.part->storage = own.give_up_storage();
    n.part->value = Seen(std::move(own));
  }
  return n.held_value();
}

OwnTable& own_table(Node& n) {
  if (!n.is(owns_table)) {
    n.op = new OwnTable{*n.op};
    n.set(owns_table);
  }
  return const_cast<OwnTable&>(static_cast<const OwnTable&>(*n.op));
}

std::string describe(const Node& n) {
  const std::string* label = label_of(n);
  if (n.is(leaf)) return label ? fmt::format("'{}'", *label) : "a leaf";
  return label ? fmt::format("{} ('{}')", n.op->name, *label) : n.op->name;
}

OpenLeaf open_special_leaf(Node& n, const char* by) {
  leave_graph();
  if (n.is(shared)) fail("{}: {} is shared between threads and cannot be changed", by, describe(n));
  if (!n.is(leaf))
    fail(
        "{}: only leaves can be changed in place; this is the result of {}. Compute a new value "
        "instead",
        by, describe(n));
  if (n.is(array) && !n.part->value.is_contiguous())
    fail("{}: {} is a view that is not contiguous; make a leaf of its clone()", by, describe(n));
  if (n.is(array) && n.part->storage) n.part->storage->before_change();
  if (!n.is(array)) return {&n.number, 1, n.is(has_adjoint) ? &n.adjoint : nullptr, float64};
  return {n.part->value.raw(), n.numel(), n.is(has_adjoint) ? n.adjoint_data : nullptr, n.dtype()};
}

namespace {

const char* changed_by(const Node& n) {
  const bool by_storage = n.is(array) && n.part->storage &&
                          n.part->storage->modified.load() > (n.is(leaf) ? n.stamp() : 0);
  const char* by = by_storage   ? n.part->storage->modified_by.load()
                   : n.is(leaf) ? n.changed_by
                                : nullptr;
  return by ? by : "a change in place";
}

}  // namespace

void fail_changed(const Node& n, int input) {
  const Node& what = input < 0 ? n : *n.input(input);
  const std::string which = input < 0 ? std::string("its result")
                                      : fmt::format("its input {} ({})", input, describe(what));
  fail(
      "backward: the derivative of {} needs {}, but {} changed it in place after it was recorded; "
      "run backward() before the change, or compute {} again after it",
      describe(n), which, changed_by(what), n.op->name);
}

void check_values(const Node& n) {
  const int count = n.inputs();
  Reads reads = reads_nothing;
  for (int i = 0; i < count; ++i)
    if (const Node* input = n.input(i); input && input->is(requires_grad))
      reads |= n.op->reads[n.op->arity == variadic ? 0 : static_cast<std::size_t>(i)];
  if (reads == reads_nothing) return;
  if ((reads & reads_result) && n.modified() > n.stamp()) fail_changed(n, -1);
  for (int i = 0; i < count; ++i) {
    const Node* input = n.input(i);
    const bool read = n.op->arity == variadic || (reads & reads_input(i));
    if (read && input && input->modified() > n.stamp()) fail_changed(n, i);
  }
}

}  // namespace brickgrad::internal
