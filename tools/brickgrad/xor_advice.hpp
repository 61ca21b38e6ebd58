// Why a training run did not learn its points, from what was measured, and what to try.
//   for (const std::string& reason : advice(options, data, run)) fmt::print("{}\n", reason);
#pragma once

#include <string>
#include <vector>

#include "xor_training.hpp"

namespace tools {

/// A paragraph for each reason found, the most certain first; none when all points are right.
std::vector<std::string> advice(const TrainingOptions& options, const DataSet& data,
                                const TrainingRun& run);

}  // namespace tools
