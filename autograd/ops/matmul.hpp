// Matrix products and layers.
#pragma once

#include <array>
#include <autograd/ops/contract.hpp>
#include <autograd/shape.hpp>
#include <cstdint>
#include <vector>

namespace brickgrad::ops {

/// The shape of a vector as a row, (…, 1, n), or as a column, (…, n, 1); a number is a vector of
/// one.
inline Dims row_shape(Dims d) {
  if (d.empty()) d.push_back(1);
  d.insert(d.rank() - 1, 1);
  return d;
}
inline Dims column_shape(Dims d) {
  if (d.empty()) d.push_back(1);
  d.push_back(1);
  return d;
}

/// a b for matrices or batches of them, which broadcast. With `Row` a is a vector that stands for a
/// row, with `Column` b one that stands for a column, and that dimension is left out of the result.
/// The names are NumPy's.
template <bool Row, bool Column>
struct AnyMatMul : Structural<2> {
  static constexpr auto name = Row ? Column ? "vecdot" : "vecmat" : Column ? "matvec" : "matmul";
  static constexpr auto symbol = "@";
  static constexpr std::array reads{reads_input(1), reads_input(0)};
  static auto forward(const auto& a, const auto& b) {
    if constexpr (Row || Column) {
      // Before they are matrices: an error names the shapes as they were given.
      check_product(a.shape(), b.shape());
      const auto y = product_of(reshaped(a, left(a.shape())), reshaped(b, right(b.shape())));
      Dims shape = y.shape();
      if (Column) shape.erase(shape.rank() - 1);
      if (Row) shape.erase(shape.rank() - (Column ? 1 : 2));
      return reshaped(y, Shape(shape));
    } else {
      return product_of(a, b);
    }
  }
  /// Gradients of vectors are rows, which the engine sums back to them.
  template <int I>
  static auto pullback(const auto& g, const auto&, const auto& a, const auto& b) {
    if constexpr (!Row && !Column) {
      if constexpr (I == 0)
        return matmul(g, transpose(b));
      else
        return matmul(transpose(a), g);
    } else if constexpr (I == 0 && Column) {
      return matmul(reshape(g, column_shape(g.shape())), reshape(b, row_shape(b.shape())));
    } else if constexpr (I == 0) {
      const auto row = reshape(g, row_shape(g.shape()));
      return matmul(row, transpose(b));
    } else if constexpr (Column) {
      return matmul(reshape(g, row_shape(g.shape())), reshape(a, left(a.shape())));
    } else {
      return matmul(reshape(a, column_shape(a.shape())), reshape(g, row_shape(g.shape())));
    }
  }
  static std::vector<Sample<AnyMatMul>> samples() {
    if constexpr (Row && Column)
      return {{{}, {{3}, {3}}}};
    else if constexpr (Row)
      return {{{}, {{2}, {2, 3}}}, {{}, {{2}, {3, 2, 4}}}};
    else if constexpr (Column)
      return {{{}, {{2, 3}, {3}}}, {{}, {{2, 2, 3}, {3}}}};
    else
      return {{{}, {{2, 3}, {3, 4}}}, {{}, {{2, 2, 3}, {3, 2}}}, {{}, {{2, 1, 2, 3}, {3, 3, 1}}}};
  }

 private:
  /// The shapes of the operands as matrices.
  static Shape left(const Shape& s) { return Row ? Shape(row_shape(s)) : s; }
  static Shape right(const Shape& s) { return Column ? Shape(column_shape(s)) : s; }
};
using MatMul = AnyMatMul<false, false>;
using VecMat = AnyMatMul<true, false>;
using MatVec = AnyMatMul<false, true>;
using VecDot = AnyMatMul<true, true>;

/// x w + b with a row b for all rows of x, or a matrix b: a layer of a network in one step.
struct Linear : Structural<3> {
  static constexpr auto name = "linear";
  static constexpr std::array reads{reads_input(1), reads_input(0), reads_nothing};
  static auto forward(const auto& x, const auto& w, const auto& b) { return product_of(x, w, b); }
  template <int I>
  static decltype(auto) pullback(const auto& g, const auto&, const auto& x, const auto& w,
                                 const auto&) {
    if constexpr (I == 0)
      return matmul(g, transpose(w));
    else if constexpr (I == 1)
      return matmul(transpose(x), g);
    else
      return g;
  }
  static std::vector<Sample<Linear>> samples() {
    return {{{}, {{4, 2}, {2, 3}, {3}}},
            {{}, {{2, 4, 3}, {3, 1}, {1}}},
            {{}, {{4, 2}, {2, 3}, {4, 3}}}};
  }
};

}  // namespace brickgrad::ops
