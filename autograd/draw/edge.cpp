#include <algorithm>
#include <autograd/draw/edge.hpp>
#include <autograd/draw/palette.hpp>
#include <cmath>
#include <fmt/format.h>

namespace brickgrad::internal {
namespace {

constexpr double narrowest = 1, widest = 5;
constexpr double shown_decades = 4, vanishing = 1e-6;

}  // namespace

EdgeScale::EdgeScale(const std::vector<Flow>& flows) {
  for (const Flow& f : flows)
    if (f.known && f.gradient.finite()) largest_ = std::max(largest_, f.gradient.norm);
}

double EdgeScale::width(const Flow& flow) const {
  if (vanishes(flow)) return narrowest;
  const double decades = std::log10(flow.gradient.norm / largest_);
  return narrowest + (widest - narrowest) * std::clamp(1 + decades / shown_decades, 0.0, 1.0);
}

bool EdgeScale::vanishes(const Flow& flow) const {
  return flow.gradient.norm == 0 || flow.gradient.norm < vanishing * largest_;
}

std::string edge_attributes(const Flow* flow, bool carries, const EdgeScale& scale,
                            const DotOptions& options) {
  if (!carries) return R"( [class="constant", style=dotted, arrowhead=onormal])";
  if (!flow) return "";
  std::string label;
  if (options.local_derivatives && flow->local)
    label = fmt::format(", label=\" ∂ {} \"", short_number(*flow->local));
  if (!flow->known) return label.empty() ? "" : " [" + label.substr(2) + "]";
  const Summary& g = flow->gradient;
  if (!g.finite())
    return fmt::format(R"( [class="bad", color="{0}:{0}", fontcolor="{0}", penwidth=1.5, )"
                       R"(tooltip="gradient: {1}"{2}])",
                       palette::bad, bad_numbers(g),
                       label.empty() ? fmt::format(", label=\" {} \"", bad_numbers(g)) : label);
  const bool positive = g.smallest >= 0, negative = g.largest <= 0;
  const char* sign = scale.vanishes(*flow) ? "zero" : positive ? "positive" : negative ? "negative" : "mixed";
  const char* color = scale.vanishes(*flow) ? palette::no_flow
                      : positive            ? palette::positive
                      : negative            ? palette::negative
                                            : palette::mixed;
  const std::string amount = g.count == 1
                                 ? short_number(g.smallest)
                                 : fmt::format("{} … {}, norm {}", short_number(g.smallest),
                                               short_number(g.largest), short_number(g.norm));
  return fmt::format(R"( [class="{}", color="{}", penwidth={:.2f}{}, tooltip="gradient: {}"{}])", sign,
                     color, scale.width(*flow), scale.vanishes(*flow) ? ", style=dashed" : "", amount,
                     label);
}

}  // namespace brickgrad::internal
