#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/group_card.hpp>
#include <autograd/draw/group_content.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/markup.hpp>
#include <cmath>

namespace brickgrad::internal {
namespace {

constexpr std::size_t group_title_length = 48, shown_values = 4;

std::string shape_text(const Node& n) {
  const Shape s = n.shape();
  return s.rank() == 0 ? "scalar" : to_string(s);
}

class GroupCard {
 public:
  explicit GroupCard(const DotOptions& options) : markup_(options.theme) {}

  void heading(const Group& group, const std::string& title, const std::string& below) {
    out_ = fmt::format(
        R"(<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="{}">)",
        markup_.colors.rule);
    wide(markup_.title(markup_.colors.group_line, printable(title, group_title_length),
                       printable(group.name, short_name_length)));
    if (!below.empty()) wide(markup_.faint(html_escaped(below)));
  }
  void row(std::string_view what, const std::string& content) {
    if (!ruled_) out_ += "<HR/>";
    ruled_ = true;
    out_ +=
        fmt::format(R"(<TR><TD ALIGN="LEFT" VALIGN="TOP">{} </TD><TD ALIGN="RIGHT">{}</TD></TR>)",
                    what.empty() ? "" : markup_.faint(what), content);
  }
  void value(const std::string& what, const Node& n) {
    if (!value_of(n)) return row(what, markup_.faint("<I>not kept</I>"));
    const Summary s = summarise_value(n);
    if (s.count != 1) return row(what, markup_.summary(s));
    row(what, markup_.number(s.nans ? NAN : s.infinities ? INFINITY : s.mean));
  }
  /// One is the value; of several each says whose it is, and of many a few are shown.
  void values(const GraphWalk& walk, std::span<const GraphWalk::Index> leaving) {
    if (leaving.size() == 1) return value("value", walk.node(leaving[0]));
    std::vector<GraphWalk::Index> shown(leaving.begin(), leaving.end());
    const auto has_name = [&](GraphWalk::Index i) {
      const std::string* label = label_of(walk.node(i));
      return label && !label->empty();
    };
    if (shown.size() > shown_values) {
      // Those with a name, then the last ones.
      std::stable_sort(shown.begin(), shown.end(), [&](GraphWalk::Index x, GraphWalk::Index y) {
        return has_name(x) != has_name(y) ? has_name(x) : !has_name(x) && x > y;
      });
      shown.resize(shown_values);
    }
    for (const GraphWalk::Index i : shown) {
      const Node& n = walk.node(i);
      const std::string name =
          has_name(i) ? printable(*label_of(n), short_name_length) : operation_text(n, {});
      value("value of " + html_escaped(name), n);
    }
    if (leaving.size() > shown_values)
      row("", markup_.faint(fmt::format("… {} more", leaving.size() - shown_values)));
  }
  /// In a row of equal ones a gradient may fade, which the norm of all together does not tell.
  void gradients(const GroupContent& c) {
    if (c.gradients == 0) return row("gradient norm", markup_.faint("<I>no gradient yet</I>"));
    if (!c.gradient_ends) return row("gradient norm", markup_.number(c.gradient_norm));
    row("gradient norm, first … last",
        markup_.number(c.gradient_ends->first) + " … " + markup_.number(c.gradient_ends->second));
  }
  void warn(const char* color, const std::string& text) {
    wide(Markup::font(10, color, "<B>" + html_escaped(text) + "</B>"));
  }
  std::string text() { return out_ + "</TABLE>"; }
  const Markup& markup() const { return markup_; }

 private:
  void wide(const std::string& content) {
    out_ += fmt::format(R"(<TR><TD COLSPAN="2" ALIGN="LEFT">{}</TD></TR>)", content);
  }
  Markup markup_;
  std::string out_;
  bool ruled_ = false;
};

}  // namespace

std::string group_card(const GraphWalk& walk, const Group& group,
                       const std::vector<NodeFacts>& facts, const Node* input, const Node& result,
                       std::span<const GraphWalk::Index> leaving, const DotOptions& options) {
  const GroupContent c = content_of(walk, group, facts);
  GroupCard card(options);
  const Markup& markup = card.markup();
  const std::string title = group_title(walk, group);
  std::string below;
  if (group.kind == Group::Kind::leaves) {
    if (!c.first_name.empty())
      below = printable(c.first_name, short_name_length) + " … " +
              printable(c.last_name, short_name_length);
  } else {
    below = fmt::format("{}{} {}", input ? shape_text(*input) + " → " : "", shape_text(result),
                        dtype_name(result.dtype()));
    if (c.result) below = "result · " + below;
  }
  card.heading(group, title, below);
  const bool module = group.kind == Group::Kind::module;
  // A Sigmoid of one sigmoid needs no explanation.
  if (c.ops > 1 || (c.ops > 0 && !module)) card.row("ops", c.composition());
  if (c.leaves > 0) card.row(module ? "parameters" : "leaves", c.leaves_text());
  if (c.constants > 0) card.row("constants", std::to_string(c.constants));
  if (options.values && group.kind != Group::Kind::leaves) card.values(walk, leaving);
  if (options.gradients && c.leaves > 0) card.gradients(c);
  const Palette& colors = markup.colors;
  for (const GroupWarning& w : c.warnings()) card.warn(w.bad ? colors.bad : colors.warning, w.text);
  const bool good = !c.bad_value && !c.bad_gradient;
  return fmt::format(R"([class="group{}", style="{}", color="{}", fillcolor="{}", penwidth={}{}, )"
                     R"(tooltip="{}: {} nodes", label=<{}>])",
                     good ? "" : " bad", c.result ? "filled,bold" : "filled",
                     good ? colors.group_line : colors.bad,
                     good ? colors.group_fill : colors.bad_fill, c.result ? 2.2 : 1.4,
                     good ? ", peripheries=1" : ", peripheries=2",
                     tooltip_escaped(printable(title, 200)), group.members.size(), card.text());
}

}  // namespace brickgrad::internal
