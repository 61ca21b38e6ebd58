// The card of a value in the picture of a change: its numbers before and after.
#pragma once

#include <autograd/draw/dot.hpp>
#include <autograd/draw/snapshot_nodes.hpp>
#include <string>

namespace brickgrad::internal {

/// The attributes of the box, from "[" to "]". `before` or `after` is null for a value that was
/// added or removed.
std::string diff_card(const SnapshotNode* before, const SnapshotNode* after, bool result,
                      const DotOptions& options);

}  // namespace brickgrad::internal
