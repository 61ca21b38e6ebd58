// The backward pass: nodes are visited by falling depth, each after everything that uses it. Depth
// levels are buckets, so the order costs one step a node, and nothing recurses.
#include <autograd/error.hpp>
#include <autograd/graph/adjoint.hpp>
#include <autograd/graph/backward_order.hpp>
#include <autograd/graph/deferred.hpp>
#include <autograd/graph/functions.hpp>
#include <autograd/graph/leaf_sums.hpp>
#include <autograd/graph/row_chain.hpp>
#include <new>
#include <unordered_set>
#include <vector>

namespace brickgrad {
namespace internal {
namespace {

/// The buckets of one thread, one list of nodes a depth; all empty between passes.
class Buckets {
 public:
  /// Makes room for depths up to `deepest`. Throws when a pass is running on this thread.
  explicit Buckets(std::uint32_t deepest) : deepest_(deepest) {
    if (busy_) fail("backward: called while another backward pass runs on this thread");
    if (deepest >= size_) {
      const std::size_t size = std::max<std::size_t>(2 * size_, std::size_t{deepest} + 64);
      Node** fresh = new (std::nothrow) Node* [size] {};
      if (!fresh) fail("out of memory: no room to sort a graph of depth {}", deepest);
      static thread_local const Cleaner cleaner;
      static_cast<void>(cleaner);
      delete[] kept_heads_;
      kept_heads_ = fresh;
      size_ = size;
    }
    heads_ = kept_heads_;
    busy_ = true;
  }
  ~Buckets() {
    for (; deepest_ > 0; --deepest_)
      for (Node* n = take(deepest_); n; n = n->next) n->clear(marked);
    busy_ = false;
    if (size_ > (std::size_t{1} << 20)) free_all();
  }
  Buckets(const Buckets&) = delete;
  Buckets& operator=(const Buckets&) = delete;

  void put(Node* n) { n->next = std::exchange(heads_[n->depth], n); }
  Node* take(std::uint32_t depth) { return std::exchange(heads_[depth], nullptr); }
  /// Deeper buckets are empty from now on.
  void lower(std::uint32_t depth) { deepest_ = depth; }

 private:
  static void free_all() {
    delete[] kept_heads_;
    kept_heads_ = nullptr;
    size_ = 0;
  }
  struct Cleaner {
    ~Cleaner() { free_all(); }
  };
  static inline constinit thread_local Node** kept_heads_ = nullptr;
  static inline constinit thread_local std::size_t size_ = 0;
  static inline constinit thread_local bool busy_ = false;
  Node** heads_;
  std::uint32_t deepest_;
};

/// An interior node starts with an adjoint of zero.
inline void start_adjoint(Node* n, std::uint64_t state) {
  if (state & array) {
    n->state = state & ~std::uint64_t{has_adjoint | kept | dropped};
  } else {
    n->state = (state & ~std::uint64_t{kept}) | has_adjoint;
    n->adjoint = 0;
  }
}

/// The gradient of a leaf that is reached is 0 unless something is added to it.
inline void reach_leaf(Node* n, std::uint64_t state) {
  if (!(state & has_adjoint)) n->state = state | (state & array ? zeroed : has_adjoint);
}

/// Meets an input of a node: an interior one waits for its turn.
inline void visit(Node* n, Buckets& buckets) {
  const std::uint64_t state = n->state;
  if ((state & (marked | requires_grad | leaf)) == requires_grad) {
    start_adjoint(n, state | marked);
    buckets.put(n);
  } else if ((state & (requires_grad | leaf)) == (requires_grad | leaf)) {
    reach_leaf(n, state);
  }
}

inline void visit_inputs(Node* n, std::uint64_t state, Buckets& buckets) {
  if (!(state & many_inputs)) [[likely]] {
    Node* second = state & (number_first | number_second) ? nullptr : n->second;
    visit(n->first, buckets);
    if (second) visit(second, buckets);
  } else {
    for (std::size_t i = 0; i < n->input_count; ++i) visit(n->inputs_list[i], buckets);
  }
}

/// A value that was put off, and in the same pass what is below it.
void backward_group(Node* n, Buckets& buckets, bool retain) {
  BackwardGroup group(*n);
  for (Node* m : group.inner()) visit_inputs(m, m->state, buckets);
  group.run(retain);
}

/// An op that works by rows, and in the same pass what it alone uses.
void backward_rows(Node* n, Buckets& buckets, bool retain) {
  RowChain chain(*n, retain);
  for (Node* m : chain.inner()) visit_inputs(m, m->state, buckets);
  if (chain.inner().empty())
    n->op->backward(*n);
  else
    chain.run();
  // Its value need not be there before its inputs change.
  if (is_put_off(*n) && !stays_after_backward(*n, retain)) forget(*n);
}

/// A large adjoint is given back as soon as it has been used.
void drop_adjoint(Node* n) {
  n->part->adjoint = {};
  n->adjoint_data = nullptr;
  n->clear(has_adjoint);
}

/// The derivative of a number to itself.
void seed_root(Node& root) {
  if (root.dtype() == float64)
    accumulate_number(root, 1);
  else
    accumulate(root, Tensor::ones({}, root.dtype()));
}

void run_backward(Node* root, const Tensor* seed, bool retain) {
  leave_graph();
  auto start = [&] {
    if (!seed) return seed_root(*root);
    begin_with(*root, *seed, retain);
  };
  if (root->is(leaf)) return start();
  const Value hold = handle(root);
  Buckets buckets(root->depth);
  LeafSums sums;
  visit(root, buckets);
  start();
  for (std::uint32_t depth = root->depth; depth > 0; --depth) {
    buckets.lower(depth);
    for (Node* n = buckets.take(depth); n;) {
      Node* next = n->next;
      const std::uint64_t state = n->state;
      if (!(state & marked)) [[unlikely]] {  // it was part of a group
        n = next;
        continue;
      }
      n->state = state & ~std::uint64_t{marked};
      visit_inputs(n, state, buckets);
      // Known in time for pass_on().
      if (!retain && (state & (array | retained)) == array && n->part->adjoint) n->set(dropped);
      try {
        if (state & by_rows) [[unlikely]]
          backward_rows(n, buckets, retain);
        else if (state & deferred) [[unlikely]]
          backward_group(n, buckets, retain);
        else
          n->op->backward(*n);
      } catch (...) {
        for (Node* rest = next; rest; rest = rest->next) rest->clear(marked);
        throw;
      }
      if (retain || (state & retained))
        n->set(kept);
      else if (n->is(dropped))
        drop_adjoint(n);
      n = next;
    }
  }
  buckets.lower(0);
  sums.finish();
}

}  // namespace

BackwardOrder::BackwardOrder(Node& root) : root_(root) {
  std::vector<std::vector<Node*>> by_depth(std::size_t{root.depth} + 1);
  std::unordered_set<Node*> seen;
  const auto meet = [&](Node* n) {
    if (!n || !n->is(requires_grad) || !seen.insert(n).second) return;
    if (n->is(leaf))
      leaves_.push_back(n);
    else
      by_depth[n->depth].push_back(n);
  };
  meet(&root);
  for (std::size_t depth = root.depth; depth > 0; --depth)
    // The last that was met comes first, as in the buckets.
    for (auto n = by_depth[depth].rbegin(); n != by_depth[depth].rend(); ++n) {
      interior_.push_back({*n});
      for (int i = 0; i < (*n)->inputs(); ++i) meet((*n)->input(i));
    }
}

void BackwardOrder::run() {
  leave_graph();
  for (const RepeatedWork& work : interior_) start_adjoint(work.node, work.node->state);
  for (Node* n : leaves_)
    if (n->is(requires_grad)) reach_leaf(n, n->state);
  seed_root(root_);
  LeafSums sums;
  // Adjoints keep their memory for the next time.
  for (RepeatedWork& work : interior_)
    work.run(work.node->op->backward, work.node->op->prepare_backward);
  sums.finish();
}

}  // namespace internal

void Value::backward(const BackwardOptions& options) const {
  internal::Node* n = node();
  if (n->numel() != 1 || n->shape().rank() != 0)
    fail(
        "backward: this value has shape {}, not (); reduce it with sum() or mean(), or pass a seed "
        "of its shape",
        n->shape());
  if (!n->is(internal::requires_grad))
    fail(
        "backward: this value was computed from no leaf that receives a gradient (constants, "
        "detach() or no_grad)");
  internal::BackwardOrder* order =
      n->is(internal::owns_table) ? internal::own_table(*n).order.get() : nullptr;
  if (order && !options.retain_grad && !n->is(internal::retained))
    order->run();
  else
    internal::run_backward(n, nullptr, options.retain_grad);
}

void Value::backward(const Tensor& seed, const BackwardOptions& options) const {
  internal::Node* n = node();
  if (seed.shape() != n->shape())
    fail("backward: the seed has shape {}, the value {}; they must be the same", seed.shape(),
         n->shape());
  if (!n->is(internal::requires_grad))
    fail(
        "backward: this value was computed from no leaf that receives a gradient (constants, "
        "detach() or no_grad)");
  internal::run_backward(n, &seed, options.retain_grad);
}

}  // namespace brickgrad
