#include <autograd/error.hpp>
#include <nn/sequential.hpp>
#include <span>

namespace brickgrad::nn {

Sequential::Sequential(const std::vector<AnyModule>& layers)
    : layers_(std::make_shared<std::vector<AnyModule>>()) {
  describe("Sequential");
  for (const AnyModule& layer : layers) push_back(layer);
}

Value Sequential::forward(const Value& x) const {
  if (layers_->empty()) return x;
  Value y = layers_->front()(x);
  for (const AnyModule& layer : std::span(*layers_).subspan(1)) y = layer(y);
  return y;
}

void Sequential::push_back(const AnyModule& layer) {
  layers_->push_back(child(std::to_string(layers_->size()), layer));
}

const AnyModule& Sequential::operator[](std::size_t i) const {
  if (i >= layers_->size())
    fail("{}: there is no layer {}; it has {}", state()->type, i, layers_->size());
  return (*layers_)[i];
}

void Sequential::fail_type(std::size_t i, const std::string& wanted) const {
  fail("{}: layer {} is of type {}, not {}", state()->type, i, (*layers_)[i].state()->type, wanted);
}

MLP::MLP(const std::vector<std::int64_t>& sizes, const MLPOptions& options) {
  if (sizes.size() < 2)
    fail("MLP: {} sizes given; it needs at least that of the input and that of the output",
         sizes.size());
  describe("MLP");
  const std::uint64_t seed = options.seed ? *options.seed : next_seed();
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    if (i > 0) push_back(options.activation);
    push_back(Linear(sizes[i], sizes[i + 1],
                     {.bias = options.bias,
                      .seed = derived_seed(seed, i),
                      .dtype = options.dtype,
                      .init = options.init,
                      .bias_init = options.bias_init}));
  }
}

}  // namespace brickgrad::nn
