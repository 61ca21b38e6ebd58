// Products that a backward pass adds to the adjoints of leaves. A leaf that receives one after the
// other, as the weights of a recurrent network do, is given several at a time: a product with the
// few rows of one step costs less than to read and write all the weights for it.
//   LeafSums sums;  // in force while this thread runs the pass
//   …
//   sums.finish();
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
  void finish();

  /// Puts off a product for the adjoint of `to`, which has its shape, that comes from the
  /// derivative of `from`. False, and nothing is done, where it had better be added at once.
  static bool put_off(Node& to, const Product& product, const Node& from);
  /// To be called after the products of a node: adds what is enough to be worth it.
  static void add_enough();

 private:
  struct Leaf {
    Node* node;
    ProductSum sum;
  };
  bool take(Node& to, const Product& product, const Node& from);

  std::vector<Leaf> leaves_;
  bool is_enough_ = false;
  LeafSums* before_;
  static inline constinit thread_local LeafSums* running_ = nullptr;
};

}  // namespace brickgrad::internal
