#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/edge.hpp>
#include <autograd/draw/palette.hpp>
#include <cmath>

namespace brickgrad::internal {
namespace {

constexpr double narrowest = 1, widest = 5;
constexpr double shown_decades = 4;

}  // namespace

EdgeScale::EdgeScale(const std::vector<Flow>& flows) {
  for (const Flow& f : flows)
    if (f.known && f.gradient.finite()) largest_ = std::max(largest_, f.gradient.norm);
}

FlowKind EdgeScale::kind(const Flow& flow) const {
  const Summary& g = flow.gradient;
  if (!flow.known) return FlowKind::unknown;
  if (!g.finite()) return FlowKind::bad;
  if (g.norm == 0 || flow.vanishes) return FlowKind::zero;
  if (g.smallest >= 0) return FlowKind::positive;
  return g.largest <= 0 ? FlowKind::negative : FlowKind::mixed;
}

double EdgeScale::width(const Flow& flow) const {
  if (kind(flow) == FlowKind::zero || kind(flow) == FlowKind::bad) return narrowest;
  const double decades = std::log10(flow.gradient.norm / largest_);
  return narrowest + (widest - narrowest) * std::clamp(1 + decades / shown_decades, 0.0, 1.0);
}

const char* name_of(FlowKind kind) {
  constexpr const char* names[] = {"unknown", "bad", "zero", "positive", "negative", "mixed"};
  return names[static_cast<int>(kind)];
}

const char* color_of(FlowKind kind, Theme theme) {
  constexpr const char* Palette::*colors[] = {&Palette::no_flow,  &Palette::bad,
                                              &Palette::no_flow,  &Palette::positive,
                                              &Palette::negative, &Palette::mixed};
  return palette_of(theme).*colors[static_cast<int>(kind)];
}

namespace {

std::string amount(const Summary& g) {
  if (!g.finite()) return bad_numbers(g);
  if (g.count == 1) return short_number(g.smallest);
  return fmt::format("{} … {}, norm {}", short_number(g.smallest), short_number(g.largest),
                     short_number(g.norm));
}

/// "0.5", and in the picture of a change "0.25 → 0.5".
std::string tooltip(const EdgeFacts& edge) {
  std::string now = amount(edge.flow->gradient);
  if (!edge.before || !edge.before->known) return now;
  const std::string before = amount(edge.before->gradient);
  return before == now ? now + ", unchanged" : before + " → " + now;
}

/// Beside the line, which would strike it through.
std::string label_attribute(const std::string& text, bool top_down) {
  if (text.empty()) return "";
  return fmt::format(R"(, label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">)"
                     R"(<TR>{}<TD>{}</TD></TR>{}</TABLE>>)",
                     top_down ? R"(<TD WIDTH="9"></TD>)" : "", text,
                     top_down ? "" : R"(<TR><TD HEIGHT="9"></TD></TR>)");
}

}  // namespace

std::string edge_attributes(const EdgeFacts& edge, const EdgeScale& scale,
                            const DotOptions& options) {
  const Flow* flow = edge.flow;
  const Palette& colors = palette_of(options.theme);
  const std::string bad_line = fmt::format("color=\"{0}:{0}\", penwidth=1.5", colors.bad);
  const std::string several = edge.values > 1 ? fmt::format("{} values", edge.values) : "";
  if (!edge.carries)
    return fmt::format(R"( [class="constant{}", style=dotted, arrowhead=onormal{}{}])",
                       edge.bad_path ? " path" : "", edge.bad_path ? ", " + bad_line : "",
                       label_attribute(several, options.top_down));
  const FlowKind kind = flow ? scale.kind(*flow) : FlowKind::unknown;
  std::string text = several;
  if (flow && options.local_derivatives && flow->local)
    text = "∂ " + short_number(*flow->local);
  else if (kind == FlowKind::bad)
    text = bad_numbers(flow->gradient);
  const std::string label = label_attribute(text, options.top_down);
  if (edge.bad_path && (kind == FlowKind::unknown || kind == FlowKind::zero))
    return fmt::format(" [class=\"path\", {}{}]", bad_line, label);
  if (kind == FlowKind::unknown && edge.added)
    return fmt::format(R"( [class="added", penwidth=1.6{}])", label);
  if (kind == FlowKind::unknown) return label.empty() ? "" : " [" + label.substr(2) + "]";
  const char* color = color_of(kind, options.theme);
  std::string line = fmt::format("color=\"{0}\", penwidth={1:.2f}", color, scale.width(*flow));
  if (kind == FlowKind::zero) line += ", style=dashed";
  if (kind == FlowKind::bad)
    line = fmt::format("color=\"{0}:{0}\", fontcolor=\"{0}\", penwidth=1.5", color);
  else if (edge.bad_path)
    line = bad_line;
  return fmt::format(" [class=\"{}{}{}\", {}, tooltip=\"gradient: {}\"{}]", name_of(kind),
                     edge.bad_path ? " path" : "", edge.added ? " added" : "", line, tooltip(edge),
                     label);
}

}  // namespace brickgrad::internal
