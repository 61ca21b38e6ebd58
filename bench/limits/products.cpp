#include "products.hpp"

#include "limits.hpp"

namespace limits {

void multiply_by_eigen(const Factor& a, const Factor& b, float* to, bool add) {
  const auto seen = [](const Factor& f) {
    using Dense = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    return Eigen::Map<const Dense, Eigen::Aligned64, Eigen::OuterStride<>>(
        f.data, f.rows, f.columns, Eigen::OuterStride<>(f.stride));
  };
  const auto left = seen(a), right = seen(b);
  auto out = matrix<float>(to, a.turned ? a.columns : a.rows, b.turned ? b.rows : b.columns);
  const auto put = [&](const auto& product) {
    if (add)
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
