#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <cmath>
#include <nn/linear.hpp>

namespace brickgrad::nn {

Linear::Linear(std::int64_t in, std::int64_t out, const LinearOptions& options)
    : in_(in), out_(out) {
  if (in < 1 || out < 1)
    fail("Linear({}, {}): a layer needs at least one input and one output", in, out);
  describe("Linear", fmt::format("{}, {}{}", in, out, options.bias ? "" : ", bias = false"));
  const std::uint64_t seed = options.seed ? *options.seed : next_seed();
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  auto fill = [&](const Value& v, const Initializer& init, std::uint64_t part) {
    const std::uint64_t own = derived_seed(seed, part);
    init ? init(v, own) : init::uniform_(v, -bound, bound, own);
  };
  weight_ = parameter("weight", Tensor::zeros({in, out}, options.dtype));
  fill(weight_, options.init, 0);
  if (!options.bias) return;
  bias_ = parameter("bias", Tensor::zeros({out}, options.dtype));
  fill(bias_, options.bias_init, 1);
}

Value Linear::forward(const Value& x) const {
  const int rank = x.rank();
  if (rank == 0 || x.size(-1) != in_)
    fail("Linear({}, {}): an input of shape {} does not fit: its last extent must be {}", in_, out_,
         x.shape(), in_);
  if (!has_bias()) return matmul(x, weight_);
  return rank == 1 ? matmul(x, weight_) + bias_ : linear(x, weight_, bias_);
}

const Value& Linear::bias() const {
  if (!has_bias()) fail("Linear({}, {}): it was made without a bias", in_, out_);
  return bias_;
}

}  // namespace brickgrad::nn
