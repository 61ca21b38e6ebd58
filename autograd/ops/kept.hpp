// What an op keeps for its derivative beside its operands and its result: in the op itself while it
// is little.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace brickgrad {
class Tensor;
}

namespace brickgrad::ops {

/// Classes, by number.
class Labels {
 public:
  Labels(std::span<const std::int64_t> labels) : size_(labels.size()) {
    if (size_ > few) many_ = std::make_unique_for_overwrite<std::int64_t[]>(size_);
    std::copy(labels.begin(), labels.end(), many_ ? many_.get() : few_);
  }
  Labels(const std::vector<std::int64_t>& labels) : Labels(std::span(labels)) {}
  Labels(std::initializer_list<std::int64_t> labels)
      : Labels(std::span(labels.begin(), labels.size())) {}
  Labels(const Labels& o) : Labels(std::span<const std::int64_t>(o)) {}
  Labels(Labels&& o) noexcept : size_(std::exchange(o.size_, 0)), many_(std::move(o.many_)) {
    std::copy_n(o.few_, few, few_);
  }
  Labels& operator=(const Labels&) = delete;

  std::size_t size() const { return size_; }
  operator std::span<const std::int64_t>() const { return {many_ ? many_.get() : few_, size_}; }

 private:
  static constexpr std::size_t few = 8;
  std::size_t size_;
  std::unique_ptr<std::int64_t[]> many_;
  std::int64_t few_[few]{};
};

/// Results of forward, of the op's element type, when they are few.
struct FewResults {
  static constexpr std::size_t most = 16;
  /// Room for so many, which are then there; null for more.
  void* open(std::size_t n) {
    count_ = n <= most ? n : 0;
    return count_ > 0 ? numbers_ : nullptr;
  }
  /// All n of them, or null.
  const void* of(std::size_t n) const { return n == count_ ? numbers_ : nullptr; }

 private:
  std::size_t count_ = 0;
  alignas(double) std::byte numbers_[most * sizeof(double)];
};

/// One of them that is large. Ops need not know what a tensor is.
using KeptTensor = std::shared_ptr<Tensor>;

}  // namespace brickgrad::ops
