// The picture of what changed between two snapshots.
#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/change.hpp>
#include <autograd/draw/diff_card.hpp>
#include <autograd/draw/files.hpp>
#include <autograd/draw/frames.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/legend.hpp>
#include <autograd/draw/markup.hpp>
#include <autograd/draw/rendering.hpp>
#include <autograd/draw/snapshot_nodes.hpp>
#include <autograd/error.hpp>
#include <map>
#include <tuple>

namespace brickgrad {

using namespace internal;

namespace {

constexpr std::size_t most_spoken = 10;

class Diff {
 public:
  Diff(const GraphSnapshot& before, const GraphSnapshot& after, const DotOptions& options)
      : before_(before.nodes().all),
        after_(after.nodes().all),
        options_(options),
        markup_(options.theme),
        pairs_(matched(before_, after_)) {
    // Labels on edges would show one of two derivatives.
    options_.local_derivatives = false;
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
    if (options.depth > 0) join_frames(before.nodes().frames, after.nodes().frames);
    if (options.gradients)
      for (const SnapshotNode& n : after_)
        flows_.insert(flows_.end(), n.flows.begin(), n.flows.end());
    scale_ = EdgeScale(flows_);
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
      frame_of(i, j) +=
          fmt::format("  n{} {};\n", k,
                      diff_card(i < 0 ? nullptr : &before_[at(i)], j < 0 ? nullptr : &after_[at(j)],
                                j >= 0 && at(j) + 1 == after_.size(), options_));
      edges(k, i, j);
      if (!n.is_leaf || !n.wants_gradient) continue;
      first += fmt::format(" n{};", k);
      ++leaves;
    }
    out_ += frames_text(frames_, framed_, options_.theme) + edges_;
    if (leaves > 1 && pairs_.size() < 100 && frames_.empty())
      out_ += fmt::format("  {{ rank=min;{} }}\n", first);
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
      EdgeKinds kinds;
      for (const Flow& f : flows_) kinds.add(f, scale_);
      for (const SnapshotNode& n : after_)
        for (const auto operand : n.operands)
          kinds.constant = kinds.constant || !after_[operand].wants_gradient;
      rows += edge_legend(kinds, options_.theme);
    }
    if (!rows.empty())
      out_ += fmt::format(
          R"(  label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{}</TABLE>>;)"
          "\n",
          rows);
  }

  /// Those into a value: those of the graph after, and those that were removed.
  void edges(std::size_t to, int i, int j) {
    if (j >= 0) {
      const SnapshotNode& n = after_[at(j)];
      for (std::size_t k = 0; k < n.operands.size(); ++k) {
        const SnapshotNode& from = after_[n.operands[k]];
        EdgeFacts facts;
        facts.carries = from.wants_gradient;
        facts.added = i < 0;
        if (options_.gradients && k < n.flows.size()) facts.flow = &n.flows[k];
        if (i >= 0 && k < before_[at(i)].flows.size()) facts.before = &before_[at(i)].flows[k];
        edges_ += fmt::format("  n{} -> n{}{};\n", id_after_[n.operands[k]], to,
                              edge_attributes(facts, scale_, options_));
      }
    }
    if (i < 0) return;
    for (const auto operand : before_[at(i)].operands)
      if (j < 0 || pairs_[id_before_[operand]].second < 0)
        edges_ += fmt::format("  n{} -> n{} [class=\"removed\", style=dashed];\n",
                              id_before_[operand], to);
  }

  /// The frames of both graphs: equal ones, in equal ones, are one.
  void join_frames(const std::vector<Cluster>& before, const std::vector<Cluster>& after) {
    using Key = std::tuple<GraphWalk::Index, std::string, std::string, std::size_t>;
    std::map<Key, GraphWalk::Index> known;
    const auto place = [&](const std::vector<Cluster>& frames,
                           std::vector<GraphWalk::Index>& places) {
      std::map<Key, std::size_t> met;
      for (const Cluster& f : frames) {
        const GraphWalk::Index parent = f.parent == Folding::none ? f.parent : places[f.parent];
        // A module may be called more than once.
        const std::size_t nth = met[{parent, f.name, f.type, 0}]++;
        const auto [at, is_new] = known.try_emplace({parent, f.name, f.type, nth},
                                                    static_cast<GraphWalk::Index>(frames_.size()));
        if (is_new) frames_.push_back({f.name, f.type, parent});
        places.push_back(at->second);
      }
    };
    place(after, places_after_);
    place(before, places_before_);
    framed_.resize(frames_.size());
  }

  /// Where the card of a pair is written to.
  std::string& frame_of(int i, int j) {
    const GraphWalk::Index own = j < 0 ? before_[at(i)].frame : after_[at(j)].frame;
    if (own == Folding::none || frames_.empty()) return out_;
    return framed_[(j < 0 ? places_before_ : places_after_)[own]];
  }

  const std::vector<SnapshotNode>&before_, &after_;
  DotOptions options_;
  Markup markup_;
  std::vector<std::pair<int, int>> pairs_;
  std::size_t added_ = 0, removed_ = 0, changed_ = 0, gradients_ = 0, changed_gradients_ = 0;
  std::vector<std::size_t> id_before_, id_after_;
  std::vector<Flow> flows_;  // of the graph after
  EdgeScale scale_;
  std::vector<Cluster> frames_;
  std::vector<GraphWalk::Index> places_before_, places_after_;  // of the frames of each graph
  std::vector<std::string> framed_;                             // the cards in each frame
  std::string out_, edges_;
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
