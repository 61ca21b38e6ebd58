#include "xor_advice.hpp"

#include <algorithm>
#include <autograd/autograd.hpp>
#include <autograd/draw/flow.hpp>
#include <cmath>
#include <map>
#include <utility>

namespace tools {

using namespace brickgrad;

namespace {

/// The points lie on both sides of 0 along both axes, about as far.
bool centred(const DataSet& data) {
  for (int axis : {0, 1}) {
    double low = 0, high = 0;
    for (std::int64_t i = 0; i < data.rows(); ++i) {
      low = std::min(low, data.points(i, axis));
      high = std::max(high, data.points(i, axis));
    }
    if (!(low < 0 && high > 0 && -low < 3 * high && high < -3 * low)) return false;
  }
  return true;
}

/// All neurons of the first hidden layer have the same weights.
bool alike(const nn::Sequential& net) {
  const Tensor w = net.at<nn::Linear>(0).weight().data();
  for (std::int64_t i = 0; i < w.size(0); ++i)
    for (std::int64_t j = 1; j < w.size(1); ++j)
      if (std::abs(w(i, j) - w(i, 0)) > 1e-12) return false;
  return w.size(1) > 1;
}

/// The part of the hidden neurons' answers, over all points, at which a sigmoid or tanh is flat:
/// its slope is below 1 % of the largest. Of relu, the part of neurons that are 0 at every point.
double flat_part(const TrainingOptions& o, const DataSet& data, const nn::Sequential& net) {
  const no_grad off;
  Value h = constant(data.points);
  double flat = 0, all = 0;
  for (std::size_t layer = 0; layer < static_cast<std::size_t>(o.layers); ++layer) {
    h = net[2 * layer + 1](net[2 * layer](h));
    const Tensor value = h.data();
    for (std::int64_t neuron = 0; neuron < value.size(1); ++neuron) {
      std::int64_t flat_here = 0;
      for (std::int64_t row = 0; row < value.size(0); ++row) {
        const double y = value(row, neuron);
        const double slope = o.activation == "sigmoid" ? 4 * y * (1 - y)
                             : o.activation == "tanh"  ? 1 - y * y
                                                       : y;
        flat_here += o.activation == "relu" ? slope <= 0 : slope < 0.01;
      }
      // A relu that is 0 at some points is as it should be.
      if (o.activation == "relu" && flat_here < value.size(0)) flat_here = 0;
      flat += static_cast<double>(flat_here);
      all += static_cast<double>(value.size(0));
    }
  }
  return flat / all;
}

/// How many rows are right at most: of points that are there more than once, those of the class
/// that has the most.
std::int64_t most_right(const DataSet& data) {
  std::map<std::pair<double, double>, std::map<std::int64_t, std::int64_t>> classes;
  for (std::int64_t i = 0; i < data.rows(); ++i)
    ++classes[{data.points(i, 0), data.points(i, 1)}][data.labels[static_cast<std::size_t>(i)]];
  std::int64_t right = 0;
  for (const auto& [point, counts] : classes) {
    std::int64_t most = 0;
    for (const auto& [label, count] : counts) most = std::max(most, count);
    right += most;
  }
  return right;
}

/// How much of the loss the last tenth of the epochs took away.
double recent_fall(const std::vector<double>& losses) {
  const std::size_t tenth = std::max<std::size_t>(1, losses.size() / 10);
  const double before = losses[losses.size() - 1 - tenth];
  return (before - losses.back()) / std::max(before, 1e-300);
}

/// In the last tenth, how often the loss went up instead of down.
double ups(const std::vector<double>& losses) {
  const std::size_t tenth = std::max<std::size_t>(2, losses.size() / 10);
  if (losses.size() < tenth + 1) return 0;
  double up = 0;
  for (std::size_t i = losses.size() - tenth; i < losses.size(); ++i)
    up += losses[i] > losses[i - 1] * (1 + 1e-9);
  return up / static_cast<double>(tenth);
}

}  // namespace

std::vector<std::string> advice(const TrainingOptions& o, const DataSet& data,
                                const TrainingRun& run) {
  std::vector<std::string> reasons;
  if (run.right == 1) return reasons;
  auto say = [&]<class... A>(fmt::format_string<A...> text, A&&... a) {
    reasons.push_back(fmt::format(text, std::forward<A>(a)...));
  };
  const double lr = o.learning_rate();
  if (run.diverged && run.updates == 0) {
    say("The loss was not a finite number from the first weights on: they are too large. Try a "
        "smaller --scale than {}.",
        o.scale);
    return reasons;
  }
  if (run.diverged) {
    const std::string scale =
        o.scale > 1 ? fmt::format(", or a smaller --scale than {}", o.scale) : "";
    say("The loss was not a finite number any more in epoch {}: the steps were too large. Try a "
        "smaller --lr than {}{}.",
        run.epochs, lr, scale);
    return reasons;
  }
  TrainingOptions usual = o;
  usual.lr.reset();
  if (lr == 0) {
    say("The learning rate is 0, so no update changed a weight. Try --lr {}.",
        usual.learning_rate());
    return reasons;
  }
  if (!o.bias && o.activation != "relu" && centred(data))
    say("There are no biases. sigmoid(z) is 1/2 plus an odd function of z, so without biases the "
        "difference of two outputs is a constant plus an odd function of the point. The label is "
        "even: x and -x are of the same class. On points as symmetric as that, 75 % is the most "
        "that any width reaches; more is fitted noise, which new points do not share. Leave out "
        "--no-bias.");
  if (alike(run.net))
    say("All hidden neurons have the same weights. They started alike, so they got the same "
        "gradient in every update, and together they are one neuron. Weights that start at random "
        "break the symmetry: --scale 1.");
  if (const std::int64_t most = most_right(data); most < data.rows()) {
    say("Some points are there more than once, and not of one class: {} of {} right is the most "
        "that "
        "any network reaches. Look into {}.",
        most, data.rows(), data.name);
    if (run.right * static_cast<double>(data.rows()) > static_cast<double>(most) - 0.5)
      return reasons;
  }
  if (o.hidden == 1)
    say("One hidden neuron can only draw one straight line, and no line divides these classes. "
        "Try --hidden 3.");
  constexpr double much = 0.5;
  const double flat = flat_part(o, data, run.net);
  if (flat > much) {
    const bool from_start = flat_part(o, data, make_network(o, data)) > much;
    say("{:.0f} % of the hidden neurons' answers lie where {} is flat; hardly any gradient comes "
        "through. {}",
        100 * flat, o.activation,
        from_start
            ? fmt::format("The initial weights had them there. Try a smaller --scale than {}.",
                          o.scale)
            : fmt::format("The updates took them there. Try {}a smaller --lr than {}.",
                          o.scale > 1 ? fmt::format("a smaller --scale than {}, or ", o.scale) : "",
                          lr));
  }
  if (o.layers > 1 && !run.first_gradients.empty() &&
      run.first_gradients.front() <
          brickgrad::internal::vanishing_part * run.first_gradients.back())
    say("The gradient vanishes on its way back: in the first update it is {:.1e} at the first "
        "layer and {:.1e} at the last. {} Try fewer --layers, {}another --scale, or --optimizer "
        "adam.",
        run.first_gradients.front(), run.first_gradients.back(),
        o.activation == "sigmoid" ? "Each sigmoid passes on a quarter at most."
                                  : "Flat neurons and small weights take a part of it each.",
        o.activation == "sigmoid" ? "--activation tanh or relu, " : "");
  // So few losses show neither a valley nor leaps over it.
  constexpr std::int64_t few_epochs = 20;
  if (reasons.empty() && run.epochs < few_epochs) {
    say("{} {} too short a training to judge by; the loss is {:.4f}. Try more --epochs.",
        run.epochs, run.epochs == 1 ? "epoch is" : "epochs are", run.final_loss);
    return reasons;
  }
  const std::vector<double> losses = run.all_losses();
  const double fall = 1 - losses.back() / std::max(losses.front(), 1e-300);
  if (reasons.empty() && lr < 0.01 * usual.learning_rate() && std::abs(fall) < 0.01)
    say("All updates together changed the loss by {:.2g} %: the steps are too small. Try a larger "
        "--lr than {}; {} is usual.",
        100 * std::abs(fall), lr, usual.learning_rate());
  if (reasons.empty() && o.optimizer == "sgd" && ups(losses) > 0.2)
    say("The loss goes up in {:.0f} % of the last updates: the steps leap over the valley. Try a "
        "smaller --lr than {}.",
        100 * ups(losses), lr);
  if (reasons.empty() && recent_fall(losses) > 1e-6)
    say("The loss is still falling, by {:.2g} % over the last tenth of the run. Try more --epochs "
        "than {}, or a larger --lr than {}.",
        100 * recent_fall(losses), o.epochs, lr);
  if (o.squared())
    say("The squared error learns slowly where an output is surely wrong: its gradient has the "
        "factor h(1 - h), which is near 0 there. Try --loss cross-entropy.");
  if (reasons.empty())
    say("The loss has settled at {:.4f}: a valley that these weights lead into. Try another "
        "--seed, or more --hidden neurons than {}.",
        run.final_loss, o.hidden);
  return reasons;
}

}  // namespace tools
