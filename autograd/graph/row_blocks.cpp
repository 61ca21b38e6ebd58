#include <algorithm>
#include <autograd/graph/deferred.hpp>
#include <autograd/graph/row_blocks.hpp>
#include <autograd/tensor/image_lanes.hpp>
#include <autograd/tensor/structural.hpp>

namespace brickgrad::internal {

std::int64_t bytes_of(const Node& n) {
  return n.numel() * static_cast<std::int64_t>(item_size(n.dtype()));
}

Blocks::Blocks(std::int64_t rows, std::int64_t bytes, DType dtype, std::int64_t parts)
    : rows_(rows), lanes_(lanes_of(dtype)) {
  if (rows < 2 * lanes_ || lanes_ * (bytes / rows) > lanes_bytes) lanes_ = 0;
  count_ = lanes_ ? (rows + lanes_ - 1) / lanes_
                  : std::clamp<std::int64_t>(parts * bytes / rows_bytes, 1, rows);
}

Tensor Blocks::of(const Tensor& t, std::int64_t block) const {
  return lanes_ ? sliced(t, 0, lanes_ * block, std::min(rows_, lanes_ * (block + 1)), 1)
                : sliced(t, 0, rows_ * block / count_, rows_ * (block + 1) / count_, 1);
}

Tensor Blocks::put_in_lanes(const Tensor& t, std::int64_t block) const {
  const Tensor part = of(t, block);
  return part.rank() == 4 && part.shape()[0] == lanes_ ? into_lanes(part) : part;
}

Start::Start(const Node& n, const Blocks& blocks) : blocks_(blocks) {
  if (is_put_off(n) && blocks.are(deferred_part(n).blocks))
    parts_ = deferred_part(n).blocks;
  else
    whole_ = n.borrowed_value().contiguous();
}

Tensor Start::no_rows() const { return sliced(parts_.empty() ? whole_ : parts_[0], 0, 0, 0, 1); }

}  // namespace brickgrad::internal
