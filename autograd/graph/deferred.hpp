// Values that are put off. The result of an elementwise op on large arrays is not computed when it
// is recorded: chains of them run block by block through the cache once a value is asked for, or in
// the backward pass, forward and backward at once. So is that of an op by rows, which waits for one
// above it, see row_chain.hpp. Nobody sees the difference: a value is there when asked for, and is
// computed before what it reads changes in place. Once a backward pass has come by, values that no
// handle holds are computed again if they are needed again.
#pragma once

#include <autograd/graph/node.hpp>
#include <optional>
#include <vector>

namespace brickgrad::internal {

/// Results smaller than this are computed at once: they stay in the caches anyway. Putting off what
/// is larger pays, twice at 512 KiB.
inline constexpr std::int64_t deferred_bytes = std::int64_t{1} << 16;

/// The part of a node whose value may be put off; the value's memory is null until it is there.
struct DeferredPart : ArrayPart {
  using ArrayPart::ArrayPart;
  std::array<double, max_arity> numbers{};  // operands of one element as they were when recorded
  double factor = 0;                        // of a reduction: the result over the plain sum
  int slots = 0;                            // at most what a chain up to here has
  std::uint32_t users = 0;                  // how many nodes read it
  // Blocks of rows of the value, while it is not there as a whole, see row_chain.hpp.
  std::vector<Tensor> blocks{};
  // Of what selects elements: their places, in blocks too; none where they are not known.
  std::vector<Tensor> places{};
  bool waits = false;  // in the list of those that a change in place must not overtake
  // Where its inputs are, and the list itself, see waiting.hpp.
  struct Source {
    const Storage* storage = nullptr;
    const DeferredPart* put_off = nullptr;
  };
  std::array<Source, max_arity> sources{};
  Node* node = nullptr;
  DeferredPart *previous = nullptr, *next = nullptr;
};
inline DeferredPart& deferred_part(const Node& n) { return static_cast<DeferredPart&>(*n.part); }
/// Whether a user holds a node that has such a part.
inline bool has_handle(const Node& n) { return n.references > deferred_part(n).users; }
/// Whether the value of one is kept when a backward pass has come by.
inline bool stays_after_backward(const Node& n, bool retain) {
  return retain || n.is(retained) || has_handle(n);
}

/// A node for an elementwise op whose value is put off, to be linked to its inputs by the caller;
/// null when it must be computed at once. `number` stands for an input that is null.
Node* defer(const OpTable& op, std::span<Node* const> inputs, double number, const Shape& shape,
            DType dtype, std::size_t list_length);
/// The same for a reduction of all elements of a value that was put off: the sum times `factor`.
Node* defer_sum(const OpTable& op, Node& input, double factor, const Shape& shape);

/// The same for an op that works by rows, all of whose inputs are there.
Node* defer_rows(const OpTable& op, std::span<Node* const> inputs, const Shape& shape,
                 std::size_t list_length);
/// Gives a node that was put off its value, contiguous in storage of its own.
void accept(Node& n, Tensor value);
/// The same in blocks of rows: a value only for what works by rows, made a whole for others.
void accept_blocks(Node& n, std::vector<Tensor> blocks);

/// Whether a value is gone: not kept after a backward pass, and made from what has changed since.
bool is_lost(const Node& n);

/// The nodes that one pass of a backward chain serves: `root`, and below it every value that was
/// put off and is used by them alone.
class BackwardGroup {
 public:
  explicit BackwardGroup(Node& root);
  /// All of them but the root.
  std::span<Node* const> inner() const { return {inner_.data(), static_cast<std::size_t>(count_)}; }
  /// Adds to the adjoints of their inputs, all of which were visited. Clears the mark of the inner
  /// ones, whose turn this was.
  void run(bool retain);

 private:
  Node& root_;
  static constexpr int most_inner = 64;
  std::array<Node*, most_inner> inner_;
  int count_ = 0;
};

}  // namespace brickgrad::internal
