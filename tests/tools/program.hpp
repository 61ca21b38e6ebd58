// Runs the program brickgrad as a user does: through a pipe, or on a terminal.
//   const Finished run = run_program({"xor", "--quiet"});
//   CHECK(run.exit_code == 0);
#pragma once

#include <map>
#include <string>
#include <vector>

struct Finished {
  int exit_code = -1;
  std::string out, error;
};

/// Variables of the environment to set; those with an empty value are removed.
using Environment = std::map<std::string, std::string>;

/// With nothing to read and its output in pipes. The locale is C.UTF-8 unless `environment` has
/// another.
Finished run_program(const std::vector<std::string>& arguments,
                     const Environment& environment = {});
/// On a terminal of so many columns, with `typed` to read; all output is in `out`, with "\r\n" at
/// the ends of lines.
Finished run_on_terminal(const std::vector<std::string>& arguments, const std::string& typed = {},
                         int columns = 80, const Environment& environment = {});
/// On a terminal, with each text typed when the next prompt "> " is there; at a prompt after the
/// last one the terminal is closed.
Finished run_dialogue(const std::vector<std::string>& arguments,
                      const std::vector<std::string>& typed, const Environment& environment = {});
