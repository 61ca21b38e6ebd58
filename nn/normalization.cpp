#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <nn/normalization.hpp>

namespace brickgrad::nn {

LayerNorm::LayerNorm(std::int64_t features, const LayerNormOptions& options) : eps_(options.eps) {
  if (features < 1) fail("LayerNorm({}): a row has at least one feature", features);
  describe("LayerNorm", fmt::format("{}", features));
  weight_ = parameter("weight", Tensor::ones({features}, options.dtype));
  bias_ = parameter("bias", Tensor::zeros({features}, options.dtype));
}

Value LayerNorm::forward(const Value& x) const { return layer_norm(x, weight_, bias_, eps_); }

}  // namespace brickgrad::nn
