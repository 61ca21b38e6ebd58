#include "program.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cstdlib>
#include <stdexcept>

namespace {

[[noreturn]] void become_program(const std::vector<std::string>& arguments,
                                 const Environment& environment) {
  // Sanitizers' settings and paths to libraries stay.
  for (const char* name : {"NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LC_CTYPE", "LANG"})
    unsetenv(name);
  setenv("LC_ALL", "C.UTF-8", 1);
  setenv("TERM", "xterm", 1);
  for (const auto& [name, value] : environment)
    value.empty() ? unsetenv(name.c_str()) : setenv(name.c_str(), value.c_str(), 1);
  std::vector<std::string> words{BRICKGRAD_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

int exit_code(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Appends what there is; false at the end.
bool read_some(int file, std::string& to) {
  std::array<char, 4096> buffer;
  const ssize_t n = read(file, buffer.data(), buffer.size());
  if (n > 0) to.append(buffer.data(), static_cast<std::size_t>(n));
  return n > 0;
}

}  // namespace

Finished run_program(const std::vector<std::string>& arguments, const Environment& environment) {
  int out[2], error[2];
  if (pipe(out) != 0 || pipe(error) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    if (!freopen("/dev/null", "r", stdin)) _exit(127);
    dup2(out[1], STDOUT_FILENO);
    dup2(error[1], STDERR_FILENO);
    for (int file : {out[0], out[1], error[0], error[1]}) close(file);
    become_program(arguments, environment);
  }
  close(out[1]);
  close(error[1]);
  Finished finished;
  std::array<pollfd, 2> files{pollfd{out[0], POLLIN, 0}, pollfd{error[0], POLLIN, 0}};
  while (files[0].fd >= 0 || files[1].fd >= 0) {
    poll(files.data(), files.size(), -1);
    for (auto& file : files)
      if (file.fd >= 0 && file.revents != 0 &&
          !read_some(file.fd, file.fd == out[0] ? finished.out : finished.error))
        file.fd = -1;
  }
  close(out[0]);
  close(error[0]);
  finished.exit_code = exit_code(child);
  return finished;
}

Finished run_dialogue(const std::vector<std::string>& arguments,
                      const std::vector<std::string>& typed, const Environment& environment) {
  const std::string prompt = "> ";
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child < 0) throw std::runtime_error("no terminal");
  if (child == 0) become_program(arguments, environment);
  Finished finished;
  std::size_t next = 0, seen = 0;
  bool open = true;
  while (open && read_some(terminal, finished.out)) {
    for (std::size_t at; open && (at = finished.out.find(prompt, seen)) != std::string::npos;) {
      seen = at + prompt.size();
      open = next < typed.size();
      if (open && write(terminal, typed[next].data(), typed[next].size()) < 0)
        throw std::runtime_error("nothing can be typed");
      ++next;
    }
  }
  close(terminal);
  finished.exit_code = exit_code(child);
  return finished;
}

Finished run_on_terminal(const std::vector<std::string>& arguments, const std::string& typed,
                         int columns, const Environment& environment) {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = 24;
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
  if (child < 0) throw std::runtime_error("no terminal");
  if (child == 0) become_program(arguments, environment);
  if (!typed.empty() && write(terminal, typed.data(), typed.size()) < 0)
    throw std::runtime_error("nothing can be typed");
  Finished finished;
  while (read_some(terminal, finished.out)) {}
  close(terminal);
  finished.exit_code = exit_code(child);
  return finished;
}
