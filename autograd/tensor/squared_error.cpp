// The mean of squared differences, and its derivative.
#include <autograd/error.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/rows.hpp>
#include <autograd/tensor/squared_error.hpp>

namespace brickgrad {
namespace {

/// Where element i of a contiguous tensor lies.
const void* element(const Tensor& x, std::int64_t i) {
  return static_cast<const std::byte*>(x.raw()) +
         i * static_cast<std::int64_t>(item_size(x.dtype()));
}

}  // namespace

double mean_squared_error(const Tensor& x, const Tensor& y) {
  if (x.shape() != y.shape())
    fail("mse_loss: the prediction has shape {}, the target {}; they must be the same", x.shape(),
         y.shape());
  const std::int64_t n = x.numel();
  if (n == 0) fail("mse_loss: no elements; the mean over none is not defined");
  if (!x.is_contiguous() || !y.is_contiguous())
    return mean_squared_error(x.contiguous(), y.contiguous());
  const auto sum_of = [&, sum = kernels(n).of(x.dtype()).squared_error](std::int64_t begin,
                                                                        std::int64_t end) {
    return sum(end - begin, element(x, begin), element(y, begin));
  };
  return sum_in_pieces(n, thread_grain, sum_of) / static_cast<double>(n);
}

void MeanSquaredErrorGradient::compute(void* out, DType dtype, bool add) const {
  const Tensor &x = *x_, &y = *y_;
  if (dtype != x.dtype()) {
    const Tensor whole = *this;
    return add_to(whole, out, shape(), dtype, add);
  }
  if (!x.is_contiguous() || !y.is_contiguous()) {
    const Tensor a = x.contiguous(), b = y.contiguous();
    MeanSquaredErrorGradient contiguous = *this;
    contiguous.x_ = &a;
    contiguous.y_ = &b;
    return contiguous.compute(out, dtype, add);
  }
  const auto size = static_cast<std::int64_t>(item_size(dtype));
  parallel_for(x.numel(), {thread_grain, whole_lines}, [&](std::int64_t begin, std::int64_t end) {
    kernels(x.numel()).of(dtype).squared_error_gradient(
        end - begin, element(x, begin), element(y, begin), factor_,
        static_cast<std::byte*>(out) + begin * size, add);
  });
}

}  // namespace brickgrad
