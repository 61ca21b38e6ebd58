// What the options of the program take for numbers and files: checks for the parser, with messages
// in words.
//   parser.add_option("--lr", lr, "Learning rate")->check(number_from(0, 1e9));
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>

namespace tools {

/// From `low` to `high`; without an end when `high` is the largest number there is.
CLI::Validator whole_number(std::uint64_t low,
                            std::uint64_t high = std::numeric_limits<std::uint64_t>::max());
/// Finite ones only: NaN is on no side of a limit.
CLI::Validator number_from(double low, double high = std::numeric_limits<double>::infinity());
CLI::Validator number_above(double low);

/// A name that is not empty; "-", which would be standard output, is one only for the second.
CLI::Validator file_name();
CLI::Validator file_name_or_dash();

}  // namespace tools
