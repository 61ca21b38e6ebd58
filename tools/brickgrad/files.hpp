// Files that a command is going to write, looked at before the work that they are to hold.
#pragma once

#include <filesystem>

namespace tools {

/// Throws Error when the file cannot be written: there is no such folder, it is a folder itself, or
/// it may not be changed. Writes and creates nothing.
void check_writable(const std::filesystem::path& file);

/// Makes the folder, with those around it. Throws Error when files cannot be written there.
void make_folder(const std::filesystem::path& folder);

}  // namespace tools
