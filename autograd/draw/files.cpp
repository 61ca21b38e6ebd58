#include <fcntl.h>
#include <unistd.h>
#include <atomic>
#include <autograd/draw/files.hpp>
#include <autograd/error.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace brickgrad::internal {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_writing(const fs::path& path) {
  const int error = errno;
  fail("cannot write '{}': {}", path.string(), std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t n = ::write(fd_, text.data(), text.size());
      if (n < 0 && errno != EINTR) return false;
      if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// Network file systems tell of a full disk only here.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

void write_to(const fs::path& file, const fs::path& named, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (fd < 0) fail_writing(named);
  Descriptor to(fd);
  if (!to.write(text) || !to.close()) fail_writing(named);
}

}  // namespace

PendingFile::PendingFile(const fs::path& target) : target_(target) {
  std::error_code ignored;
  // A link stays a link: the file it leads to is replaced.
  if (fs::is_symlink(target, ignored))
    if (const fs::path real = fs::canonical(target, ignored); !ignored) target_ = real;
  if (fs::is_directory(target_, ignored))
    fail("cannot write '{}': it is a directory", target.string());
  // Not mkstemp, which keeps files from everybody else whatever the umask says.
  static std::atomic<unsigned> serial{0};
  for (int tries = 0; path_.empty(); ++tries) {
    const fs::path fresh =
        target_.parent_path() / fmt::format(".brickgrad-{}-{}", ::getpid(), ++serial);
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && (errno != EEXIST || tries == 100)) fail_writing(target);
    if (fd < 0) continue;
    ::close(fd);
    path_ = fresh;
  }
}

PendingFile::~PendingFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void PendingFile::keep() {
  if (::rename(path_.c_str(), target_.c_str()) != 0) fail_writing(target_);
  path_.clear();
}

void write_file(const fs::path& path, std::string_view text) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status))
    return write_to(path, path, text);
  PendingFile file(path);
  write_to(file.path(), path, text);
  file.keep();
}

}  // namespace brickgrad::internal
