#include "tutorial_pictures.hpp"

#include <autograd/autograd.hpp>
#include <cmath>
#include <nn/nn.hpp>

#include "files.hpp"
#include "xor_training.hpp"

namespace tools {

using namespace brickgrad;

namespace {

class Pictures {
 public:
  explicit Pictures(std::filesystem::path folder) : folder_(std::move(folder)) {
    make_folder(folder_);
  }

  void bricks(const TutorialReference& reference) {
    write("bricks", bricks_svg(tutorial_steps(reference), reference));
  }

  /// The four corners from the weights of the worked example, with biases and without.
  void corners() {
    const DataSet data = load_data("corners");
    TrainingOptions options{.init = "tutorial", .epochs = 500};
    const TrainingRun with = run(options, data);
    options.bias = false;
    const TrainingRun without = run(options, data);
    curves("corners_loss", "Learning XOR",
           {{"with biases", with.losses}, {"without", without.losses}});
    boundary("corners", "What it decides (with biases)", with, data);
  }

  /// The lesson on biases.
  void gaussian() {
    const DataSet data = load_data("gaussian");
    TrainingOptions options{.hidden = 10, .optimizer = "adam", .epochs = 5000};
    boundary("gaussian_with", "With biases", run(options, data), data);
    options.bias = false;
    boundary("gaussian_without", "Without biases", run(options, data), data);
  }

  void learning_rates() {
    const DataSet data = load_data("corners");
    std::vector<nn::Curve> all;
    for (const double lr : {0.02, 2.0, 40.0})
      all.push_back({fmt::format("rate {}", lr), run({.lr = lr, .epochs = 500}, data).losses});
    curves("learning_rates", "Too small, right, too large", all);
  }

  void initial_weights() {
    const DataSet data = load_data("corners");
    std::vector<nn::Curve> all;
    for (const double scale : {0.0, 1.0, 100.0})
      all.push_back({fmt::format("scale {}", scale), run({.scale = scale}, data).losses});
    curves("initial_weights", "All zero, random, huge", all);
  }

  /// How large the gradient is where it arrives at each layer of a deep network, at the start.
  void depth() {
    const DataSet data = load_data("corners");
    TrainingOptions deep{.hidden = 8, .layers = 10};
    std::vector<nn::Curve> all{{"sigmoid", arriving(deep, data)}};
    deep.activation = "relu";
    for (const double scale : {0.9, 2.0}) {
      deep.scale = scale;
      all.push_back({fmt::format("relu, scale {}", scale), arriving(deep, data)});
    }
    write("depth", nn::plot_losses(all, {.title = "The gradient that arrives at each hidden layer",
                                         .x_label = "layer, from the input",
                                         .y_label = "norm of dLoss/dh"}));
  }

  std::vector<std::string> written() && { return std::move(written_); }

 private:
  static TrainingRun run(const TrainingOptions& options, const DataSet& data) {
    return train(options, data, [](std::int64_t, double, double) {});
  }
  /// The norm of dLoss/dh of each hidden layer before the first update.
  static std::vector<double> arriving(const TrainingOptions& options, const DataSet& data) {
    const nn::Sequential net = make_network(options, data);
    std::vector<Value> hidden;
    Value h = constant(data.points);
    for (std::size_t i = 0; i < net.size(); ++i) {
      h = net[i](h);
      if (i % 2 == 1) hidden.push_back(h);
    }
    loss_of(options, h, data.labels, data.classes).backward({.retain_grad = true});
    std::vector<double> norms;
    norms.reserve(hidden.size());
    for (const Value& v : hidden) norms.push_back(std::sqrt(sum(square(v.grad())).item()));
    return norms;
  }
  void write(const std::string& name, const std::string& svg) {
    written_.push_back((folder_ / ("tutorial_" + name + ".svg")).string());
    nn::write_svg(svg, written_.back());
  }
  void curves(const char* name, const char* title, const std::vector<nn::Curve>& all) {
    write(name, nn::plot_losses(all, {.title = title, .y_label = "cross-entropy"}));
  }
  void boundary(const char* name, const char* title, const TrainingRun& run, const DataSet& data) {
    write(name, nn::plot_boundary([&](const Tensor& p) { return probabilities(run.net, p); },
                                  data.points, data.labels, {.title = title}));
  }

  std::filesystem::path folder_;
  std::vector<std::string> written_;
};

}  // namespace

std::vector<std::string> write_tutorial_pictures(const std::filesystem::path& folder,
                                                 const TutorialReference& reference) {
  Pictures pictures(folder);
  pictures.bricks(reference);
  pictures.corners();
  pictures.gaussian();
  pictures.learning_rates();
  pictures.initial_weights();
  pictures.depth();
  return std::move(pictures).written();
}

}  // namespace tools
