// One image and the kernels that move over it, as the routines for convolutions take them.
#pragma once

#include <cstdint>

namespace brickgrad {

/// An image of `channels` planes, padding included, whose rows begin `width` apart, and `outputs`
/// kernels of as many planes. A row may be shorter than it with its padding, but not than a row of
/// the result: zeros after a row are then the zeros before the next one.
struct ImageView {
  std::int64_t channels, height, width;
  std::int64_t outputs, kernel_height, kernel_width;
  std::int64_t out_width;
  std::int64_t out_height() const { return height - kernel_height + 1; }
};

}  // namespace brickgrad
