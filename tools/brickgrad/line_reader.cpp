#include "line_reader.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <autograd/error.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#ifdef BRICKGRAD_HAS_EDITLINE
#include <editline/readline.h>
#include <clocale>
#endif

namespace tools {
namespace {

volatile std::sig_atomic_t ctrl_c_pressed = 0;

/// While one lives, Ctrl-C ends the read that is waiting instead of the program.
class CtrlCEndsRead {
 public:
  CtrlCEndsRead() {
    ctrl_c_pressed = 0;
    struct sigaction note {};
    // Without SA_RESTART the read returns. One that had not begun yet is ended by the alarm.
    note.sa_handler = [](int) {
      ctrl_c_pressed = 1;
      alarm(1);
    };
    sigaction(SIGALRM, &note, &alarm_before_);
    sigaction(SIGINT, &note, &before_);
  }
  ~CtrlCEndsRead() {
    sigaction(SIGINT, &before_, nullptr);
    alarm(0);
    sigaction(SIGALRM, &alarm_before_, nullptr);
  }
  CtrlCEndsRead(const CtrlCEndsRead&) = delete;
  CtrlCEndsRead& operator=(const CtrlCEndsRead&) = delete;

 private:
  struct sigaction before_ {
  }, alarm_before_{};
};

/// Throws for a line that has no end.
std::optional<std::string> plain_line() {
  constexpr std::size_t most = 100'000'000;
  std::string text;
  std::streambuf* const in = std::cin.rdbuf();
  for (int c; (c = in->sbumpc()) != std::char_traits<char>::eof();) {
    if (c == '\n') return text;
    if (text.size() == most)
      brickgrad::fail("a line is longer than {} MB; is it an expression?", most / 1'000'000);
    text += static_cast<char>(c);
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

#ifdef BRICKGRAD_HAS_EDITLINE

// The library calls functions without a place for anything of ours.
LineReader::Words offered_words;
std::vector<std::string> matching_words;

char* next_match(const char*, int state) {
  const auto i = static_cast<std::size_t>(state);
  return i < matching_words.size() ? ::strdup(matching_words[i].c_str()) : nullptr;
}

char** matches(const char* word, int start, int) {
  const auto words =
      offered_words(std::string(rl_line_buffer).substr(0, static_cast<std::size_t>(start)));
  // The names of files otherwise.
  rl_attempted_completion_over = words.has_value();
  if (!words) return nullptr;
  matching_words.clear();
  for (const std::string& w : *words)
    if (w.starts_with(word)) matching_words.push_back(w);
  return matching_words.empty() ? nullptr : rl_completion_matches(word, next_match);
}

#endif

}  // namespace

std::filesystem::path history_file(const char* name) {
  const auto variable = [](const char* v) -> std::string {
    const char* text = std::getenv(v);
    return text ? text : "";
  };
  // The specification of XDG's folders: only absolute paths count.
  std::filesystem::path state = variable("XDG_STATE_HOME");
  if (!state.is_absolute()) {
    const std::filesystem::path home = variable("HOME");
    if (!home.is_absolute()) return {};
    state = home / ".local" / "state";
  }
  return state / "brickgrad" / name;
}

#ifdef BRICKGRAD_HAS_EDITLINE

LineReader::LineReader(bool interactive, std::filesystem::path history)
    : interactive_(interactive), history_(std::move(history)) {
  if (!interactive_) return;
  // Only the characters, not the decimal point.
  std::setlocale(LC_CTYPE, "");
  // The library would hand Ctrl-C on to the whole group of processes.
  rl_catch_signals = 0;
  using_history();
  constexpr int kept_lines = 1000;
  stifle_history(kept_lines);
  if (!history_.empty()) read_history(history_.c_str());
}

bool LineReader::edits() { return true; }

void LineReader::complete(Words words) {
  if (!interactive_) return;
  static char breaks[] = " \t\n()[]{},;=+-*/^@<>!&|";
  offered_words = std::move(words);
  rl_completer_word_break_characters = breaks;
  rl_completion_append_character = 0;
  rl_attempted_completion_function = matches;
}

std::optional<std::string> LineReader::edited(const char* prompt) {
  char* line = readline(prompt);
  if (!line) return std::nullopt;
  std::string text = line;
  std::free(line);
  return text;
}

void LineReader::remember(const std::string& line) {
  if (line.find_first_not_of(" \t") == std::string::npos) return;
  add_history(line.c_str());
  if (history_.empty()) return;
  // No history is no reason to fail.
  std::error_code ignored;
  std::filesystem::create_directories(history_.parent_path(), ignored);
  write_history(history_.c_str());
}

#else

LineReader::LineReader(bool interactive, std::filesystem::path history)
    : interactive_(interactive), history_(std::move(history)) {}

std::optional<std::string> LineReader::edited(const char* prompt) {
  fmt::print("{}", prompt);
  std::fflush(stdout);
  return plain_line();
}

bool LineReader::edits() { return false; }
void LineReader::complete(Words) {}
void LineReader::remember(const std::string&) {}

#endif

std::optional<std::string> LineReader::read(const char* prompt) {
  if (!interactive_) return plain_line();
  std::optional<std::string> line;
  {
    const CtrlCEndsRead scope;
    line = edited(prompt);
    interrupted_ = ctrl_c_pressed != 0;
  }
  if (interrupted_) {
    std::cin.clear();
    std::clearerr(stdin);
    return "";
  }
  if (line) remember(*line);
  return line;
}

}  // namespace tools
