// One image and the kernels that move over it, as the routines for convolutions take them.
#pragma once

#include <cstdint>

namespace brickgrad {

/// An image of `channels` planes, padding included, and `outputs` kernels of as many planes.
struct ImageView {
  std::int64_t channels, height, width;
  std::int64_t outputs, kernel_height, kernel_width;
  std::int64_t out_height() const { return height - kernel_height + 1; }
  std::int64_t out_width() const { return width - kernel_width + 1; }
};

}  // namespace brickgrad
