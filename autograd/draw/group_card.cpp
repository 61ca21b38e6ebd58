#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/group_card.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/markup.hpp>
#include <autograd/draw/trouble.hpp>
#include <cmath>
#include <map>

namespace brickgrad::internal {
namespace {

constexpr std::size_t group_title_length = 48, shown_ops = 4;

/// Of the members of a group.
struct Content {
  std::size_t ops = 0, leaves = 0, constants = 0, gradients = 0;
  std::int64_t numbers = 0;
  double squares = 0;
  bool passed = false, result = false;
  std::map<std::string, std::size_t> kinds;
  const Node *bad_value = nullptr, *bad_gradient = nullptr, *stops = nullptr, *starved = nullptr;
  bool bad_value_starts = false, bad_gradient_starts = false;
  std::string first_name, last_name;
};

Content content_of(const GraphWalk& walk, const Group& group, const std::vector<NodeFacts>& facts) {
  Content c;
  for (const auto i : group.members) {
    const Node& n = walk.node(i);
    const NodeFacts& f = facts[i];
    c.result = c.result || f.result;
    if (!n.is(leaf)) {
      ++c.ops;
      ++c.kinds[n.op->name];
    } else if (!n.is(requires_grad)) {
      ++c.constants;
    } else {
      ++c.leaves;
      c.numbers += n.numel();
      c.passed = c.passed || f.passed;
      if (has_gradient(n)) {
        ++c.gradients;
        c.squares += std::pow(summarise_gradient(n).norm, 2);
      }
    }
    if (n.is(leaf) && n.op->label && !n.op->label->empty()) {
      const auto before = [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
      };
      const std::string& name = *n.op->label;
      if (c.first_name.empty() || before(name, c.first_name)) c.first_name = name;
      if (before(c.last_name, name)) c.last_name = name;
    }
    const auto note = [&](bool is, bool starts, const Node*& where, bool& started) {
      if (!is || (where && (started || !starts))) return;
      where = &n;
      started = starts;
    };
    note(f.bad_value, f.bad_value_starts, c.bad_value, c.bad_value_starts);
    note(f.bad_gradient, f.bad_gradient_starts, c.bad_gradient, c.bad_gradient_starts);
    if (f.stops && !c.stops) c.stops = &n;
    if (f.starved && !c.starved) c.starved = &n;
  }
  return c;
}

std::string counted(std::size_t n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

/// "31 mul, 30 add, 22 tanh, …".
std::string composition(const Content& c) {
  std::vector<std::pair<std::string, std::size_t>> kinds(c.kinds.begin(), c.kinds.end());
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (i == shown_ops) return text + ", …";
    text += fmt::format("{}{} {}", i ? ", " : "", kinds[i].second, kinds[i].first);
  }
  return text;
}

std::string shape_text(const Node& n) {
  const Shape s = n.shape();
  return s.rank() == 0 ? "scalar" : to_string(s);
}

class GroupCard {
 public:
  GroupCard(const Content& c, const DotOptions& options) : c_(c), markup_(options.theme) {}

  void heading(const Group& group, const std::string& title, const std::string& below) {
    out_ = fmt::format(
        R"(<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="{}">)",
        markup_.colors.rule);
    wide(markup_.title(markup_.colors.group_line, printable(title, group_title_length),
                       printable(group.name, short_name_length)));
    if (!below.empty()) wide(markup_.faint(html_escaped(below)));
  }
  void row(const char* what, const std::string& content) {
    if (!ruled_) out_ += "<HR/>";
    ruled_ = true;
    out_ +=
        fmt::format(R"(<TR><TD ALIGN="LEFT" VALIGN="TOP">{} </TD><TD ALIGN="RIGHT">{}</TD></TR>)",
                    markup_.faint(what), content);
  }
  void warn(const char* color, const std::string& text) {
    wide(Markup::font(10, color, "<B>" + html_escaped(text) + "</B>"));
  }
  void warnings() {
    const auto bad = [&](const char* what, const Node& n, const Summary& s, bool starts) {
      warn(markup_.colors.bad, fmt::format("{}: {}{}", what, bad_numbers(s),
                                           starts ? ", starts at " + spoken_name(n) : ""));
    };
    if (c_.bad_value)
      bad("value", *c_.bad_value, summarise_value(*c_.bad_value), c_.bad_value_starts);
    if (c_.bad_gradient)
      bad("gradient", *c_.bad_gradient, summarise_gradient(*c_.bad_gradient),
          c_.bad_gradient_starts);
    if (c_.stops) warn(markup_.colors.warning, "gradient stops at " + spoken_name(*c_.stops));
    if (c_.starved) warn(markup_.colors.warning, "no gradient reaches " + spoken_name(*c_.starved));
  }
  std::string text() { return out_ + "</TABLE>"; }
  const Markup& markup() const { return markup_; }

 private:
  void wide(const std::string& content) {
    out_ += fmt::format(R"(<TR><TD COLSPAN="2" ALIGN="LEFT">{}</TD></TR>)", content);
  }
  const Content& c_;
  Markup markup_;
  std::string out_;
  bool ruled_ = false;
};

}  // namespace

std::string group_title(const GraphWalk&, const Group& group) {
  std::size_t ops = group.members.size();
  if (group.kind == Group::Kind::leaves) return fmt::format("{} {}", ops, group.title);
  if (group.title == "ops") return fmt::format("{} ops", ops);
  if (group.times == 1) return group.title;
  const bool several = group.title.find(" → ") != std::string::npos;
  return several ? fmt::format("({}) × {}", group.title, group.times)
                 : fmt::format("{} × {}", group.title, group.times);
}

std::string group_card(const GraphWalk& walk, const Group& group,
                       const std::vector<NodeFacts>& facts, const Node* input, const Node& result,
                       const DotOptions& options) {
  const Content c = content_of(walk, group, facts);
  GroupCard card(c, options);
  const Markup& markup = card.markup();
  std::string title = group_title(walk, group), below;
  if (group.title == "ops")
    title = group.times > 1 ? fmt::format("{} ops × {}", c.ops / group.times, group.times)
                            : counted(c.ops, "op");
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
  if (group.kind != Group::Kind::leaves) card.row("ops", composition(c));
  const bool module = group.kind == Group::Kind::module;
  if (c.leaves > 0)
    card.row(module ? "parameters" : "leaves",
             c.numbers == static_cast<std::int64_t>(c.leaves)
                 ? std::to_string(c.numbers)
                 : fmt::format("{} in {}", c.numbers, counted(c.leaves, "tensor")));
  if (c.constants > 0) card.row("constants", std::to_string(c.constants));
  if (options.values && group.kind != Group::Kind::leaves && value_of(result)) {
    const Summary s = summarise_value(result);
    card.row("value", s.count == 1 ? markup.number(s.nans         ? NAN
                                                   : s.infinities ? INFINITY
                                                                  : s.mean)
                                   : markup.summary(s));
  }
  if (options.gradients && c.leaves > 0)
    card.row("gradient norm", c.gradients ? markup.number(std::sqrt(c.squares))
                                          : markup.faint("<I>no gradient yet</I>"));
  card.warnings();
  const bool good = !c.bad_value && !c.bad_gradient;
  const Palette& colors = markup.colors;
  return fmt::format(R"([class="group{}", style="{}", color="{}", fillcolor="{}", penwidth={}{}, )"
                     R"(tooltip="{}: {} nodes", label=<{}>])",
                     good ? "" : " bad", c.result ? "filled,bold" : "filled",
                     good ? colors.group_line : colors.bad,
                     good ? colors.group_fill : colors.bad_fill, c.result ? 2.2 : 1.4,
                     good ? ", peripheries=1" : ", peripheries=2",
                     tooltip_escaped(printable(title, 200)), group.members.size(), card.text());
}

}  // namespace brickgrad::internal
