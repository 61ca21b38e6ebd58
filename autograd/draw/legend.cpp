#include <fmt/format.h>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/legend.hpp>
#include <autograd/draw/palette.hpp>

namespace brickgrad::internal {
namespace {

constexpr std::size_t line_length = 120;

std::string colored(const char* color, const char* text) {
  return fmt::format(R"(<FONT COLOR="{}"><B>{}</B></FONT>)", color, text);
}

/// Lines may be fainter, or brighter, than what can be read. A plain blank before the words would
/// be lost in SVG.
std::string sample(const char* color, const char* line, const char* words) {
  return fmt::format("   {}&#160;{}", colored(color, line), words);
}

std::string line(double size, const char* color, const std::string& text) {
  return fmt::format(R"(<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="{}" COLOR="{}">{}</FONT></TD></TR>)",
                     size, color, text);
}

/// Broken at spaces, so that a long sentence does not make a wide picture.
std::string sentence(const char* color, std::string text) {
  std::string rows;
  for (bool first = true; !text.empty(); first = false) {
    std::size_t end = text.size();
    if (end > line_length) {
      end = text.rfind(' ', line_length);
      if (end == std::string::npos || end == 0) end = text.find(' ', line_length);
      if (end == std::string::npos) end = text.size();
    }
    rows +=
        line(11, color, (first ? "<B>" : "<B>    ") + html_escaped(text.substr(0, end)) + "</B>");
    text.erase(0, end + 1);
  }
  return rows;
}

}  // namespace

void EdgeKinds::add(const Flow& flow, const EdgeScale& scale) {
  if (!flow.known) return;
  const FlowKind kind = scale.kind(flow);
  flows.insert(kind);
  if (kind == FlowKind::zero) (flow.gradient.norm == 0 ? zero : vanishing) = true;
}

LegendContent::LegendContent(const std::vector<NodeFacts>& facts,
                             const std::vector<Flow>& all_flows, const EdgeScale& scale,
                             bool with_cards)
    : cards(with_cards) {
  for (const Flow& f : all_flows) {
    edges.add(f, scale);
    locals = locals || f.local;
  }
  for (const NodeFacts& f : facts) bad = bad || f.bad_value || f.bad_gradient;
}

std::string edge_legend(const EdgeKinds& edges, Theme theme) {
  std::string text;
  const auto say = [&](FlowKind kind, const char* line, const char* words) {
    if (edges.flows.contains(kind)) text += sample(color_of(kind, theme), line, words);
  };
  say(FlowKind::positive, "━━", "positive");
  say(FlowKind::negative, "━━", "negative");
  say(FlowKind::mixed, "━━", "both signs");
  say(FlowKind::zero, "╌╌",
      !edges.vanishing ? "zero"
      : !edges.zero    ? "vanishing"
                       : "zero or vanishing");
  const char* faint = palette_of(theme).faint;
  if (!text.empty()) text = "gradient flowing back, the more the wider:" + text;
  if (edges.constant) {
    const std::string constant = sample(color_of(FlowKind::unknown, theme), "┈┈", "constant");
    text += text.empty() ? constant.substr(3) : constant;
  }
  return text.empty() ? "" : line(9, faint, text);
}

std::string heading(const DotOptions& options, const LegendContent& content) {
  const Palette& colors = palette_of(options.theme);
  std::string rows;
  if (!options.title.empty())
    rows += fmt::format(R"(<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="16"><B>{}</B></FONT></TD></TR>)",
                        html_escaped(printable(options.title, title_length)));
  if (options.legend) {
    for (std::size_t i = 0; i < content.warnings.size(); ++i)
      rows += sentence(i < content.bad_warnings ? colors.bad : colors.warning, content.warnings[i]);
    for (const std::string& text : content.notes) rows += line(9, colors.faint, html_escaped(text));
  }
  if (options.legend && content.cards) {
    rows += edge_legend(content.edges, options.theme);
    if (options.local_derivatives && content.locals)
      rows += line(9, colors.faint, "∂  derivative of the op by this operand");
    if (content.bad)
      rows += line(9, colors.faint, colored(colors.bad, "double lines: NaN or infinite"));
  }
  if (rows.empty()) return "";
  return R"(<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">)" + rows + "</TABLE>";
}

}  // namespace brickgrad::internal
