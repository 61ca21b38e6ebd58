// How the rows of a batch are cut into blocks that pass through several ops while they are in the
// cache: images in lanes, see image_lanes.hpp, where as many of them as a vector has lanes fit.
//   const Blocks blocks(rows, bytes, dtype, 1);
//   const Start start(node, blocks);  // start.of(0) are the first rows of its value
#pragma once

#include <autograd/graph/node.hpp>

namespace brickgrad::internal {

/// What the arrays of one block of rows may have, so that a few of them stay in the cache. Smaller
/// ones than two blocks are no chain.
inline constexpr std::int64_t rows_bytes = std::int64_t{1} << 17;

std::int64_t bytes_of(const Node& n);

/// How the rows of arrays, the largest of which has so many bytes, are cut into blocks: images in
/// lanes, unless they are too large or too few for that.
class Blocks {
 public:
  /// `parts`: how often a block that is not in lanes is cut once more.
  Blocks(std::int64_t rows, std::int64_t bytes, DType dtype, std::int64_t parts);
  std::int64_t count() const { return count_; }
  bool in_lanes() const { return lanes_ > 0; }
  /// Whether an array is there in these blocks.
  bool are(const std::vector<Tensor>& blocks) const {
    return lanes_ > 0 && static_cast<std::int64_t>(blocks.size()) == count_ &&
           blocks[0].shape()[0] == lanes_;
  }
  Tensor of(const Tensor& t, std::int64_t block) const;
  /// The same, in lanes where there are as many images.
  Tensor put_in_lanes(const Tensor& t, std::int64_t block) const;

 private:
  /// More would not stay in the second-level cache.
  static constexpr std::int64_t lanes_bytes = 4 * rows_bytes;
  std::int64_t rows_, lanes_, count_;
};

/// Of something in blocks, that one.
template <class T>
T& block_of(std::vector<T>& blocks, std::int64_t block) {
  return blocks[static_cast<std::size_t>(block)];
}
template <class T>
const T& block_of(const std::vector<T>& blocks, std::int64_t block) {
  return blocks[static_cast<std::size_t>(block)];
}

/// The rows of what a chain begins with, which is there as a whole or in the same blocks.
class Start {
 public:
  Start(const Node& n, const Blocks& blocks);
  /// In lanes where the block is.
  Tensor of(std::int64_t block) const {
    return parts_.empty() ? blocks_.put_in_lanes(whole_, block) : block_of(parts_, block);
  }
  Tensor no_rows() const;

 private:
  const Blocks& blocks_;
  Tensor whole_;
  std::vector<Tensor> parts_;
};

}  // namespace brickgrad::internal
