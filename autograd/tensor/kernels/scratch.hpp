// Memory that a kernel needs for the time of one call. Kernels use nothing else of storage.hpp: as
// their objects are sealed, they would have variables of it of their own.
#pragma once

#include <autograd/tensor/storage.hpp>
#include <cstddef>
#include <cstdint>

namespace brickgrad::lanes {

/// So many elements, aligned to a cache line, with what they happen to be. They are of the pool of
/// tensors: while that has room, a loop asks the system for nothing once it is warm. What fills a
/// third of a large page is given whole ones: in smaller ones a walk over it waits for addresses.
/// Throws Error when there is not so much memory.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::int64_t count)
      : block_(StorageRef::allocate(pages(static_cast<std::size_t>(count) * sizeof(T)))) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  T* data() const { return static_cast<T*>(block_->data()); }

 private:
  static std::size_t pages(std::size_t bytes) {
    return bytes < large_page / 3 ? bytes : (bytes + large_page - 1) / large_page * large_page;
  }
  StorageRef block_;
};

}  // namespace brickgrad::lanes
