#include <algorithm>
#include <autograd/graph/adjoint.hpp>
#include <autograd/graph/leaf_sums.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/structural.hpp>
#include <cstddef>

namespace brickgrad::internal {
namespace {

std::size_t value_bytes(const Node& n) {
  return static_cast<std::size_t>(n.numel()) * item_size(n.dtype());
}

/// Storage for the adjoint that is nobody else's, with the present adjoint in it.
void own_adjoint_storage(Node& n) {
  StorageRef storage = StorageRef::allocate(value_bytes(n));
  if (n.is(has_adjoint))
    std::copy_n(static_cast<const std::byte*>(n.adjoint_data), value_bytes(n),
                static_cast<std::byte*>(storage->data()));
  n.adjoint_data = storage->data();
  n.part->adjoint = std::move(storage);
}

/// Whether a tensor could be the adjoint of a node that has no memory for one yet.
bool may_become_adjoint(const Tensor& t, const Node& n) {
  return n.is(array) && !n.is(has_adjoint) && !n.adjoint_data && t.is_contiguous() &&
         t.shape() == n.part->value.shape() && t.dtype() == n.part->value.dtype();
}

bool begins_storage(const Tensor& t) { return t.storage() && t.raw() == t.storage()->data(); }

void take_over(Node& n, const StorageRef& storage) {
  n.part->adjoint = storage;
  n.adjoint_data = storage->data();
  n.set(has_adjoint);
}

}  // namespace

Tensor share_gradient(Node& n) {
  if (!n.is(array)) share_value(n);
  const bool stale_and_held = n.part->adjoint && !n.is(has_adjoint) && !n.part->adjoint.unique();
  if (!n.part->adjoint || stale_and_held) own_adjoint_storage(n);
  if (!n.is(has_adjoint)) {
    std::fill_n(static_cast<std::byte*>(n.adjoint_data), value_bytes(n), std::byte{0});
    n.set(has_adjoint);
  }
  return Tensor::on_storage(n.part->adjoint, n.shape(), n.dtype());
}

AdjointTarget open_own_adjoint(Node& n) {
  // Gradients that a user holds stay what they were when read.
  const bool held = n.part->adjoint && !n.part->adjoint.unique();
  if (!n.adjoint_data || held) own_adjoint_storage(n);
  const bool add = n.is(has_adjoint);
  n.set(has_adjoint);
  return {n.adjoint_data, add};
}

void accumulate_number(Node& n, double contribution) {
  if (!n.is(array)) {
    n.adjoint += contribution;
    n.set(has_adjoint);
    return;
  }
  const AdjointTarget to = open_adjoint(n);
  double& adjoint = *static_cast<double*>(to.data);
  adjoint = to.add ? adjoint + contribution : contribution;
}

namespace {

/// Adds a tensor that remains its owner's.
void add(Node& n, const Tensor& contribution) {
  if (!n.is(array)) {
    double sum = 0;
    add_to(contribution, &sum, {}, float64, false);
    return accumulate_number(n, sum);
  }
  const Tensor& value = n.part->value;
  const AdjointTarget to = open_adjoint(n);
  if (value.numel() > 0) add_to(contribution, to.data, value.shape(), value.dtype(), to.add);
}

}  // namespace

void accumulate(Node& n, const Tensor& contribution) {
  // A fresh result becomes the adjoint as it is.
  if (may_become_adjoint(contribution, n) && contribution.storage().unique() &&
      begins_storage(contribution))
    return take_over(n, contribution.storage());
  add(n, contribution);
}

void begin_with(Node& n, const Tensor& seed, bool retain) {
  const bool is_given_back = !retain && !n.is(leaf | retained);
  if (is_given_back && may_become_adjoint(seed, n) && begins_storage(seed))
    return take_over(n, seed.storage());
  add(n, seed);
}

void pass_on(Node& from, Node& n, const Tensor& contribution) {
  const bool is_whole = from.is(dropped) && contribution.raw() == from.adjoint_data;
  if (!is_whole || !may_become_adjoint(contribution, n)) return accumulate(n, contribution);
  // Somebody else's may go on to nodes that give it back.
  if (!from.part->adjoint.unique() && n.is(leaf | retained)) return accumulate(n, contribution);
  take_over(n, from.part->adjoint);
}

bool write_over(Node& from, Node& n) {
  if (!from.is(dropped) || n.is(has_adjoint) || n.adjoint_data || !n.is(array)) return false;
  StorageRef& storage = from.part->adjoint;
  const Tensor &mine = n.part->value, &theirs = from.part->value;
  if (!storage.unique() || storage->data() != from.adjoint_data || mine.shape() != theirs.shape() ||
      mine.dtype() != theirs.dtype())
    return false;
  take_over(n, storage);
  storage = {};
  from.adjoint_data = nullptr;
  from.clear(has_adjoint);
  return true;
}

void accumulate(Node& n, const Product& contribution) {
  if (!n.is(array)) return accumulate(n, Tensor(contribution));
  const Shape &from = contribution.shape(), &to = n.part->value.shape();
  const bool same = from == to;
  const bool summed = !same && to.rank() == 2 && from.numel() > 0 &&
                      to[0] == from[from.rank() - 2] && to[1] == from.back();
  if (!same && !summed) return accumulate(n, Tensor(contribution));
  const AdjointTarget target = open_adjoint(n);
  if (same)
    contribution.compute(target.data, n.dtype(), target.add);
  else
    contribution.compute_sum(target.data, n.dtype(), target.add);
}

void accumulate_together(std::span<const ProductTo> products, const Node& from) {
  ProductJob jobs[max_arity];
  std::size_t count = 0;
  std::uint32_t done = 0;
  for (std::size_t i = 0; i < products.size(); ++i) {
    const auto& [n, p] = products[i];
    if (!n->is(array) || p->shape() != n->part->value.shape()) continue;
    const bool is_first =
        std::none_of(products.begin(), products.begin() + static_cast<std::ptrdiff_t>(i),
                     [n = n](const ProductTo& other) { return other.node == n; });
    if (!LeafSums::put_off(*n, *p, from)) {
      if (!is_first || !(p->work() >= least_divided)) continue;
      const AdjointTarget to = open_adjoint(*n);
      jobs[count++] = {p, {to.data, n->dtype(), to.add}};
    }
    done |= 1u << i;
  }
  compute_together({jobs, count});
  for (std::size_t i = 0; i < products.size(); ++i)
    if (!(done >> i & 1)) accumulate(*products[i].node, *products[i].product);
  LeafSums::add_enough();
}

bool accumulate_with_sums(Node& weight, const Product& to_weight, Node& bias, const Tensor& g) {
  const auto fits = [&g](const Node& n, const Shape& shape) {
    return n.is(array) && n.part->value.shape() == shape && n.dtype() == g.dtype();
  };
  if (&weight == &bias || !to_weight.sums_rows_of(g) || !fits(weight, to_weight.shape()) ||
      !fits(bias, Shape::unchecked({g.shape().back()})))
    return false;
  const AdjointTarget sums = open_adjoint(bias), to = open_adjoint(weight);
  to_weight.compute_with_sums(to.data, to.add, sums.data, sums.add);
  return true;
}

}  // namespace brickgrad::internal
