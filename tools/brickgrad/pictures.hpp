// The options that draw the graph of a result: --dot, --svg, --png, --pdf, --html, and how.
#pragma once

#include <CLI/CLI.hpp>
#include <autograd/draw/dot.hpp>
#include <autograd/draw/render.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tools {

/// `kind` is the extension that says how it is drawn.
struct PictureFile {
  std::string kind, path;
};

struct PictureArguments {
  std::string dot, svg, png, pdf, html;
  bool force = false;
  double timeout = brickgrad::DotOptions().timeout;
  /// What was asked for.
  std::vector<PictureFile> files() const;
};

/// As its extension says; nothing for one that is not drawn.
std::optional<PictureFile> picture_file(const std::string& path);

void add_pictures(CLI::App& parser, PictureArguments& arguments);

/// Throws WrongUse for a file of another extension than its option's, and for two options that
/// write the same file.
void check_files(const PictureArguments& arguments);

/// Runs the backward pass whose gradients a picture shows, and says why there are none for a result
/// that is no number.
void fill_gradients(const brickgrad::Value& result);

/// Prints warnings to standard error.
void tell(const brickgrad::RenderReport& report);

/// Draws a file, with the gradients that are there; the dot command's warnings go to standard
/// error.
void draw(const brickgrad::Value& result, const PictureFile& file,
          const brickgrad::DotOptions& options);
}  // namespace tools
