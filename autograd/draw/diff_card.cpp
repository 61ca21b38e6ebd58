#include <fmt/format.h>
#include <autograd/draw/change.hpp>
#include <autograd/draw/diff_card.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/markup.hpp>
#include <autograd/draw/numbers.hpp>
#include <cmath>

namespace brickgrad::internal {
namespace {

/// Tensors up to this size show each number before and after.
constexpr std::int64_t most_pairs_shown = 6;

const char* fill_of(const Change& c, const Palette& p) {
  if (!c.changed) return p.op_fill;
  if (c.bad) return p.bad_fill;
  return c.relative < 0.01  ? p.change_1
         : c.relative < 0.1 ? p.change_2
         : c.relative < 1   ? p.change_3
                            : p.change_4;
}

class DiffCard {
 public:
  explicit DiffCard(const DotOptions& options) : options_(options), markup_(options.theme) {}

  std::string text(const SnapshotNode* before, const SnapshotNode* after, bool result) {
    const SnapshotNode& n = after ? *after : *before;
    const Palette& p = markup_.colors;
    const char* line = n.is_leaf ? n.wants_gradient ? p.leaf_line : p.constant_line
                       : result  ? p.result_line
                                 : p.op_line;
    rows_ = fmt::format(R"(<TR><TD COLSPAN="2">{}</TD></TR>)",
                        markup_.title(line, n.title(), n.name.empty() ? "" : n.op));
    std::string state = result ? "result · " : "";
    const char *color = p.op_fill, *style = n.is_leaf ? "filled,rounded" : "filled", *kind = "same";
    if (!before) {
      state = "+ added · ";
      color = p.added_fill;
      kind = "added";
    } else if (!after) {
      state = "− removed · ";
      color = p.removed_fill;
      style = "filled,dashed";
      kind = "removed";
    } else if (const Change c = change_of(before->value, after->value); c.changed) {
      color = fill_of(c, p);
      kind = "changed";
    }
    rows_ += fmt::format(R"(<TR><TD COLSPAN="2" ALIGN="LEFT">{}</TD></TR><HR/>)",
                         markup_.faint(state + html_escaped(n.type)));
    const std::optional<Tensor> none;
    if (options_.values)
      numbers("value", before ? before->value : none, after ? after->value : none);
    const std::optional<Tensor>&old_gradient = before ? before->gradient : none,
          &new_gradient = after ? after->gradient : none;
    if (options_.gradients && (old_gradient || new_gradient))
      numbers("gradient", old_gradient, new_gradient);
    return fmt::format(
        R"([class="{}", style="{}", color="{}", fillcolor="{}", penwidth={}, tooltip="{}: {}", )"
        R"(label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="{}">{}</TABLE>>])",
        kind, style, line, color, result ? 2.2 : 1.2, tooltip_escaped(n.title()), kind, p.rule,
        rows_);
  }

 private:
  void row(const std::string& what, const std::string& content,
           const std::string& attributes = "") {
    rows_ +=
        fmt::format(R"(<TR><TD ALIGN="LEFT" VALIGN="TOP">{} </TD><TD ALIGN="RIGHT"{}>{}</TD></TR>)",
                    what.empty() ? "" : markup_.faint(what), attributes, content);
  }

  /// Each number before and after, in the rows and columns of a matrix, the arrows below each
  /// other.
  void pairs(const char* what, const Shape& shape, const std::vector<double>& a,
             const std::vector<double>& b) {
    if (b.size() == 1) return row(what, pair(a[0], b[0]));
    const std::size_t columns = shape.rank() == 2 ? static_cast<std::size_t>(shape[1]) : 1;
    std::string lines;
    for (std::size_t k = 0; k < b.size(); k += columns) {
      std::string cells;
      for (std::size_t c = k; c < k + columns; ++c)
        cells += (c > k ? R"(<TD WIDTH="16"></TD>)" : "") + pair_cells(a[c], b[c]);
      lines += "<TR>" + cells + "</TR>";
    }
    row(what, R"(<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">)" + lines +
                  "</TABLE>");
  }

  static bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

  std::string pair_cells(double old_number, double new_number) const {
    if (same(old_number, new_number))
      return fmt::format(R"(<TD COLSPAN="3" ALIGN="RIGHT">{}</TD>)", markup_.number(new_number));
    return fmt::format(
        R"(<TD ALIGN="RIGHT"><FONT COLOR="{}">{}</FONT></TD><TD WIDTH="22">→</TD><TD ALIGN="RIGHT"><B>{}</B></TD>)",
        markup_.colors.op_line, markup_.number(old_number), markup_.number(new_number));
  }

  std::string pair(double old_number, double new_number) const {
    if (same(old_number, new_number)) return markup_.number(new_number);
    return fmt::format(R"(<FONT COLOR="{}">{}</FONT> → <B>{}</B>)", markup_.colors.op_line,
                       markup_.number(old_number), markup_.number(new_number));
  }

  void numbers(const char* what, const std::optional<Tensor>& old_tensor,
               const std::optional<Tensor>& new_tensor) {
    if (!old_tensor && !new_tensor) return row(what, markup_.faint("<I>not kept</I>"));
    if (!old_tensor || !new_tensor) {
      const Tensor& t = old_tensor ? *old_tensor : *new_tensor;
      return row(what,
                 t.numel() == 1 ? markup_.number(t.to_vector()[0]) : markup_.summary(summarise(t)));
    }
    const Change change = change_of(old_tensor, new_tensor);
    const std::vector<double> a = old_tensor->to_vector(), b = new_tensor->to_vector();
    if (!change.changed) {
      if (new_tensor->numel() > options_.max_elements || b.empty())
        row(what, markup_.summary(summarise(*new_tensor)));
      else
        pairs(what, new_tensor->shape(), b, b);
      return row("", markup_.faint("unchanged"));
    }
    if (new_tensor->numel() <= most_pairs_shown) {
      pairs(what, new_tensor->shape(), a, b);
    } else {
      const Summary x = summarise(*old_tensor), y = summarise(*new_tensor);
      row(fmt::format("{}, least", what), pair(x.smallest, y.smallest));
      row("mean", pair(x.mean, y.mean));
      row("greatest", pair(x.largest, y.largest));
    }
    row("", Markup::font(10, markup_.colors.ink, "Δ " + amount_text(change)),
        fmt::format(R"( BGCOLOR="{}")", fill_of(change, markup_.colors)));
  }

  const DotOptions& options_;
  Markup markup_;
  std::string rows_;
};

}  // namespace

std::string diff_card(const SnapshotNode* before, const SnapshotNode* after, bool result,
                      const DotOptions& options) {
  return DiffCard(options).text(before, after, result);
}

}  // namespace brickgrad::internal
