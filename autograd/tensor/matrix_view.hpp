// A matrix in memory, as the kernels take it.
#pragma once

#include <cstdint>

namespace brickgrad {

/// rows x columns, with a stride for each, in elements.
struct MatrixView {
  const void* data;
  std::int64_t rows, columns, row_stride, column_stride;
};

/// The operands of a product.
struct MatrixPair {
  MatrixView a, b;
};

/// Products add up sums of fewer terms one term after another.
inline constexpr std::int64_t longest_short_inner = 8;

/// So many products of two numbers are worth a thread.
inline constexpr std::int64_t products_worth_a_thread = 1 << 19;

/// Where products whose halves are summed on their own begin the second one, of so many terms; and
/// how many products of numbers such a one takes at least.
inline constexpr std::int64_t half_of_terms(std::int64_t count) { return (count + 1) / 2; }
inline constexpr std::int64_t least_divided = 2 * products_worth_a_thread;

/// What is added to a product: rows `stride` elements apart, with 0 one for all. Null for nothing.
struct BiasView {
  const void* data = nullptr;
  std::int64_t stride = 0;
};

/// A product may sum the rows of its right operand along the way when that has so few, with so few
/// columns, and it takes so few products of numbers.
inline constexpr std::int64_t most_summed_rows = 128, most_summed_columns = 4, most_summed = 4096;

}  // namespace brickgrad
