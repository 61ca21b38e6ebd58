// brickgrad graph: the picture of a network's training step, of what changed between two steps, of
// an expression.
#include <fmt/format.h>
#include <algorithm>
#include <autograd/autograd.hpp>
#include <cmath>
#include <optional>

#include "command.hpp"
#include "expression.hpp"
#include "files.hpp"
#include "limits.hpp"
#include "messages.hpp"
#include "network_steps.hpp"
#include "pictures.hpp"

namespace tools {

using namespace brickgrad;

namespace {

constexpr int most_steps = 1'000'000'000;

struct Options {
  ExpressionArguments expression;  // xor, tutorial, or one with its inputs
  std::string level = "tensor", theme = "auto", out, title;
  PictureArguments pictures;
  std::vector<PictureFile> files;  // of `out` and `pictures`
  std::vector<int> diff;
  std::optional<int> depth;
  int step = 1;
  NetworkArguments net;
  std::vector<const CLI::Option*> of_xor;  // what only this network has
  bool top_down = false, frames = true, constants = false, values = true, gradients = true;

  const std::string& what() const { return expression.expression; }
  bool network() const { return what() == "xor" || what() == "tutorial"; }
};

bool is_page(const PictureFile& file) { return file.kind == ".html"; }
bool has_page(const Options& o) { return std::any_of(o.files.begin(), o.files.end(), is_page); }

/// Before anything is computed.
void find_files(Options& o) {
  check_files(o.pictures);
  o.files = o.pictures.files();
  if (o.files.empty() && o.out.empty())
    throw WrongUse("no file to draw into; give one, as in --out graph.svg");
  if (!o.out.empty()) {
    const auto file = o.out == "-" ? PictureFile{".dot", "-"} : picture_file(o.out);
    if (!file)
      throw WrongUse(fmt::format(
          "--out: '{}' ends in none of .svg, .png, .pdf, .dot and .html; - prints the graph as "
          "text",
          o.out));
    for (const PictureFile& other : o.files)
      if (other.path == o.out)
        throw WrongUse(fmt::format("--out and --{} both write '{}'; give each a file of its own",
                                   other.kind.substr(1), o.out));
    o.files.push_back(*file);
  }
  for (const PictureFile& file : o.files)
    if (file.path != "-") check_writable(file.path);
}

/// Calls write(file, options for it) for every file, and says that it is there.
template <class Write>
void for_files(const Options& o, const DotOptions& dot, const Write& write) {
  for (const PictureFile& file : o.files) {
    DotOptions of_file = dot;
    // Pages can be folded and moved; pictures have to fit.
    if (o.depth)
      of_file.depth = *o.depth;
    else if (o.what() == "xor" && o.level == "tensor" && o.diff.empty() && !is_page(file))
      of_file.depth = shown_depth(o.net.training.training);
    write(file, of_file);
    if (file.path != "-") fmt::print("wrote {}\n", file.path);
  }
}

void draw(const Value& result, const Options& options, const DotOptions& dot) {
  for_files(options, dot, [&](const PictureFile& file, const DotOptions& of_file) {
    draw(result, file, of_file);
  });
}

/// Refuses an option that was given.
void refuse(const CLI::Option& option, std::string_view why) {
  if (option.count() > 0) throw WrongUse(fmt::format("{} {}", option.get_name(), why));
}
void refuse(const CLI::App& parser, std::initializer_list<const char*> names, const char* why) {
  for (const char* name : names) refuse(*parser.get_option(name), why);
}

/// An option that would have no effect is a mistake.
void check_use(const CLI::App& parser, const Options& o) {
  if (has_page(o))
    refuse(parser, {"--diff", "--theme", "--constants", "--no-values", "--no-gradients"},
           "is of pictures; a page (.html) shows one step as it is, in the colours of its reader");
  if (!o.network()) {
    constexpr const char* why = "is of the networks xor and tutorial, not of an expression";
    refuse(parser, {"--step", "--diff", "--level", "--row", "--depth", "--no-frames"}, why);
    for (const CLI::Option* option : o.of_xor)
      refuse(*option, "is of the network xor, not of an expression");
    return;
  }
  refuse(parser, {"--file", "--dtype"}, "is of an expression, not of a network");
  if (!o.expression.bindings.empty())
    throw WrongUse(fmt::format("'{}': the network {} has inputs of its own",
                               o.expression.bindings[0], o.what()));
  if (o.what() == "tutorial") {
    constexpr const char* why = "is of the network xor; tutorial has fixed numbers";
    refuse(parser, {"--row"}, why);
    for (const CLI::Option* option : o.of_xor) refuse(*option, why);
  }
  check_training(parser, o.net.training);
  if (o.level != "scalar")
    refuse(parser, {"--row"}, "goes with --level scalar; at the tensor level all rows are drawn");
  if (o.diff.empty()) return;
  refuse(parser, {"--step"}, "does not go with --diff, which names two steps");
  refuse(parser, {"--depth", "--constants"}, "does not go with --diff, which folds nothing");
}

int draw_expression(const Options& options, DotOptions dot) {
  const language::Formula formula = read_formula(options.expression);
  const Value result = formula(formula.leaves());
  fill_gradients(result);
  if (dot.title.empty()) dot.title = title_of(formula);
  draw(result, options, dot);
  return success;
}

std::string title_of(const Options& options, const std::string& steps) {
  if (!options.title.empty()) return options.title;
  return fmt::format("{}: {}",
                     options.what() == "xor" ? "The XOR network" : "The tutorial's network", steps);
}

std::string loss_text(const NetworkStep& step) {
  const double loss = step.loss.item();
  return std::isnan(loss) ? "NaN" : fmt::format("{}", loss);
}

/// Says so when a step could not be reached. Returns the exit code.
int reached(const NetworkStep& step, int wanted) {
  if (step.number == wanted) return success;
  const std::string before =
      step.number > 1 ? fmt::format("; --step {} draws the one before it", step.number - 1) : "";
  print_error(fmt::format(
      "brickgrad: the training ends at step {}, whose loss is {}; it is drawn instead of "
      "step {}{}\n",
      step.number, loss_text(step), wanted, before));
  return failure;
}

int draw_step(const Options& options, DotOptions dot) {
  const NetworkStep step = NetworkSteps(options.what(), options.net, options.step).at(options.step);
  const int code = reached(step, options.step);
  if (options.frames) dot.modules = step.trace.get();
  dot.title = title_of(options, fmt::format("step {}", step.number));
  draw(step.loss, options, dot);
  return code;
}

int draw_change(const Options& options, DotOptions dot) {
  const int low = std::min(options.diff[0], options.diff[1]),
            high = std::max(options.diff[0], options.diff[1]);
  NetworkSteps steps(options.what(), options.net, high);
  int code = success, last = low;
  // A step goes when its picture is taken: its trace would see the training go on.
  const auto picture_of = [&](int number) {
    const NetworkStep step = steps.at(number);
    if (step.number < low)
      brickgrad::fail("the training ends at step {}, whose loss is {}, before step {} of --diff",
                      step.number, loss_text(step), low);
    code = reached(step, number);
    last = step.number;
    return snapshot(step.loss, options.frames ? step.trace.get() : nullptr);
  };
  const GraphSnapshot early = picture_of(low), late = picture_of(high);
  const bool backwards = options.diff[0] > options.diff[1];
  const GraphSnapshot &before = backwards ? late : early, &after = backwards ? early : late;
  dot.title = title_of(
      options, fmt::format("steps {} and {}", backwards ? last : low, backwards ? low : last));
  for_files(options, dot, [&](const PictureFile& file, const DotOptions& of_file) {
    if (file.path == "-")
      fmt::print("{}", to_dot_diff(before, after, of_file));
    else if (file.kind == ".dot")
      write_dot_diff(before, after, file.path, of_file);
    else
      tell(render_diff(before, after, file.path, of_file));
  });
  return code;
}

int run(const CLI::App& parser, Options& options) {
  find_files(options);
  check_use(parser, options);
  DotOptions dot;
  dot.constants = options.constants;
  dot.values = options.values;
  dot.gradients = options.gradients;
  dot.top_down = options.top_down;
  dot.theme = options.theme == "dark"    ? Theme::dark
              : options.theme == "light" ? Theme::light
                                         : Theme::automatic;
  dot.force = options.pictures.force;
  dot.timeout = options.pictures.timeout;
  dot.title = options.title;
  if (!options.network()) return draw_expression(options, dot);
  options.net.scalar = options.level == "scalar";
  return options.diff.empty() ? draw_step(options, dot) : draw_change(options, dot);
}

}  // namespace

Action add_graph(CLI::App& parser) {
  const auto options = std::make_shared<Options>();
  Options& o = *options;
  add_expression(parser, o.expression);
  parser.get_option("expression")
      ->description("xor, the net of the demo; tutorial, that of the tutorial; or an expression");
  parser
      .add_option("--out,-o", o.out,
                  "A file: .svg, .png, .pdf, .dot, .html for a page to step through, or - for text")
      ->check(file_name_or_dash())
      ->type_name("FILE");
  add_pictures(parser, o.pictures);
  parser.add_option("--level", o.level, "tensor, or scalar: one row, neuron by neuron")
      ->check(CLI::IsMember({"tensor", "scalar"}));
  parser
      .add_option("--depth", o.depth,
                  "Fold modules with so many others around them into cards; 1 where xor has more "
                  "than 3 layers")
      ->check(whole_number(0, 1'000'000));
  parser.add_flag("--no-frames{false}", o.frames, "No frames around modules");
  parser.add_option("--theme", o.theme, "auto, light or dark; SVG can change by itself")
      ->check(CLI::IsMember({"auto", "light", "dark"}));
  parser.add_flag("--top-down", o.top_down, "The result at the bottom instead of to the right");
  parser.add_flag("--no-values{false}", o.values, "Cards without values");
  parser.add_flag("--no-gradients{false}", o.gradients, "Cards and lines without gradients");
  parser.add_flag("--constants", o.constants, "A card for every constant");
  parser
      .add_option("--step", o.step,
                  "Which training step; one whose loss is no finite number ends the training")
      ->check(whole_number(1, most_steps));
  parser.add_option("--diff", o.diff, "What changed between two steps: 1,100")
      ->delimiter(',')
      ->expected(2)
      ->check(whole_number(1, most_steps));
  parser
      .add_option("--row", o.net.row, "Of xor at the scalar level: which row of the data, from 0")
      ->check(whole_number(0, 1'000'000'000));
  parser.add_option("--title", o.title, "Above the picture");
  o.of_xor = add_training(parser, o.net.training, "Of xor: ");
  return [options, &parser] { return run(parser, *options); };
}

}  // namespace tools
