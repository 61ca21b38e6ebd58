// What a group of nodes that is drawn as one card holds.
#pragma once

#include <autograd/draw/card.hpp>
#include <autograd/draw/fold.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace brickgrad::internal {

/// What is wrong in a group, in words.
struct GroupWarning {
  std::string text;
  /// A NaN or an infinity; else a gradient that is missing.
  bool bad;
};

struct GroupContent {
  std::size_t ops = 0, leaves = 0, constants = 0;
  /// Of the leaves that receive a gradient: so many numbers, and so many of them have a gradient,
  /// of this norm all together.
  std::int64_t numbers = 0;
  std::size_t gradients = 0;
  double gradient_norm = 0;
  /// Where the same is repeated: of the leaves of the first one and of the last one, if both have a
  /// gradient.
  std::optional<std::pair<double, double>> gradient_ends;
  /// The result of the graph is in it.
  bool result = false;
  /// How many ops of each name.
  std::map<std::string, std::size_t> kinds;
  /// The first one of each kind of trouble; where a bad number starts before where it came to.
  const Node *bad_value = nullptr, *bad_gradient = nullptr, *stops = nullptr, *starved = nullptr;
  bool bad_value_starts = false, bad_gradient_starts = false;
  /// Of its leaves, in the order w1, w2, …, w10.
  std::string first_name, last_name;

  /// "31 mul, 30 add, 22 tanh, …", empty without ops.
  std::string composition() const;
  /// "337" numbers, or "6145 in 4 tensors".
  std::string leaves_text() const;
  std::vector<GroupWarning> warnings() const;
};

GroupContent content_of(const GraphWalk& walk, const Group& group,
                        const std::vector<NodeFacts>& facts);

/// "12 ops", "Linear(2, 3) × 4", "(× → +) × 5", "337 leaves".
std::string group_title(const GraphWalk& walk, const Group& group);

}  // namespace brickgrad::internal
