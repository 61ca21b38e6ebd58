#include <autograd/graph/functions.hpp>
#include <nn/activation.hpp>

namespace brickgrad::nn {

Sigmoid::Sigmoid() { describe("Sigmoid"); }
Value Sigmoid::forward(const Value& x) const { return sigmoid(x); }

Tanh::Tanh() { describe("Tanh"); }
Value Tanh::forward(const Value& x) const { return tanh(x); }

ReLU::ReLU() { describe("ReLU"); }
Value ReLU::forward(const Value& x) const { return relu(x); }

GELU::GELU() { describe("GELU"); }
Value GELU::forward(const Value& x) const { return gelu(x); }

SiLU::SiLU() { describe("SiLU"); }
Value SiLU::forward(const Value& x) const { return silu(x); }

Softmax::Softmax(std::int64_t axis) : axis_(axis) {
  describe("Softmax", fmt::format("axis = {}", axis));
}
Value Softmax::forward(const Value& x) const { return softmax(x, axis_); }

}  // namespace brickgrad::nn
