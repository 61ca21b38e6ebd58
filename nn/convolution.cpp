#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <cmath>
#include <nn/convolution.hpp>

namespace brickgrad::nn {

Conv2d::Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, const Conv2dOptions& options)
    : stride_(options.stride), padding_(options.padding) {
  if (in < 1 || out < 1 || kernel < 1)
    fail("Conv2d({}, {}, {}): a layer needs at least one channel in and out and a kernel of 1", in,
         out, kernel);
  if (stride_ < 1 || padding_ < 0)
    fail("Conv2d: stride {} and padding {}: a stride is at least 1, a padding at least 0", stride_,
         padding_);
  std::string details = fmt::format("{}, {}, {}", in, out, kernel);
  if (stride_ != 1) details += fmt::format(", stride = {}", stride_);
  if (padding_ != 0) details += fmt::format(", padding = {}", padding_);
  if (!options.bias) details += ", bias = false";
  describe("Conv2d", details);
  const std::uint64_t seed = options.seed ? *options.seed : next_seed();
  const double bound = 1 / std::sqrt(static_cast<double>(in) * static_cast<double>(kernel) *
                                     static_cast<double>(kernel));
  weight_ = parameter("weight", Tensor::zeros({out, in, kernel, kernel}, options.dtype));
  init::uniform_(weight_, -bound, bound, derived_seed(seed, 0));
  if (!options.bias) return;
  bias_ = parameter("bias", Tensor::zeros({out}, options.dtype));
  init::uniform_(bias_, -bound, bound, derived_seed(seed, 1));
}

Value Conv2d::forward(const Value& x) const {
  const ops::Conv2dOptions options{stride_, padding_};
  return has_bias() ? conv2d(x, weight_, bias_, options) : conv2d(x, weight_, options);
}

const Value& Conv2d::bias() const {
  if (!has_bias()) fail("Conv2d: it was made without a bias");
  return bias_;
}

MaxPool2d::MaxPool2d(std::int64_t size) : size_(size) {
  if (size < 1) fail("MaxPool2d({}): a window has at least one element", size);
  describe("MaxPool2d", fmt::format("{}", size));
}
Value MaxPool2d::forward(const Value& x) const { return max_pool2d(x, size_); }

Flatten::Flatten() { describe("Flatten"); }
Value Flatten::forward(const Value& x) const {
  const Shape s = x.shape();
  if (s.rank() == 0) fail("Flatten: a number has no rows; give it (N, …)");
  // Not -1, which no shape answers when there are no rows.
  std::int64_t columns = 1;
  for (int i = 1; i < s.rank(); ++i) columns *= s[i];
  return reshape(x, {s[0], columns});
}

}  // namespace brickgrad::nn
