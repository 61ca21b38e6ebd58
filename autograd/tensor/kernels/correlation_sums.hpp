// Where the sums of a correlation, one register each, become the derivative to the kernels.
#pragma once

#include <autograd/tensor/kernels/batch.hpp>
#include <cstdint>

namespace brickgrad::lanes {

/// Adds the sum of each register to w[o, l], where channels are `stride` apart.
template <class T, int O, int L>
void add_sums(const Batch<T> (&sum)[O][L], std::int64_t stride, T* w) {
  using B = Batch<T>;
  T total[O * L + B::width];
  constexpr int whole = O * L / B::width, rest = O * L % B::width;
  const B* const from = &sum[0][0];
  each<whole>(
      [&](int i) { sums_of_lanes<B::width>(from + i * B::width).store(total + i * B::width); });
  if constexpr (rest > 0)
    sums_of_lanes<rest>(from + whole * B::width).store(total + whole * B::width);
  for (int o = 0; o < O; ++o)
    for (int l = 0; l < L; ++l) w[o * stride + l] += total[o * L + l];
}

}  // namespace brickgrad::lanes
