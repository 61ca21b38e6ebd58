// The options that draw the graph of a result: --dot, --svg, --png, --pdf, --html, and how.
#pragma once

#include <CLI/CLI.hpp>
#include <autograd/draw/dot.hpp>
#include <autograd/draw/render.hpp>
#include <string>

namespace tools {

struct PictureArguments {
  std::string dot, svg, png, pdf, html;
  bool force = false;
  double timeout = brickgrad::DotOptions().timeout;
  bool any() const {
    return !(dot.empty() && svg.empty() && png.empty() && pdf.empty() && html.empty());
  }
};

/// ".svg" of "graph.SVG".
std::string extension_of(const std::string& path);

void add_pictures(CLI::App& parser, PictureArguments& arguments);

/// Throws WrongUse for a file of another extension than its option's, and for two options that
/// write the same file.
void check_files(const PictureArguments& arguments);

/// Prints warnings to standard error.
void tell(const brickgrad::RenderReport& report);

/// The graph as text, in a file or, for "-", on standard output.
void write_text(const brickgrad::Value& result, const std::string& path,
                const brickgrad::DotOptions& options);
/// Draws what was asked for, with the gradients that are there; the dot command's warnings go to
/// standard error.
void draw(const brickgrad::Value& result, const PictureArguments& arguments,
          const brickgrad::DotOptions& options);
/// The page that steps through the computation, with those of the options that it has too.
brickgrad::RenderReport write_page(const brickgrad::Value& result, const std::string& path,
                                   const brickgrad::DotOptions& options);

}  // namespace tools
