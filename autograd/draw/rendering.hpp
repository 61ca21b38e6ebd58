// From a text for Graphviz to an image, for whatever is drawn.
#pragma once

#include <autograd/draw/render.hpp>
#include <string>
#include <vector>

namespace brickgrad::internal {

struct PictureText {
  std::string dot;
  /// The picture in words, for SVG.
  std::string title, description;
  std::vector<std::string> warnings;
  /// The same without labels on edges, where frames make Graphviz fail with them; or empty.
  std::string plain_dot = {};
};

/// As render() does: see there.
RenderReport render_text(const PictureText& picture, const std::string& path,
                         const DotOptions& options);
/// Throws Error when the extension is not that of a picture.
void check_picture_path(const std::string& path);

}  // namespace brickgrad::internal
