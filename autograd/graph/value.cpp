#include <autograd/error.hpp>
#include <autograd/graph/adjoint.hpp>
#include <autograd/graph/functions.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <ostream>

namespace brickgrad {

using namespace internal;

namespace {

constexpr std::size_t small_bytes = 512;  // numbers up to this size live in the node's block

Node* leaf_number(double number, unsigned flags) {
  Node* n = new_number(leaf_table, number);
  n->set(flags);
  return n;
}

/// Changes the value through `change`, which receives it as a tensor.
template <class F>
const Value& change_in_place(const Value& v, const char* by, F&& change) {
  Node* n = v.node();
  open_leaf(*n, by);
  Tensor t = n->held_value();
  change(t);
  mark_changed(*n, by);
  return v;
}

}  // namespace

Node* Value::new_leaf(double number) { return leaf_number(number, internal::requires_grad); }

void Value::fail_empty() {
  fail("this Value is empty: it was default-constructed or moved from; assign one first");
}

Value::Value(Tensor tensor) {
  if (tensor.rank() == 0 && tensor.dtype() == float64) {
    node_ = leaf_number(tensor.item(), internal::requires_grad);
    return;
  }
  const std::size_t bytes = static_cast<std::size_t>(tensor.numel()) * item_size(tensor.dtype());
  if (bytes > 0 && bytes <= small_bytes) {
    node_ = new_array(leaf_table, tensor.shape(), tensor.dtype());
    add_to(tensor, node_->part->value.raw(), tensor.shape(), tensor.dtype(), false);
  } else {
    if (!tensor.storage().unique() || !tensor.is_contiguous()) tensor = tensor.clone();
    node_ = new_array(leaf_table, std::move(tensor));
  }
  node_->set(internal::requires_grad);
}

Value constant(Tensor tensor) {
  if (tensor.rank() == 0 && tensor.dtype() == float64) return Value(leaf_number(tensor.item(), 0));
  return Value(new_array(leaf_table, tensor.storage() ? std::move(tensor) : tensor.clone()));
}

Value handle(Node* node) {
  add_reference(node);
  return Value(node);
}

Tensor Value::data() const {
  leave_graph();
  Node* n = node();
  return share_value(*n);
}

double Value::item() const {
  leave_graph();
  const Node* n = node();
  make_value(*n);
  return n->is(array) ? n->part->value.item() : n->number;
}

Value Value::operator[](std::int64_t i) const {
  const Shape s = shape();
  if (s.rank() == 0) fail("index [{}]: a value of rank 0 has no rows; use item()", i);
  const std::int64_t at = i < 0 ? i + s[0] : i;
  if (at < 0 || at >= s[0]) fail("index [{}] is out of range for dimension 0 of shape {}", i, s);
  Dims row = s;
  row.erase(0);
  return reshape(slice(*this, 0, at, at + 1), row);
}

Value Value::to(DType dtype) const {
  return dtype == this->dtype() ? *this : evaluate(ops::Cast{{}, dtype}, *this);
}

bool Value::has_grad() const {
  return node()->is(internal::leaf) ? node()->is(has_adjoint | zeroed) : node()->is(kept);
}

Tensor Value::grad() const {
  leave_graph();
  Node* n = node();
  if (!has_grad()) {
    if (n->is(internal::leaf))
      fail("grad: {} has no gradient yet: {}", describe(*n),
           n->is(internal::requires_grad)
               ? "call backward() on a value computed from it"
               : "it is a constant and receives none; make it a leaf with Value(tensor)");
    fail(
        "grad: the gradient of {} was not kept: call retain_grad() on it, or "
        "backward({{.retain_grad = true}})",
        describe(*n));
  }
  return share_gradient(*n);
}

void Value::retain_grad() const { node()->set(retained); }
bool Value::requires_grad() const { return node()->is(internal::requires_grad); }
bool Value::is_leaf() const { return node()->is(internal::leaf); }

Value Value::detach() const { return Value(new_array(leaf_table, data())); }

void Value::share() const {
  Node* n = node();
  if (!n->is(internal::leaf))
    fail("share: only leaves can be shared between threads; this is the result of {}; use detach()",
         describe(*n));
  share_value(*n);
  n->clear(internal::requires_grad);
  n->set(shared);
}

const Value& Value::name(std::string_view name) const {
  internal::own_table(*node()).label = std::string(name);
  return *this;
}

std::string Value::name() const {
  const std::string* label = internal::label_of(*node());
  return label ? *label : "";
}
std::string Value::op() const { return node()->is(internal::leaf) ? "" : node()->op->name; }

const Value& Value::copy_(const Tensor& source) const {
  return change_in_place(*this, "copy_", [&](Tensor& t) { t.copy_(source); });
}
const Value& Value::fill_(double number) const {
  return change_in_place(*this, "fill_", [&](Tensor& t) { t.fill_(number); });
}
const Value& Value::add_(const Tensor& other, double alpha) const {
  return change_in_place(*this, "add_", [&](Tensor& t) { t.add_(other, alpha); });
}
const Value& Value::sub_(const Tensor& other, double alpha) const {
  return change_in_place(*this, "sub_", [&](Tensor& t) { t.sub_(other, alpha); });
}
const Value& Value::mul_(const Tensor& other) const {
  return change_in_place(*this, "mul_", [&](Tensor& t) { t.mul_(other); });
}

std::string to_string(const Value& v) {
  leave_graph();
  return to_string(v.node()->borrowed_value());
}
std::ostream& operator<<(std::ostream& out, const Value& v) { return out << to_string(v); }

}  // namespace brickgrad
