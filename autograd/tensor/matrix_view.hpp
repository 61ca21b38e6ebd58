// A matrix in memory, as the kernels take it.
#pragma once

#include <cstdint>

namespace brickgrad {

/// rows x columns, with a stride for each, in elements.
struct MatrixView {
  const void* data;
  std::int64_t rows, columns, row_stride, column_stride;
};

/// What is added to a product: rows `stride` elements apart, with 0 one for all. Null for nothing.
struct BiasView {
  const void* data = nullptr;
  std::int64_t stride = 0;
};

}  // namespace brickgrad
