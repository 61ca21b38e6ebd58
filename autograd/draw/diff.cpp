// The picture of what changed between two snapshots.
#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/files.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/markup.hpp>
#include <autograd/draw/rendering.hpp>
#include <autograd/draw/snapshot_nodes.hpp>
#include <autograd/error.hpp>
#include <cmath>

namespace brickgrad {

using namespace internal;

namespace {

/// Tensors up to this size show each number before and after.
constexpr std::int64_t most_pairs_shown = 6;
constexpr std::size_t most_spoken = 10;

/// How far a tensor moved.
struct Change {
  bool known = false, changed = false, bad = false;
  double relative = 0;  // infinite from zero
};

Change change_of(const std::optional<Tensor>& before, const std::optional<Tensor>& after) {
  Change c;
  if (!before || !after) return c;
  c.known = true;
  const std::vector<double> a = before->to_vector(), b = after->to_vector();
  double moved = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool both_nan = std::isnan(a[i]) && std::isnan(b[i]);
    if (a[i] == b[i] || both_nan) {
      if (!both_nan) size = std::hypot(size, a[i]);
      continue;
    }
    c.changed = true;
    moved = std::hypot(moved, b[i] - a[i]);
    size = std::hypot(size, a[i]);
  }
  if (!c.changed) return c;
  c.relative = moved / size;
  c.bad = std::isnan(c.relative) || !std::isfinite(moved);
  return c;
}

std::string amount_text(const Change& c) {
  if (c.bad) return "to or from NaN or infinity";
  if (std::isinf(c.relative)) return "from zero";
  const double percent = 100 * c.relative;
  return percent >= 1000 ? fmt::format("{:.3g} times its size", c.relative)
                         : fmt::format("{:.3g} %", percent);
}

class Diff {
 public:
  Diff(const GraphSnapshot& before, const GraphSnapshot& after, const DotOptions& options)
      : before_(before.nodes().all),
        after_(after.nodes().all),
        options_(options),
        markup_(options.theme),
        pairs_(matched(before_, after_)) {
    const auto size = static_cast<std::int64_t>(pairs_.size());
    if (size > options.max_nodes && !options.force)
      fail(
          "to_dot_diff: the graphs have {} values, more than max_nodes = {}; take snapshots of a "
          "value nearer to the leaves, or set DotOptions::force",
          size, options.max_nodes);
    for (const auto& [i, j] : pairs_) {
      added_ += i < 0;
      removed_ += j < 0;
      if (i < 0 || j < 0) continue;
      changed_ += value_change(i, j).changed;
      const Change gradient = gradient_change(i, j);
      gradients_ += gradient.known;
      changed_gradients_ += gradient.changed;
    }
  }

  PictureText picture() {
    PictureText p;
    p.dot = text();
    p.title = options_.title.empty() ? "What changed between two graphs"
                                     : printable(options_.title, title_length);
    p.description = count_text() + ". ";
    std::size_t spoken = 0;
    for (const auto& [i, j] : pairs_) {
      if (i < 0 || j < 0) continue;
      const Change c = value_change(i, j);
      if (!c.changed || spoken++ == most_spoken) continue;
      p.description += fmt::format("{} changed by {}. ", after_[at(j)].title(), amount_text(c));
      if (spoken == most_spoken) p.description += "And more. ";
    }
    if (added_ + removed_ > 0) p.warnings.push_back(structure_text());
    return p;
  }

  std::string text() {
    header();
    id_before_.assign(before_.size(), 0);
    id_after_.assign(after_.size(), 0);
    for (std::size_t k = 0; k < pairs_.size(); ++k) {
      if (pairs_[k].first >= 0) id_before_[at(pairs_[k].first)] = k;
      if (pairs_[k].second >= 0) id_after_[at(pairs_[k].second)] = k;
    }
    std::string first;
    std::size_t leaves = 0;
    for (std::size_t k = 0; k < pairs_.size(); ++k) {
      const auto [i, j] = pairs_[k];
      const SnapshotNode& n = j < 0 ? before_[at(i)] : after_[at(j)];
      node(k, i, j);
      if (j >= 0)
        for (const auto operand : n.operands) edge(id_after_[operand], k, i < 0, false);
      if (i >= 0)
        for (const auto operand : before_[at(i)].operands)
          if (j < 0 || pairs_[id_before_[operand]].second < 0)
            edge(id_before_[operand], k, false, true);
      if (!n.is_leaf || !n.wants_gradient) continue;
      first += fmt::format(" n{};", k);
      ++leaves;
    }
    if (leaves > 1 && pairs_.size() < 100) out_ += fmt::format("  {{ rank=min;{} }}\n", first);
    return std::move(out_) + "}\n";
  }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  Change value_change(int i, int j) const {
    return change_of(before_[at(i)].value, after_[at(j)].value);
  }

  Change gradient_change(int i, int j) const {
    return change_of(before_[at(i)].gradient, after_[at(j)].gradient);
  }

  std::string structure_text() const {
    std::string text;
    if (added_ > 0) text += fmt::format("{} added", added_);
    if (removed_ > 0) text += fmt::format("{}{} removed", text.empty() ? "" : ", ", removed_);
    return text + ": the graphs differ in structure";
  }

  std::string count_text() const {
    std::string text = fmt::format("{} of {} values changed", changed_, pairs_.size());
    if (gradients_ > 0) text += fmt::format(", {} of {} gradients", changed_gradients_, gradients_);
    if (added_ + removed_ > 0) text += "; " + structure_text();
    return text;
  }

  void header() {
    const Palette& c = markup_.colors;
    out_ = fmt::format(
        "digraph computation {{\n"
        "  rankdir={}; nodesep=0.3; ranksep=0.55; bgcolor=\"{}\"; outputorder=edgesfirst;\n"
        "  fontname=\"{}\"; fontcolor=\"{}\"; labelloc=t; labeljust=l;\n"
        "  node [shape=box, fontname=\"{}\", fontsize=11, fontcolor=\"{}\", "
        "margin=\"0.09,0.05\"];\n"
        "  edge [fontname=\"{}\", fontsize=9, color=\"{}\", arrowsize=0.7];\n",
        options_.top_down ? "TB" : "LR", c.background, palette::font, c.ink, palette::font, c.ink,
        palette::font, c.no_flow);
    std::string rows;
    if (!options_.title.empty())
      rows +=
          fmt::format(R"(<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="16"><B>{}</B></FONT></TD></TR>)",
                      html_escaped(printable(options_.title, title_length)));
    if (options_.legend) {
      rows += fmt::format(R"(<TR><TD ALIGN="LEFT">{}</TD></TR>)",
                          Markup::font(11, c.ink, "<B>" + html_escaped(count_text()) + "</B>"));
      const auto sample = [&](const char* color, const char* text) {
        return fmt::format(R"(<TD BGCOLOR="{}" BORDER="0"> {} </TD>)", color,
                           Markup::font(9, c.ink, text));
      };
      rows += fmt::format(
          R"(<TR><TD ALIGN="LEFT"><TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="2">)"
          R"(<TR><TD>{}</TD>{}{}{}{}{}{}</TR></TABLE></TD></TR>)",
          markup_.faint("relative change:"), sample(c.change_1, "below 1 %"),
          sample(c.change_2, "below 10 %"), sample(c.change_3, "below 100 %"),
          sample(c.change_4, "100 % and more"), added_ > 0 ? sample(c.added_fill, "+ added") : "",
          removed_ > 0 ? sample(c.removed_fill, "− removed") : "");
    }
    if (!rows.empty())
      out_ += fmt::format(
          R"(  label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{}</TABLE>>;)"
          "\n",
          rows);
  }

  const char* fill(const Change& c) const {
    const Palette& p = markup_.colors;
    if (!c.changed) return p.op_fill;
    if (c.bad) return p.bad_fill;
    return c.relative < 0.01  ? p.change_1
           : c.relative < 0.1 ? p.change_2
           : c.relative < 1   ? p.change_3
                              : p.change_4;
  }

  void node(std::size_t id, int i, int j) {
    const SnapshotNode& n = j < 0 ? before_[at(i)] : after_[at(j)];
    const Palette& p = markup_.colors;
    const bool result = j >= 0 && at(j) + 1 == after_.size();
    const char* line = n.is_leaf ? n.wants_gradient ? p.leaf_line : p.constant_line
                       : result  ? p.result_line
                                 : p.op_line;
    std::string rows = fmt::format(R"(<TR><TD COLSPAN="2">{}</TD></TR>)",
                                   markup_.title(line, n.title(), n.name.empty() ? "" : n.op));
    std::string state = result ? "result · " : "";
    const char *color = p.op_fill, *style = n.is_leaf ? "filled,rounded" : "filled", *kind = "same";
    if (i < 0) {
      state = "+ added · ";
      color = p.added_fill;
      kind = "added";
    } else if (j < 0) {
      state = "− removed · ";
      color = p.removed_fill;
      style = "filled,dashed";
      kind = "removed";
    } else if (const Change c = value_change(i, j); c.changed) {
      color = fill(c);
      kind = "changed";
    }
    rows += fmt::format(R"(<TR><TD COLSPAN="2" ALIGN="LEFT">{}</TD></TR><HR/>)",
                        markup_.faint(state + html_escaped(n.type)));
    const auto old_value = i < 0 ? std::optional<Tensor>() : before_[at(i)].value;
    const auto new_value = j < 0 ? std::optional<Tensor>() : after_[at(j)].value;
    if (options_.values) numbers(rows, "value", old_value, new_value);
    const auto old_gradient = i < 0 ? std::optional<Tensor>() : before_[at(i)].gradient;
    const auto new_gradient = j < 0 ? std::optional<Tensor>() : after_[at(j)].gradient;
    if (options_.gradients && (old_gradient || new_gradient))
      numbers(rows, "gradient", old_gradient, new_gradient);
    out_ += fmt::format(
        R"(  n{} [class="{}", style="{}", color="{}", fillcolor="{}", penwidth={}, tooltip="{}: {}", )"
        R"(label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="{}">{}</TABLE>>];)"
        "\n",
        id, kind, style, line, color, result ? 2.2 : 1.2, tooltip_escaped(n.title()), kind, p.rule,
        rows);
  }

  void row(std::string& rows, const std::string& what, const std::string& content,
           const std::string& attributes = "") {
    rows +=
        fmt::format(R"(<TR><TD ALIGN="LEFT" VALIGN="TOP">{} </TD><TD ALIGN="RIGHT"{}>{}</TD></TR>)",
                    what.empty() ? "" : markup_.faint(what), attributes, content);
  }

  /// Each number before and after, in the rows and columns of a matrix.
  void pairs(std::string& rows, const char* what, const Shape& shape, const std::vector<double>& a,
             const std::vector<double>& b) {
    const std::size_t columns = shape.rank() == 2 ? static_cast<std::size_t>(shape[1]) : 1;
    for (std::size_t k = 0; k < b.size(); k += columns) {
      std::string cells;
      for (std::size_t c = k; c < k + columns; ++c)
        cells += fmt::format(R"(<TD ALIGN="RIGHT">{}</TD>)", pair(a[c], b[c]));
      row(rows, k ? "" : what,
          columns == 1
              ? pair(a[k], b[k])
              : fmt::format(
                    R"(<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="0"><TR>{}</TR></TABLE>)",
                    cells));
    }
  }

  std::string pair(double old_number, double new_number) const {
    if (old_number == new_number || (std::isnan(old_number) && std::isnan(new_number)))
      return markup_.number(new_number);
    return fmt::format(R"(<FONT COLOR="{}">{}</FONT> → <B>{}</B>)", markup_.colors.op_line,
                       markup_.number(old_number), markup_.number(new_number));
  }

  void numbers(std::string& rows, const char* what, const std::optional<Tensor>& old_tensor,
               const std::optional<Tensor>& new_tensor) {
    if (!old_tensor && !new_tensor) return row(rows, what, markup_.faint("<I>not kept</I>"));
    if (!old_tensor || !new_tensor) {
      const Tensor& t = old_tensor ? *old_tensor : *new_tensor;
      return row(rows, what,
                 t.numel() == 1 ? markup_.number(t.to_vector()[0]) : markup_.summary(summarise(t)));
    }
    const Change change = change_of(old_tensor, new_tensor);
    const std::vector<double> a = old_tensor->to_vector(), b = new_tensor->to_vector();
    if (!change.changed) {
      row(rows, what,
          b.size() == 1 ? markup_.number(b[0]) : markup_.summary(summarise(*new_tensor)));
      return row(rows, "", markup_.faint("unchanged"));
    }
    if (new_tensor->numel() <= most_pairs_shown) {
      pairs(rows, what, new_tensor->shape(), a, b);
    } else {
      const Summary x = summarise(*old_tensor), y = summarise(*new_tensor);
      row(rows, fmt::format("{}, least", what), pair(x.smallest, y.smallest));
      row(rows, "mean", pair(x.mean, y.mean));
      row(rows, "greatest", pair(x.largest, y.largest));
    }
    row(rows, "", Markup::font(10, markup_.colors.ink, "Δ " + amount_text(change)),
        fmt::format(R"( BGCOLOR="{}")", fill(change)));
  }

  void edge(std::size_t from, std::size_t to, bool added, bool removed) {
    out_ += fmt::format("  n{} -> n{}{};\n", from, to,
                        removed ? R"( [class="removed", style=dashed])"
                        : added ? R"( [class="added", penwidth=1.6])"
                                : "");
  }

  const std::vector<SnapshotNode>&before_, &after_;
  const DotOptions& options_;
  Markup markup_;
  std::vector<std::pair<int, int>> pairs_;
  std::size_t added_ = 0, removed_ = 0, changed_ = 0, gradients_ = 0, changed_gradients_ = 0;
  std::vector<std::size_t> id_before_, id_after_;
  std::string out_;
};

}  // namespace

std::string to_dot_diff(const GraphSnapshot& before, const GraphSnapshot& after,
                        const DotOptions& options) {
  return Diff(before, after, options).text();
}

void write_dot_diff(const GraphSnapshot& before, const GraphSnapshot& after,
                    const std::string& path, const DotOptions& options) {
  write_file(path, to_dot_diff(before, after, options));
}

RenderReport render_diff(const GraphSnapshot& before, const GraphSnapshot& after,
                         const std::string& path, const DotOptions& options) {
  check_picture_path(path);
  return render_text(Diff(before, after, options).picture(), path, options);
}

}  // namespace brickgrad
