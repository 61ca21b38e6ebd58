#include "files.hpp"

#include <unistd.h>
#include <autograd/error.hpp>
#include <cerrno>
#include <cstring>
#include <string>

namespace tools {

namespace fs = std::filesystem;

void check_writable(const fs::path& file) {
  std::error_code ignored;
  const bool there = fs::exists(file, ignored);
  if (there && fs::is_directory(file, ignored))
    brickgrad::fail("cannot write '{}': it is a folder", file.string());
  const fs::path parent = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const fs::path& asked = there ? file : parent;
  if (::access(asked.c_str(), W_OK) == 0 && (there || fs::is_directory(parent, ignored))) return;
  const int error = errno;
  if (!there && !fs::exists(parent, ignored))
    brickgrad::fail("cannot write '{}': there is no folder '{}'", file.string(), parent.string());
  if (!there && !fs::is_directory(parent, ignored))
    brickgrad::fail("cannot write '{}': '{}' is no folder", file.string(), parent.string());
  brickgrad::fail("cannot write '{}': {}", file.string(), std::strerror(error));
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) brickgrad::fail("cannot make the folder '{}': {}", folder.string(), error.message());
  if (!fs::is_directory(folder, error))
    brickgrad::fail("cannot write to '{}': it is no folder", folder.string());
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    brickgrad::fail("cannot write to the folder '{}': {}", folder.string(), std::strerror(errno));
}

}  // namespace tools
