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

bool is_bad(const SnapshotNode* n) {
  const auto bad = [](const std::optional<Tensor>& t) { return t && !summarise(*t).finite(); };
  return n && (bad(n->value) || bad(n->gradient));
}

struct DiffLook {
  const char *kind, *state, *fill, *style;
};

DiffLook diff_look(const SnapshotNode* before, const SnapshotNode* after, const Palette& p) {
  const char* style = (after ? after : before)->is_leaf ? "filled,rounded" : "filled";
  if (!before) return {"added", "+ added · ", p.added_fill, style};
  if (!after) return {"removed", "− removed · ", p.removed_fill, "filled,dashed"};
  const Change c = change_of(before->value, after->value);
  const char* fill = is_bad(before) || is_bad(after) ? p.bad_fill : fill_of(c, p);
  return {c.changed ? "changed" : "same", "", fill, style};
}

/// A fill that tells of a change is too strong for most colours: the line around the card keeps
/// that of its kind, and what is written is ink, or nearly.
Palette on_fill(const char* fill, Palette p) {
  if (fill == p.op_fill || fill == p.bad_fill) return p;
  p.leaf_line = p.result_line = p.ink;
  p.faint = p.op_line = p.constant_line = p.change_text;
  return p;
}

class DiffCard {
 public:
  DiffCard(const SnapshotNode* before, const SnapshotNode* after, const DotOptions& options)
      : before_(before),
        after_(after),
        options_(options),
        palette_(palette_of(options.theme)),
        look_(diff_look(before, after, palette_)),
        on_fill_(on_fill(look_.fill, palette_)),
        markup_(on_fill_) {}

  std::string text(bool result) {
    const SnapshotNode& n = after_ ? *after_ : *before_;
    const auto role = n.is_leaf ? n.wants_gradient ? &Palette::leaf_line : &Palette::constant_line
                      : result  ? &Palette::result_line
                                : &Palette::op_line;
    const bool constant = role == &Palette::constant_line;
    rows_ = fmt::format(R"(<TR><TD COLSPAN="2">{}</TD></TR>)",
                        markup_.title(constant ? on_fill_.faint : on_fill_.*role, n.title(),
                                      n.name.empty() ? "" : n.op));
    const std::string state = *look_.state ? look_.state : result ? "result · " : "";
    rows_ += fmt::format(R"(<TR><TD COLSPAN="2" ALIGN="LEFT">{}</TD></TR><HR/>)",
                         markup_.faint(state + html_escaped(n.type)));
    const std::optional<Tensor> none;
    if (options_.values)
      numbers("value", before_ ? before_->value : none, after_ ? after_->value : none);
    const std::optional<Tensor>&old_gradient = before_ ? before_->gradient : none,
          &new_gradient = after_ ? after_->gradient : none;
    if (options_.gradients && (old_gradient || new_gradient))
      numbers("gradient", old_gradient, new_gradient);
    return fmt::format(
        R"([class="{}", style="{}", color="{}", fillcolor="{}", penwidth={}, tooltip="{}: {}", )"
        R"(label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="{}">{}</TABLE>>])",
        look_.kind, look_.style, palette_.*role, look_.fill, result ? 2.2 : 1.2,
        tooltip_escaped(n.title()), look_.kind, palette_.rule, rows_);
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
    return fmt::format(R"(<FONT COLOR="{}">{}</FONT>&#160;→&#160;<B>{}</B>)",
                       markup_.colors.op_line, markup_.number(old_number),
                       markup_.number(new_number));
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
    row("", Markup::font(10, palette_.ink, "Δ " + amount_text(change)),
        fmt::format(R"( BGCOLOR="{}")", fill_of(change, palette_)));
  }

  const SnapshotNode *before_, *after_;
  const DotOptions& options_;
  const Palette& palette_;
  const DiffLook look_;
  const Palette on_fill_;
  const Markup markup_;
  std::string rows_;
};

}  // namespace

std::string diff_card(const SnapshotNode* before, const SnapshotNode* after, bool result,
                      const DotOptions& options) {
  return DiffCard(before, after, options).text(result);
}

}  // namespace brickgrad::internal
