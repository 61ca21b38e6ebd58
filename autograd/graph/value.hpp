// Value: a number or tensor that remembers how it was computed. Write an expression, call
// backward(), read the gradients:
//   Value x = 2.0, y = -3.0;
//   Value f = tanh(x * y + sin(x));
//   f.backward();
//   x.grad().item();
// A Value is a handle: copies mean the same node of the graph, and a graph lives as long as a
// handle on it. One thread at a time works on a graph.
#pragma once

#include <autograd/graph/node.hpp>
#include <concepts>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace brickgrad {

struct BackwardOptions {
  /// Keep the gradient of every interior value, not only of the leaves.
  bool retain_grad = false;
};

class Value {
 public:
  using IsTensorLike = void;
  /// No value yet; using it is an error.
  Value() = default;
  /// A leaf of rank 0, float64, that receives a gradient.
  template <class T>
  requires std::is_arithmetic_v<T> Value(T number) : node_(new_leaf(static_cast<double>(number))) {}
  /// A leaf that receives a gradient. It has its own copy of the elements, unless the tensor is a
  /// temporary nobody else shares.
  Value(Tensor tensor);

  Value(const Value& o) : node_(o.node_) {
    if (node_) internal::add_reference(node_);
  }
  Value(Value&& o) noexcept : node_(std::exchange(o.node_, nullptr)) {}
  Value& operator=(const Value& o) {
    Value copy = o;
    std::swap(node_, copy.node_);
    return *this;
  }
  Value& operator=(Value&& o) noexcept {
    std::swap(node_, o.node_);
    return *this;
  }
  ~Value() {
    if (node_ && internal::drop_reference(node_)) internal::destroy(node_);
  }

  // What it is.
  Shape shape() const { return node()->shape(); }
  DType dtype() const { return node()->dtype(); }
  int rank() const { return node()->rank(); }
  std::int64_t numel() const { return node()->numel(); }
  std::int64_t size(std::int64_t axis) const {
    const internal::Node* n = node();
    const int at = normal_axis(axis, n->rank(), "size");
    return static_cast<const Dims&>(n->part->value.shape())[at];
  }
  /// The value as a tensor that shares its elements: changes in place show in both.
  Tensor data() const;
  /// The only element. Throws when there is not exactly one.
  double item() const;
  /// Row i, recorded.
  Value operator[](std::int64_t i) const;
  /// The same values in another element type, recorded.
  Value to(DType dtype) const;

  // Gradients.
  /// Adds the derivative of this rank-0 value to the gradient of every leaf it was computed from.
  /// Throws when it is not a scalar, or depends on no leaf that receives a gradient.
  void backward(const BackwardOptions& options = {}) const;
  /// The same for any shape, weighted by `seed`, which has this shape.
  void backward(const Tensor& seed, const BackwardOptions& options = {}) const;
  /// The gradient so far, sharing its elements. Throws when there is none.
  Tensor grad() const;
  bool has_grad() const;
  /// Makes the gradient zero.
  void zero_grad() const {
    internal::leave_graph();
    internal::Node* n = node();
    n->clear(internal::has_adjoint);
    if (!n->is(internal::requires_grad)) return;
    n->set(internal::zeroed);
    if (!n->is(internal::array)) n->adjoint = 0;
  }
  /// Keeps the gradient of this interior value in later backward passes.
  void retain_grad() const;
  bool requires_grad() const;
  bool is_leaf() const;
  /// A constant that shares the elements.
  Value detach() const;
  /// Lets several threads use this leaf at once, as a constant: it receives no gradient any more.
  void share() const;

  // Names, shown in pictures and messages.
  const Value& name(std::string_view name) const;
  /// The name given, or nothing.
  std::string name() const;
  /// The op that made it, "" for a leaf.
  std::string op() const;

  // Changes in place of a leaf, not recorded. A backward pass that needed the old values throws.
  const Value& copy_(const Tensor& source) const;
  const Value& fill_(double number) const;
  const Value& add_(const Tensor& other, double alpha = 1) const;
  const Value& sub_(const Tensor& other, double alpha = 1) const;
  const Value& mul_(const Tensor& other) const;

  // For the engine.
  explicit Value(internal::Node* node) : node_(node) {}
  internal::Node* node() const {
    if (!node_) [[unlikely]]
      fail_empty();
    return node_;
  }
  internal::Node* node_or_null() const { return node_; }
  internal::Node* release() { return std::exchange(node_, nullptr); }

 private:
  static internal::Node* new_leaf(double number);
  [[noreturn]] static void fail_empty();
  internal::Node* node_ = nullptr;
};

/// A value that receives no gradient.
Value constant(Tensor tensor);
/// A handle on a node that others hold too.
Value handle(internal::Node* node);

/// While one lives on this thread, operations are not recorded.
class no_grad {
 public:
  no_grad() : before_(std::exchange(internal::grad_enabled, false)) { internal::leave_graph(); }
  ~no_grad() { internal::grad_enabled = before_; }
  no_grad(const no_grad&) = delete;
  no_grad& operator=(const no_grad&) = delete;

 private:
  bool before_;
};

std::string to_string(const Value& v);
std::ostream& operator<<(std::ostream& out, const Value& v);

}  // namespace brickgrad

template <>
struct fmt::formatter<brickgrad::Value> : fmt::formatter<std::string> {
  auto format(const brickgrad::Value& v, auto& context) const {
    return fmt::formatter<std::string>::format(brickgrad::to_string(v), context);
  }
};
