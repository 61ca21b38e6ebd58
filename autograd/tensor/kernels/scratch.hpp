// Memory that a kernel needs for the time of one call.
#pragma once

#include <autograd/tensor/storage.hpp>
#include <cstddef>
#include <cstdint>

namespace brickgrad::lanes {

/// So many elements, aligned to a cache line, with what they happen to be. They are of the pool of
/// tensors, so that a loop asks the system for nothing once it is warm. What fills a quarter of a
/// large page is given whole ones: in smaller ones a walk over it waits for addresses. Throws Error
/// when there is not so much memory.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::int64_t count)
      : block_(StorageRef::allocate(pages(static_cast<std::size_t>(count) * sizeof(T)))) {}
  T* data() const { return static_cast<T*>(block_->data()); }

 private:
  static std::size_t pages(std::size_t bytes) {
    return bytes < large_page / 4 ? bytes : (bytes + large_page - 1) / large_page * large_page;
  }
  StorageRef block_;
};

}  // namespace brickgrad::lanes
