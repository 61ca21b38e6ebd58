// docs/tutorial.md: what it says that the program prints is printed, and the numbers in its prose
// stand in those outputs.
#include <cmath>
#include <cstdlib>
#include <regex>
#include <tests/catch.hpp>

#include "markdown.hpp"
#include "program.hpp"

namespace {

const auto tutorial = project / "docs" / "tutorial.md";

std::vector<std::string> words(const std::string& command) {
  std::istringstream in(command);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

/// Blanks at the ends of lines and around the text cannot be seen.
std::string visible(const std::string& text) {
  const std::string trimmed = std::regex_replace(text, std::regex("[ \t]+\n"), "\n");
  const auto start = trimmed.find_first_not_of('\n');
  if (start == std::string::npos) return "";
  return trimmed.substr(start, trimmed.find_last_not_of('\n') - start + 1);
}

/// The same words, and numbers within a twentieth: of a training so long that another processor's
/// rounding shows.
bool about_same(const std::string& printed, const std::string& shown) {
  static const std::regex number("[0-9]+(\\.[0-9]+)?");
  if (std::regex_replace(printed, number, "#") != std::regex_replace(shown, number, "#"))
    return false;
  std::sregex_iterator a(printed.begin(), printed.end(), number),
      b(shown.begin(), shown.end(), number), end;
  for (; a != end && b != end; ++a, ++b) {
    const double x = std::stod(a->str()), y = std::stod(b->str());
    if (std::abs(x - y) > 0.05 * std::abs(y)) return false;
  }
  return a == end && b == end;
}

/// 0.2335 is how 0.23353037 is written in four digits.
bool is_rounded(const std::string& written, const std::string& exact) {
  const auto point = written.find('.');
  const auto digits = point == std::string::npos ? 0 : written.size() - point - 1;
  const double a = std::stod(written), b = std::stod(exact);
  return std::abs(std::abs(a) - std::abs(b)) <=
         0.5 * std::pow(10.0, -static_cast<double>(digits)) * (1 + 1e-9);
}

/// 52 % is how 0.52060749 is written.
bool is_rounded_percent(const std::string& written, const std::string& exact) {
  return exact.starts_with("0.") && is_rounded(written, std::to_string(100 * std::stod(exact)));
}

}  // namespace

TEST_CASE("the program prints what the tutorial shows") {
  const auto parts = parts_of(tutorial);
  int runs = 0;
  for (std::size_t i = 0; i + 2 < parts.size(); ++i) {
    if (parts[i].language != "sh" || !parts[i].text.starts_with("brickgrad ") ||
        !parts[i + 2].language.starts_with("text") || !visible(parts[i + 1].text).empty())
      continue;
    INFO("docs/tutorial.md:" << parts[i].line << ": " << parts[i].text);
    auto arguments = words(parts[i].text);
    arguments.erase(arguments.begin());
    const Finished run = run_program(arguments);
    INFO(run.error);
    CHECK(run.exit_code < 2);
    const std::string printed = visible(run.out), shown = visible(parts[i + 2].text);
    if (parts[i + 2].language != "text about" || !about_same(printed, shown))
      CHECK(printed == shown);
    ++runs;
  }
  CHECK(runs > 10);
}

// A number with a point or a per cent sign is a result: it stands in an output of its section.
TEST_CASE("the numbers in the tutorial's prose are in the outputs beside them") {
  static const std::regex number("([0-9]+\\.[0-9]+)|([0-9]+) %"), any("[0-9]+(\\.[0-9]+)?"),
      code("`[^`]*`"), link("\\]\\([^)]*\\)");
  std::vector<std::string> outputs;
  std::vector<std::pair<std::string, int>> claims;
  int checked = 0;
  auto settle = [&] {
    for (const auto& [claim, line] : claims) {
      INFO("docs/tutorial.md, the part from line " << line << ": " << claim);
      bool found = false;
      for (const std::string& output : outputs)
        found = found || is_rounded(claim, output) || is_rounded_percent(claim, output);
      CHECK(found);
      ++checked;
    }
    claims.clear();
    outputs.clear();
  };
  for (const Part& part : parts_of(tutorial)) {
    if (part.is_block) {
      for (std::sregex_iterator i(part.text.begin(), part.text.end(), any), end;
           part.language.starts_with("text") && i != end; ++i)
        outputs.push_back(i->str());
      continue;
    }
    std::istringstream lines(part.text);
    int at = part.line;
    for (std::string line; std::getline(lines, line); ++at) {
      if (line.starts_with("## ")) settle();
      // What stands in a code span is what somebody types.
      line = std::regex_replace(std::regex_replace(line, code, ""), link, "]");
      for (std::sregex_iterator i(line.begin(), line.end(), number), end; i != end; ++i)
        claims.emplace_back((*i)[1].matched ? (*i)[1] : (*i)[2], at);
    }
  }
  settle();
  CHECK(checked >= 15);
}
