// Runs another program, without a shell.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace brickgrad::internal {

struct ProcessResult {
  bool found = true;             // false when there is no such program
  bool timed_out = false;        // it was stopped
  std::optional<int> exit_code;  // none when a signal ended it, or nobody knows
  int signal = 0;
  std::string errors;  // what it wrote to its standard error, up to 64 KiB

  bool succeeded() const {
    return found && !timed_out && signal == 0 && exit_code.value_or(0) == 0;
  }
};

/// Runs the program found in PATH by the first argument, from a file to a file, and waits for its
/// end. When its time is over, the program and all that it has started are killed; they are too
/// when Ctrl-C or the like ends this process. Throws Error when the system has no room for another
/// process.
ProcessResult run_process(const std::vector<std::string>& arguments,
                          const std::filesystem::path& input, const std::filesystem::path& output,
                          std::chrono::duration<double> timeout);

}  // namespace brickgrad::internal
