// The non-linear functions as modules, to stand between the layers of a Sequential:
//   nn::Sequential net{nn::Linear(2, 3), nn::Sigmoid(), nn::Linear(3, 2)};
#pragma once

#include <cstdint>
#include <nn/module.hpp>

namespace brickgrad::nn {

/// 1 / (1 + e^-x).
class Sigmoid : public Module {
 public:
  Sigmoid();
  Value forward(const Value& x) const override;
};

class Tanh : public Module {
 public:
  Tanh();
  Value forward(const Value& x) const override;
};

/// max(x, 0).
class ReLU : public Module {
 public:
  ReLU();
  Value forward(const Value& x) const override;
};

/// x times the standard normal distribution function of x.
class GELU : public Module {
 public:
  GELU();
  Value forward(const Value& x) const override;
};

/// x sigmoid(x).
class SiLU : public Module {
 public:
  SiLU();
  Value forward(const Value& x) const override;
};

/// exp(x) / sum(exp(x)) along one axis, the last by default. Not before cross_entropy, which has it
/// inside.
class Softmax : public Module {
 public:
  explicit Softmax(std::int64_t axis = -1);
  Value forward(const Value& x) const override;

 private:
  std::int64_t axis_;
};

}  // namespace brickgrad::nn
