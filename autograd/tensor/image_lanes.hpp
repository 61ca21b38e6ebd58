// Images in lanes: as many as a vector has lanes, with the numbers of one place side by side. What
// works on images then needs no sums across lanes and cares for no ends of rows. To everybody else
// they are tensors (N, C, H, W) like others, with strides (1, H W N, W N, N).
//   const KeepLanes keep;
//   Tensor x = into_lanes(images);  convolved(x, w, b, 1, 0) is in lanes too
#pragma once

#include <autograd/tensor/tensor.hpp>

namespace brickgrad {

/// While there is one in a thread, functions on images leave them in lanes; elsewhere such strides
/// are like others, and results are contiguous. It holds for the thread alone: what is divided
/// between threads asks before.
class KeepLanes {
 public:
  KeepLanes() { ++count_; }
  ~KeepLanes() { --count_; }
  KeepLanes(const KeepLanes&) = delete;
  KeepLanes& operator=(const KeepLanes&) = delete;
  static bool any() { return count_ > 0; }

 private:
  static inline constinit thread_local int count_ = 0;
};

/// How many images they are.
std::int64_t lanes_of(DType dtype);
/// Whether they are in lanes, and there is a KeepLanes.
bool are_in_lanes(const Tensor& images);
/// A copy in lanes, or the same if they are already; as many images as there are lanes.
Tensor into_lanes(const Tensor& images);
Tensor empty_in_lanes(const Shape& shape, DType dtype);
/// The same elements in the order of memory: (C, H, W, N).
Tensor as_they_lie(const Tensor& in_lanes);
/// Copies them to contiguous memory.
void out_of_lanes(const Tensor& in_lanes, void* to);

}  // namespace brickgrad
