// brickgrad xor: trains a small network on XOR, says what it learned, and why not if it did not.
#include <fmt/format.h>
#include <algorithm>
#include <autograd/autograd.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "limits.hpp"
#include "terminal.hpp"
#include "xor_advice.hpp"
#include "xor_pictures.hpp"
#include "xor_training.hpp"

namespace tools {

using namespace brickgrad;

namespace {

constexpr std::int64_t new_points = 10'000;

struct XorArguments {
  TrainingOptions training;
  std::string data = "corners";
  std::string out, html;
  bool boundary = false, quiet = false, json = false;
};

/// A paragraph in lines of at most `width` characters.
std::string wrapped(std::string_view text, std::size_t width) {
  std::string out, line;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      out += line + '\n';
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  return out + line + '\n';
}

/// 0.996 is 99 %, because 100 % is for all of them.
std::string percent(double part) { return fmt::format("{:.0f} %", std::floor(100 * part)); }

/// What came out, and what was measured to say it.
struct Outcome {
  TrainingRun run;
  std::vector<std::string> reasons;
  std::optional<double> right_of_new;
  std::vector<WrittenFile> files;

  bool solved() const { return run.right == 1; }
};

std::string truth_table(const XorArguments& a, const DataSet& data, const TrainingRun& run) {
  const Tensor p = a.training.squared() ? [&] {
    const no_grad off;
    return run.net(data.points).data();
  }() : probabilities(run.net, data.points);
  std::string out = a.training.squared() ? "x1 x2  XOR  h(0)    h(1)    answer\n"
                                         : "x1 x2  XOR  P(0)    P(1)    answer\n";
  for (std::int64_t row = 0; row < data.rows(); ++row) {
    const int answer = p(row, 1) > p(row, 0);
    const auto label = data.labels[static_cast<std::size_t>(row)];
    out += fmt::format(" {}  {}    {}  {:.4f}  {:.4f}  {} {}\n", data.points(row, 0),
                       data.points(row, 1), label, p(row, 0), p(row, 1), answer,
                       answer == label ? "right" : "WRONG");
  }
  return out;
}

std::string verdict(const DataSet& data, const Outcome& outcome) {
  const TrainingRun& run = outcome.run;
  const auto rows = static_cast<double>(data.rows());
  std::string out = outcome.solved() ? "XOR is solved" : "XOR is not solved";
  if (data.name != "corners" && data.name != "gaussian")
    out = outcome.solved() ? "All is learned" : "Not all is learned";
  out += fmt::format(": {:.0f} of {} points are right", run.right * rows, data.rows());
  if (outcome.solved() && run.first_all_right)
    out += fmt::format(", for the first time after {} {}{}", *run.first_all_right,
                       run.updates == run.epochs ? "update" : "epoch",
                       *run.first_all_right == 1 ? "" : "s");
  out += ".\n";
  if (!outcome.solved() && run.best_right > run.right)
    out += fmt::format("At best {:.0f} were right.\n", run.best_right * rows);
  if (outcome.right_of_new)
    out += fmt::format("Of {} new points of the same distribution, {} are right.\n", new_points,
                       percent(*outcome.right_of_new));
  return out;
}

nlohmann::json as_json(const XorArguments& a, const DataSet& data, const Outcome& outcome) {
  const TrainingOptions& t = a.training;
  const TrainingRun& run = outcome.run;
  // JSON has no infinity and no NaN.
  auto finite = [](double x) { return std::isfinite(x) ? nlohmann::json(x) : nlohmann::json(); };
  nlohmann::json j{
      {"data", a.data},
      {"rows", data.rows()},
      {"hidden", t.hidden},
      {"layers", t.layers},
      {"activation", t.activation},
      {"bias", t.bias},
      {"loss_kind", t.loss},
      {"init", t.init},
      {"scale", t.scale},
      {"optimizer", t.optimizer},
      {"lr", t.learning_rate()},
      {"seed", t.seed},
      {"batch", t.batch},
      {"parameters", run.net.parameter_count()},
      {"epochs", run.epochs},
      {"updates", run.updates},
      {"seconds", run.seconds},
      {"first_loss", finite(run.losses.front())},
      {"loss", finite(run.final_loss)},
      {"right", run.right},
      {"best_right", run.best_right},
      {"solved", outcome.solved()},
      {"diverged", run.diverged},
      {"reasons", outcome.reasons},
      {"gradient_norms", {{"first", nlohmann::json::array()}, {"last", nlohmann::json::array()}}},
      {"files", nlohmann::json::array()},
  };
  for (double g : run.first_gradients) j["gradient_norms"]["first"].push_back(finite(g));
  for (double g : run.last_gradients) j["gradient_norms"]["last"].push_back(finite(g));
  j["first_all_right"] =
      run.first_all_right ? nlohmann::json(*run.first_all_right) : nlohmann::json();
  j["right_of_new_points"] =
      outcome.right_of_new ? nlohmann::json(*outcome.right_of_new) : nlohmann::json();
  for (const WrittenFile& file : outcome.files) j["files"].push_back(file.path);
  return j;
}

TrainingRun train_with_progress(const XorArguments& a, const DataSet& data) {
  std::FILE* stream = a.json ? stderr : stdout;
  const bool shown = !a.quiet && (!a.json || nn::terminal_of(stderr).live);
  std::unique_ptr<nn::Progress> progress;
  if (shown)
    progress = std::make_unique<nn::Progress>(
        a.training.epochs,
        nn::ProgressOptions{.stream = stream, .unit = a.training.batch == 0 ? "update" : "epoch"});
  std::optional<nn::TrainingRecord> record;
  auto remember = [&](const nn::Sequential& net, double loss) {
    if (!record) record.emplace(net, data.points, data.labels);
    record->add(loss);
  };
  TrainingRun run = train(
      a.training, data,
      [&](std::int64_t epoch, double loss, double right) {
        if (progress) progress->update(epoch, {.loss = loss, .right = right});
      },
      a.html.empty() ? GradientObserver() : remember);
  if (progress) progress->finish();
  if (record) {
    record->write_html(a.html);
  } else if (!a.html.empty()) {
    // The verdict says why.
    fmt::print(stderr, "brickgrad: {} is not written: there was no update to show\n", a.html);
  }
  return run;
}

int run_xor(const XorArguments& a) {
  const DataSet data = load_data(a.data);
  const bool text = !a.json && !a.quiet;
  const Terminal out = terminal(stdout);
  if (text)
    fmt::print("A network learns XOR (seed {}):\n\n{}\n", a.training.seed,
               nn::summary(make_network(a.training, data), data.points.shape()));

  Outcome outcome{train_with_progress(a, data), {}, {}, {}};
  outcome.reasons = advice(a.training, data, outcome.run);
  if (a.data == "gaussian" && !outcome.run.diverged) {
    const DataSet unseen = new_gaussian_points(new_points, 1);
    outcome.right_of_new = nn::accuracy(outcome.run.net(unseen.points), unseen.labels);
  }

  if (text && a.data == "corners") fmt::print("\n{}", truth_table(a, data, outcome.run));
  if (a.boundary && !a.json && !outcome.run.diverged)
    fmt::print(
        "\n{}",
        nn::boundary_text(
            [&](const Tensor& p) { return probabilities(outcome.run.net, p); }, data.points,
            data.labels,
            {.width = std::clamp(out.width, 24, 72), .unicode = out.utf8, .color = out.color}));
  if (!a.json) {
    if (text || a.boundary) fmt::print("\n");
    fmt::print("{}",
               out.styled(outcome.solved() ? Style::green : Style::red, verdict(data, outcome)));
    for (const std::string& reason : outcome.reasons) fmt::print("\n{}", wrapped(reason, 80));
    if (text && !(a.out.empty() && a.html.empty())) fmt::print("\n");
  }
  if (!a.out.empty()) outcome.files = write_pictures(a.out, a.training, data, outcome.run);
  if (!a.html.empty() && outcome.run.updates > 0)
    outcome.files.push_back({a.html, "the training as a page, to open in a browser"});
  if (text)
    for (const WrittenFile& file : outcome.files)
      fmt::print("wrote {}: {}\n", file.path, file.what);
  if (a.json) fmt::print("{}\n", as_json(a, data, outcome).dump(2));
  return outcome.solved() ? 0 : 1;
}

}  // namespace

Action add_xor(CLI::App& parser) {
  const auto a = std::make_shared<XorArguments>();
  TrainingOptions& t = a->training;

  const char* what = "What it learns";
  parser
      .add_option("--data", a->data,
                  "corners, gaussian, or a CSV file: two numbers and a class from 0")
      ->capture_default_str()
      ->group(what);
  parser.add_option("--epochs", t.epochs, "How often it sees all points")
      ->check(whole_number(1, 1'000'000'000))
      ->capture_default_str()
      ->group(what);
  parser.add_option("--batch", t.batch, "Points an update; 0 for all of them")
      ->check(whole_number(0, 1'000'000'000))
      ->capture_default_str()
      ->group(what);

  const char* net = "The network";
  parser.add_option("--hidden", t.hidden, "Neurons in a hidden layer")
      ->check(whole_number(1, 10'000))
      ->capture_default_str()
      ->group(net);
  parser.add_option("--layers", t.layers, "Hidden layers")
      ->check(whole_number(1, 100))
      ->capture_default_str()
      ->group(net);
  parser.add_option("--activation", t.activation, "After each hidden layer")
      ->check(CLI::IsMember({"sigmoid", "tanh", "relu"}))
      ->capture_default_str()
      ->group(net);
  parser.add_flag("--bias,!--no-bias", t.bias, "With biases (the default), or without")->group(net);
  parser.add_option("--init", t.init, "Initial weights: random, or those of the worked example")
      ->check(CLI::IsMember({"uniform", "tutorial"}))
      ->capture_default_str()
      ->group(net);
  parser.add_option("--scale", t.scale, "Initial weights are uniform between -SCALE and SCALE")
      ->check(number_from(0, 1e6))
      ->capture_default_str()
      ->group(net);
  parser.add_option("--seed", t.seed, "Of the initial weights and the batches")
      ->check(whole_number(0))
      ->capture_default_str()
      ->group(net);

  const char* how = "How it learns";
  parser.add_option("--loss", t.loss, "cross-entropy of a softmax, or squared error of a sigmoid")
      ->check(CLI::IsMember({"cross-entropy", "squared"}))
      ->capture_default_str()
      ->group(how);
  parser.add_option("--optimizer", t.optimizer, "How it follows the gradient")
      ->check(CLI::IsMember({"sgd", "momentum", "adam", "adamw", "rmsprop"}))
      ->capture_default_str()
      ->group(how);
  parser
      .add_option(
          "--lr", t.lr,
          "Learning rate [2 for sgd, 0.5 for momentum, 0.01 for rmsprop, 0.03 for the others]")
      ->check(number_from(0, 1e9))
      ->group(how);

  const char* shows = "What it shows";
  parser.add_option("--out", a->out, "Draw the graph, the loss and the decision boundary here")
      ->check(file_name())
      ->type_name("DIR")
      ->group(shows);
  parser.add_option("--html", a->html, "Write the training as a web page with a slider")
      ->check(file_name())
      ->type_name("FILE")
      ->group(shows);
  parser.add_flag("--boundary", a->boundary, "Show the decision boundary in the terminal")
      ->group(shows);
  parser.add_flag("--quiet", a->quiet, "Say only what came out")->group(shows);
  parser.add_flag("--json", a->json, "Print the final figures as JSON")->group(shows);
  return [a, &parser] {
    if (a->training.init == "tutorial" && parser.count("--scale") > 0)
      throw WrongUse("--scale does not go with --init tutorial, which has weights of its own");
    if (a->boundary && a->json)
      throw WrongUse("--boundary is of the text for readers, not of --json; --out DIR draws it");
    return run_xor(*a);
  };
}

}  // namespace tools
