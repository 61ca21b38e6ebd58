#include <algorithm>
#include <autograd/graph/adjoint.hpp>
#include <autograd/graph/leaf_sums.hpp>

namespace brickgrad::internal {
namespace {

/// So many terms are summed at the speed of long sums; and products with half of them gain by it.
constexpr std::int64_t enough_terms = 96;

/// Whether p is where a contiguous value or adjoint like this, which begins at `start`, has an
/// element.
bool lies_in(const void* p, const void* start, const Tensor& like) {
  const auto offset = static_cast<const std::byte*>(p) - static_cast<const std::byte*>(start);
  return start && offset >= 0 &&
         offset < like.numel() * static_cast<std::ptrdiff_t>(item_size(like.dtype()));
}

/// Whether the elements at p are those of a value that the derivative of a node reads, and stay
/// until the pass is over: unless they were put off.
bool are_of_input(const void* p, const Node& from) {
  for (int i = 0; i < from.inputs(); ++i) {
    const Node* n = from.input(i);
    if (n && n->is(array) && !n->is(deferred) && lies_in(p, n->part->value.raw(), n->part->value))
      return true;
  }
  return false;
}

}  // namespace

bool LeafSums::put_off(Node& to, const Product& product, const Node& from) {
  constexpr double least = 1 << 17;  // products of numbers: one that writes as much as it computes
  return running_ && to.is(leaf) && product.work() >= least &&
         2 * product.terms() <= enough_terms && running_->take(to, product, from);
}

bool LeafSums::take(Node& to, const Product& product, const Node& from) {
  const auto leaf =
      std::find_if(leaves_.begin(), leaves_.end(), [&](const Leaf& l) { return l.node == &to; });
  // Most receive one and no more.
  if (leaf == leaves_.end()) {
    leaves_.push_back({&to, {}});
    return false;
  }
  bool reads_adjoint = false;
  const auto stays = [&](const void* p) {
    const bool is_adjoint = from.is(array) && lies_in(p, from.adjoint_data, from.part->value);
    reads_adjoint = reads_adjoint || is_adjoint;
    return is_adjoint || are_of_input(p, from);
  };
  if (product.dtype() != to.dtype() || !leaf->sum.takes(product) || !product.borrows_only(stays))
    return false;
  leaf->sum.add(product, reads_adjoint ? from.part->adjoint : StorageRef());
  is_enough_ = is_enough_ || leaf->sum.terms() >= enough_terms;
  return true;
}

void LeafSums::add_enough() {
  if (running_ && running_->is_enough_) running_->finish();
}

void LeafSums::finish() {
  is_enough_ = false;
  std::vector<ProductSumJob> jobs;
  for (const Leaf& leaf : leaves_) {
    if (leaf.sum.empty()) continue;
    const AdjointTarget to = open_adjoint(*leaf.node);
    jobs.push_back({&leaf.sum, {to.data, leaf.node->dtype(), to.add}});
  }
  if (jobs.empty()) return;
  compute_together(jobs);
  for (Leaf& leaf : leaves_) leaf.sum.clear();
}

}  // namespace brickgrad::internal
