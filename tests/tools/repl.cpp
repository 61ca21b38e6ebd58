#include <fstream>
#include <sstream>
#include <tests/catch.hpp>
#include <tests/folder.hpp>

#include "program.hpp"

namespace {

/// A folder for the history, of its own and empty: tests run beside each other.
class StateFolder {
 public:
  Environment environment() const { return {{"XDG_STATE_HOME", folder_.path().string()}}; }
  std::string history() const {
    std::ostringstream text;
    text << std::ifstream(folder_ / "brickgrad/history").rdbuf();
    return text.str();
  }

 private:
  Folder folder_;
};

const std::string ctrl_c = "\x03";

}  // namespace

TEST_CASE("Ctrl-C in the repl drops the line being typed and keeps the variables") {
  const StateFolder state;
  const Finished run = run_dialogue(
      {"repl"}, {"x = 3\n", "x = 4" + ctrl_c, ctrl_c, "x + 40\n", ":quit\n"}, state.environment());
  INFO(run.out);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, contains("\n43\r\n"));
}

#ifdef BRICKGRAD_HAS_EDITLINE
TEST_CASE("the Tab key completes variables, functions and commands in the repl") {
  const StateFolder state;
  const Finished run = run_dialogue({"repl"},
                                    {"alphabet = 3\n", "alph\t + 40\n", "2 * softpl\t0)\n",
                                     ":va\t\n", ":ops softpl\t\n", ":quit\n"},
                                    state.environment());
  INFO(run.out);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, contains("\n43\r\n"));
  CHECK_THAT(run.out, contains("\n1.3862944\r\n"));
  CHECK_THAT(run.out, contains("\nalphabet = 3\r\n"));
  CHECK_THAT(run.out, contains("softplus(x)"));
}
#endif

TEST_CASE("the repl keeps each line as it comes, even when its terminal is closed") {
  const StateFolder state;
  const Finished run = run_dialogue({"repl"}, {"first = 1\n"}, state.environment());
  CHECK(run.exit_code != 0);
#ifdef BRICKGRAD_HAS_EDITLINE
  CHECK_THAT(state.history(), contains("first"));
#endif
}

TEST_CASE("the repl asks on a terminal that cannot move its cursor too") {
  const std::string out =
      run_on_terminal({"repl"}, "1+1\n:quit\n", 80, {{"TERM", "dumb"}, {"HOME", ""}}).out;
  CHECK_THAT(out, contains("> ") && contains("\n2"));
  CHECK(out.find('\x1b') == std::string::npos);
}

TEST_CASE("a command in the repl is run even after a line that is not finished") {
  const StateFolder state;
  const Finished run =
      run_dialogue({"repl"}, {"x = 3\n", "x^\n:vars\n", ":help\n", ":quit\n"}, state.environment());
  INFO(run.out);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, contains("1:3") && contains("the command drops this line") &&
                          contains("\nx = 3\r\n") && contains("ends in an operator"));
}
