// One image and the kernels that move over it, as the routines for convolutions take them.
#pragma once

#include <cstdint>

namespace brickgrad {

/// An image of `channels` planes, padding included, whose rows begin `width` apart, and `outputs`
/// kernels of as many planes. A row may be shorter than it with its padding, but not than a row of
/// the result: zeros after a row are then the zeros before the next one. Of several images in lanes
/// (see image_lanes.hpp), widths count the numbers of all of them.
struct ImageView {
  std::int64_t channels, height, width;
  std::int64_t outputs, kernel_height, kernel_width;
  // Results may be fewer than there are places, or, of images in lanes, reach further into zeros.
  std::int64_t out_height, out_width;
  std::int64_t lanes = 1;  // how many numbers there are for each place of a row
  // Of images in lanes: rows of zeros above and below, and columns at the sides, that are not in
  // memory; fewer than none are cut off. They do not belong to the height and width.
  std::int64_t rows_around = 0, columns_around = 0;
};

}  // namespace brickgrad
