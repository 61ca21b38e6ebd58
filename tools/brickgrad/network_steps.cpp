#include "network_steps.hpp"

#include <algorithm>
#include <autograd/error.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <nn/nn.hpp>
#include <string_view>

#include "command.hpp"
#include "tutorial_step.hpp"

namespace tools {

using namespace brickgrad;

namespace {

/// -log softmax(outputs)[label]. Outputs whose exponentials overflow are lowered by the largest.
Value cross_entropy_of(std::vector<Value> outputs, std::size_t label) {
  double largest = 0;
  for (const Value& o : outputs) largest = std::max(largest, o.item());
  constexpr double safe = 600;
  if (largest > safe)
    for (Value& o : outputs) o = o - largest;
  Value all = exp(outputs[0]);
  for (std::size_t i = 1; i < outputs.size(); ++i) all = all + exp(outputs[i]);
  return log(all) - outputs[label];
}

/// Half the sum of the squares of wanted - outputs.
Value half_squares(const std::vector<Value>& outputs, const Tensor& wanted) {
  Value squares;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Value y = constant(wanted[static_cast<std::int64_t>(i)]).name(fmt::format("y{}", i + 1));
    squares = i == 0 ? square(y - outputs[i]) : squares + square(y - outputs[i]);
  }
  return squares / 2.0;
}

/// Layers and activations in turn, whose values have the names of the tutorial: z1, h1, z2, …
class NamedLayers : public nn::Sequential {
 public:
  explicit NamedLayers(nn::Sequential layers) : Sequential(std::move(layers)) {}
  Value forward(const Value& x) const override {
    Value y = x;
    for (std::size_t i = 0; i < size(); ++i)
      y = (*this)[i](y).name(fmt::format("{}{}", i % 2 == 0 ? 'z' : 'h', i / 2 + 1));
    return y;
  }
};

/// The net of `brickgrad xor`.
class XorTraining : public NetworkTraining {
 public:
  XorTraining(const TrainingArguments& a, std::int64_t row)
      : options_(a.training),
        data_(load_data(a.data)),
        row_(row),
        net_(make_network(options_, data_)),
        batches_(data_, options_.batch, options_.seed),
        epoch_(batches_.next()) {
    if (row >= data_.rows())
      throw WrongUse(
          fmt::format("--row {}: the data have the rows 0 to {}", row, data_.rows() - 1));
    learn_by(make_optimizer(options_, net_.parameters()));
  }
  Value tensor_loss() override {
    const Value x = constant(batch().points).name("X");
    Value y = net_(x);
    if (!options_.squared()) y.name("logits");
    return loss_of(options_, y, batch().labels, data_.classes);
  }
  Value scalar_loss() override {
    const nn::Neurons n = nn::neurons(net_, data_.points[row_]);
    const std::size_t label =
        static_cast<std::size_t>(data_.labels[static_cast<std::size_t>(row_)]);
    if (options_.squared()) {
      const ModuleTrace::Part part("squared error");
      Tensor wanted = Tensor::zeros({data_.classes});
      wanted.set({static_cast<std::int64_t>(label)}, 1);
      return half_squares(n.outputs, wanted);
    }
    const ModuleTrace::Part part("cross entropy");
    return cross_entropy_of(n.outputs, label);
  }

 private:
  const Batch& batch() const { return epoch_[batch_]; }
  void next_batch() override {
    if (++batch_ < epoch_.size()) return;
    batch_ = 0;
    if (epoch_.size() > 1) epoch_ = batches_.next();
  }

  TrainingOptions options_;
  DataSet data_;
  std::int64_t row_;
  NamedLayers net_;
  Batches batches_;
  std::vector<Batch> epoch_;
  std::size_t batch_ = 0;
};

/// The net of the back-propagation tutorial: no biases, sigmoids, half the squared error of one
/// example, plain gradient descent with a rate of 0.001.
class TutorialTraining : public NetworkTraining {
 public:
  TutorialTraining() {
    net_.at<nn::Linear>(0).weight().copy_(reference_["w1"]);
    net_.at<nn::Linear>(2).weight().copy_(reference_["w2"]);
    net_.at<nn::Linear>(0).weight().name("W1");
    net_.at<nn::Linear>(2).weight().name("W2");
    learn_by(std::make_unique<nn::SGD>(net_.parameters(), nn::SGDOptions{.lr = 0.001}));
  }
  Value tensor_loss() override {
    const Value x = constant(reshape(inputs_, {1, 2})).name("X");
    const Value h = net_(x);
    return sum(square(constant(reshape(wanted_, {1, 2})).name("y") - h)) / 2.0;
  }
  Value scalar_loss() override {
    const nn::Neurons n = nn::neurons(net_, inputs_);
    const ModuleTrace::Part part("loss");
    return half_squares(n.outputs, wanted_);
  }

 private:
  TutorialReference reference_;
  Tensor inputs_ = reshape(reference_["x"], {2}), wanted_ = reshape(reference_["y"], {2});
  NamedLayers net_{nn::Sequential{nn::Linear(2, 3, {.bias = false}), nn::Sigmoid(),
                                  nn::Linear(3, 2, {.bias = false}), nn::Sigmoid()}};
};

std::unique_ptr<NetworkTraining> training_of(const std::string& name, const NetworkArguments& a) {
  if (name == "xor") return std::make_unique<XorTraining>(a.training, a.row);
  return std::make_unique<TutorialTraining>();
}

}  // namespace

double NetworkTraining::update() {
  const Value loss = tensor_loss();
  if (!std::isfinite(loss.item())) return loss.item();
  optimizer_->zero_grad();
  loss.backward();
  optimizer_->step();
  next_batch();
  return loss.item();
}

namespace {

/// Of what is done at once there is no need to speak.
std::chrono::duration<double> time_without_progress() {
  const char* text = std::getenv("BRICKGRAD_PROGRESS_AFTER");
  const std::string_view given = text ? text : "";
  double seconds = 1;
  std::from_chars(given.data(), given.data() + given.size(), seconds);
  return std::chrono::duration<double>(seconds);
}

}  // namespace

NetworkSteps::NetworkSteps(const std::string& name, const NetworkArguments& a, int last)
    : training_(training_of(name, a)),
      progress_(std::make_unique<nn::Progress>(
          last, nn::ProgressOptions{.stream = stderr, .unit = "step"})),
      silence_(time_without_progress()),
      scalar_(a.scalar),
      last_(last) {}

NetworkSteps::~NetworkSteps() = default;

NetworkStep NetworkSteps::at(int number) {
  for (; position_ < number; ++position_) {
    const double loss = training_->update();
    if (!std::isfinite(loss)) break;
    shown_ = shown_ || std::chrono::steady_clock::now() - start_ >= silence_;
    if (shown_) progress_->update(position_, {.loss = loss});
  }
  if (shown_ && (position_ == last_ || position_ < number)) progress_->finish();
  NetworkStep step;
  step.number = position_;
  training_->zero_grad();  // what the step before left
  step.loss = scalar_ ? training_->scalar_loss() : training_->tensor_loss();
  step.loss.name("loss");
  step.loss.backward({.retain_grad = true});
  return step;
}

}  // namespace tools
