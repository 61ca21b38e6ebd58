// Makes an image of a computation's graph with Graphviz's dot command:
//   render(loss, "loss.svg");  // or .png, .pdf
#pragma once

#include <autograd/draw/dot.hpp>
#include <string>
#include <vector>

namespace brickgrad {

/// What there is to know about a picture that was made.
struct RenderReport {
  /// What was folded because the graph is large, what is wrong with its numbers, and what the dot
  /// command complained of, such as a PNG that it had to scale down.
  std::vector<std::string> warnings;
};

/// Lays the graph out and writes SVG, PNG or PDF, by the path's extension. An SVG describes itself
/// in words, and turns dark where its viewer prefers that. Throws Error for another extension, when
/// there is no dot command, and when it fails (with its own message) or takes longer than
/// `timeout`: what was at `path` before stays then, and the graph's text is kept beside it, in a
/// file ending in .dot that the message names.
RenderReport render(const Value& v, const std::string& path, const DotOptions& options = {});

}  // namespace brickgrad
