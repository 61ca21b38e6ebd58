#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/drawing.hpp>
#include <autograd/draw/frames.hpp>
#include <autograd/draw/group_card.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/legend.hpp>
#include <autograd/draw/markup.hpp>
#include <autograd/draw/trouble/way_back.hpp>

namespace brickgrad::internal {

Drawing::Drawing(const Value& v, const DotOptions& options)
    : walk_(v.node()),
      calls_(walk_, options.modules),
      options_(options),
      folding_(fold(walk_, calls_,
                    {options.depth, options.max_nodes, options.force,
                     longest_in_picture(options.max_nodes)})),
      picture_(walk_, folding_),
      leaving_(picture_.values_leaving(walk_, folding_.groups.size())),
      plan_(walk_, picture_, !folding_.clusters.empty()),
      facts_(look_at_numbers(walk_)),
      cards_(folding_.too_large || static_cast<std::int64_t>(walk_.size()) <= options.max_nodes) {
  options_.local_derivatives = options_.local_derivatives && plan_.edge_labels();
  std::vector<Flow> all;
  if (cards_ && options.gradients && walk_.size() <= most_with_flows) {
    all = gradient_flow(walk_);
    mark_vanishing(walk_, all);
  }
  trouble_ = find_trouble(walk_, calls_, all, facts_);
  if (!all.empty()) {
    first_flow_.reserve(picture_.size());
    for (std::size_t b = 0; b < picture_.size(); ++b) {
      first_flow_.push_back(flows_.size());
      for (const Picture::Edge& e : picture_.edges(b)) {
        Flow flow;
        for (const auto use : picture_.uses(e)) flow = e.count == 1 ? all[use] : flow + all[use];
        // That of an op which is folded away.
        if (picture_.box(b).group != Picture::none) flow.local.reset();
        flows_.push_back(flow);
      }
    }
  }
  scale_ = EdgeScale(flows_);
}

std::string Drawing::text() {
  header();
  ids_.resize(picture_.size());
  framed_.resize(folding_.clusters.size());
  if (!cards_) out_.reserve(96 * walk_.size());
  for (std::size_t b = 0; b < picture_.size(); ++b) {
    if (picture_.box(b).group == Picture::none && inlined(picture_.box(b).node)) continue;
    box(b);
    edges(b);
  }
  out_ += frames_text(folding_.clusters, framed_, options_.theme);
  out_ += edges_out_;
  first_rank();
  return std::move(out_) + "}\n";
}

std::vector<std::string> Drawing::warnings() const {
  std::vector<std::string> all = trouble_.lines;
  if (folding_.too_large)
    all.push_back(folded_warning(walk_.size(), picture_.size(), "DotOptions", options_.max_nodes,
                                 longest_in_picture(options_.max_nodes)));
  if (const std::string text = flows_missing(); !text.empty()) all.push_back(text);
  return all;
}

/// Short labels have lines without flow anyway.
std::string Drawing::flows_missing() const {
  return cards_ && options_.gradients ? flows_left_out(walk_) : "";
}

bool Drawing::inlined(std::size_t i) const {
  const Node& n = walk_.node(i);
  return !options_.constants && !facts_[i].result && n.is(leaf) && !n.is(requires_grad) &&
         !label_of(n) && n.shape().rank() == 0 && !facts_[i].bad_value;
}

void Drawing::header() {
  const Palette& colors = palette_of(options_.theme);
  out_ = fmt::format(
      "digraph computation {{\n"
      "  rankdir={}; nodesep=0.3; ranksep=0.55; bgcolor=\"{}\"; outputorder=edgesfirst;\n"
      "  fontname=\"{}\"; fontcolor=\"{}\"; labelloc=t; labeljust=l;\n"
      "  node [shape=box, fontname=\"{}\", fontsize=11, fontcolor=\"{}\", "
      "margin=\"0.09,0.05\"];\n"
      "  edge [fontname=\"{}\", fontsize=9, fontcolor=\"{}\", color=\"{}\", arrowsize=0.7];\n",
      options_.top_down ? "TB" : "LR", colors.background, palette::font, colors.ink, palette::font,
      colors.ink, palette::font, colors.faint, colors.no_flow);
  if (plan_.quick()) out_ += "  nslimit=2; nslimit1=2; mclimit=0.3; splines=polyline;\n";
  LegendContent content(facts_, flows_, scale_, cards_);
  content.warnings = trouble_.lines;
  content.bad_warnings = trouble_.bad;
  content.edges.constant = cards_ && draws_constant_edge();
  if (folding_.too_large)
    content.notes.push_back(fmt::format("{} values, folded into {} cards",
                                        grouped_digits(walk_.size()),
                                        grouped_digits(picture_.size())));
  if (const std::string text = flows_missing(); !text.empty()) content.notes.push_back(text);
  const std::string label = heading(options_, content);
  if (!label.empty()) out_ += fmt::format("  label=<{}>;\n", label);
}

/// Whether something that receives no gradient has an edge.
bool Drawing::draws_constant_edge() const {
  for (std::size_t b = 0; b < picture_.size(); ++b)
    for (const Picture::Edge& e : picture_.edges(b)) {
      if (e.from == Picture::none) {
        if (options_.constants && picture_.box(b).group == Picture::none) return true;
        continue;
      }
      const Picture::Box& from = picture_.box(e.from);
      const bool shown = from.group != Picture::none || !inlined(from.node);
      if (shown && !walk_.node(from.node).is(requires_grad)) return true;
    }
  return false;
}

std::string& Drawing::nodes_of(std::size_t b) {
  const Picture::Box& box = picture_.box(b);
  const auto cluster =
      box.group == Picture::none ? folding_.cluster(box.node) : folding_.groups[box.group].cluster;
  return cluster == Folding::none ? out_ : framed_[cluster];
}

void Drawing::box(std::size_t b) {
  const Picture::Box& box = picture_.box(b);
  std::string& out = nodes_of(b);
  const Node& n = walk_.node(box.node);
  const bool grouped = box.group != Picture::none;
  if (options_.constants && !grouped)
    for (int k = 0; k < n.inputs(); ++k)
      if (!n.input(k)) out += fmt::format("  n{} {};\n", id_++, number_card(n.immediate, options_));
  ids_[b] = id_++;
  append_id(out, "  n", ids_[b]);
  out += ' ';
  if (grouped) {
    out += group_card(walk_, folding_.groups[box.group], facts_, input_of(b), n,
                      leaving_[box.group], options_);
  } else {
    const std::string op = n.is(leaf) ? "" : operation(box.node);
    if (cards_)
      out += card(n, facts_[box.node], op, options_);
    else
      append_short_card(out, n, op, options_);
  }
  out += ";\n";
}

/// What a group computes from: the first operand that is no parameter of its own.
const Node* Drawing::input_of(std::size_t b) const {
  const Node* found = nullptr;
  for (const Picture::Edge& e : picture_.edges(b)) {
    const Picture::Box& from = picture_.box(e.from);
    const Node& n = walk_.node(from.node);
    if (!n.is(leaf) || !n.is(requires_grad)) return &n;
    if (!found) found = &n;
  }
  return found;
}

void Drawing::append_id(std::string& out, const char* before, std::size_t id) const {
  const fmt::format_int digits(id);
  out.append(before).append(digits.data(), digits.size());
}

std::string Drawing::operation(std::size_t i) {
  const Node& n = walk_.node(i);
  const auto operands = walk_.operands(i);
  shown_.assign(operands.size(), {});
  for (std::size_t k = 0; k < operands.size() && !options_.constants; ++k) {
    if (operands[k] == GraphWalk::number)
      shown_[k] = short_number(n.immediate);
    else if (inlined(operands[k]))
      shown_[k] = operand_text(n, k, walk_.node(operands[k]).borrowed_value().item());
  }
  return operation_text(n, shown_);
}

void Drawing::edges(std::size_t b) {
  const auto into = picture_.edges(b);
  const bool grouped = picture_.box(b).group != Picture::none;
  std::string& out = folding_.clusters.empty() ? out_ : edges_out_;
  for (std::size_t k = 0; k < into.size(); ++k) {
    const Picture::Edge& e = into[k];
    const bool number = e.from == Picture::none;
    if (number && (grouped || !options_.constants)) continue;
    const Picture::Box* from = number ? nullptr : &picture_.box(e.from);
    if (from && from->group == Picture::none && inlined(from->node)) continue;
    const bool copied = from && cards_ && plan_.needs_copy(e.from, static_cast<Picture::Index>(b));
    const bool again = std::any_of(into.begin(), into.begin() + static_cast<std::ptrdiff_t>(k),
                                   [&](const Picture::Edge& o) { return o.from == e.from; });
    // A plain number is drawn just before the op that uses it.
    const std::size_t from_id = number ? ids_[b] - 1 : ids_[e.from];
    if (copied && !again)
      nodes_of(b) += fmt::format("  n{}_{} {};\n", from_id, ids_[b],
                                 copied_card(walk_.node(from->node), options_));
    append_id(out, "  n", from_id);
    if (copied) append_id(out, "_", ids_[b]);
    append_id(out, " -> n", ids_[b]);
    if (cards_) {
      EdgeFacts facts;
      facts.carries = from && (walk_.node(from->node).is(requires_grad));
      if (!flows_.empty()) facts.flow = &flows_[first_flow_[b] + k];
      if (!trouble_.path.empty())
        for (const auto use : picture_.uses(e))
          facts.bad_path = facts.bad_path || trouble_.path[use];
      if (from && from->group != Picture::none &&
          folding_.groups[from->group].kind == Group::Kind::leaves)
        facts.values = e.count;
      out += edge_attributes(facts, scale_, options_);
    }
    out += ";\n";
  }
}

/// Leaves that receive a gradient stand together where the computation starts.
void Drawing::first_rank() {
  if (!plan_.leaves_first() || !cards_) return;
  std::string ids;
  std::size_t count = 0;
  for (std::size_t b = 0; b < picture_.size(); ++b) {
    const Node& n = walk_.node(picture_.box(b).node);
    if (!n.is(leaf) || !n.is(requires_grad)) continue;
    ids += fmt::format(" n{};", ids_[b]);
    ++count;
  }
  if (count < 2) return;
  // Otherwise each frame is ranked by itself.
  if (!folding_.clusters.empty()) out_ += "  newrank=true;\n";
  out_ += fmt::format("  {{ rank=min;{} }}\n", ids);
}

}  // namespace brickgrad::internal
