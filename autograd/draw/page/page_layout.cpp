#include <algorithm>
#include <autograd/draw/dot_command.hpp>
#include <autograd/draw/files.hpp>
#include <autograd/draw/page/page_layout.hpp>
#include <autograd/draw/process.hpp>
#include <autograd/error.hpp>
#include <fstream>
#include <iterator>

namespace brickgrad::internal {
namespace {

namespace fs = std::filesystem;

// In the units of the picture, points; the page's style sheet and cards.js have the same.
constexpr double name_width = 8, small_width = 6.1, number_width = 6.7;
constexpr double padding = 10, heading = 46, line_height = 16;
constexpr double points_per_inch = 72;
constexpr std::int64_t number_characters = 10, label_characters = 6, most_cells = 12;
constexpr std::int64_t most_columns = 6, most_rows = 6;
constexpr std::size_t most_formula = 26, most_title = 30, most_others = 3;
constexpr double widest_title = 240;
/// Beyond this many cards, dot is told to be quick.
constexpr std::size_t many = 300;

/// Of valid UTF-8.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

struct Size {
  double width, height;
};

/// Of what stands in the last line, joined by " · ".
std::size_t warning_length(const PageGraph::Item& item) {
  std::size_t length = 0;
  for (const std::string& text : item.dead) length += characters(text) + 3;
  return length;
}

Size card_size(const PageGraph::Item& item) {
  const Node& n = *item.node;
  const CardGrid grid = card_grid(item);
  const bool several_leaves = item.group && item.is_leaf();
  const bool scalar = n.shape().rank() == 0 && !several_leaves;
  const std::string shape = scalar || several_leaves ? "" : to_string(n.shape());
  const std::size_t heading_length =
      item.group ? std::min(characters(item.call), most_title) : characters(item.name);
  const double title = name_width * static_cast<double>(heading_length) +
                       small_width * static_cast<double>(shape.size() + 2);
  const double formula =
      small_width * static_cast<double>(item.group ? most_formula
                                                   : std::min(characters(item.call), most_formula));
  // A range is two numbers and what stands between them.
  const std::int64_t cells = grid.rows > 0 ? grid.columns * (number_characters + 1)
                             : scalar      ? number_characters + 1
                                           : 2 * number_characters + 2;
  const double numbers = number_width * static_cast<double>(label_characters + cells);
  const auto lines = static_cast<double>(std::max<std::int64_t>(grid.rows, 1));
  // The other values that leave it, and how many more there are.
  const auto others = static_cast<double>(std::min(item.leaving.size(), most_others + 1));
  // Where a gradient ends, or does not arrive.
  const double warning = small_width * static_cast<double>(warning_length(item));
  const double rows =
      (n.is(requires_grad) ? 2 * lines : lines) + others + (item.dead.empty() ? 0 : 1);
  return {std::max({title, formula, numbers, warning}) + 2 * padding,
          heading + rows * line_height + padding};
}

/// The frames around modules with their boxes, one within the other.
std::string frames(const PageGraph& graph) {
  const auto& modules = graph.modules();
  std::vector<std::string> content(modules.size());
  for (std::size_t i = 0; i < graph.nodes().size(); ++i)
    if (const auto& module = graph.nodes()[i].module) content[*module] += fmt::format(" n{};", i);
  std::string out;
  // A module comes after those around it.
  for (std::size_t m = modules.size(); m-- > 0;) {
    const std::size_t title = characters(modules[m].name) + characters(modules[m].type) + 3;
    const std::string frame = fmt::format(
        "  subgraph cluster_{0} {{ id=\"module-{0}\"; margin=12; labeljust=l; "
        "label=<<TABLE BORDER=\"0\" FIXEDSIZE=\"TRUE\" WIDTH=\"{1:.0f}\" HEIGHT=\"14\"><TR><TD>"
        "</TD></TR></TABLE>>;{2} }}\n",
        m, std::min(small_width * static_cast<double>(title), widest_title), content[m]);
    if (modules[m].parent != Folding::none)
      content[modules[m].parent] += frame;
    else
      out += frame;
  }
  return out;
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

constexpr auto too_slow =
    "show a part of the graph, fold more (PageOptions::depth, no PageOptions::force), or give it "
    "more PageOptions::timeout";

}  // namespace

CardGrid card_grid(const PageGraph::Item& item) {
  if (item.group) return {};
  const Shape shape = item.node->shape();
  const std::int64_t count = shape.numel();
  if (shape.rank() == 0 || count == 0 || count > most_cells) return {};
  const std::int64_t columns =
      shape.rank() == 1 ? std::min(count, most_columns) : std::int64_t{shape.back()};
  const std::int64_t rows = (count + columns - 1) / columns;
  if (columns > most_columns || rows > most_rows) return {};
  return {rows, columns};
}

std::string layout_text(const PageGraph& graph, const PageOptions& options) {
  std::string out = fmt::format(
      "digraph computation {{\n"
      "  rankdir={}; nodesep=0.3; ranksep=0.9; bgcolor=\"transparent\"; outputorder=edgesfirst;\n"
      "  node [shape=box, label=\"\", fixedsize=true];\n  edge [arrowsize=0.6];\n",
      options.top_down ? "TB" : "LR");
  const auto& nodes = graph.nodes();
  if (nodes.size() > many) out += "  nslimit=2; nslimit1=2; mclimit=0.3; splines=polyline;\n";
  std::size_t edge = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Size size = card_size(nodes[i]);
    out += fmt::format("  n{0} [id=\"node-{0}\", width={1:.3f}, height={2:.3f}];\n", i,
                       size.width / points_per_inch, size.height / points_per_inch);
    for (const auto& operand : nodes[i].operands) {
      if (operand.node)
        out += fmt::format("  n{} -> n{} [id=\"edge-{}\"];\n", *operand.node, i, edge);
      ++edge;
    }
  }
  return out + frames(graph) + "}\n";
}

std::string lay_out(const std::string& dot, const fs::path& path, const PageOptions& options) {
  // Never kept.
  const PendingFile picture(path);
  std::string svg;
  with_text_file(path, [&](const fs::path& text) {
    write_file(text, dot);
    const ProcessResult result = run_process({"dot", "-Tsvg"}, text, picture.path(),
                                             std::chrono::duration<double>(options.timeout));
    check_dot(result, "write_html", options.timeout, too_slow, picture.path());
    svg = text_of(picture.path());
    const std::size_t begin = svg.find("<svg");
    if (begin == svg.npos) fail("write_html: dot wrote no picture: {}", result.errors);
    svg.erase(0, begin);
  });
  return svg;
}

}  // namespace brickgrad::internal
