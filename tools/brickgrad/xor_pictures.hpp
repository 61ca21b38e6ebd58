// The files that `brickgrad xor --out` writes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "xor_options.hpp"
#include "xor_training.hpp"

namespace tools {

struct WrittenFile {
  std::string path, what;
};

/// Writes loss.svg, boundary.svg and the graph of the first training step as graph.dot, .svg and
/// .png. Makes the folder. Throws Error when a file cannot be written or Graphviz fails.
std::vector<WrittenFile> write_pictures(const std::filesystem::path& folder,
                                        const TrainingArguments& arguments, const DataSet& data,
                                        const TrainingRun& run);

}  // namespace tools
