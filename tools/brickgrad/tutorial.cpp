// brickgrad tutorial: one training step of the 2-3-2 network, brick by brick, each number worked
// out here and held against the reference.
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>

#include "command.hpp"
#include "limits.hpp"
#include "messages.hpp"
#include "terminal.hpp"
#include "tutorial_pictures.hpp"

namespace tools {
namespace {

struct TutorialArguments {
  int step = 0;  // 0: all
  bool plain = false;
  double tolerance = 1e-12;
  std::string reference, pictures;
};

/// A line that the reader typed, without blanks around it; none at the end of the input.
std::optional<std::string> typed_line() {
  std::string line;
  for (int c; (c = std::getchar()) != '\n';) {
    if (c == EOF) return std::nullopt;
    if (c > ' ') line += static_cast<char>(c);
  }
  return line;
}

/// The step that the reader wants to see after step i of so many, both counted from 0; none to
/// stop.
std::optional<int> wanted_step(int i, int count) {
  while (true) {
    fmt::print("Enter: the next brick    b: back    1 to {}: that one    q: stop  ", count);
    std::fflush(stdout);
    const auto line = typed_line();
    fmt::print("\n");
    if (!line || *line == "q" || *line == "Q" || *line == "quit") return std::nullopt;
    if (line->empty()) return i + 1;
    if (*line == "b" || *line == "B" || *line == "back") return std::max(i - 1, 0);
    int step = 0;
    const auto [end, error] = std::from_chars(line->data(), line->data() + line->size(), step);
    if (error == std::errc() && end == line->data() + line->size() && step >= 1 && step <= count)
      return step - 1;
    fmt::print("'{}' is none of these.\n", *line);
  }
}

void show(const TutorialStep& step, std::size_t i, std::size_t count, const Terminal& out) {
  fmt::print("{}\n\n{}\n",
             out.styled(Style::bold, fmt::format("{}/{}  {}", i + 1, count, step.title)),
             step.text);
}

struct Comparison {
  std::size_t numbers = 0;
  double deviation = 0;
  std::vector<std::string> wrong;
};

Comparison compare(const std::vector<TutorialStep>& steps, double tolerance) {
  Comparison c;
  for (const TutorialStep& step : steps)
    for (const Quantity& q : step.quantities) {
      c.numbers += static_cast<std::size_t>(q.value.numel());
      const double deviation = q.deviation();
      c.deviation = std::max(c.deviation, deviation);
      if (deviation > tolerance)
        c.wrong.push_back(fmt::format("{} deviates by {:.3g}", q.name, deviation));
    }
  return c;
}

int run_tutorial(const TutorialArguments& a) {
  const TutorialReference reference =
      a.reference.empty() ? TutorialReference() : TutorialReference(a.reference);
  if (!a.pictures.empty()) {
    for (const std::string& path : write_tutorial_pictures(a.pictures, reference))
      fmt::print("wrote {}\n", path);
    return 0;
  }
  const auto steps = tutorial_steps(reference);
  const auto count = static_cast<int>(steps.size());
  Terminal out = terminal(stdout);
  if (a.plain) out = Terminal{};
  const bool interactive = out.interactive && isatty(STDIN_FILENO) != 0 && a.step == 0;

  for (int i = a.step == 0 ? 0 : a.step - 1; i < count;) {
    show(steps[static_cast<std::size_t>(i)], static_cast<std::size_t>(i), steps.size(), out);
    if (a.step != 0) break;
    const std::optional<int> next = interactive ? wanted_step(i, count) : i + 1;
    if (!next) break;
    i = *next;
  }
  const Comparison c = compare(steps, a.tolerance);
  if (a.step == 0) {
    fmt::print("{}\n\n", out.styled(Style::bold, "What the original has wrong"));
    for (std::size_t i = 0; i < tutorial_errata().size(); ++i) {
      std::string text = tutorial_errata()[i];
      for (std::size_t at = 0; (at = text.find('\n', at)) != text.npos; at += 4)
        text.replace(at, 1, "\n   ");
      fmt::print("{}. {}\n", i + 1, text);
    }
    fmt::print("\n{} numbers compared with the reference: the largest deviation is {:.2g}.\n",
               c.numbers, c.deviation);
  }
  for (const std::string& wrong : c.wrong)
    print_error(fmt::format("brickgrad tutorial: {}\n", wrong));
  return c.wrong.empty() ? 0 : 1;
}

}  // namespace

Action add_tutorial(CLI::App& parser) {
  const auto a = std::make_shared<TutorialArguments>();
  CLI::Option* step = parser.add_option("--step", a->step, "Show this step alone, from 1")
                          ->check(whole_number(1, tutorial_step_count));
  parser.add_flag("--plain", a->plain, "No waiting, no colours");
  parser
      .add_option("--pictures", a->pictures, "Draw the pictures of docs/tutorial.md here instead")
      ->check(file_name())
      ->excludes(step)
      ->type_name("DIR");
  parser.add_option("--reference", a->reference, "Take and compare the numbers of this JSON file")
      ->type_name("FILE");
  parser.add_option("--tolerance", a->tolerance, "How far a number may deviate")
      ->check(number_from(0, 1))
      ->capture_default_str();
  return [a] { return run_tutorial(*a); };
}

}  // namespace tools
