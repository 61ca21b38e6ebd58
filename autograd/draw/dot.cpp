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
      : walk_(v.node()), plan_(walk_), options_(options), contexts_(walk_.size()),
        cards_(static_cast<std::int64_t>(walk_.size()) <= options.max_nodes) {
    options_.local_derivatives = options_.local_derivatives && plan_.edge_labels;
    look_at_numbers();
    if (cards_ && options.gradients) flows_ = gradient_flow(walk_);
    scale_ = EdgeScale(flows_);
  }

  std::string text() {
    header();
    ids_.resize(walk_.size());
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
    const std::size_t count = walk_.size();
    contexts_.back().result = true;
    for (std::size_t i = 0; i < count; ++i) {
      CardContext& c = contexts_[i];
      const Node& n = walk_.node(i);
      c.value = summarise_value(n);
      if (has_gradient(n)) c.gradient = summarise_gradient(n);
      c.bad_value_starts = !c.value.finite();
      c.bad_gradient_starts = !c.gradient.finite();
      c.passed = n.is(has_adjoint) && !n.is(leaf);
      for (const auto operand : walk_.operands(i))
        if (operand != GraphWalk::number && !contexts_[operand].value.finite())
          c.bad_value_starts = false;
    }
    for (std::size_t i = count; i-- > 0;) {
      for (const auto operand : walk_.operands(i)) {
        if (operand == GraphWalk::number) continue;
        if (contexts_[i].passed) contexts_[operand].passed = true;
        if (!contexts_[i].gradient.finite()) contexts_[operand].bad_gradient_starts = false;
      }
    }
  }

  /// Scalar constants without a name stand in the card of the op that uses them.
  bool inlined(std::size_t i) const {
    const Node& n = walk_.node(i);
    return !options_.constants && !contexts_[i].result && n.is(leaf) && !n.is(requires_grad) &&
           !n.op->label && n.shape().rank() == 0 && contexts_[i].value.finite();
  }

  void header() {
    out_ = fmt::format(
        "digraph computation {{\n"
        "  rankdir={}; nodesep=0.3; ranksep=0.55; bgcolor=\"white\";\n"
        "  fontname=\"{}\"; fontcolor=\"{}\"; labelloc=t; labeljust=l;\n"
        "  node [shape=box, fontname=\"{}\", fontsize=11, fontcolor=\"{}\", margin=\"0.09,0.05\"];\n"
        "  edge [fontname=\"{}\", fontsize=9, fontcolor=\"{}\", color=\"{}\", arrowsize=0.7];\n",
        options_.top_down ? "TB" : "LR", palette::font, palette::ink, palette::font, palette::ink,
        palette::font, palette::faint, palette::no_flow);
    if (plan_.quick) out_ += "  nslimit=2; nslimit1=2; mclimit=0.3; splines=line;\n";
    const std::string text = heading(options_, LegendContent(contexts_, flows_, scale_, cards_));
    if (!text.empty()) out_ += fmt::format("  label=<{}>;\n", text);
  }

  void node(std::size_t i) {
    const Node& n = walk_.node(i);
    CardContext& c = contexts_[i];
    if (options_.constants)
      for (int k = 0; k < n.inputs(); ++k)
        if (!n.input(k))
          fmt::format_to(std::back_inserter(out_), "  n{} {};\n", id_++, number_card(n.immediate, options_));
    if (!n.is(leaf)) c.operation = operation_text(n, shown_operands(i));
    ids_[i] = id_++;
    fmt::format_to(std::back_inserter(out_), "  n{} {};\n", ids_[i],
                   cards_ ? card(n, c, options_) : short_card(n, c, options_));
  }

  std::vector<std::string> shown_operands(std::size_t i) const {
    const Node& n = walk_.node(i);
    std::vector<std::string> texts;
    for (const auto operand : walk_.operands(i)) {
      texts.emplace_back();
      if (options_.constants) continue;
      if (operand == GraphWalk::number)
        texts.back() = short_number(n.immediate);
      else if (inlined(operand))
        texts.back() = short_number(contexts_[operand].value.smallest);
    }
    return texts;
  }

  void edges(std::size_t i) {
    const auto operands = walk_.operands(i);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const bool number = operands[k] == GraphWalk::number;
      if (number ? !options_.constants : inlined(operands[k])) continue;
      // A plain number is drawn just before the op that uses it.
      const std::size_t from = number ? ids_[i] - 1 : ids_[operands[k]];
      fmt::format_to(std::back_inserter(out_), "  n{} -> n{}", from, ids_[i]);
      if (cards_) {
        const bool carries = !number && walk_.node(operands[k]).is(requires_grad);
        const Flow* flow = flows_.empty() ? nullptr : &flows_[walk_.first_edge(i) + k];
        out_ += edge_attributes(flow, carries, scale_, options_);
      }
      out_ += ";\n";
    }
  }

  /// Leaves that receive a gradient stand together where the computation starts.
  void first_rank() {
    if (!plan_.leaves_first) return;
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
  std::vector<CardContext> contexts_;
  bool cards_;
  std::vector<Flow> flows_;
  EdgeScale scale_;
  std::vector<std::size_t> ids_;
  std::size_t id_ = 0;
  std::string out_;
};

}  // namespace

std::string to_dot(const Value& v, const DotOptions& options) { return Drawing(v, options).text(); }

void write_dot(const Value& v, const std::string& path, const DotOptions& options) {
  write_file(path, to_dot(v, options));
}

}  // namespace brickgrad
