#include "xor_training.hpp"

#include <algorithm>
#include <autograd/autograd.hpp>
#include <autograd/error.hpp>
#include <chrono>
#include <cmath>
#include <numeric>
#include <sstream>

#include "command.hpp"
#include "tutorial_data.hpp"
#include "tutorial_step.hpp"

namespace tools {

using namespace brickgrad;

namespace {

nn::AnyModule activation(const std::string& name) {
  if (name == "tanh") return nn::Tanh();
  if (name == "relu") return nn::ReLU();
  return nn::Sigmoid();
}

std::vector<double> gradient_norms(const nn::Sequential& net) {
  std::vector<double> norms;
  for (const auto& [name, p] : net.named_parameters())
    if (name.ends_with("weight")) norms.push_back(std::sqrt(sum(square(p.grad())).item()));
  return norms;
}

void check(const TrainingOptions& o, const DataSet& data) {
  if (o.init == "tutorial" && (o.hidden != 3 || o.layers != 1 || data.classes != 2))
    throw WrongUse(
        "--init tutorial is for the tutorial's network: 3 hidden neurons, 1 layer, 2 classes");
  constexpr std::int64_t most_weights = 200'000'000;
  const std::int64_t weights = (2 + data.classes + (o.layers - 1) * o.hidden) * o.hidden;
  if (weights > most_weights)
    throw WrongUse(
        fmt::format("{} layers of {} neurons have {} weights; up to {} are possible: give it "
                    "fewer --layers or --hidden",
                    o.layers, o.hidden, weights, most_weights));
}

/// The part of the rows that is right; outputs that are no numbers are no answer.
double right_part(const Value& outputs, const std::vector<std::int64_t>& labels) {
  const std::vector<std::int64_t> chosen = nn::argmax(outputs);
  std::int64_t right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const Tensor row = outputs.data()[static_cast<std::int64_t>(i)];
    right += chosen[i] == labels[i] && !std::isnan(sum(row).item());
  }
  return static_cast<double>(right) / static_cast<double>(labels.size());
}

/// The loss, its gradients and what is right, of all rows with the weights of the end.
void measure_end(const TrainingOptions& o, const DataSet& data, TrainingRun& run) {
  const Value outputs = run.net(data.points);
  run.right = right_part(outputs, data.labels);
  run.final_loss = run.losses.back();
  if (!run.diverged) {
    const Value loss = loss_of(o, outputs, data.labels, data.classes);
    run.final_loss = loss.item();
    run.diverged = !std::isfinite(run.final_loss);
    for (const Value& p : run.net.parameters()) p.zero_grad();
    loss.backward();
    // The rows of an epoch were looked at before its update.
    if (run.right == 1 && !run.first_all_right) run.first_all_right = run.epochs;
  }
  if (run.updates > 0) run.last_gradients = gradient_norms(run.net);
}

}  // namespace

DataSet load_data(const std::string& name) {
  if (name == "corners")
    return {name, Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}}), {0, 1, 1, 0}};
  const auto table = [&] {
    if (name != "gaussian") return nn::read_csv(name, {.header = std::nullopt});
    std::istringstream in(tutorial_points);
    return nn::read_csv(in, name);
  }();
  const auto& columns = table.names();
  if (columns.size() != 3)
    fail("{} has {} columns; a file of points has two coordinates and the class, from 0", name,
         columns.size());
  DataSet data{name, table.columns({columns[0], columns[1]}), table.labels(columns[2])};
  data.classes =
      std::max<std::int64_t>(2, *std::max_element(data.labels.begin(), data.labels.end()) + 1);
  if (data.classes > 100)
    fail("{} has the class {}; classes are counted from 0, and 100 are the most", name,
         data.classes - 1);
  return data;
}

DataSet new_gaussian_points(std::int64_t rows, std::uint64_t seed) {
  DataSet data{"new points", Tensor::randn({rows, 2}, seed), {}};
  for (std::int64_t i = 0; i < rows; ++i)
    data.labels.push_back((data.points(i, 0) < 0) != (data.points(i, 1) < 0));
  return data;
}

double TrainingOptions::learning_rate() const {
  if (lr) return *lr;
  if (optimizer == "sgd") return 2;
  if (optimizer == "momentum") return 0.5;
  return optimizer == "rmsprop" ? 0.01 : 0.03;
}

std::vector<double> TrainingRun::all_losses() const {
  std::vector<double> all = losses;
  if (!diverged) all.push_back(final_loss);
  return all;
}

Batches::Batches(const DataSet& data, std::int64_t size, std::uint64_t seed)
    : data_(data),
      size_(size == 0 ? data.rows() : std::min(size, data.rows())),
      order_(static_cast<std::size_t>(data.rows())),
      random_(seed) {
  std::iota(order_.begin(), order_.end(), 0);
}

std::vector<Batch> Batches::next() {
  if (size_ == data_.rows()) return {{data_.points, data_.labels}};
  // Fisher and Yates: what std::shuffle does is not the same on every platform.
  for (std::size_t i = order_.size() - 1; i > 0; --i)
    std::swap(order_[i], order_[random_() % (i + 1)]);
  std::vector<Batch> batches;
  for (std::int64_t start = 0; start < data_.rows(); start += size_) {
    const std::int64_t rows = std::min(size_, data_.rows() - start);
    Batch batch{Tensor::empty({rows, 2}), {}};
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t row = order_[static_cast<std::size_t>(start + i)];
      for (int c : {0, 1}) batch.points.set({i, c}, data_.points(row, c));
      batch.labels.push_back(data_.labels[static_cast<std::size_t>(row)]);
    }
    batches.push_back(std::move(batch));
  }
  return batches;
}

std::unique_ptr<nn::Optimizer> make_optimizer(const TrainingOptions& o,
                                              const std::vector<Value>& parameters) {
  const double lr = o.learning_rate();
  if (o.optimizer == "momentum")
    return std::make_unique<nn::SGD>(parameters, nn::SGDOptions{.lr = lr, .momentum = 0.9});
  if (o.optimizer == "adam")
    return std::make_unique<nn::Adam>(parameters, nn::AdamOptions{.lr = lr});
  if (o.optimizer == "adamw")
    return std::make_unique<nn::AdamW>(parameters, nn::AdamWOptions{.lr = lr});
  if (o.optimizer == "rmsprop")
    return std::make_unique<nn::RMSprop>(parameters, nn::RMSpropOptions{.lr = lr});
  return std::make_unique<nn::SGD>(parameters, nn::SGDOptions{.lr = lr});
}

int shown_depth(const TrainingOptions& o) {
  constexpr int most_open_layers = 3;
  return o.layers > most_open_layers ? 1 : DotOptions().depth;
}

nn::Sequential make_network(const TrainingOptions& o, const DataSet& data) {
  check(o, data);
  nn::manual_seed(o.seed);
  nn::LinearOptions options{.bias = o.bias};
  options.init = [scale = o.scale](const Value& w, std::uint64_t seed) {
    nn::init::uniform_(w, -scale, scale, seed);
  };
  const bool tutorial = o.init == "tutorial";
  if (tutorial || o.scale == 0)
    options.bias_init = [](const Value& b, std::uint64_t) { b.fill_(0); };
  nn::Sequential net;
  for (int layer = 0; layer < o.layers; ++layer) {
    net.push_back(nn::Linear(layer == 0 ? 2 : o.hidden, o.hidden, options));
    net.push_back(activation(o.activation));
  }
  net.push_back(nn::Linear(o.hidden, data.classes, options));
  if (o.squared()) net.push_back(nn::Sigmoid());
  if (tutorial) {
    net.at<nn::Linear>(0).weight().copy_(TutorialReference()["w1"]);
    net.at<nn::Linear>(2).weight().copy_(TutorialReference()["w2"]);
  }
  return net;
}

Value loss_of(const TrainingOptions& o, const Value& outputs, std::span<const std::int64_t> labels,
              std::int64_t classes) {
  if (!o.squared()) return nn::cross_entropy(outputs, labels);
  Tensor y = Tensor::zeros(outputs.shape());
  for (std::size_t i = 0; i < labels.size(); ++i)
    y.data<double>()[static_cast<std::int64_t>(i) * classes + labels[i]] = 1;
  return sum(square(y - outputs)) / (2.0 * static_cast<double>(labels.size()));
}

Tensor probabilities(const nn::Sequential& net, const Tensor& points) {
  const no_grad off;
  return softmax(net(points)).data();
}

TrainingRun train(const TrainingOptions& o, const DataSet& data, const EpochObserver& observer,
                  const GradientObserver& gradients) {
  TrainingRun run;
  run.net = make_network(o, data);
  const auto optimizer = make_optimizer(o, run.net.parameters());
  Batches batches(data, o.batch, o.seed);
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t epoch = 1; epoch <= o.epochs && !run.diverged; ++epoch) {
    double loss_sum = 0, right_sum = 0;
    std::int64_t left = data.rows();
    for (const Batch& batch : batches.next()) {
      const Value outputs = run.net(batch.points);
      const Value loss = loss_of(o, outputs, batch.labels, data.classes);
      const auto rows = static_cast<double>(batch.labels.size());
      loss_sum += rows * loss.item();
      right_sum += rows * nn::accuracy(outputs, batch.labels);
      run.diverged = !std::isfinite(loss.item());
      if (run.diverged) break;
      optimizer->zero_grad();
      loss.backward();
      left -= static_cast<std::int64_t>(batch.labels.size());
      if (left == 0 && gradients) gradients(run.net, loss_sum / static_cast<double>(data.rows()));
      if (run.updates == 0) run.first_gradients = gradient_norms(run.net);
      optimizer->step();
      ++run.updates;
    }
    const auto rows = static_cast<double>(data.rows());
    run.losses.push_back(loss_sum / rows);
    run.epochs = epoch;
    const double right = right_sum / rows;
    run.best_right = std::max(run.best_right, right);
    // The rows were looked at before the update of this epoch.
    if (right == 1 && !run.first_all_right) run.first_all_right = epoch - 1;
    if (epoch < o.epochs || run.diverged) observer(epoch, run.losses.back(), right);
  }
  measure_end(o, data, run);
  if (!run.diverged) {
    observer(run.epochs, run.final_loss, run.right);
    if (gradients) gradients(run.net, run.final_loss);
  }
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  run.best_right = std::max(run.best_right, run.right);
  return run;
}

}  // namespace tools
