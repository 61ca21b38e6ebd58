#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/graph/functions.hpp>
#include <cmath>
#include <nn/training_record.hpp>

namespace brickgrad::nn {
namespace {

constexpr std::int64_t most_parameters = 5000, most_classes = 8;

bool is_activation(const AnyModule& layer) {
  return layer.get<Sigmoid>() || layer.get<Tanh>() || layer.get<ReLU>() || layer.get<GELU>() ||
         layer.get<SiLU>();
}

/// Rows of outputs to rows of probabilities.
Tensor normalised(const Tensor& outputs, const AnyModule& last, std::int64_t classes) {
  const std::int64_t rows = outputs.size(0), columns = outputs.size(1);
  const bool logits = last.get<Linear>() != nullptr;
  const std::vector<double> y = outputs.to_vector();
  std::vector<double> p(static_cast<std::size_t>(rows * classes));
  for (std::int64_t row = 0; row < rows; ++row) {
    const double* from = y.data() + row * columns;
    double* to = p.data() + row * classes;
    if (columns == 1) {
      to[1] = logits ? 1 / (1 + std::exp(-from[0])) : from[0];
      to[0] = 1 - to[1];
      continue;
    }
    const double largest = *std::max_element(from, from + columns);
    double sum = 0;
    for (std::int64_t c = 0; c < columns; ++c)
      sum += to[c] = logits ? std::exp(from[c] - largest) : from[c];
    for (std::int64_t c = 0; c < columns; ++c) to[c] /= sum;
  }
  return Tensor::from(p, {rows, classes});
}

}  // namespace

TrainingRecord::TrainingRecord(const Sequential& net, const Tensor& points,
                               std::span<const std::int64_t> labels,
                               const TrainingRecordOptions& options)
    : net_(net), points_(points.clone()), labels_(labels.begin(), labels.end()), options_(options) {
  if (points.rank() != 2 || points.size(1) != 2 || points.size(0) == 0)
    fail("TrainingRecord: points of shape {} are not (n, 2)", points.shape());
  if (static_cast<std::int64_t>(labels.size()) != points.size(0))
    fail("TrainingRecord: {} labels for {} points; give one label a point", labels.size(),
         points.size(0));
  for (const double x : points.to_vector())
    if (!std::isfinite(x))
      fail("TrainingRecord: a point has the coordinate {}; choose finite ones", x);
  if (options.max_frames < 2) fail("TrainingRecord: max_frames must be 2 or more");
  if (options.cells < 8 || options.cells > 200)
    fail("TrainingRecord: {} cells are not 8 to 200", options.cells);
  check_layers();
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes_)
      fail("TrainingRecord: label {} of point {} is not one of the {} classes 0 to {}", labels[i],
           i, classes_, classes_ - 1);
}

void TrainingRecord::check_layers() {
  const auto fail_layer = [&](std::size_t i, const char* what) {
    fail("TrainingRecord: layer {} is {}, {}", i, net_[i].state()->type, what);
  };
  if (net_.size() == 0) fail("TrainingRecord: the net has no layers");
  std::int64_t width = 2;
  for (std::size_t i = 0; i < net_.size(); ++i) {
    if (const auto* linear = net_[i].get<Linear>()) {
      if (linear->in_features() != width)
        fail("TrainingRecord: layer {} has {} inputs, not {}{}", i, linear->in_features(), width,
             i == 0 ? "; a page shows nets with two inputs, the coordinates of a point" : "");
      width = linear->out_features();
      parameters_.push_back(linear->weight());
      if (linear->has_bias()) parameters_.push_back(linear->bias());
    } else if (net_[i].get<Softmax>()) {
      if (i + 1 < net_.size()) fail_layer(i, "which can only be the last one");
      if (width == 1) fail_layer(i, "of a single number always 1; use Sigmoid");
    } else if (!is_activation(net_[i])) {
      fail_layer(i, "not a Linear or an activation of nn; a page cannot show it");
    }
  }
  const AnyModule& last = net_[net_.size() - 1];
  if (!last.get<Linear>() && !last.get<Sigmoid>() && !last.get<Softmax>())
    fail_layer(net_.size() - 1, "but the last one must be a Linear, a Sigmoid or a Softmax");
  if (parameters_.empty()) fail("TrainingRecord: the net has no Linear");
  if (net_.parameter_count() > most_parameters)
    fail("TrainingRecord: {} parameters are more than a page can show ({})", net_.parameter_count(),
         most_parameters);
  outputs_ = width;
  classes_ = std::max<std::int64_t>(width, 2);
  if (classes_ > most_classes)
    fail("TrainingRecord: {} classes are more than a page can tell apart ({})", classes_,
         most_classes);
}

void TrainingRecord::add(double loss) {
  last_ = {epochs_, loss, {}, {}};
  for (const Value& p : parameters_) {
    last_.parameters.push_back(p.data().to_vector());
    last_.gradients.push_back(p.has_grad() ? p.grad().to_vector() : std::vector<double>());
  }
  if (static_cast<double>(epochs_) >= next_) keep_last();
  ++epochs_;
}

void TrainingRecord::keep_last() {
  kept_.push_back(last_);
  if (kept_.size() >= options_.max_frames) {
    // Every second one goes, and later ones come at twice the distance.
    for (std::size_t i = 1; 2 * i < kept_.size(); ++i) kept_[i] = std::move(kept_[2 * i]);
    kept_.resize((kept_.size() + 1) / 2);
    growth_ *= growth_;
  }
  const auto epoch = static_cast<double>(epochs_);
  next_ = std::max(epoch + 1, epoch * growth_);
}

std::vector<TrainingRecord::Frame> TrainingRecord::frames() const {
  std::vector<Frame> all = kept_;
  if (!all.empty() && all.back().epoch != last_.epoch) all.push_back(last_);
  return all;
}

Tensor TrainingRecord::probabilities(const Frame& frame, const Tensor& points) const {
  const no_grad guard;
  Value x = constant(points.to(parameters_[0].dtype()));
  std::size_t p = 0;
  const auto parameter = [&] {
    const Value& now = parameters_[p];
    return Tensor::from(frame.parameters[p++], now.shape()).to(now.dtype());
  };
  for (std::size_t i = 0; i < net_.size(); ++i) {
    if (const auto* linear = net_[i].get<Linear>()) {
      x = matmul(x, parameter());
      if (linear->has_bias()) x = x + parameter();
    } else {
      x = net_[i](x);
    }
  }
  return normalised(x.data(), net_[net_.size() - 1], classes_);
}

}  // namespace brickgrad::nn
