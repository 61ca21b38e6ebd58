// Snapshots of a graph, and the picture of what changed between two of them:
//   GraphSnapshot before = snapshot(loss);       // step 1
//   …                                            // ninety-nine steps
//   render_diff(before, snapshot(loss), "diff.svg");
#pragma once

#include <autograd/draw/dot.hpp>
#include <autograd/draw/render.hpp>
#include <cstddef>
#include <memory>
#include <string>

namespace brickgrad {

class ModuleTrace;
namespace internal {
struct SnapshotNodes;
}

/// The structure of a graph with copies of all its values and gradients. It holds no node of the
/// graph, so that later steps change nothing in it. Copies share the contents.
class GraphSnapshot {
 public:
  explicit GraphSnapshot(const Value& v, const ModuleTrace* modules = nullptr);
  /// How many values it has.
  std::size_t size() const;
  const internal::SnapshotNodes& nodes() const { return *nodes_; }

 private:
  std::shared_ptr<const internal::SnapshotNodes> nodes_;
};

/// Of the graph that ends in v. With a trace it knows of the modules, for the frames of the
/// picture.
GraphSnapshot snapshot(const Value& v, const ModuleTrace* modules = nullptr);

/// The graph of `after` in Graphviz's language, with the old and the new numbers of what changed
/// and by how much, coloured the more the larger the relative change ‖new - old‖ / ‖old‖: a card by
/// that of its value, the line below a gradient by that of the gradient. Values
/// are matched in topological order by op, name and shape; those that only one graph has are drawn
/// as added or removed. Edges are as wide as the gradient that flowed back along them in `after`.
/// Frames are those of the snapshots: `modules`, `depth` (but for 0, which leaves none) and
/// `local_derivatives` of the options are not used.
/// Throws Error for graphs larger than `max_nodes`, unless `force` is set.
std::string to_dot_diff(const GraphSnapshot& before, const GraphSnapshot& after,
                        const DotOptions& options = {});
void write_dot_diff(const GraphSnapshot& before, const GraphSnapshot& after,
                    const std::string& path, const DotOptions& options = {});
/// An image of it, as render() makes.
RenderReport render_diff(const GraphSnapshot& before, const GraphSnapshot& after,
                         const std::string& path, const DotOptions& options = {});

}  // namespace brickgrad
