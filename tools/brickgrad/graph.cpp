// brickgrad graph: the picture of a network's training step, of what changed between two steps, of
// an expression.
#include <fmt/format.h>
#include <algorithm>
#include <autograd/autograd.hpp>
#include <nn/nn.hpp>
#include <optional>

#include "command.hpp"
#include "expression.hpp"
#include "limits.hpp"
#include "messages.hpp"
#include "pictures.hpp"
#include "tutorial_step.hpp"

namespace tools {

using namespace brickgrad;

namespace {

constexpr int most_steps = 1'000'000'000;

struct Options {
  ExpressionArguments expression;  // xor, tutorial, or one with its inputs
  std::string level = "tensor", theme = "auto", out, title;
  std::vector<int> diff;
  int depth = 1'000'000, step = 1, row = 1;
  std::uint64_t seed = 1;
  bool top_down = false, frames = true, force = false, constants = false;
  bool values = true, gradients = true;
  double timeout = 60;

  const std::string& what() const { return expression.expression; }
  bool network() const { return what() == "xor" || what() == "tutorial"; }
};

/// A training step as it is drawn: its loss, and who computed what.
struct Step {
  std::unique_ptr<ModuleTrace> trace = std::make_unique<ModuleTrace>();
  Value loss;
};

/// A network that can be drawn at any of its training steps.
class Training {
 public:
  virtual ~Training() = default;
  /// One update of all weights.
  virtual void update() = 0;
  /// The loss as the network computes it, and of one row neuron by neuron.
  virtual Value tensor_loss() = 0;
  virtual Value scalar_loss() = 0;
};

/// Layers and activations in turn, whose values have the names of the tutorial: z1, h1, z2, …
class NamedLayers : public nn::Sequential {
 public:
  using Sequential::Sequential;
  Value forward(const Value& x) const override {
    Value y = x;
    for (std::size_t i = 0; i < size(); ++i)
      y = (*this)[i](y).name(fmt::format("{}{}", i % 2 == 0 ? 'z' : 'h', i / 2 + 1));
    return y;
  }
};

/// The 2-3-2 net with biases that learns XOR with a cross-entropy.
class Xor : public Training {
 public:
  explicit Xor(const Options& options) : row_(options.row) {
    nn::manual_seed(options.seed);
    const nn::LinearOptions uniform{
        .init = [](const Value& w, std::uint64_t s) { nn::init::uniform_(w, -1, 1, s); }};
    net_ = NamedLayers{nn::Linear(2, 3, uniform), nn::Sigmoid(), nn::Linear(3, 2, uniform)};
    optimizer_.emplace(net_.parameters(), nn::SGDOptions{.lr = 2.0});
  }
  void update() override {
    const Value loss = nn::cross_entropy(net_(inputs_), labels_);
    optimizer_->zero_grad();
    loss.backward();
    optimizer_->step();
    optimizer_->zero_grad();
  }
  Value tensor_loss() override {
    const Value x = constant(inputs_).name("X");
    return nn::cross_entropy(net_(x).name("logits"), labels_);
  }
  Value scalar_loss() override {
    const nn::Neurons n = nn::neurons(net_, inputs_[row_]);
    const std::size_t label = static_cast<std::size_t>(labels_[static_cast<std::size_t>(row_)]);
    const ModuleTrace::Part part("cross entropy");
    return log(exp(n.outputs[0]) + exp(n.outputs[1])) - n.outputs[label];
  }

 private:
  int row_;
  Tensor inputs_ = Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  std::vector<std::int64_t> labels_{0, 1, 1, 0};
  NamedLayers net_;
  std::optional<nn::SGD> optimizer_;
};

/// The net of the back-propagation tutorial: no biases, sigmoids, half the squared error of one
/// example, plain gradient descent with a rate of 0.001.
class Tutorial : public Training {
 public:
  Tutorial() {
    net_.at<nn::Linear>(0).weight().copy_(reference_["w1"]);
    net_.at<nn::Linear>(2).weight().copy_(reference_["w2"]);
    net_.at<nn::Linear>(0).weight().name("W1");
    net_.at<nn::Linear>(2).weight().name("W2");
    optimizer_.emplace(net_.parameters(), nn::SGDOptions{.lr = 0.001});
  }
  void update() override {
    optimizer_->zero_grad();
    tensor_loss().backward();
    optimizer_->step();
    optimizer_->zero_grad();
  }
  Value tensor_loss() override {
    const Value x = constant(reshape(inputs_, {1, 2})).name("X");
    const Value h = net_(x);
    return sum(square(constant(reshape(wanted_, {1, 2})).name("y") - h)) / 2.0;
  }
  Value scalar_loss() override {
    const nn::Neurons n = nn::neurons(net_, inputs_);
    const ModuleTrace::Part part("loss");
    Value squares;
    for (std::size_t i = 0; i < n.outputs.size(); ++i) {
      const Value y =
          constant(wanted_[static_cast<std::int64_t>(i)]).name(fmt::format("y{}", i + 1));
      squares = i == 0 ? square(y - n.outputs[i]) : squares + square(y - n.outputs[i]);
    }
    return squares / 2.0;
  }

 private:
  TutorialReference reference_;
  Tensor inputs_ = reshape(reference_["x"], {2}), wanted_ = reshape(reference_["y"], {2});
  NamedLayers net_{nn::Linear(2, 3, {.bias = false}), nn::Sigmoid(),
                   nn::Linear(3, 2, {.bias = false}), nn::Sigmoid()};
  std::optional<nn::SGD> optimizer_;
};

std::unique_ptr<Training> training(const Options& options) {
  if (options.what() == "xor") return std::make_unique<Xor>(options);
  return std::make_unique<Tutorial>();
}

/// Trains until a step and computes its loss and all gradients, without the update.
Step at_step(const Options& options, int number) {
  const std::unique_ptr<Training> net = training(options);
  for (int i = 1; i < number; ++i) net->update();
  Step step;
  step.loss = options.level == "scalar" ? net->scalar_loss() : net->tensor_loss();
  step.loss.name("loss");
  step.loss.backward({.retain_grad = true});
  return step;
}

int wrote(const Options& options) {
  if (options.out != "-") fmt::print("wrote {}\n", options.out);
  return 0;
}

bool is_page(const Options& options) { return extension_of(options.out) == ".html"; }
bool is_text(const Options& options) { return extension_of(options.out) == ".dot"; }

/// Before anything is computed.
void check_file(const Options& options) {
  if (options.out == "-") return;
  for (const char* known : {".svg", ".png", ".pdf", ".dot", ".html"})
    if (extension_of(options.out) == known) return;
  throw WrongUse(fmt::format(
      "--out: '{}' ends in none of .svg, .png, .pdf, .dot and .html; - prints the graph as text",
      options.out));
}

int draw(const Value& result, const Options& options, const DotOptions& dot) {
  if (options.out == "-" || is_text(options))
    write_text(result, options.out, dot);
  else if (is_page(options))
    tell(write_page(result, options.out, dot));
  else
    tell(render(result, options.out, dot));
  return wrote(options);
}

/// Refuses those of the options that were given.
void refuse(const CLI::App& parser, std::initializer_list<const char*> names, const char* why) {
  for (const char* name : names)
    if (parser.count(name) > 0) throw WrongUse(fmt::format("{} {}", name, why));
}

/// An option that would have no effect is a mistake.
void check_use(const CLI::App& parser, const Options& o) {
  if (is_page(o))
    refuse(parser, {"--diff", "--theme", "--constants", "--no-values", "--no-gradients"},
           "is of pictures; a page (.html) shows one step as it is, in the colours of its reader");
  if (!o.network()) {
    refuse(parser, {"--step", "--diff", "--level", "--row", "--seed", "--depth", "--no-frames"},
           "is of the networks xor and tutorial, not of an expression");
    return;
  }
  refuse(parser, {"--file", "--dtype"}, "is of an expression, not of a network");
  if (!o.expression.bindings.empty())
    throw WrongUse(fmt::format("'{}': the network {} has inputs of its own",
                               o.expression.bindings[0], o.what()));
  if (o.what() == "tutorial")
    refuse(parser, {"--seed", "--row"}, "is of the network xor; tutorial has fixed numbers");
  if (o.level != "scalar")
    refuse(parser, {"--row"}, "goes with --level scalar; at the tensor level all rows are drawn");
  if (o.diff.empty()) return;
  refuse(parser, {"--step"}, "does not go with --diff, which names two steps");
  refuse(parser, {"--depth", "--constants"}, "does not go with --diff, which folds nothing");
}

int draw_expression(const Options& options, DotOptions dot) {
  const language::Formula formula = read_formula(options.expression);
  const Value result = formula(formula.leaves());
  if (result.rank() == 0 && result.requires_grad()) result.backward({.retain_grad = true});
  if (dot.title.empty()) dot.title = title_of(formula);
  return draw(result, options, dot);
}

std::string title_of(const Options& options) {
  if (!options.title.empty() || !options.network()) return options.title;
  const std::string net = options.what() == "xor" ? "The XOR network" : "The tutorial's network";
  if (!options.diff.empty())
    return fmt::format("{}: steps {} and {}", net, options.diff[0], options.diff[1]);
  return fmt::format("{}: step {}", net, options.step);
}

int run(const CLI::App& parser, const Options& options) {
  check_use(parser, options);
  check_file(options);
  DotOptions dot;
  dot.constants = options.constants;
  dot.values = options.values;
  dot.gradients = options.gradients;
  dot.depth = options.depth;
  dot.top_down = options.top_down;
  dot.theme = options.theme == "dark"    ? Theme::dark
              : options.theme == "light" ? Theme::light
                                         : Theme::automatic;
  dot.force = options.force;
  dot.timeout = options.timeout;
  dot.title = title_of(options);
  if (!options.network()) return draw_expression(options, dot);
  if (!options.diff.empty()) {
    const auto snapshot_at = [&](int number) {
      const Step step = at_step(options, number);
      return snapshot(step.loss, options.frames ? step.trace.get() : nullptr);
    };
    const GraphSnapshot before = snapshot_at(options.diff[0]), after = snapshot_at(options.diff[1]);
    if (options.out == "-")
      fmt::print("{}", to_dot_diff(before, after, dot));
    else if (is_text(options))
      write_dot_diff(before, after, options.out, dot);
    else
      tell(render_diff(before, after, options.out, dot));
    return wrote(options);
  }
  const Step step = at_step(options, options.step);
  if (options.frames) dot.modules = step.trace.get();
  return draw(step.loss, options, dot);
}

}  // namespace

Action add_graph(CLI::App& parser) {
  const auto options = std::make_shared<Options>();
  Options& o = *options;
  add_expression(parser, o.expression);
  parser.get_option("expression")
      ->description("xor, the net of the demo; tutorial, that of the tutorial; or an expression");
  parser
      .add_option(
          "--out,-o", o.out,
          "The file: .svg, .png, .pdf, .dot, .html for a page to step through, or - for text")
      ->check(file_name_or_dash())
      ->required();
  parser.add_option("--level", o.level, "tensor, or scalar: one row, neuron by neuron")
      ->check(CLI::IsMember({"tensor", "scalar"}));
  parser.add_option("--depth", o.depth, "Fold modules with so many others around them into cards")
      ->check(whole_number(0, 1'000'000));
  parser.add_flag("--no-frames{false}", o.frames, "No frames around modules");
  parser.add_option("--theme", o.theme, "auto, light or dark; SVG can change by itself")
      ->check(CLI::IsMember({"auto", "light", "dark"}));
  parser.add_flag("--top-down", o.top_down, "The result at the bottom instead of to the right");
  parser.add_flag("--no-values{false}", o.values, "Cards without values");
  parser.add_flag("--no-gradients{false}", o.gradients, "Cards and lines without gradients");
  parser.add_flag("--constants", o.constants, "A card for every constant");
  parser.add_option("--step", o.step, "Which training step")->check(whole_number(1, most_steps));
  parser.add_option("--diff", o.diff, "What changed between two steps: 1,100")
      ->delimiter(',')
      ->expected(2)
      ->check(whole_number(1, most_steps));
  parser.add_option("--row", o.row, "Of xor at the scalar level: which of the rows 00, 01, 10, 11")
      ->check(whole_number(0, 3));
  parser.add_option("--seed", o.seed, "Of the initial weights of xor")->check(whole_number(0));
  parser.add_flag("--force", o.force, "Draw every value of a large graph");
  parser.add_option("--timeout", o.timeout, "Seconds that the layout may take")
      ->check(number_above(0));
  parser.add_option("--title", o.title, "Above the picture");
  return [options, &parser] { return run(parser, *options); };
}

}  // namespace tools
