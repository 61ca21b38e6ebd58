// One picture in the making: what is drawn, and the text for Graphviz.
#pragma once

#include <autograd/draw/call_tree.hpp>
#include <autograd/draw/card.hpp>
#include <autograd/draw/dot.hpp>
#include <autograd/draw/edge.hpp>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/fold.hpp>
#include <autograd/draw/graph_walk.hpp>
#include <autograd/draw/layout.hpp>
#include <autograd/draw/picture.hpp>
#include <autograd/draw/trouble/trouble.hpp>
#include <string>
#include <vector>

namespace brickgrad::internal {

class Drawing {
 public:
  Drawing(const Value& v, const DotOptions& options);

  /// The text for Graphviz.
  std::string text();
  /// What was left out, and what is wrong with the numbers.
  std::vector<std::string> warnings() const;

  /// Whether edges between frames may have labels.
  bool framed_labels() const {
    return !folding_.clusters.empty() && options_.local_derivatives && !flows_.empty();
  }

  const GraphWalk& walk() const { return walk_; }
  const Picture& picture() const { return picture_; }
  const Folding& folding() const { return folding_; }
  const Trouble& trouble() const { return trouble_; }
  /// The op with the constants that stand in its card.
  std::string operation(std::size_t node);
  /// Whether a node stands in the card of the op that uses it.
  bool inlined(std::size_t node) const;

 private:
  void header();
  void box(std::size_t b);
  void edges(std::size_t b);
  void first_rank();
  bool draws_constant_edge() const;
  std::string flows_missing() const;
  void append_id(std::string& out, const char* before, std::size_t id) const;
  const Node* input_of(std::size_t b) const;
  std::string& nodes_of(std::size_t b);

  GraphWalk walk_;
  CallTree calls_;
  DotOptions options_;
  Folding folding_;
  Picture picture_;
  std::vector<std::vector<Picture::Index>> leaving_;  // each group
  LayoutPlan plan_;
  std::vector<NodeFacts> facts_;
  bool cards_;
  std::vector<Flow> flows_;  // of the edges of the picture, in the order of boxes
  std::vector<std::size_t> first_flow_;
  Trouble trouble_;
  EdgeScale scale_;
  std::vector<std::size_t> ids_;
  std::size_t id_ = 0;
  std::vector<std::string> shown_;   // of the operands of the node being drawn
  std::vector<std::string> framed_;  // the nodes in each frame
  std::string out_, edges_out_;
};

}  // namespace brickgrad::internal
