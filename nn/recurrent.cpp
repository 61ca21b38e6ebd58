#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <cmath>
#include <limits>
#include <nn/init.hpp>
#include <nn/recurrent.hpp>

namespace brickgrad::nn {

LSTM::LSTM(std::int64_t in, std::int64_t hidden, const LSTMOptions& options)
    : in_(in), hidden_(hidden) {
  if (in < 1 || hidden < 1)
    fail("LSTM({}, {}): it needs at least one input and one hidden unit", in, hidden);
  if (hidden > std::numeric_limits<std::int64_t>::max() / 4)
    fail("LSTM({}, {}): four gates of so many hidden units cannot be counted", in, hidden);
  describe("LSTM", fmt::format("{}, {}", in, hidden));
  const std::uint64_t seed = options.seed ? *options.seed : next_seed();
  const double bound = 1 / std::sqrt(static_cast<double>(hidden));
  auto make = [&](const char* name, const Shape& shape, std::uint64_t part) {
    Value v = parameter(name, Tensor::zeros(shape, options.dtype));
    init::uniform_(v, -bound, bound, derived_seed(seed, part));
    return v;
  };
  weight_ih_ = make("weight_ih", {in, 4 * hidden}, 0);
  weight_hh_ = make("weight_hh", {hidden, 4 * hidden}, 1);
  bias_ = make("bias", {4 * hidden}, 2);
}

LSTMResult LSTM::run(const Value& x) const {
  const Shape s = x.shape();
  const Tensor zero = Tensor::zeros({s.rank() == 3 ? s[1] : 0, hidden_}, x.dtype());
  return run(x, constant(zero), constant(zero));
}

LSTMResult LSTM::run(const Value& x, const Value& h, const Value& c) const {
  const internal::TracedCall traced(*this, x);
  const Shape s = x.shape();
  if (s.rank() != 3 || s[0] == 0 || s[2] != in_)
    fail("LSTM({}, {}): an input of shape {} is not (steps, batch, {}) with a step at least", in_,
         hidden_, s, in_);
  const Shape state{s[1], hidden_};
  if (h.shape() != state || c.shape() != state)
    fail("LSTM({}, {}): a state of shapes {} and {} is not {} each", in_, hidden_, h.shape(),
         c.shape(), state);
  auto [y, h_last, c_last] = lstm(x, h, c, weight_ih_, weight_hh_, bias_);
  return {y, h_last, c_last};
}

}  // namespace brickgrad::nn
