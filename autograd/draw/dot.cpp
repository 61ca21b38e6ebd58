#include <algorithm>
#include <autograd/draw/card.hpp>
#include <autograd/draw/dot.hpp>
#include <autograd/draw/edge.hpp>
#include <autograd/draw/files.hpp>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/graph_walk.hpp>
#include <autograd/draw/layout.hpp>
#include <autograd/draw/legend.hpp>
#include <autograd/draw/palette.hpp>
#include <autograd/error.hpp>

namespace brickgrad {

using namespace internal;

namespace {

class Drawing {
 public:
  Drawing(const Value& v, const DotOptions& options)
      : walk_(v.node()),
        plan_(walk_),
        options_(options),
        facts_(walk_.size()),
        cards_(static_cast<std::int64_t>(walk_.size()) <= options.max_nodes) {
    options_.local_derivatives = options_.local_derivatives && plan_.edge_labels();
    look_at_numbers();
    if (cards_ && options.gradients) flows_ = gradient_flow(walk_);
    scale_ = EdgeScale(flows_);
  }

  std::string text() {
    header();
    ids_.resize(walk_.size());
    if (!cards_) out_.reserve(96 * walk_.size());
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      if (inlined(i)) continue;
      node(i);
      edges(i);
    }
    first_rank();
    return std::move(out_) + "}\n";
  }

 private:
  /// Which numbers are bad, where that starts, and where a backward pass came by.
  void look_at_numbers() {
    facts_.back().result = true;
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      NodeFacts& f = facts_[i];
      const Node& n = walk_.node(i);
      f.bad_value = f.bad_value_starts = !summarise_value(n).finite();
      f.bad_gradient = f.bad_gradient_starts = has_gradient(n) && !summarise_gradient(n).finite();
      f.passed = !n.is(leaf) && n.is(has_adjoint | dropped);
      for (const auto operand : walk_.operands(i))
        if (operand != GraphWalk::number && facts_[operand].bad_value) f.bad_value_starts = false;
    }
    for (std::size_t i = walk_.size(); i-- > 0;) {
      for (const auto operand : walk_.operands(i)) {
        if (operand == GraphWalk::number) continue;
        if (facts_[i].passed) facts_[operand].passed = true;
        if (facts_[i].bad_gradient) facts_[operand].bad_gradient_starts = false;
      }
    }
  }

  /// Scalar constants without a name stand in the card of the op that uses them.
  bool inlined(std::size_t i) const {
    const Node& n = walk_.node(i);
    return !options_.constants && !facts_[i].result && n.is(leaf) && !n.is(requires_grad) &&
           !n.op->label && n.shape().rank() == 0 && !facts_[i].bad_value;
  }

  void header() {
    out_ = fmt::format(
        "digraph computation {{\n"
        "  rankdir={}; nodesep=0.3; ranksep=0.55; bgcolor=\"white\"; outputorder=edgesfirst;\n"
        "  fontname=\"{}\"; fontcolor=\"{}\"; labelloc=t; labeljust=l;\n"
        "  node [shape=box, fontname=\"{}\", fontsize=11, fontcolor=\"{}\", "
        "margin=\"0.09,0.05\"];\n"
        "  edge [fontname=\"{}\", fontsize=9, fontcolor=\"{}\", color=\"{}\", arrowsize=0.7];\n",
        options_.top_down ? "TB" : "LR", palette::font, palette::ink, palette::font, palette::ink,
        palette::font, palette::faint, palette::no_flow);
    if (plan_.quick()) out_ += "  nslimit=2; nslimit1=2; mclimit=0.3; splines=polyline;\n";
    const std::string text = heading(options_, LegendContent(facts_, flows_, scale_, cards_));
    if (!text.empty()) out_ += fmt::format("  label=<{}>;\n", text);
  }

  void node(std::size_t i) {
    const Node& n = walk_.node(i);
    if (options_.constants)
      for (int k = 0; k < n.inputs(); ++k)
        if (!n.input(k))
          out_ += fmt::format("  n{} {};\n", id_++, number_card(n.immediate, options_));
    const std::string op = n.is(leaf) ? "" : operation(i);
    ids_[i] = id_++;
    append_id("  n", ids_[i]);
    out_ += ' ';
    if (cards_)
      out_ += card(n, facts_[i], op, options_);
    else
      append_short_card(out_, n, op, options_);
    out_ += ";\n";
  }

  void append_id(const char* before, std::size_t id) {
    const fmt::format_int digits(id);
    out_.append(before).append(digits.data(), digits.size());
  }

  /// The op with the constants that stand in its card.
  std::string operation(std::size_t i) {
    const Node& n = walk_.node(i);
    const auto operands = walk_.operands(i);
    shown_.assign(operands.size(), {});
    for (std::size_t k = 0; k < operands.size() && !options_.constants; ++k) {
      if (operands[k] == GraphWalk::number)
        shown_[k] = short_number(n.immediate);
      else if (inlined(operands[k]))
        shown_[k] = short_number(walk_.node(operands[k]).borrowed_value().item());
    }
    return operation_text(n, shown_);
  }

  void edges(std::size_t i) {
    const auto operands = walk_.operands(i);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const auto operand = operands[k];
      const bool number = operand == GraphWalk::number;
      if (number ? !options_.constants : inlined(operand)) continue;
      // A plain number is drawn just before the op that uses it.
      const std::size_t from = number ? ids_[i] - 1 : ids_[operand];
      const bool copied = !number && cards_ && plan_.needs_copy(operand, walk_.node(i));
      const auto at = operands.begin() + static_cast<std::ptrdiff_t>(k);
      const bool again = std::find(operands.begin(), at, operand) != at;
      if (copied && !again)
        out_ += fmt::format("  n{}_{} {};\n", from, ids_[i], copied_card(walk_.node(operand)));
      append_id("  n", from);
      if (copied) append_id("_", ids_[i]);
      append_id(" -> n", ids_[i]);
      if (cards_) {
        const bool carries = !number && walk_.node(operand).is(requires_grad);
        const Flow* flow = flows_.empty() ? nullptr : &flows_[walk_.first_edge(i) + k];
        out_ += edge_attributes(flow, carries, scale_, options_);
      }
      out_ += ";\n";
    }
  }

  /// Leaves that receive a gradient stand together where the computation starts.
  void first_rank() {
    if (!plan_.leaves_first()) return;
    std::string ids;
    std::size_t count = 0;
    for (std::size_t i = 0; i < walk_.size(); ++i)
      if (walk_.node(i).is(leaf) && walk_.node(i).is(requires_grad)) {
        ids += fmt::format(" n{};", ids_[i]);
        ++count;
      }
    if (cards_ && count > 1) out_ += fmt::format("  {{ rank=min;{} }}\n", ids);
  }

  GraphWalk walk_;
  LayoutPlan plan_;
  DotOptions options_;
  std::vector<NodeFacts> facts_;
  bool cards_;
  std::vector<Flow> flows_;
  EdgeScale scale_;
  std::vector<std::size_t> ids_;
  std::size_t id_ = 0;
  std::vector<std::string> shown_;  // of the operands of the node being drawn
  std::string out_;
};

}  // namespace

std::string to_dot(const Value& v, const DotOptions& options) { return Drawing(v, options).text(); }

void write_dot(const Value& v, const std::string& path, const DotOptions& options) {
  write_file(path, to_dot(v, options));
}

}  // namespace brickgrad
