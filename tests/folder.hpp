// A folder for what a test writes.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <tests/catch.hpp>

/// A folder of its own, gone at the end.
class Folder {
 public:
  Folder() {
    // mkdtemp wants six letters X, and puts others in their place.
    std::string name =
        (std::filesystem::temp_directory_path() / "brickgrad-test-").string() + std::string(6, 'X');
    if (!::mkdtemp(name.data())) FAIL("no folder for temporary files");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};
