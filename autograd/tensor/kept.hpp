// Tensors that an op keeps for its derivative, see ops::KeptTensor.
#pragma once

#include <autograd/tensor/tensor.hpp>
#include <memory>

namespace brickgrad {

/// Memory for one of this shape: nobody else's is written over.
inline void make_room(std::shared_ptr<Tensor>& kept, const Shape& shape, DType dtype) {
  if (kept.use_count() != 1 || kept->shape() != shape || kept->dtype() != dtype)
    kept = std::make_shared<Tensor>(Tensor::empty(shape, dtype));
}

}  // namespace brickgrad
