#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/graph/adjoint.hpp>
#include <autograd/graph/deferred.hpp>
#include <autograd/graph/functions.hpp>
#include <autograd/graph/row_blocks.hpp>
#include <autograd/graph/row_forward.hpp>
#include <autograd/graph/waiting.hpp>
#include <autograd/tensor/chain.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/structural.hpp>
#include <unordered_set>

namespace brickgrad::internal {
namespace {

/// As a whole or in blocks.
bool is_there(const Node& n) { return !is_put_off(n) || !deferred_part(n).blocks.empty(); }

bool is_whole(const Node& n) { return n.is(array) && n.numel() > 1; }

/// Those that a chain takes in: results of ops by rows are wholes to it, and what is there in
/// blocks.
bool joins_chain(const Node& n) { return !is_there(n) && !n.is(by_rows); }

/// Values that were put off, by rising depth.
class PutOffGroup {
 public:
  static constexpr int capacity = Chain::capacity;
  /// The root and everything below it that is put off and joins a chain.
  explicit PutOffGroup(Node& root) {
    add(root);
    for (int i = 0; i < count_; ++i)
      for (int k = 0; k < nodes_[index(i)]->inputs(); ++k)
        if (Node* input = nodes_[index(i)]->input(k); input && joins_chain(*input)) add(*input);
    std::stable_sort(nodes_.begin(), nodes_.begin() + count_,
                     [](const Node* a, const Node* b) { return a->depth < b->depth; });
  }
  std::span<Node* const> nodes() const { return {nodes_.data(), static_cast<std::size_t>(count_)}; }

 private:
  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  void add(Node& n) {
    if (std::find(nodes_.begin(), nodes_.begin() + count_, &n) != nodes_.begin() + count_) return;
    nodes_[index(count_++)] = &n;  // defer() sees to it that there is room
  }
  std::array<Node*, capacity> nodes_;
  int count_ = 0;
};

/// How often nodes of the list read `n`.
std::uint32_t uses(std::span<Node* const> nodes, const Node& n) {
  std::uint32_t count = 0;
  for (const Node* user : nodes)
    for (int k = 0; k < user->inputs(); ++k) count += user->input(k) == &n;
  return count;
}

/// A group as a chain: a slot for every value, the inputs from outside included.
class GroupChain {
 public:
  explicit GroupChain(const PutOffGroup& group) : chain_(extent(group), dtype(group)) {
    for (Node* n : group.nodes())
      if (n->op->elementwise >= 0) add(*n);
  }
  Chain& chain() { return chain_; }
  int slot(const Node& n) const {
    for (int i = 0; i < count_; ++i)
      if (nodes_[static_cast<std::size_t>(i)] == &n) return slots_[static_cast<std::size_t>(i)];
    return -1;
  }
  /// Has the gradient of n written or added to `to`.
  void gradient(const Node& n, GradientTarget to) {
    for (int i = 0; i < count_; ++i) {
      if (nodes_[static_cast<std::size_t>(i)] != &n) continue;
      chain_.gradient(slots_[static_cast<std::size_t>(i)], to);
      to.add = true;
    }
  }
  /// Has the value of n written to memory of its own, which becomes its value with accept().
  void keep(Node& n) {
    if (n.op->elementwise < 0) {
      const int there = slot(*n.first);
      chain_.sum(there < 0 ? chain_.add_array(n.first->part->value.raw()) : there, &sum_);
      summed_ = &n;
    } else if (is_put_off(n)) {
      Tensor& to = values_[static_cast<std::size_t>(kept_count_)];
      to = Tensor::empty(n.shape(), n.dtype());
      chain_.keep(slot(n), to.raw());
      kept_[static_cast<std::size_t>(kept_count_++)] = &n;
    }
  }
  void accept() {
    if (summed_) {
      Tensor value =
          Tensor::full(summed_->shape(), sum_ * deferred_part(*summed_).factor, summed_->dtype());
      internal::accept(*summed_, std::move(value));
    }
    for (int i = 0; i < kept_count_; ++i)
      internal::accept(*kept_[static_cast<std::size_t>(i)],
                       std::move(values_[static_cast<std::size_t>(i)]));
  }

 private:
  static const Node& widest(const PutOffGroup& group) {
    const Node& root = *group.nodes().back();
    return root.op->elementwise < 0 ? *root.first : root;
  }
  static std::int64_t extent(const PutOffGroup& group) { return widest(group).numel(); }
  static DType dtype(const PutOffGroup& group) { return widest(group).dtype(); }

  int remember(const Node& n, int slot, double number = 0) {
    nodes_[static_cast<std::size_t>(count_)] = &n;
    numbers_[static_cast<std::size_t>(count_)] = number;
    slots_[static_cast<std::size_t>(count_++)] = slot;
    return slot;
  }
  int array(const Node& n) {
    const int there = slot(n);
    return there >= 0 ? there : remember(n, chain_.add_array(n.part->value.raw()));
  }
  /// One element, which may have changed from one use to the next.
  int number(const Node& n, double value) {
    for (int i = 0; i < count_; ++i)
      if (nodes_[static_cast<std::size_t>(i)] == &n &&
          numbers_[static_cast<std::size_t>(i)] == value)
        return slots_[static_cast<std::size_t>(i)];
    return remember(n, chain_.add_number(value), value);
  }
  void add(Node& n) {
    int inputs[max_operands];
    for (int k = 0; k < n.inputs(); ++k) {
      const Node* input = n.input(k);
      if (!input)
        inputs[k] = chain_.add_number(n.immediate);
      else if (is_whole(*input))
        inputs[k] = array(*input);
      else
        inputs[k] = number(*input, deferred_part(n).numbers[static_cast<std::size_t>(k)]);
    }
    remember(n, chain_.add_op(n.op->elementwise, n.attributes(),
                              {inputs, static_cast<std::size_t>(n.inputs())}, n.op->reads.data(),
                              n.part->value.raw()));
  }

  Chain chain_;
  std::array<const Node*, Chain::capacity> nodes_;
  std::array<int, Chain::capacity> slots_;
  std::array<double, Chain::capacity> numbers_;
  int count_ = 0;
  std::array<Node*, Chain::capacity> kept_;
  std::array<Tensor, Chain::capacity> values_;
  int kept_count_ = 0;
  Node* summed_ = nullptr;
  double sum_ = 0;
};

/// The first input that a value which waits no more cannot be made from again; -1 for none.
int changed_input(const Node& n) {
  if (deferred_part(n).waits || is_there(n)) return -1;
  for (int k = 0; k < n.inputs(); ++k)
    if (const Node* input = n.input(k); input && input->modified() > n.stamp()) return k;
  return -1;
}

void check_inputs(const Node& n) {
  if (const int k = changed_input(n); k >= 0)
    fail(
        "the value of {} was not kept after backward() because no handle holds it, and its input "
        "{} ({}) was changed in place since; keep a handle on it, or compute it again",
        describe(n), k, describe(*n.input(k)));
}

/// Sees to it that all is there that a chain for the group reads.
void make_inputs(const PutOffGroup& group) {
  for (const Node* n : group.nodes()) {
    check_inputs(*n);
    for (int k = 0; k < n->inputs(); ++k)
      if (Node* input = n->input(k); input && is_put_off(*input) && !joins_chain(*input))
        compute_value(*input);
  }
}

void compute_rows(Node& n, bool may_be_blocks) {
  check_inputs(n);
  if (is_put_off(*n.input(0))) return compute_by_rows(n, may_be_blocks);
  std::array<Tensor, max_arity> x;
  const auto count = static_cast<std::size_t>(n.inputs());
  for (std::size_t k = 0; k < count; ++k) x[k] = n.input(static_cast<int>(k))->borrowed_value();
  accept(n, n.op->compute(n.attributes(), std::span(x).first(count)));
}

void compute(Node& n, bool keep_all) {
  if (n.is(by_rows) && !is_there(n)) compute_rows(n, false);
  if (const std::vector<Tensor>& blocks = deferred_part(n).blocks; !blocks.empty()) {
    const KeepLanes keep;
    return accept(n, joined(blocks, 0));
  }
  if (n.is(by_rows)) return;
  const PutOffGroup group(n);
  make_inputs(group);
  GroupChain program(group);
  for (Node* m : group.nodes())
    if (m == &n || keep_all || has_handle(*m) || uses(group.nodes(), *m) != deferred_part(*m).users)
      program.keep(*m);
  program.chain().run();
  program.accept();
}

/// Everything that waits and reads this memory is computed, before it changes.
void compute_readers(const Storage* storage) {
  while (const auto reader = reader_of(storage)) compute(*reader->node(), true);
}

}  // namespace

void compute_value(Node& n) { compute(n, false); }

bool is_lost(const Node& n) {
  // What a group is made from may be put off too, where an op by rows made it.
  std::vector<const Node*> open{&n};
  std::unordered_set<const Node*> seen{&n};
  while (!open.empty()) {
    Node& top = const_cast<Node&>(*open.back());
    open.pop_back();
    if (is_there(top)) continue;
    const PutOffGroup group(top);
    for (const Node* m : group.nodes()) {
      if (changed_input(*m) >= 0) return true;
      for (int k = 0; k < m->inputs(); ++k)
        if (const Node* input = m->input(k);
            input && input->is(by_rows) && !is_there(*input) && seen.insert(input).second)
          open.push_back(input);
    }
  }
  return false;
}

Node* defer(const OpTable& op, std::span<Node* const> inputs, double number, const Shape& shape,
            DType dtype, std::size_t list_length) {
  if (shape.numel() * static_cast<std::int64_t>(item_size(dtype)) < deferred_bytes) return nullptr;
  std::array<double, max_arity> numbers{};
  int slots = 1;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    Node* n = inputs[k];
    if (!n || !is_whole(*n)) {
      numbers[k] = n ? (n->is(array) ? n->borrowed_value().item() : n->number) : number;
      ++slots;
      continue;
    }
    const Tensor& t = n->part->value;
    if (t.shape() != shape || !t.is_contiguous()) return nullptr;
    if (is_put_off(*n)) {
      slots += deferred_part(*n).slots;
      continue;
    }
    // Nothing tells of writes through a pointer that somebody holds.
    if (!n->part->storage || n->part->storage->exposed.load(std::memory_order_relaxed))
      return nullptr;
    ++slots;
  }
  if (slots > Chain::capacity) {
    slots = 1 + static_cast<int>(inputs.size());
    for (Node* n : inputs)
      if (n && is_put_off(*n)) compute_value(*n);
  }
  Node* n = new_deferred(op, shape, dtype, list_length);
  deferred_part(*n).numbers = numbers;
  deferred_part(*n).slots = slots;
  wait(*n, inputs, compute_readers);
  return n;
}

Node* defer_sum(const OpTable& op, Node& input, double factor, const Shape& shape) {
  if (!joins_chain(input) || deferred_part(input).slots >= Chain::capacity) return nullptr;
  Node* n = new_deferred(op, shape, input.dtype(), 0);
  deferred_part(*n).factor = factor;
  deferred_part(*n).slots = deferred_part(input).slots + 1;
  Node* const inputs[] = {&input};
  wait(*n, inputs, compute_readers);
  return n;
}

Node* defer_rows(const OpTable& op, std::span<Node* const> inputs, const Shape& shape,
                 std::size_t list_length) {
  const DType dtype = inputs[0]->dtype();
  // What is made of few numbers of a chain is small itself.
  const std::int64_t numel =
      std::max(shape.numel(), is_put_off(*inputs[0]) ? inputs[0]->numel() : 0);
  if (shape.rank() == 0 || shape[0] < 2 ||
      numel * static_cast<std::int64_t>(item_size(dtype)) < 2 * rows_bytes)
    return nullptr;
  // With a single input the chain below goes on; else all is there, at least in blocks.
  if (inputs.size() == 1 && !is_put_off(*inputs[0])) return nullptr;
  if (inputs.size() > 1 && !is_there(*inputs[0]) && inputs[0]->is(by_rows))
    compute_rows(*inputs[0], true);
  for (Node* n : inputs) {
    if (is_put_off(*n) && (inputs.size() == 1 || (n == inputs[0] && is_there(*n)))) continue;
    if (is_put_off(*n) || !n->is(array)) return nullptr;
    // A change in place is known by the storage.
    if (!n->part->storage && !n->is(shared)) share_value(*n);
    if (!n->part->storage || n->part->storage->exposed.load(std::memory_order_relaxed))
      return nullptr;
  }
  Node* n = new_deferred(op, shape, dtype, list_length);
  deferred_part(*n).slots = 1;
  wait(*n, inputs, compute_readers);
  return n;
}

BackwardGroup::BackwardGroup(Node& root) : root_(root) {
  static_assert(most_inner >= Chain::capacity);
  const PutOffGroup group(root);
  Node* all[Chain::capacity + 1] = {&root};
  // By falling depth: all users of a node come before it.
  for (auto it = group.nodes().rbegin(); it != group.nodes().rend(); ++it) {
    Node& n = **it;
    if (&n == &root || !n.is(requires_grad)) continue;
    if (uses({all, static_cast<std::size_t>(count_ + 1)}, n) != deferred_part(n).users) continue;
    all[count_ + 1] = &n;
    inner_[static_cast<std::size_t>(count_++)] = &n;
  }
}

void BackwardGroup::run(bool retain) {
  if (!root_.is(has_adjoint)) return;
  const bool sums = root_.op->elementwise < 0;
  const auto is_inner = [this](const Node* n) {
    return std::find(inner().begin(), inner().end(), n) != inner().end();
  };
  if (count_ == 0 && (sums || !is_put_off(root_))) return root_.op->backward(root_);
  const PutOffGroup group(root_);
  make_inputs(group);
  for (const Node* n : group.nodes())
    if (n == &root_ || is_inner(n)) check_unchanged(*n);
  GroupChain program(group);
  Chain& chain = program.chain();
  // Beside the root, what has a handle or users elsewhere is kept.
  for (Node* n : group.nodes())
    if (is_put_off(*n) && (!is_inner(n) || stays_after_backward(*n, retain))) program.keep(*n);
  const Seen g(Tensor::borrow(root_.adjoint_data, root_.shape(), root_.dtype()));
  if (sums) {
    chain.seed(program.slot(*root_.first), {nullptr, g.item() * deferred_part(root_).factor});
  } else {
    chain.seed(program.slot(root_), {&g});
    chain.flow(program.slot(root_));
  }
  const auto open = [&](Node& n) {
    if (!n.is(array)) return program.gradient(n, {&n.adjoint, true});
    const AdjointTarget to = open_adjoint(n);
    program.gradient(n, {to.data, to.add});
  };
  for (Node* n : inner()) {
    chain.flow(program.slot(*n));
    n->clear(has_adjoint | kept | marked);
    n->set(dropped);
    if (!retain && !n->is(retained)) continue;
    open(*n);
    n->set(kept);
  }
  // What the chain reaches from outside, once each.
  std::array<Node*, Chain::capacity> reached;
  int reached_count = 0;
  const auto reach = [&](Node& user) {
    for (int k = 0; k < user.inputs(); ++k) {
      Node* input = user.input(k);
      if (!input || !input->is(requires_grad) || is_inner(input)) continue;
      const auto end = reached.begin() + reached_count;
      if (std::find(reached.begin(), end, input) != end) continue;
      reached[static_cast<std::size_t>(reached_count++)] = input;
      open(*input);
    }
  };
  if (!sums) reach(root_);
  for (Node* n : inner()) reach(*n);
  chain.run();
  program.accept();
  for (Node* n : inner()) forget(*n);
}

}  // namespace brickgrad::internal
