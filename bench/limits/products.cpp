// Eigen's products of plain arrays.
#include <eigen3/Eigen/Core>

#include "limits.hpp"

namespace limits {

void multiply_by_eigen(const Factor& a, const Factor& b, const Target& to) {
  using Dense = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Stride = Eigen::OuterStride<>;
  const auto seen = [](const Factor& f) {
    return Eigen::Map<const Dense, Eigen::Aligned64, Stride>(f.data, f.rows, f.columns,
                                                             Stride(f.stride));
  };
  const auto left = seen(a), right = seen(b);
  const int rows = a.turned ? a.columns : a.rows, columns = b.turned ? b.rows : b.columns;
  Eigen::Map<Dense, Eigen::Aligned64, Stride> out(to.data, rows, columns,
                                                  Stride(to.stride ? to.stride : columns));
  const auto put = [&](const auto& product) {
    if (to.add)
      out.noalias() += product;
    else
      out.noalias() = product;
  };
  if (a.turned)
    put(left.transpose() * right);
  else if (b.turned)
    put(left * right.transpose());
  else
    put(left * right);
}

}  // namespace limits
