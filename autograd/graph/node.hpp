// A node of the graph: one cache line with its links and, for a rank-0 float64, its value and its
// adjoint. Whatever has a shape keeps a Tensor behind that line, and its numbers too when they are
// few. This header is the engine's own; users meet Value.
#pragma once

#include <algorithm>
#include <atomic>
#include <autograd/graph/pool.hpp>
#include <autograd/ops/all.hpp>
#include <autograd/tensor/tensor.hpp>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace brickgrad {

class Value;
struct Selection;

namespace internal {

struct Node;
struct BackwardOrder;

/// The most inputs of an op that is not variadic.
inline constexpr int max_arity = 6;

/// Work on a node that is done again and again, see prepared.hpp.
class Prepared {
 public:
  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  virtual ~Prepared() = default;
  /// False when memory has moved since it was prepared: then nothing was done.
  virtual bool run() const = 0;
};

/// What the engine knows of an op. Made from the op's struct; there is no other list of names.
struct OpTable {
  const char* name = "";
  const char* symbol = "";  // for pictures; the name when the op has no other
  int arity = 0;            // `variadic` for any number
  int elementwise = -1;     // the place in the kernels' table, -1 for structural ops
  std::size_t attribute_bytes = 0;
  std::array<Reads, max_arity> reads{};  // what the derivative to each input reads
  /// An elementwise op on numbers; null for structural ops.
  double (*scalar)(const void* op, const double* x) = nullptr;
  /// Of an elementwise op: whether the largest result is that of the largest x, see contract.hpp.
  bool keeps_maxima = false;
  /// A structural op on tensors, and on nodes, where it makes the new node with room for a list of
  /// inputs; null for elementwise ops.
  Tensor (*compute)(const void* op, std::span<const Tensor> inputs) = nullptr;
  Node* (*forward)(const void* op, std::span<Node* const> inputs,
                   std::size_t list_length) = nullptr;
  /// Of reductions, else null: when it is one over all elements of x, what its result is to their
  /// sum, and its shape.
  std::optional<double> (*sum_factor)(const void* op, const Shape& x, Shape& result) = nullptr;
  /// Computes the value of a node once more, into the memory that it has.
  void (*compute_again)(Node& node) = nullptr;
  /// Of ops that work by rows, else null: what rows of the result's gradient `g` contribute to
  /// input i; of the result y and input 0 there are these rows.
  Tensor (*pull_rows)(const void* op, int i, const Tensor& g, const Tensor& y,
                      std::span<const Tensor> x) = nullptr;
  /// Of those of them that select elements of input 0, else null: whether they do, the result with
  /// their places, the gradient of input 0 from these, and the part of input 0 that they look at.
  bool (*selects)(const void* op) = nullptr;
  Selection (*select)(const Tensor& x) = nullptr;
  Tensor (*unselect)(const Tensor& g, const Tensor& places, const Shape& x) = nullptr;
  Shape (*selects_from)(const Shape& x) = nullptr;
  /// Of those that elements can be selected from, else null: a part of their result, and what their
  /// gradients contribute to inputs but the first, see contract.hpp.
  Tensor (*compute_part)(const void* op, const Shape& part,
                         std::span<const Tensor> inputs) = nullptr;
  Tensor (*pull_selected)(const void* op, int i, const Selection& g,
                          std::span<const Tensor> x) = nullptr;
  /// Of those of them whose large results are put off, else null: the shape of the result.
  Shape (*result_shape)(const void* op, std::span<Node* const> inputs) = nullptr;
  /// Adds to the adjoints of the inputs.
  void (*backward)(Node& node) = nullptr;
  /// The same two prepared, or null where there is nothing to prepare.
  std::unique_ptr<Prepared> (*prepare_value)(Node& node) = nullptr;
  std::unique_ptr<Prepared> (*prepare_backward)(Node& node) = nullptr;
  /// The same as recorded expressions: the contribution to every input that wants one.
  void (*gradient)(Node& node, const Value& g, std::span<Value> contributions) = nullptr;
  void (*move_attributes)(void* to, void* from) = nullptr;
  void (*destroy_attributes)(void* op) = nullptr;
  std::string (*describe)(const void* op) = nullptr;
};

/// The table of one node, which owns it: of its op, and what belongs to the node alone.
struct OwnTable : OpTable {
  /// The name that a user gave it.
  std::optional<std::string> label = {};
  /// Of the result of a graph that is run again and again: that of its backward pass.
  std::shared_ptr<BackwardOrder> order = {};
};

/// The tables of AllOps in their order, and one for what is no op: a leaf.
extern const OpTable op_tables[AllOps::size];
extern const OpTable leaf_table;

/// A tensor inside the graph. What derivatives compute from it stays in this type, so that products
/// are put off and written straight into the gradient they belong to.
class Seen : public Tensor {
 public:
  explicit Seen(Tensor t) : Tensor(std::move(t)) {}
  /// Contiguous, on memory that somebody else keeps alive.
  Seen(void* data, const Shape& shape, DType dtype) : Tensor({}, data, shape, dtype) {}
};

/// Of a node with a shape: its value, and who owns the elements of the value and of the adjoint.
/// The value itself is borrowed, so that formulas copy and turn it without counting.
struct ArrayPart {
  // Not an aggregate: that would first be filled with zeros, extents that are not used included.
  ArrayPart(void* data, const Shape& shape, DType dtype) : value(data, shape, dtype) {}
  ArrayPart(Tensor value_, StorageRef storage_)
      : value(std::move(value_)), storage(std::move(storage_)) {}

  Seen value;
  StorageRef storage;  // none: the value is in the node's block
  StorageRef adjoint;  // none: the adjoint is there too, or nowhere yet
};

enum Flag : unsigned {
  marked = 1,  // in the buckets of a backward pass
  requires_grad = 2,
  array = 4,             // `part` and `adjoint_data` are meant, not `number` and `adjoint`
  number_first = 8,      // operand 0 is the plain number in `immediate`, operand 1 is `first`
  number_second = 16,    // operand 1 is
  has_adjoint = 32,      // the adjoint is valid
  zeroed = 64,           // zero_grad() was called: the gradient is 0 until the next backward pass
  many_inputs = 128,     // `inputs_list` and `input_count` are meant
  owns_table = 256,      // `op` is an OwnTable
  shared = 512,          // counts atomically
  separate_part = 1024,  // `part` is a block of its own
  retained = 2048,       // keeps its adjoint after backward
  leaf = 4096,           // no op made it, or none that is recorded
  kept = 16384,          // the adjoint of the last backward pass was asked for and is there
  dropped = 32768,       // the adjoint of a backward pass was given back, or will be
  separate_list = 8192,  // the list of inputs is a block of its own
  deferred = 65536,      // `part` is a DeferredPart, and the value may be put off
  by_rows = 131072,      // the op has pull_rows
};
/// Where in `state` the flags end and the time begins.
inline constexpr int stamp_shift = 20;
inline constexpr std::uint64_t flag_bits = (std::uint64_t{1} << stamp_shift) - 1;

struct alignas(cache_line) Node {
  std::uint32_t references;
  std::uint32_t depth;  // 0 for leaves, else 1 + that of the deepest input
  const OpTable* op;
  union {
    Node* first;
    Node** inputs_list;
  };
  union {
    Node* second;
    double immediate;
    std::size_t input_count;
  };
  union {
    double number;
    ArrayPart* part;
  };
  union {
    double adjoint;
    void*
        adjoint_data;  // contiguous, of the value's shape; null when there is no memory for it yet
  };
  union {
    Node* next;              // in a bucket, or waiting to be destroyed
    const char* changed_by;  // of leaves: the operation that last changed them in place
  };
  std::uint64_t state;  // the flags, and above them a reading of ModificationClock: when the op was
                        // recorded, or when the leaf was last changed

  bool is(unsigned flag) const { return state & flag; }
  void set(unsigned flag) { state |= flag; }
  void clear(unsigned flag) { state &= ~std::uint64_t{flag}; }
  std::uint64_t stamp() const { return state >> stamp_shift; }
  void set_stamp(std::uint64_t time) { state = (state & flag_bits) | time << stamp_shift; }

  void* attributes() { return this + 1; }
  const void* attributes() const { return this + 1; }
  int inputs() const {
    if (is(leaf)) return 0;
    if (is(many_inputs)) return static_cast<int>(input_count);
    return op->arity == 2 ? 2 : 1;
  }
  /// Whether a derivative reads one of these values.
  bool derivative_reads(Reads values) const {
    for (int i = 0; i < std::min(inputs(), max_arity); ++i)
      if (op->reads[static_cast<std::size_t>(i)] & values) return true;
    return false;
  }
  /// Input i, null where it is a plain number.
  Node* input(int i) const {
    if (is(many_inputs)) return inputs_list[i];
    if (is(number_first)) return i == 1 ? first : nullptr;
    if (is(number_second)) return i == 0 ? first : nullptr;
    return i == 0 ? first : second;
  }
  bool is_number(int i) const { return i == 0 ? is(number_first) : i == 1 && is(number_second); }

  std::int64_t numel() const { return is(array) ? part->value.numel() : 1; }
  int rank() const { return is(array) ? part->value.rank() : 0; }
  DType dtype() const { return is(array) ? part->value.dtype() : float64; }
  Shape shape() const { return is(array) ? part->value.shape() : Shape(); }
  /// The value as a tensor that must not outlive the node's next change.
  Tensor borrowed_value() const;
  /// The same, held by its storage if it has one.
  Tensor held_value() const;
  /// The value of a rank-0 float64, wherever it lies.
  double scalar() const;
  /// When the value was last changed in place.
  std::uint64_t modified() const;
};
static_assert(sizeof(Node) == cache_line);

/// See deferred.hpp.
inline bool is_put_off(const Node& n) { return n.is(deferred) && !n.part->value.raw(); }
/// Computes a value that was put off.
void compute_value(Node& n);
inline void make_value(const Node& n) {
  if (is_put_off(n)) [[unlikely]]
    compute_value(const_cast<Node&>(n));
}
/// Before such a node goes.
void forget(Node& n);

inline double Node::scalar() const {
  make_value(*this);
  return is(array) ? *static_cast<const double*>(part->value.raw()) : number;
}

/// A node's value for a formula: by reference where there is a tensor.
class SeenValue {
 public:
  [[gnu::always_inline]] explicit SeenValue(const Node& n)
      : seen_(n.is(array) ? &n.part->value : &number_of(n)) {
    make_value(n);
  }
  /// For the derivative of `user`: without its elements where they were put off and that reads none
  /// of `what`.
  [[gnu::always_inline]] SeenValue(const Node& n, const Node& user, Reads what)
      : seen_(n.is(array) ? &n.part->value : &number_of(n)) {
    if (is_put_off(n)) [[unlikely]]
      if (user.derivative_reads(what)) compute_value(const_cast<Node&>(n));
  }
  SeenValue(const SeenValue&) = delete;
  SeenValue& operator=(const SeenValue&) = delete;
  const Seen& operator*() const { return *seen_; }

 private:
  const Seen& number_of(const Node& n);
  std::optional<Seen> number_;
  const Seen* seen_;
};

inline void add_reference(Node* n) {
  if (n->is(shared)) [[unlikely]]
    std::atomic_ref(n->references).fetch_add(1, std::memory_order_relaxed);
  else
    ++n->references;
}

void destroy(Node* n);

/// True when that was the last reference.
inline bool drop_reference(Node* n) {
  if (n->is(shared)) [[unlikely]]
    return std::atomic_ref(n->references).fetch_sub(1, std::memory_order_acq_rel) == 1;
  return --n->references == 0;
}

/// False inside no_grad.
inline constinit thread_local bool grad_enabled = true;

/// Where a function is being recorded, see compile.hpp: set to true once a value leaves the graph,
/// or something else happens that running the graph again would not repeat.
inline constinit thread_local bool* left_graph = nullptr;
inline void leave_graph() {
  if (left_graph != nullptr) [[unlikely]]
    *left_graph = true;
}

/// A rank-0 float64 with its block, a constant until the caller links it.
inline Node* new_number(const OpTable& op, double value) {
  const std::size_t lines = 1 + (op.attribute_bytes + cache_line - 1) / cache_line;
  Node* n = static_cast<Node*>(take_block(lines));
  n->references = 1;
  n->depth = 0;
  n->op = &op;
  n->first = nullptr;
  n->second = nullptr;
  n->number = value;
  n->adjoint = 0;
  n->changed_by = nullptr;
  n->state = leaf;
  return n;
}

/// A node for an array, with room for attributes and a list of inputs; its memory for values and
/// adjoints is in the same block when they are few.
Node* new_array(const OpTable& op, const Shape& shape, DType dtype, std::size_t list_length = 0);
/// The same around a tensor that there is already.
Node* new_array(const OpTable& op, Tensor value, std::size_t list_length = 0);

/// The same for a value that is put off.
Node* new_deferred(const OpTable& op, const Shape& shape, DType dtype, std::size_t list_length);

/// Moves the value into storage that tensors can share, and returns such a tensor.
Tensor share_value(Node& n);

/// A leaf opened for a change in place, as optimisers make it: contiguous values and gradient. The
/// pointers are apart: as neighbours they would be read as one before both are written.
struct OpenLeaf {
  void* value;
  std::int64_t numel;
  void* gradient;  // null when there is none
  DType dtype;
};
/// Throws when the node is no leaf, or shared; `by` names the change.
OpenLeaf open_special_leaf(Node& n, const char* by);
inline OpenLeaf open_leaf(Node& n, const char* by) {
  const bool usual = (n.state & (leaf | array | shared)) == (leaf | array) &&
                     n.part->value.is_contiguous() && left_graph == nullptr && !n.part->storage;
  if (!usual) return open_special_leaf(n, by);
  const Tensor& value = n.part->value;
  return {value.raw(), value.numel(), n.is(has_adjoint) ? n.adjoint_data : nullptr, value.dtype()};
}
/// Says that the leaf was changed: derivatives that needed the old values throw from now on.
inline void mark_changed(Node& n, const char* by, std::uint64_t time = ModificationClock::tick()) {
  n.set_stamp(time);
  n.changed_by = by;
  if (n.is(array) && n.part->storage) n.part->storage->mark_modified(by, time);
}

/// Throws when a value that the derivative of `n` reads was changed after it was recorded.
void check_values(const Node& n);
inline void check_unchanged(const Node& n) {
  // As a rule, nothing at all was changed since.
  if (n.stamp() != ModificationClock::now()) [[unlikely]]
    check_values(n);
}
[[noreturn]] void fail_changed(const Node& n, int input);

/// How the node is called in messages: its name, its op, or "a leaf".
std::string describe(const Node& n);

/// The table of a node as its own; made where it has none.
OwnTable& own_table(Node& n);
/// What a user called it; null without a name.
inline const std::string* label_of(const Node& n) {
  if (!n.is(owns_table)) return nullptr;
  const auto& label = static_cast<const OwnTable&>(*n.op).label;
  return label ? &*label : nullptr;
}

}  // namespace internal
}  // namespace brickgrad
