#include <fmt/format.h>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/legend.hpp>
#include <autograd/draw/palette.hpp>

namespace brickgrad::internal {
namespace {

constexpr std::size_t shown_title = 200;

std::string colored(const char* color, const char* text) {
  return fmt::format(R"(<FONT COLOR="{}"><B>{}</B></FONT>)", color, text);
}

std::string line(const std::string& text) {
  return fmt::format(R"(<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="9" COLOR="{}">{}</FONT></TD></TR>)",
                     palette::faint, text);
}

}  // namespace

LegendContent::LegendContent(const std::vector<NodeFacts>& facts,
                             const std::vector<Flow>& all_flows, const EdgeScale& scale,
                             bool with_cards)
    : cards(with_cards) {
  for (const Flow& f : all_flows) {
    if (f.known) flows.insert(scale.kind(f));
    locals = locals || f.local;
  }
  for (const NodeFacts& f : facts) bad = bad || f.bad_value || f.bad_gradient;
}

std::string heading(const DotOptions& options, const LegendContent& content) {
  std::string rows;
  if (!options.title.empty())
    rows += fmt::format(R"(<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="16"><B>{}</B></FONT></TD></TR>)",
                        html_escaped(printable(options.title, shown_title)));
  if (options.legend && content.cards) {
    std::string text;
    const auto say = [&](FlowKind kind, const char* words) {
      if (content.flows.contains(kind)) text += "   " + colored(color_of(kind), words);
    };
    say(FlowKind::positive, "━━ positive");
    say(FlowKind::negative, "━━ negative");
    say(FlowKind::mixed, "━━ both signs");
    say(FlowKind::zero, "╌╌ vanishing");
    if (!text.empty()) rows += line("gradient flowing back, the more the wider:" + text);
    if (options.local_derivatives && content.locals)
      rows += line("∂  derivative of the op by this operand");
    if (content.bad) rows += line(colored(palette::bad, "double lines: NaN or infinite"));
  }
  if (rows.empty()) return "";
  return R"(<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">)" + rows + "</TABLE>";
}

}  // namespace brickgrad::internal
