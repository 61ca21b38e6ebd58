// The values that were put off and wait: a change in place must not overtake them. One list for all
// threads; it is searched without a look at the nodes, which belong to theirs.
#pragma once

#include <autograd/graph/deferred.hpp>
#include <autograd/graph/value.hpp>
#include <optional>

namespace brickgrad::internal {

/// Puts a node that was put off on the list. `compute_readers` is called before a storage changes
/// that one of `inputs` is in.
void wait(Node& n, std::span<Node* const> inputs, void (*compute_readers)(const Storage*));
/// One that waits and reads this memory, if there is one.
std::optional<Value> reader_of(const Storage* storage);

}  // namespace brickgrad::internal
