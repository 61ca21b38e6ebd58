// The four corners of XOR and their classes.
#pragma once

#include <autograd/tensor/tensor.hpp>
#include <cstdint>
#include <vector>

namespace brickgrad {

inline const Tensor corners = Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
inline const std::vector<std::int64_t> xor_labels{0, 1, 1, 0};

}  // namespace brickgrad
