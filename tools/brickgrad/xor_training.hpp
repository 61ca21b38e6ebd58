// The training run behind `brickgrad xor`: data, network, optimiser and what was measured on the
// way.
//   const DataSet data = load_data("corners");
//   const TrainingRun run = train(options, data, [](std::int64_t epoch, double loss, double right)
//   {
//   });
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nn/nn.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace tools {

/// Rows of two numbers, and a class for each.
struct DataSet {
  std::string name;
  brickgrad::Tensor points;
  std::vector<std::int64_t> labels;
  std::int64_t classes = 2;

  std::int64_t rows() const { return points.size(0); }
};

/// "corners": the four rows of the truth table. "gaussian": 300 points of a standard normal
/// distribution, of class 1 where the signs of their coordinates differ. Else a CSV file of two
/// columns and a column of labels. Throws Error.
DataSet load_data(const std::string& name);
/// Other points of the distribution of "gaussian", which the network has not seen.
DataSet new_gaussian_points(std::int64_t rows, std::uint64_t seed);

struct TrainingOptions {
  std::int64_t hidden = 3;
  /// How many hidden layers, and the function after each: "sigmoid", "tanh" or "relu".
  int layers = 1;
  std::string activation = "sigmoid";
  /// "cross-entropy": of a softmax over the outputs. "squared": 1/(2N) Σ (y - h)², with h the
  /// sigmoid of the outputs.
  std::string loss = "cross-entropy";
  bool bias = true;
  /// Weights are uniform on [-scale, scale). With "tutorial" in place of "uniform", they are those
  /// of the tutorial's worked example, and biases start at 0.
  std::string init = "uniform";
  double scale = 1;
  /// "sgd", "momentum", "adam", "adamw" or "rmsprop".
  std::string optimizer = "sgd";
  std::optional<double> lr = {};
  std::uint64_t seed = 1;
  std::int64_t epochs = 2000;
  /// Rows an update; 0 means all.
  std::int64_t batch = 0;

  /// The one given, or what suits the optimiser.
  double learning_rate() const;
  bool squared() const { return loss == "squared"; }
};

struct TrainingRun {
  brickgrad::nn::Sequential net;
  /// Of each epoch, before its update (the mean over its batches).
  std::vector<double> losses;
  /// After the last update, of all rows.
  double final_loss = 0;
  std::int64_t epochs = 0, updates = 0;
  /// The parts of the rows that were right at the end, and at best.
  double right = 0, best_right = 0;
  /// How many epochs it took until all rows were right for the first time.
  std::optional<std::int64_t> first_all_right = {};
  /// The loss was no finite number after the last epoch, or in it, and training stopped there.
  bool diverged = false;
  /// The norm of the gradient of each weight matrix, from the first layer on: at the start and at
  /// the end.
  std::vector<double> first_gradients, last_gradients;
  double seconds = 0;

  /// From the first weights to the last.
  std::vector<double> all_losses() const;
};

/// The rows of an update.
struct Batch {
  brickgrad::Tensor points;
  std::vector<std::int64_t> labels;
};

/// Cuts the rows into batches, in another order every epoch. The data must outlive it.
class Batches {
 public:
  Batches(const DataSet& data, std::int64_t size, std::uint64_t seed);
  /// Those of an epoch.
  std::vector<Batch> next();

 private:
  const DataSet& data_;
  std::int64_t size_;
  std::vector<std::int64_t> order_;
  std::mt19937_64 random_;
};

std::unique_ptr<brickgrad::nn::Optimizer> make_optimizer(
    const TrainingOptions& options, const std::vector<brickgrad::Value>& parameters);

/// How deep its picture shows modules: a card for every layer where those of all their values would
/// not fit a page.
int shown_depth(const TrainingOptions& options);

/// The network with its initial weights. Throws WrongUse for options that do not fit together.
brickgrad::nn::Sequential make_network(const TrainingOptions& options, const DataSet& data);
brickgrad::Value loss_of(const TrainingOptions& options, const brickgrad::Value& outputs,
                         std::span<const std::int64_t> labels, std::int64_t classes);
/// What the network thinks of the points: (points, classes).
brickgrad::Tensor probabilities(const brickgrad::nn::Sequential& net,
                                const brickgrad::Tensor& points);

/// Told of every epoch: its number from 1, the loss before its update and the part that was right;
/// of the last one, what its update led to.
using EpochObserver = std::function<void(std::int64_t epoch, double loss, double right)>;
/// Told once an epoch, when its last gradients are there and not yet followed, and once more of the
/// trained network.
using GradientObserver = std::function<void(const brickgrad::nn::Sequential& net, double loss)>;

/// Throws WrongUse for options that do not fit together.
TrainingRun train(const TrainingOptions& options, const DataSet& data,
                  const EpochObserver& observer, const GradientObserver& gradients = {});

}  // namespace tools
