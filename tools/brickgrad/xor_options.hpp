// The options that say what a network learns on XOR, what it is and how it learns: those of
// `brickgrad xor`, and of `brickgrad graph xor`, which draws a step of the same training.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "xor_training.hpp"

namespace tools {

struct TrainingArguments {
  TrainingOptions training;
  /// For load_data().
  std::string data = "corners";
};

/// Adds the options, in groups whose names begin with `prefix`, and returns them.
std::vector<const CLI::Option*> add_training(CLI::App& parser, TrainingArguments& arguments,
                                             const std::string& prefix = {});
/// Throws WrongUse for options that do not go together.
void check_training(const CLI::App& parser, const TrainingArguments& arguments);

}  // namespace tools
