#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <autograd/draw/process.hpp>
#include <autograd/error.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <mutex>

extern "C" char** environ;

namespace brickgrad::internal {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_errors = 64 * 1024;
constexpr auto look_again = std::chrono::milliseconds(50);

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) fail("cannot start a program: {}", std::strerror(errno));
  }
  ~Pipe() {
    close_writing();
    ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void close_writing() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

/// What the child does between its birth and its program.
class SpawnSettings {
 public:
  SpawnSettings(int errors, const std::filesystem::path& input,
                const std::filesystem::path& output) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_TRUNC,
                                     0);
    // A host that blocks or ignores signals must not pass that on.
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    // A group of its own: what the program has started is stopped with it.
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

/// What ends a process, unless it handles or ignores that.
constexpr std::array ending_signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/// The groups of the programs that run now; 0 is a free place.
std::array<std::atomic<pid_t>, 64> running;

/// While a program is started and not among those yet, no such signal is handled by this thread,
/// and other threads wait: they could not end what they do not know. Once they end what they know,
/// nothing is started any more.
class Starting {
 public:
  Starting() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : ending_signals) sigaddset(&signals, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals, &before_);
    ++count_;
    if (ending_) {
      --count_;
      for (;;) ::pause();
    }
  }
  ~Starting() {
    --count_;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Starting(const Starting&) = delete;
  Starting& operator=(const Starting&) = delete;

  /// In a handler: lets nobody start, and waits for those who do, but not for long.
  static void end() {
    ending_ = true;
    constexpr timespec millisecond{0, 1000000};
    for (int i = 0; i < 1000 && count_ > 0; ++i) ::nanosleep(&millisecond, nullptr);
  }

 private:
  static inline std::atomic<int> count_{0};
  static inline std::atomic<bool> ending_{false};
  sigset_t before_;
};

void end_group(pid_t group) {
  if (::kill(-group, SIGKILL) != 0) ::kill(group, SIGKILL);
}

/// A handler: ends the programs, and then this process by the same signal.
void end_all(int signal) {
  Starting::end();
  for (const auto& group : running)
    if (const pid_t g = group) end_group(g);
  ::raise(signal);
}

/// While a program runs, what would end this process (Ctrl-C, say) ends the program too, which is
/// in a group of its own and would not get the signal. Signals that the host handles or ignores are
/// left alone.
class SharedEnd {
 public:
  SharedEnd() {
    const std::lock_guard lock(mutex);
    if (users++ == 0) exchange(SIG_DFL, end_all);
  }
  ~SharedEnd() {
    if (place_) *place_ = 0;
    const std::lock_guard lock(mutex);
    if (--users == 0) exchange(end_all, SIG_DFL);
  }
  SharedEnd(const SharedEnd&) = delete;
  SharedEnd& operator=(const SharedEnd&) = delete;

  void add(pid_t group) {
    for (auto& place : running) {
      pid_t none = 0;
      if (!place.compare_exchange_strong(none, group)) continue;
      place_ = &place;
      return;
    }
  }

 private:
  using Handler = void (*)(int);
  static void exchange(Handler from, Handler to) {
    for (const int signal : ending_signals) {
      struct sigaction now {};
      ::sigaction(signal, nullptr, &now);
      if ((now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler != from) continue;
      struct sigaction next {};
      next.sa_handler = to;
      next.sa_flags = to == end_all ? SA_RESTART | static_cast<int>(SA_RESETHAND) : 0;
      ::sigaction(signal, &next, nullptr);
    }
  }
  static inline std::mutex mutex;
  static inline int users = 0;
  std::atomic<pid_t>* place_ = nullptr;
};

/// True when the child has ended, with what is known of its end.
bool ended(pid_t child, int how, ProcessResult& result) {
  int status = 0;
  pid_t answer;
  do answer = ::waitpid(child, &status, how);
  while (answer < 0 && errno == EINTR);
  if (answer == 0) return false;
  // A host that ignores SIGCHLD, or waits for every child, has taken the status.
  if (answer < 0) return true;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return true;
}

/// Reads what is there; false at the end.
bool read_some(int fd, std::string& text) {
  char buffer[4096];
  const ssize_t n = ::read(fd, buffer, sizeof buffer);
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  text.append(buffer, std::min(static_cast<std::size_t>(n), most_errors - text.size()));
  return n > 0;
}

/// Collects the errors until the child has ended or its time is over.
void attend(pid_t child, int errors, Clock::time_point deadline, ProcessResult& result) {
  ::fcntl(errors, F_SETFL, O_NONBLOCK);
  bool open = true;
  for (;;) {
    if (ended(child, WNOHANG, result)) break;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) {
      end_group(child);
      ended(child, 0, result);
      result.timed_out = true;
      return;
    }
    // Once the pipe is closed the child is about to end.
    const auto wait = std::min(left, open ? look_again : std::chrono::milliseconds(1));
    pollfd entry{errors, POLLIN, 0};
    if (::poll(&entry, open ? 1 : 0, static_cast<int>(wait.count()) + 1) > 0)
      open = read_some(errors, result.errors);
  }
  while (open && result.errors.size() < most_errors) {
    const std::size_t before = result.errors.size();
    if (!read_some(errors, result.errors) || result.errors.size() == before) break;
  }
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& arguments,
                          const std::filesystem::path& input, const std::filesystem::path& output,
                          std::chrono::duration<double> timeout) {
  if (!(timeout.count() > 0))
    fail("a timeout of {:g} s leaves {} no time; give it seconds above 0", timeout.count(),
         arguments[0]);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);

  Pipe errors;
  const SpawnSettings settings(errors.writing(), input, output);
  SharedEnd shared_end;
  pid_t child = 0;
  int error = 0;
  {
    const Starting starting;
    error = ::posix_spawnp(&child, argv[0], &settings.actions, &settings.attributes, argv.data(),
                           environ);
    if (error == 0) shared_end.add(child);
  }
  ProcessResult result;
  if (error == ENOENT || error == ENOTDIR || error == EACCES) {
    result.found = false;
    return result;
  }
  if (error != 0) fail("cannot start {}: {}", arguments[0], std::strerror(error));
  errors.close_writing();
  // More than a day is for ever, and fits the clock.
  const std::chrono::duration<double> limit =
      std::min(timeout, std::chrono::duration<double>(86400));
  attend(child, errors.reading(), Clock::now() + std::chrono::duration_cast<Clock::duration>(limit),
         result);
  return result;
}

}  // namespace brickgrad::internal
