// Lines from a person or a pipe. A person has a prompt, can edit the line and call back earlier
// ones, and the Tab key completes words, where the program was built with libedit; a pipe has
// neither prompt nor control characters.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tools {

class LineReader {
 public:
  /// Keeps the history of an interactive reader in a file, line by line as they come; without a
  /// name in memory only.
  LineReader(bool interactive, std::filesystem::path history);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// Whether a person can edit lines and complete words: it was built with libedit.
  static bool edits();
  /// What the Tab key offers: all words that may follow what stands before the one being typed;
  /// those that begin like it are shown. Nothing stands for the names of files. Of several readers,
  /// the last one that was told counts.
  using Words = std::function<std::optional<std::vector<std::string>>(const std::string& before)>;
  void complete(Words words);

  /// The next line without its end; nothing at the end of the input. A person's Ctrl-C drops what
  /// is being typed: the line is empty then, and interrupted() says so.
  std::optional<std::string> read(const char* prompt);
  bool interrupted() const { return interrupted_; }

 private:
  std::optional<std::string> edited(const char* prompt);
  void remember(const std::string& line);

  bool interactive_, interrupted_ = false;
  std::filesystem::path history_;
};

/// Where the history of `name` belongs: below XDG_STATE_HOME, else ~/.local/state; empty when
/// neither is known.
std::filesystem::path history_file(const char* name);

}  // namespace tools
