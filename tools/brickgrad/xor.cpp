// brickgrad xor: trains a small network on XOR, says what it learned, and why not if it did not.
#include <fmt/format.h>
#include <algorithm>
#include <autograd/autograd.hpp>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "files.hpp"
#include "limits.hpp"
#include "messages.hpp"
#include "terminal.hpp"
#include "xor_advice.hpp"
#include "xor_options.hpp"
#include "xor_pictures.hpp"
#include "xor_training.hpp"

namespace tools {

using namespace brickgrad;

namespace {

constexpr std::int64_t new_points = 10'000;

struct XorArguments {
  TrainingArguments net;
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
  const Tensor p = a.net.training.squared() ? [&] {
    const no_grad off;
    return run.net(data.points).data();
  }() : probabilities(run.net, data.points);
  std::string out = a.net.training.squared() ? "x1 x2  XOR  h(0)    h(1)    answer\n"
                                             : "x1 x2  XOR  P(0)    P(1)    answer\n";
  for (std::int64_t row = 0; row < data.rows(); ++row) {
    const auto label = data.labels[static_cast<std::size_t>(row)];
    out += fmt::format(" {}  {}    {}  ", data.points(row, 0), data.points(row, 1), label);
    if (std::isnan(p(row, 0) + p(row, 1))) {
      out += "NaN     NaN     - WRONG\n";
      continue;
    }
    const int answer = p(row, 1) > p(row, 0);
    out += fmt::format("{:.4f}  {:.4f}  {} {}\n", p(row, 0), p(row, 1), answer,
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
  const TrainingOptions& t = a.net.training;
  const TrainingRun& run = outcome.run;
  // JSON has no infinity and no NaN.
  auto finite = [](double x) { return std::isfinite(x) ? nlohmann::json(x) : nlohmann::json(); };
  nlohmann::json j{
      {"data", a.net.data},
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

/// The training, and what its page is made from when there is to be one.
TrainingRun train_with_progress(const XorArguments& a, const DataSet& data,
                                std::optional<nn::TrainingRecord>& record) {
  std::FILE* stream = a.json ? stderr : stdout;
  const bool shown = !a.quiet && (!a.json || nn::terminal_of(stderr).live);
  std::unique_ptr<nn::Progress> progress;
  if (shown)
    progress = std::make_unique<nn::Progress>(
        a.net.training.epochs,
        nn::ProgressOptions{.stream = stream,
                            .unit = a.net.training.batch == 0 ? "update" : "epoch"});
  auto remember = [&](const nn::Sequential& net, double loss) {
    if (!record) record.emplace(net, data.points, data.labels);
    record->add(loss);
  };
  TrainingRun run = train(
      a.net.training, data,
      [&](std::int64_t epoch, double loss, double right) {
        if (progress) progress->update(epoch, {.loss = loss, .right = right});
      },
      a.html.empty() ? GradientObserver() : remember);
  if (progress) progress->finish();
  return run;
}

/// What the terminal says of the outcome stands on the page too.
void tell(nn::TrainingRecord& record, const DataSet& data, const Outcome& outcome) {
  std::string text = verdict(data, outcome);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  record.note(text);
  for (const std::string& reason : outcome.reasons) record.note(reason);
}

/// All files asked for, in the outcome those that could be written. Returns the first error.
std::exception_ptr write_files(const XorArguments& a, const DataSet& data, Outcome& outcome,
                               std::optional<nn::TrainingRecord>& record) {
  std::exception_ptr trouble;
  const auto attempt = [&](const auto& write) {
    try {
      write();
    } catch (const std::exception&) {
      if (!trouble) trouble = std::current_exception();
    }
  };
  if (!a.out.empty())
    attempt([&] { outcome.files = write_pictures(a.out, a.net, data, outcome.run); });
  if (record) {
    tell(*record, data, outcome);
    attempt([&] {
      record->write_html(a.html);
      outcome.files.push_back({a.html, "the training as a page, to open in a browser"});
    });
  } else if (!a.html.empty()) {
    // The verdict says why.
    print_error(fmt::format("brickgrad: {} is not written: there was no update to show\n", a.html));
  }
  return trouble;
}

int run_xor(const XorArguments& a) {
  const DataSet data = load_data(a.net.data);
  const nn::Sequential initial = make_network(a.net.training, data);
  // The page may be for the folder that is made here.
  if (!a.out.empty()) make_folder(a.out);
  if (!a.html.empty()) check_writable(a.html);
  const bool text = !a.json && !a.quiet;
  const Terminal out = terminal(stdout);
  if (text)
    fmt::print("A network learns XOR (seed {}):\n\n{}\n", a.net.training.seed,
               nn::summary(initial, data.points.shape()));

  std::optional<nn::TrainingRecord> record;
  Outcome outcome{train_with_progress(a, data, record), {}, {}, {}};
  outcome.reasons = advice(a.net.training, data, outcome.run);
  if (a.net.data == "gaussian" && !outcome.run.diverged) {
    const DataSet unseen = new_gaussian_points(new_points, 1);
    outcome.right_of_new = nn::accuracy(outcome.run.net(unseen.points), unseen.labels);
  }

  if (text && a.net.data == "corners") fmt::print("\n{}", truth_table(a, data, outcome.run));
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
    for (const std::string& reason : outcome.reasons)
      fmt::print("\n{}", wrapped(reason, static_cast<std::size_t>(std::clamp(out.width, 20, 80))));
    if (text && !(a.out.empty() && a.html.empty())) fmt::print("\n");
  }
  // The figures come in any case.
  const std::exception_ptr trouble = write_files(a, data, outcome, record);
  if (text)
    for (const WrittenFile& file : outcome.files)
      fmt::print("wrote {}: {}\n", file.path, file.what);
  if (a.json) fmt::print("{}\n", as_json(a, data, outcome).dump(2));
  if (trouble) std::rethrow_exception(trouble);
  return outcome.solved() ? 0 : 1;
}

}  // namespace

Action add_xor(CLI::App& parser) {
  const auto a = std::make_shared<XorArguments>();

  add_training(parser, a->net);
  parser.add_option("--epochs", a->net.training.epochs, "How often it sees all points")
      ->check(whole_number(1, 1'000'000'000))
      ->capture_default_str()
      ->group("How it learns");

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
    check_training(parser, a->net);
    if (a->boundary && a->json)
      throw WrongUse("--boundary is of the text for readers, not of --json; --out DIR draws it");
    return run_xor(*a);
  };
}

}  // namespace tools
