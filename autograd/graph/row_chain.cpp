#include <algorithm>
#include <autograd/graph/adjoint.hpp>
#include <autograd/graph/deferred.hpp>
#include <autograd/graph/row_blocks.hpp>
#include <autograd/graph/row_chain.hpp>
#include <autograd/graph/row_op.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/structural.hpp>
#include <optional>

namespace brickgrad::internal {
namespace {

const Tensor& places_of(const Node& selection, std::int64_t block) {
  return block_of(deferred_part(selection).places, block);
}

/// The shape of what a node selected from, for as many rows as g has.
Shape selected_from(const Node& n, const Tensor& g) {
  Dims extents = n.input(0)->shape();
  extents[0] = g.shape()[0];
  return Shape(extents);
}
/// The gradient of that, from the one of what was selected; or of the part that the node looked at.
Tensor unselected(const Node& n, std::int64_t block, const Tensor& g) {
  return n.op->unselect(g, places_of(n, block), selected_from(n, g));
}
Tensor unselected_part(const Node& n, std::int64_t block, const Tensor& g) {
  return n.op->unselect(g, places_of(n, block), n.op->selects_from(selected_from(n, g)));
}

/// The backward pass through the nodes of a chain, from above, in blocks of rows.
class RowsBackward {
 public:
  RowsBackward(std::span<Node* const> nodes, const Blocks& blocks);
  void run();

 private:
  /// Values of a block: of the nodes, and after them what the last one reads; none of those that
  /// are not read.
  using Values = std::array<Tensor, RowChain::capacity + 1>;
  /// An input beside the first one: it receives a sum over the rows.
  struct Side {
    std::size_t place;  // of the node in the chain
    int input;
  };

  bool is_made(std::size_t i) const;
  bool reads_input_of_its_own(std::size_t i) const;
  void find_read();
  void find_sides();
  void open_last();
  Values values_of(std::int64_t block) const;
  void run_block(std::int64_t block);
  bool next_takes_selection(std::size_t i) const;
  /// The gradient g of a node's value as that of its first input.
  Tensor pulled(std::size_t i, std::int64_t block, const Tensor& g, const Tensor& y,
                std::span<const Tensor> x) const;

  std::span<Node* const> nodes_;
  const Blocks& blocks_;
  Node& last_;  // what the last node reads
  std::array<bool, RowChain::capacity> follows_, placed_;
  std::array<bool, RowChain::capacity + 1> is_read_;
  std::optional<Start> start_;
  Tensor seed_;
  Tensor to_;  // the adjoint of what the last node reads
  bool add_ = false;
  std::vector<Side> sides_;
  std::vector<Tensor> parts_;  // what they receive, block by block
};

RowsBackward::RowsBackward(std::span<Node* const> nodes, const Blocks& blocks)
    : nodes_(nodes), blocks_(blocks), last_(*nodes.back()->input(0)) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& n = *nodes_[i];
    follows_[i] = i > 0 && may_follow(n, *nodes_[i - 1]);
    placed_[i] = n.is(deferred) && blocks_.are(deferred_part(n).places);
  }
  find_read();
  find_sides();
  open_last();
  if (is_read_[nodes_.size()]) start_.emplace(last_, blocks_);
  const Node& root = *nodes_[0];
  seed_ = Tensor::borrow(root.adjoint_data, root.shape(), root.dtype());
}

/// Whether a value is computed once more.
bool RowsBackward::is_made(std::size_t i) const {
  return is_put_off(*nodes_[i]) && !blocks_.are(deferred_part(*nodes_[i]).blocks);
}

/// Whether the derivative of a node reads its first input: not where places are enough.
bool RowsBackward::reads_input_of_its_own(std::size_t i) const {
  const Node& n = *nodes_[i];
  return !placed_[i] && (n.is(by_rows) || n.derivative_reads(reads_input(0)));
}

/// Whose values are read: by derivatives, or to compute others again.
void RowsBackward::find_read() {
  const std::size_t count = nodes_.size();
  for (std::size_t i = 0; i <= count; ++i) {
    const bool by_itself = i < count && !follows_[i] && nodes_[i]->derivative_reads(reads_result);
    const bool by_follower = i + 1 < count && follows_[i + 1];
    const bool by_upper =
        i > 0 && (reads_input_of_its_own(i - 1) || (is_read_[i - 1] && is_made(i - 1)));
    is_read_[i] = by_itself || by_follower || by_upper;
  }
}

void RowsBackward::find_sides() {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    for (int k = 1; k < nodes_[i]->inputs(); ++k)
      if (nodes_[i]->input(k)->is(requires_grad)) sides_.push_back({i, k});
  parts_.resize(sides_.size() * static_cast<std::size_t>(blocks_.count()));
}

void RowsBackward::open_last() {
  if (!last_.is(requires_grad)) return;
  const AdjointTarget target = open_adjoint(last_);
  to_ = Tensor::borrow(target.data, last_.shape(), last_.dtype());
  add_ = target.add;
}

RowsBackward::Values RowsBackward::values_of(std::int64_t block) const {
  Values values;
  if (start_) values[nodes_.size()] = start_->of(block);
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    const Node& n = *nodes_[i];
    if (!is_read_[i]) continue;
    if (!is_put_off(n))
      values[i] = blocks_.put_in_lanes(n.borrowed_value(), block);
    else if (is_made(i))
      values[i] = RowOp(n).compute(values[i + 1]);
    else
      values[i] = block_of(deferred_part(n).blocks, block);
  }
  return values;
}

/// Whether the gradient of what a node selected, with the places, is enough for the next node.
bool RowsBackward::next_takes_selection(std::size_t i) const {
  const std::size_t next = i + 1 < nodes_.size() && follows_[i + 1] ? i + 2 : i + 1;
  return placed_[i] && next < nodes_.size() && nodes_[next]->op->pull_selected;
}

Tensor RowsBackward::pulled(std::size_t i, std::int64_t block, const Tensor& g, const Tensor& y,
                            std::span<const Tensor> x) const {
  const Node& n = *nodes_[i];
  return placed_[i] ? unselected(n, block, g) : n.op->pull_rows(n.attributes(), 0, g, y, x);
}

void RowsBackward::run_block(std::int64_t block) {
  const KeepLanes keep;
  const Values values = values_of(block);
  Tensor g = blocks_.put_in_lanes(seed_, block);
  const Node* selection = nullptr;  // where g is the gradient of what that selected
  Tensor* part = parts_.data() + sides_.size() * static_cast<std::size_t>(block);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& n = *nodes_[i];
    if (follows_[i]) continue;  // that was before the selection
    if (is_unary(n)) {
      // Anything of its shape stands for what is not read.
      g = pull_back(n, g, is_read_[i] ? values[i] : g, is_read_[i + 1] ? values[i + 1] : g);
      continue;
    }
    const std::vector<Tensor> x = RowOp(n).all(values[i + 1]);
    for (const Side& side : sides_)
      if (side.place == i)
        *part++ = selection ? n.op->pull_selected(n.attributes(), side.input,
                                                  {g, places_of(*selection, block)}, x)
                            : n.op->pull_rows(n.attributes(), side.input, g, values[i], x);
    if (i + 1 == nodes_.size() && !last_.is(requires_grad)) break;
    if (selection) g = unselected_part(*selection, block, g);
    if (i + 1 < nodes_.size() && follows_[i + 1]) g = pull_back(*nodes_[i + 1], g, values[i], g);
    selection = next_takes_selection(i) ? &n : nullptr;
    if (!selection) g = pulled(i, block, g, values[i], x);
  }
  if (last_.is(requires_grad)) add_to(g, blocks_.of(to_, block), add_);
}

void RowsBackward::run() {
  parallel_for(blocks_.count(), 1, [&](std::int64_t begin, std::int64_t end) {
    // The last ones first: what the way forward left of them may be in the cache still.
    for (std::int64_t block = end; block-- > begin;) run_block(block);
  });
  // In the order of the blocks.
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Side& side = sides_[i % sides_.size()];
    accumulate(*nodes_[side.place]->input(side.input), parts_[i]);
  }
}

}  // namespace

RowChain::RowChain(Node& root, bool retain) : nodes_{&root} {
  if (retain || root.rank() == 0 || root.shape()[0] < 2) return;
  bytes_ = bytes_of(root);
  while (count_ < capacity) {
    Node& n = *nodes_[count_ - 1]->input(0);
    const bool is_alone = n.references == 1 && !n.is(leaf | retained | shared | owns_table);
    if (!is_alone || !n.is(requires_grad) || !n.is(array) || !works_by_rows(n)) break;
    if (!is_put_off(n) && !n.part->value.is_contiguous()) break;
    bytes_ = std::max(bytes_, bytes_of(n));
    nodes_[count_++] = &n;
  }
  if (Blocks(root.shape()[0], bytes_, root.dtype(), 1).count() == 1) count_ = 1;
}

void RowChain::run() {
  for (Node* n : inner()) {
    n->clear(has_adjoint | kept | marked);
    n->set(dropped);
  }
  Node& root = *nodes_[0];
  if (!root.is(has_adjoint)) return;
  for (Node* n : nodes()) {
    check_unchanged(*n);
    check_lost(*n);
    for (int k = 1; k < n->inputs(); ++k) make_value(*n->input(k));
  }
  const Blocks blocks(root.shape()[0], bytes_, root.dtype(), 1);
  RowsBackward(nodes(), blocks).run();
  for (Node* n : inner())
    if (n->is(deferred)) forget(*n);
}

}  // namespace brickgrad::internal
