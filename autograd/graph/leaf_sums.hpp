// Products that a backward pass adds to the adjoints of leaves. A leaf that receives one after the
// other, as the weights of a recurrent network do, is given several at a time: a product with the
// few rows of one step costs less than to read and write all the weights for it.
//   LeafSums sums;  // in force while this thread runs the pass
//   …
//   sums.finish();  // until then, the adjoints of leaves may lack something
#pragma once

#include <autograd/graph/node.hpp>
#include <autograd/tensor/product_sum.hpp>
#include <utility>
#include <vector>

namespace brickgrad::internal {

class LeafSums {
 public:
  LeafSums() : before_(std::exchange(running_, this)) {}
  ~LeafSums() { running_ = before_; }
  LeafSums(const LeafSums&) = delete;
  LeafSums& operator=(const LeafSums&) = delete;
  /// Adds to the adjoints what was put off.
  void finish() {
    if (!leaves_.empty()) add_all();
  }

  /// Puts off a product for the adjoint of `to`, which has its shape, that comes from the
  /// derivative of `from`. False where it had better be added at once, as the first ones of each
  /// leaf.
  static bool put_off(Node& to, const Product& product, const Node& from);
  /// To be called after the products of a node: when one leaf has enough terms, all are given what
  /// they have, side by side.
  static void add_enough();

 private:
  struct Leaf {
    Node* node;
    int seen;  // products
    ProductSum sum;
  };
  void add_all();
  bool take(Leaf& leaf, const Product& product, const Node& from);
  Leaf& leaf_of(Node& n);

  std::vector<Leaf> leaves_;
  bool is_enough_ = false;
  LeafSums* before_;
  static inline constinit thread_local LeafSums* running_ = nullptr;
};

}  // namespace brickgrad::internal
