#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/card.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/markup.hpp>
#include <autograd/graph/formula.hpp>
#include <cmath>

namespace brickgrad::internal {
namespace {

// Graphviz refuses strings beyond 16384 bytes.
constexpr std::size_t longest_label = 15'000;
constexpr std::size_t shown_attributes = 60, tooltip_name = 1000;
constexpr std::int64_t vector_columns = 6;

struct Look {
  const char *name, *style;
  const char *Palette::*line, *Palette::*fill, *Palette::*text;
  double width;
};
constexpr Look leaf_look{
    "leaf", "filled,rounded", &Palette::leaf_line, &Palette::leaf_fill, &Palette::leaf_line, 1.6};
// The line of a constant is too faint to be read as text.
constexpr Look constant_look{"constant",
                             "filled,rounded,dashed",
                             &Palette::constant_line,
                             &Palette::constant_fill,
                             &Palette::faint,
                             1};
constexpr Look op_look{"op", "filled", &Palette::op_line, &Palette::op_fill, &Palette::op_line, 1};
constexpr Look result_look{
    "result", "filled,bold", &Palette::result_line, &Palette::result_fill, &Palette::result_line,
    2.2};

const Look& look_of(const Node& n, bool result) {
  if (n.is(leaf)) return n.is(requires_grad) ? leaf_look : constant_look;
  return result ? result_look : op_look;
}

/// The name a user gave; an empty one is none.
bool has_name(const Node& n) { return label_of(n) && !label_of(n)->empty(); }

bool shows_elements(const Tensor& t, std::int64_t max_elements) {
  return t.rank() > 0 && t.numel() > 0 && t.numel() <= max_elements;
}

/// Of the table of a tensor's elements, and how many rows belong together: the blocks of a tensor
/// of higher rank stand apart.
struct Grid {
  std::int64_t columns, block;
};
Grid grid_of(const Tensor& t) {
  if (t.rank() == 1) {
    // Lines of about equal length.
    const std::int64_t lines = (t.numel() + vector_columns - 1) / vector_columns;
    return {(t.numel() + lines - 1) / lines, t.numel()};
  }
  return {t.size(-1), t.rank() == 2 ? t.size(0) : t.size(-2)};
}

std::string missing_gradient(const Node& n, const NodeFacts& facts) {
  return facts.passed && !n.is(leaf) ? "not kept" : "no gradient yet";
}

/// "value: 2 of 12 NaN, starts here".
std::string complaint(const char* what, const Summary& s, bool starts) {
  const std::int64_t bad = s.nans + s.infinities;
  const std::string count = s.count > 1 ? fmt::format("{} of {} ", bad, s.count) : "";
  return fmt::format("{}: {}{}{}", what, count, bad_numbers(s), starts ? ", starts here" : "");
}

std::string type_text(const Node& n) {
  const Shape shape = n.shape();
  return fmt::format("{} {}", shape.rank() == 0 ? "scalar" : to_string(shape),
                     dtype_name(n.dtype()));
}

std::string kind_text(const Node& n) { return n.is(requires_grad) ? "leaf" : "constant"; }

class Card {
 public:
  Card(const Node& n, const NodeFacts& facts, std::string_view operation, const DotOptions& options)
      : n_(n), facts_(facts), operation_(operation), options_(options), markup_(options.theme) {}

  std::string text() {
    const auto value = value_of(n_);
    if (value && shows_elements(*value, options_.max_elements)) columns_ = grid_of(*value).columns;
    heading();
    const auto gradient = gradient_of(n_);
    if (options_.values && value) numbers("value", *value);
    if (options_.values && !value) row("value", markup_.faint("<I>not kept</I>"));
    if (options_.gradients && gradient) numbers("gradient", *gradient);
    if (options_.gradients && !gradient && n_.is(requires_grad))
      row("gradient", markup_.faint("<I>" + missing_gradient(n_, facts_) + "</I>"));
    if (facts_.bad_value) warn("value", summarise(*value), facts_.bad_value_starts);
    if (facts_.bad_gradient) warn("gradient", summarise(*gradient), facts_.bad_gradient_starts);
    if (facts_.stops) alert("gradient stops here");
    if (facts_.starved) alert("gradient: all 0");
    return out_ + "</TABLE>";
  }

 private:
  void heading() {
    const char* color = markup_.colors.*look_of(n_, facts_.result).text;
    const std::string kind = n_.is(leaf) ? kind_text(n_) : std::string(operation_);
    std::string name = kind, side;
    if (has_name(n_)) {
      name = printable(*label_of(n_), name_length);
      side = kind;
    } else if (n_.op->symbol != std::string_view(n_.op->name)) {
      // Not every reader knows an op by its symbol.
      side = n_.op->name;
    }
    std::string below = type_text(n_);
    // A list alone would look like another shape.
    if (const std::string attributes = attributes_text(n_); !attributes.empty())
      below = (attributes.starts_with('(') ? std::string(n_.op->name) + " " : "") + attributes +
              " · " + below;
    if (facts_.result) below = "result · " + below;
    out_ = fmt::format(
        R"(<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="{}">)",
        markup_.colors.rule);
    wide_row("", markup_.title(color, name, side));
    wide_row(R"( ALIGN="LEFT")", markup_.faint(html_escaped(below)));
  }

  void numbers(const char* what, const Tensor& t) {
    if (t.rank() == 0) return row(what, markup_.number(t.item()));
    if (!shows_elements(t, options_.max_elements)) return row(what, markup_.summary(summarise(t)));
    rule();
    const std::vector<double> x = t.to_vector();
    const Grid grid = grid_of(t);
    for (std::int64_t i = 0; i < t.numel(); ++i) {
      const std::int64_t line = i / grid.columns;
      if (i % grid.columns == 0) {
        if (i > 0 && line % grid.block == 0) out_ += "<HR/>";
        out_ += fmt::format(R"(<TR><TD ALIGN="LEFT">{}</TD>)", i == 0 ? markup_.faint(what) : "");
      }
      out_ += fmt::format(R"(<TD ALIGN="RIGHT"> {}</TD>)",
                          markup_.number(x[static_cast<std::size_t>(i)]));
      if ((i + 1) % grid.columns == 0 || i + 1 == t.numel()) out_ += "</TR>";
    }
  }

  void row(const char* what, const std::string& content) {
    rule();
    out_ += fmt::format(
        R"(<TR><TD ALIGN="LEFT" VALIGN="TOP">{} </TD><TD COLSPAN="{}" ALIGN="RIGHT">{}</TD></TR>)",
        markup_.faint(what), columns_, content);
  }
  /// Sets the numbers apart from the heading, and those of a tensor from its gradient's.
  void rule() {
    if (!std::exchange(ruled_, true) || columns_ > 1) out_ += "<HR/>";
  }
  void wide_row(const char* attributes, const std::string& content) {
    out_ +=
        fmt::format(R"(<TR><TD COLSPAN="{}"{}>{}</TD></TR>)", columns_ + 1, attributes, content);
  }
  void warn(const char* what, const Summary& s, bool starts) {
    wide_row(R"( ALIGN="LEFT")",
             Markup::font(10, markup_.colors.bad, "<B>" + complaint(what, s, starts) + "</B>"));
  }

  void alert(const char* text) {
    wide_row(R"( ALIGN="LEFT")",
             Markup::font(10, markup_.colors.warning, fmt::format("<B>{}</B>", text)));
  }

  const Node& n_;
  const NodeFacts& facts_;
  std::string_view operation_;
  const DotOptions& options_;
  Markup markup_;
  std::string out_;
  std::int64_t columns_ = 1;
  bool ruled_ = false;
};

std::string tooltip(const Node& n, const NodeFacts& facts) {
  std::string text = has_name(n) ? printable(*label_of(n), tooltip_name) + ": " : "";
  text += n.is(leaf) ? kind_text(n) : n.op->name;
  if (const std::string attributes = attributes_text(n); !attributes.empty())
    text += attributes.starts_with('(') ? " " + attributes : " (" + attributes + ")";
  text += ", " + type_text(n);
  if (n.is(requires_grad) && !has_gradient(n) && facts.passed && !n.is(leaf))
    text += ", gradient not kept: pass {.retain_grad = true} to backward()";
  return tooltip_escaped(text);
}

}  // namespace

std::string attributes_text(const Node& n) {
  if (n.is(leaf) || !n.op->describe) return "";
  const std::string text = n.op->describe(n.attributes());
  return text == to_string(n.shape()) ? "" : printable(text, shown_attributes);
}

std::string card(const Node& n, const NodeFacts& facts, std::string_view operation,
                 const DotOptions& options) {
  std::string label = Card(n, facts, operation, options).text();
  if (label.size() > longest_label) {
    DotOptions summarised = options;
    summarised.max_elements = 0;
    label = Card(n, facts, operation, summarised).text();
  }
  const Look& look = look_of(n, facts.result);
  const Palette& colors = palette_of(options.theme);
  const bool good = !facts.bad_value && !facts.bad_gradient;
  return fmt::format(R"([class="{}{}", style="{}", color="{}", fillcolor="{}", penwidth={}{}, )"
                     R"(tooltip="{}", label=<{}>])",
                     look.name, good ? "" : " bad", look.style,
                     good ? colors.*look.line : colors.bad,
                     good ? colors.*look.fill : colors.bad_fill, look.width,
                     good ? "" : ", peripheries=2", tooltip(n, facts), label);
}

std::string copied_card(const Node& n, const DotOptions& options) {
  const Look& look = look_of(n, false);
  const Palette& colors = palette_of(options.theme);
  const std::string name = has_name(n) ? printable(*label_of(n), name_length) : kind_text(n);
  return fmt::format(R"([class="{} copy", style="{}", color="{}", fillcolor="{}", penwidth=1, )"
                     R"(tooltip="{}, shown in full where it is used first", label=<{}>])",
                     look.name, look.style, colors.*look.line, colors.*look.fill, tooltip(n, {}),
                     Markup::font(11, colors.*look.text, "<B>" + html_escaped(name) + "</B>"));
}

std::string number_card(double x, const DotOptions& options) {
  const Markup markup(options.theme);
  return fmt::format(
      R"([class="constant", style="{}", color="{}", fillcolor="{}", penwidth={}, tooltip="constant", )"
      R"(label=<{}>])",
      constant_look.style, markup.colors.*constant_look.line, markup.colors.*constant_look.fill,
      constant_look.width, options.values ? markup.number(x) : markup.faint("constant"));
}

void append_short_card(std::string& out, const Node& n, std::string_view operation,
                       const DotOptions& options) {
  out += "[label=\"";
  const auto add = [&](const char* what, const Summary& s) {
    out += "\\n";
    out += what;
    if (s.count == 0) return;
    out += short_number(!s.finite() ? (s.nans > 0 ? NAN : INFINITY) : s.smallest);
    if (s.finite() && s.smallest != s.largest) out += " … " + short_number(s.largest);
  };
  if (has_name(n)) out += quoted(printable(*label_of(n), name_length)) + ": ";
  out += n.is(leaf) ? kind_text(n) : quoted(operation);
  if (options.values) add("", summarise_value(n));
  if (options.gradients && has_gradient(n)) add("gradient ", summarise_gradient(n));
  out += "\"]";
}

std::string operand_text(const Node& n, std::size_t k, double x) {
  if (n.op->elementwise < 0 || (x != 0 && x != 1)) return short_number(x);
  const std::vector<std::string> names(static_cast<std::size_t>(n.inputs()), "x");
  const bool mask = partial_text(*n.op, n.attributes(), static_cast<int>(k), "y", names).empty();
  return !mask ? short_number(x) : x == 0 ? "false" : "true";
}

std::string operation_text(const Node& n, std::span<const std::string> operands) {
  const std::string_view name = n.op->name;
  std::string_view symbol = n.op->symbol;
  const bool infix = symbol != name && operands.size() == 2;
  if (symbol == "*") symbol = "×";
  if (symbol == "-") symbol = "−";
  if (infix) {
    std::string text(symbol);
    if (!operands[0].empty()) text = operands[0] + " " + text;
    if (!operands[1].empty()) text += " " + operands[1];
    return text;
  }
  std::string text;
  bool any = false;
  for (const std::string& operand : operands) {
    any = any || !operand.empty();
    text += (text.empty() ? "" : ", ") + (operand.empty() ? std::string("·") : operand);
  }
  return any ? fmt::format("{}({})", symbol, text) : std::string(symbol);
}

}  // namespace brickgrad::internal
