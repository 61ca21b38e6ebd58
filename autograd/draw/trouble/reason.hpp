// Why an op passes back less than it receives.
#pragma once

#include <autograd/draw/trouble/speaker.hpp>
#include <cstdint>
#include <string>
#include <utility>

namespace brickgrad::internal {

/// To operand k of an op: ", whose values are all 0", ", where w is 0"; empty where there is no
/// such reason.
std::string reason_of_loss(const GraphWalk& walk, std::size_t op, std::size_t operand,
                           const Speaker& speaker);

/// Of an op that gives 0 for all large numbers of one sign, as relu does: how many columns of its
/// matrix of several rows are 0 in every row, of how many. None of 0 where it is no such op or
/// matrix.
std::pair<std::int64_t, std::int64_t> dead_columns(const Node& n);

}  // namespace brickgrad::internal
