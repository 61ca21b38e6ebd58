// Optimisers: how parameters follow their gradients. Names, defaults and formulas are PyTorch's.
//   nn::SGD opt(net.parameters(), {.lr = 0.1, .momentum = 0.9});
//   opt.zero_grad();
//   loss.backward();
//   opt.step();
// A step changes the parameters in place, in one pass over each. A parameter without a gradient
// stays as it is.
#pragma once

#include <nn/optimizer.hpp>
#include <span>
#include <vector>

namespace brickgrad::nn {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
};

/// Stochastic gradient descent. With g = gradient + weight_decay w and, after the first step,
/// v = momentum v + (1 - dampening) g (at first v = g):  w -= lr v, or lr (g + momentum v) with
/// nesterov.
class SGD : public Optimizer {
 public:
  explicit SGD(std::vector<Value> parameters, const SGDOptions& options = {});
  void step() override;

 private:
  SGDOptions options_;
};

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
};

/// Adam. With g = gradient + weight_decay w, m = beta1 m + (1 - beta1) g,
/// v = beta2 v + (1 - beta2) g² and t counting the steps from 1:
/// w -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps).
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1.
class Adam : public Optimizer {
 public:
  explicit Adam(std::vector<Value> parameters, const AdamOptions& options = {});
  void step() override;

 protected:
  Adam(const char* name, std::vector<Value> parameters, const AdamOptions& options, bool decoupled);

 private:
  AdamOptions options_;
  bool decoupled_;  // weight decay is no part of the gradient
};

struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.01;
};

/// Adam with decoupled weight decay: w -= lr weight_decay w, then Adam's step on the gradient
/// alone. Source: Loshchilov and Hutter, "Decoupled weight decay regularization" (2019).
class AdamW : public Adam {
 public:
  explicit AdamW(std::vector<Value> parameters, const AdamWOptions& options = {});
};

struct RMSpropOptions {
  double lr = 0.01;
  double alpha = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;
};

/// RMSprop. With g = gradient + weight_decay w and v = alpha v + (1 - alpha) g²:
/// w -= lr g / (sqrt(v) + eps); centered subtracts the square of the mean gradient from v, and with
/// momentum the quotients are summed as b = momentum b + quotient, w -= lr b.
class RMSprop : public Optimizer {
 public:
  explicit RMSprop(std::vector<Value> parameters, const RMSpropOptions& options = {});
  void step() override;

 private:
  RMSpropOptions options_;
};

/// Scales all gradients by one number, so that the norm of them together is at most max_norm, and
/// returns the norm before. Throws Error unless max_norm is positive.
double clip_grad_norm_(std::span<const Value> parameters, double max_norm);

}  // namespace brickgrad::nn
