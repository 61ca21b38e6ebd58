#include "line_reader.hpp"

#include <fmt/format.h>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#ifdef BRICKGRAD_HAS_EDITLINE
#include <editline/readline.h>
#include <clocale>
#endif

namespace tools {

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
  using_history();
  constexpr int kept_lines = 1000;
  stifle_history(kept_lines);
  if (!history_.empty()) read_history(history_.c_str());
}

LineReader::~LineReader() {
  if (!interactive_ || history_.empty()) return;
  // No history is no reason to fail.
  std::error_code ignored;
  std::filesystem::create_directories(history_.parent_path(), ignored);
  write_history(history_.c_str());
}

std::optional<std::string> LineReader::read(const char* prompt) {
  if (interactive_) {
    char* line = readline(prompt);
    if (!line) return std::nullopt;
    std::string text = line;
    std::free(line);
    if (text.find_first_not_of(" \t") != std::string::npos) add_history(text.c_str());
    return text;
  }
  std::string text;
  if (!std::getline(std::cin, text)) return std::nullopt;
  return text;
}

#else

LineReader::LineReader(bool interactive, std::filesystem::path history)
    : interactive_(interactive), history_(std::move(history)) {}
LineReader::~LineReader() = default;

std::optional<std::string> LineReader::read(const char* prompt) {
  if (interactive_) {
    fmt::print("{}", prompt);
    std::fflush(stdout);
  }
  std::string text;
  if (!std::getline(std::cin, text)) return std::nullopt;
  return text;
}

#endif

}  // namespace tools
