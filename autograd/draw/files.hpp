// Files that are there whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace brickgrad::internal {

/// A new file beside the one it is going to replace; deleted unless it was kept.
class PendingFile {
 public:
  /// Throws Error when no file can be made there.
  explicit PendingFile(const std::filesystem::path& target);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Puts it in the place of the target. Throws Error when that fails.
  void keep();

 private:
  std::filesystem::path target_, path_;
};

/// Writes a file, or throws Error and leaves what was there before. Devices and pipes are written
/// to as they are.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace brickgrad::internal
