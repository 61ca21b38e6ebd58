#include <algorithm>
#include <autograd/graph/adjoint.hpp>
#include <autograd/graph/leaf_sums.hpp>
#include <autograd/tensor/kernels.hpp>

namespace brickgrad::internal {
namespace {

/// So many terms together are summed as fast as any number; a product with more than half of them
/// is added at once.
constexpr std::int64_t enough_terms = 96;

/// Whether to put off a product gains anything: it is no small one, has few terms, and the operands
/// of enough of them take no more memory than two such results. With short registers, which hold
/// smaller tiles of the result, a thread alone is faster without.
bool gains(const Product& p) {
  constexpr double least_work = 1 << 17;
  constexpr int long_registers = 64;
  if (kernels().vector_bytes < long_registers || !(p.work() >= least_work) ||
      2 * p.terms() > enough_terms)
    return false;
  const Shape& s = p.shape();
  return enough_terms * (s[0] + s[1]) <= 2 * s[0] * s[1];
}

/// Whether the elements at p are those of a value that the derivative of a node reads. What is
/// there stays as long as its node.
bool are_of_input(const void* p, const Node& from) {
  for (int i = 0; i < from.inputs(); ++i) {
    const Node* n = from.input(i);
    if (n && n->is(array) && lies_in(p, n->part->value.raw(), n->part->value)) return true;
  }
  return false;
}

}  // namespace

bool LeafSums::put_off(Node& to, const Product& product, const Node& from) {
  return running_ && to.is(leaf) && product.dtype() == to.dtype() && gains(product) &&
         running_->take(running_->leaf_of(to), product, from);
}

LeafSums::Leaf& LeafSums::leaf_of(Node& n) {
  const auto known =
      std::find_if(leaves_.begin(), leaves_.end(), [&n](const Leaf& l) { return l.node == &n; });
  return known == leaves_.end() ? leaves_.emplace_back(Leaf{&n, 0, {}}) : *known;
}

bool LeafSums::take(Leaf& leaf, const Product& product, const Node& from) {
  // A leaf that receives two or three has nothing to put together.
  constexpr int few = 3;
  if (leaf.seen < few) {
    ++leaf.seen;
    return false;
  }
  const auto is_adjoint = [&](const void* p) {
    return from.is(array) && lies_in(p, from.adjoint_data, from.part->value);
  };
  const auto is_other = [&](const void* p) { return !is_adjoint(p); };
  const auto stays = [&](const void* p) { return is_adjoint(p) || are_of_input(p, from); };
  if (!leaf.sum.takes(product) || !product.borrows_only(stays)) return false;
  leaf.sum.add(product, product.borrows_only(is_other) ? StorageRef() : from.part->adjoint);
  is_enough_ = is_enough_ || leaf.sum.terms() >= enough_terms;
  return true;
}

void LeafSums::add_enough() {
  if (running_ && running_->is_enough_) running_->add_all();
}

void LeafSums::add_all() {
  is_enough_ = false;
  std::vector<ProductSumJob> jobs;
  for (const Leaf& leaf : leaves_) {
    if (leaf.sum.empty()) continue;
    const AdjointTarget to = open_adjoint(*leaf.node);
    jobs.push_back({&leaf.sum, {to.data, leaf.node->dtype(), to.add}});
  }
  if (jobs.empty()) return;
  compute_sums(jobs);
  for (Leaf& leaf : leaves_) leaf.sum.clear();
}

}  // namespace brickgrad::internal
