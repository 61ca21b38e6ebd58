// brickgrad eval --plot: where the drawn lines break, and the numbers beside them.
#include <algorithm>
#include <sstream>
#include <string>
#include <tests/catch.hpp>
#include <vector>

#include "program.hpp"

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// How often the drawn lines of the value and of its derivative begin.
std::vector<int> pieces(const std::string& expression, const std::string& range) {
  const Finished run = run_program({"eval", expression, "--plot", range, "--plot-svg", "-"});
  CHECK(run.exit_code == 0);
  std::vector<int> out;
  for (const std::string& line : lines_of(run.out)) {
    if (line.find("stroke-linejoin") == line.npos) continue;
    out.push_back(static_cast<int>(std::count(line.begin(), line.end(), 'M')));
  }
  return out;
}

std::vector<std::string> chart_lines(const std::string& expression, const std::string& range) {
  const Finished run = run_program({"eval", expression, "--plot", range}, {{"LC_ALL", "C"}});
  CHECK(run.exit_code == 0);
  return lines_of(run.out);
}

}  // namespace

TEST_CASE("a drawn line breaks at poles and jumps, and only there") {
  CHECK(pieces("tan(x)", "x=-3:3") == std::vector<int>{3, 1});
  CHECK(pieces("1/x", "x=-1:1.7") == std::vector<int>{2, 1});
  CHECK(pieces("1/(x - 0.2512)", "x=-1:2") == std::vector<int>{2, 1});
  CHECK(pieces("where(x > 0.1, 1, 0)", "x=-1:1") == std::vector<int>{2, 1});
  CHECK(pieces("abs(x - 0.1234)", "x=-1:1") == std::vector<int>{1, 2});
  CHECK(pieces("tanh(100*x)", "x=-3:3") == std::vector<int>{1, 1});
  CHECK(pieces("tanh(1e6*(x - 0.1234))", "x=-3:3") == std::vector<int>{1, 1});
  CHECK(pieces("x", "x=-3:3") == std::vector<int>{1, 1});
}

TEST_CASE("a chart does not fill the step of a jump, but steep pieces") {
  const auto middle = [](const std::string& expression) {
    // From the frame on, of the rows between the highest and the lowest.
    std::string all;
    const auto lines = chart_lines(expression, "x=-3:3");
    for (std::size_t i = 3; i < 7; ++i) all += lines[i].substr(11);
    return all;
  };
  CHECK(middle("where(x > 0.1, 1, 0)").find_first_not_of(' ') == std::string::npos);
  CHECK(middle("tanh(100*x)").find('|') != std::string::npos);
}

TEST_CASE("the numbers at a chart are round") {
  const auto lines = chart_lines("sin(x)", "x=-pi:pi");
  CHECK(lines[0] == "sin(x)");
  std::vector<std::string> labels;
  for (std::size_t i = 1; i <= 10; ++i)
    if (lines[i][10] == '+') labels.push_back(lines[i].substr(0, 9));
  CHECK(labels ==
        std::vector<std::string>{"        1", "      0.5", "        0", "     -0.5", "       -1"});
  CHECK_THAT(lines[11], contains("+-"));
  std::istringstream numbers(lines[12]);
  std::vector<std::string> below;
  for (std::string word; numbers >> word;) below.push_back(word);
  CHECK(below == std::vector<std::string>{"-3", "-2", "-1", "0", "1", "2", "3"});
}

TEST_CASE("numbers at a chart that differ little are told apart") {
  const auto lines = chart_lines("x + 1000000", "x=0:3");
  std::vector<std::string> labels;
  for (std::size_t i = 1; i <= 10; ++i)
    if (lines[i][10] == '+') labels.push_back(lines[i].substr(0, 9));
  CHECK(labels == std::vector<std::string>{"  1000003", "  1000002", "  1000001", "    1e+06"});
}

TEST_CASE("ranges at the ends of what numbers can be are drawn, or refused") {
  for (const char* range : {"x=1:1.0000000000000002", "x=0:5e-324", "x=0:1e-320", "x=-1e-310:2",
                            "x=0:1e306", "x=1e300:1.00000000001e300"})
    for (const char* expression : {"x", "1e-320*x", "1e15 + 0*x", "1e300*x"})
      for (const bool svg : {false, true}) {
        std::vector<std::string> words{"eval", expression, "--plot", range};
        if (svg) words.insert(words.end(), {"--plot-svg", "-"});
        const Finished run = run_program(words);
        INFO(expression << " at " << range << ": " << run.error);
        CHECK((run.exit_code == 0 ||
               run.error == "brickgrad: plot: there is no finite number to draw\n"));
      }
  for (const char* range : {"x=-1.7e308:1.7e308", "x=0:1e308", "x=0:inf", "x=nan:1"})
    CHECK(run_program({"eval", "x", "--plot", range}).exit_code == 2);
}
