#include <autograd/graph/functions.hpp>
#include <nn/activation.hpp>

namespace brickgrad::nn {

Sigmoid::Sigmoid() { describe("Sigmoid"); }
Value Sigmoid::forward(const Value& x) const { return sigmoid(x); }

Tanh::Tanh() { describe("Tanh"); }
Value Tanh::forward(const Value& x) const { return tanh(x); }

ReLU::ReLU() { describe("ReLU"); }
Value ReLU::forward(const Value& x) const { return relu(x); }

Softmax::Softmax(std::int64_t axis) : axis_(axis) {
  describe("Softmax", fmt::format("axis = {}", axis));
}
Value Softmax::forward(const Value& x) const { return softmax(x, axis_); }

}  // namespace brickgrad::nn
