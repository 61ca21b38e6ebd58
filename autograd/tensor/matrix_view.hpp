// A matrix in memory, as the kernels take it.
#pragma once

#include <cstdint>

namespace brickgrad {

/// rows x columns, with a stride for each, in elements.
struct MatrixView {
  const void* data;
  std::int64_t rows, columns, row_stride, column_stride;
};

}  // namespace brickgrad
