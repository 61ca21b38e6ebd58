// The steps of a training as graphs, for `brickgrad graph xor` and `graph tutorial`.
//   NetworkSteps steps("xor", arguments, 100);
//   const NetworkStep first = steps.at(1), last = steps.at(100);
#pragma once

#include <autograd/autograd.hpp>
#include <chrono>
#include <memory>
#include <nn/optimizer.hpp>
#include <string>

#include "xor_options.hpp"

namespace brickgrad::nn {
class Progress;
}  // namespace brickgrad::nn

namespace tools {

struct NetworkArguments {
  /// Of xor.
  TrainingArguments training;
  /// One row of the data, neuron by neuron, instead of all as tensors.
  bool scalar = false;
  std::int64_t row = 1;
};

/// A training step as it is drawn: its loss with all gradients, and who computed what.
struct NetworkStep {
  int number = 1;
  std::unique_ptr<brickgrad::ModuleTrace> trace = std::make_unique<brickgrad::ModuleTrace>();
  brickgrad::Value loss;
};

/// A network that can be drawn at any of its training steps.
class NetworkTraining {
 public:
  virtual ~NetworkTraining() = default;
  /// One update of all weights, unless the loss is not a finite number. Returns the loss before it.
  double update();
  /// Makes all gradients zero.
  void zero_grad() { optimizer_->zero_grad(); }
  /// The loss as the network computes it, and of one row neuron by neuron.
  virtual brickgrad::Value tensor_loss() = 0;
  virtual brickgrad::Value scalar_loss() = 0;

 protected:
  /// Once the network is there.
  void learn_by(std::unique_ptr<brickgrad::nn::Optimizer> optimizer) {
    optimizer_ = std::move(optimizer);
  }

 private:
  /// Goes on to the data of the next update, where they are others.
  virtual void next_batch() {}

  std::unique_ptr<brickgrad::nn::Optimizer> optimizer_;
};

class NetworkSteps {
 public:
  /// "xor" or "tutorial". A training that takes more than a second, or the seconds in
  /// BRICKGRAD_PROGRESS_AFTER, shows its progress up to step `last` on standard error. Throws Error
  /// and WrongUse for what cannot be trained.
  NetworkSteps(const std::string& name, const NetworkArguments& arguments, int last);
  ~NetworkSteps();
  NetworkSteps(const NetworkSteps&) = delete;
  NetworkSteps& operator=(const NetworkSteps&) = delete;

  /// Trains up to a step, which is not before the last one asked for, and computes its loss and all
  /// gradients, without the update. A step whose loss is not a finite number ends the training, and
  /// is given instead of all later ones.
  NetworkStep at(int number);

 private:
  std::unique_ptr<NetworkTraining> training_;
  std::unique_ptr<brickgrad::nn::Progress> progress_;
  std::chrono::duration<double> silence_;
  bool scalar_, shown_ = false;
  int position_ = 1, last_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace tools
