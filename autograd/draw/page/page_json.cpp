#include <algorithm>
#include <autograd/draw/card.hpp>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/page/json_text.hpp>
#include <autograd/draw/page/page_json.hpp>
#include <autograd/draw/page/page_layout.hpp>

namespace brickgrad::internal {
namespace {

/// Of a card for several values.
constexpr std::size_t most_parameters = 24;
/// Of values inside of cards, in all the page.
constexpr std::size_t most_names = 100'000;

class PageJson {
 public:
  PageJson(const PageGraph& graph, const PageOptions& options) : graph_(graph), options_(options) {}

  std::string text() {
    json_.open('{').key("schema").integer(1);
    json_.key("result_name").text(graph_.result_name());
    json_.key("backward").text(backward());
    if (graph_.folded()) json_.key("values").integer(static_cast<std::int64_t>(graph_.values()));
    if (const std::string text = flows_left_out(graph_.walk()); !text.empty())
      json_.key("left_out").text(text);
    json_.key("trouble").open('[');
    for (const std::string& line : graph_.trouble()) json_.text(line);
    json_.close(']');
    if (graph_.is_bad()) json_.key("bad").boolean(true);
    if (graph_.bad_lines() > 0)
      json_.key("bad_lines").integer(static_cast<std::int64_t>(graph_.bad_lines()));
    json_.key("modules").open('[');
    for (const auto& m : graph_.modules()) {
      json_.open('{').key("name").text(m.name).key("type").text(m.type);
      if (m.parent != Folding::none) json_.key("parent").integer(m.parent);
      json_.close('}');
    }
    json_.close(']').key("nodes").open('[');
    for (const auto& item : graph_.nodes()) node(item);
    json_.close(']').close('}');
    return json_.str();
  }

 private:
  /// Which gradients there are to walk through.
  const char* backward() const {
    bool leaves = false, interior = true;
    for (const auto& item : graph_.nodes()) {
      const Node& n = *item.node;
      if (!n.is(requires_grad)) continue;
      if (n.is(leaf))
        leaves = leaves || has_gradient(n);
      else
        interior = interior && has_gradient(n);
    }
    if (!graph_.nodes().back().node->is(requires_grad)) return "constant";
    if (interior && has_gradient(*graph_.nodes().back().node)) return "kept";
    return leaves ? "leaves" : "none";
  }

  void node(const PageGraph::Item& item) {
    const Node& n = *item.node;
    json_.open('{').key("name").text(item.name);
    if (!item.full_name.empty() && item.full_name != item.name)
      json_.key("full_name").text(item.full_name);
    if (item.full_name.empty()) json_.key("unnamed").boolean(true);
    json_.key("kind").text(!item.is_leaf() ? "op" : n.is(requires_grad) ? "leaf" : "constant");
    if (item.group)
      group(item);
    else if (!item.is_leaf())
      json_.key("op").text(n.op->name);
    if (!item.group && !item.is_leaf())
      if (const std::string attributes = attributes_text(n); !attributes.empty())
        json_.key("attributes").text(attributes);
    json_.key("dtype").text(dtype_name(n.dtype())).key("shape").open('[');
    for (const std::int64_t extent : n.shape()) json_.integer(extent);
    json_.close(']');
    if (const CardGrid grid = card_grid(item); grid.rows > 0)
      json_.key("grid").open('[').integer(grid.rows).integer(grid.columns).close(']');
    if (item.module) json_.key("module").integer(*item.module);
    if (item.trouble_starts) json_.key("trouble_starts").boolean(true);
    if (!item.dead.empty()) {
      json_.key("dead").open('[');
      for (const std::string& text : item.dead) json_.text(text);
      json_.close(']');
    }
    json_.key("wants_gradient").boolean(n.is(requires_grad));
    json_.key("value");
    item.group&& item.is_leaf() ? all_numbers(item, value_of) : numbers(value_of(n));
    json_.key("gradient");
    item.group&& item.is_leaf() ? all_numbers(item, gradient_of) : numbers(gradient_of(n));
    if (!item.call.empty()) json_.key("call").text(item.call);
    if (!item.is_leaf()) operation(item);
    json_.close('}');
  }

  void group(const PageGraph::Item& item) {
    const GroupContent& c = item.content;
    json_.key("group").open('{');
    json_.key("values").integer(static_cast<std::int64_t>(item.group->members.size()));
    if (!item.group->name.empty())
      json_.key("module_name").text(printable(item.group->name, name_length));
    names_in(*item.group);
    if (c.ops > 0) json_.key("ops").text(c.composition());
    if (c.leaves > 0) json_.key("leaves").text(c.leaves_text());
    if (c.constants > 0) json_.key("constants").integer(static_cast<std::int64_t>(c.constants));
    if (c.gradients > 0) json_.key("gradient_norm").number(c.gradient_norm);
    if (!c.first_name.empty()) {
      json_.key("first").text(printable(c.first_name, short_name_length));
      json_.key("last").text(printable(c.last_name, short_name_length));
    }
    if (c.bad_value) json_.key("bad_value").boolean(true);
    if (c.bad_gradient) json_.key("bad_gradient").boolean(true);
    if (!item.leaving.empty()) {
      json_.key("leaving_count").integer(static_cast<std::int64_t>(item.leaving.size()));
      json_.key("leaving").open('[');
      for (std::size_t i = 0; i < std::min(item.leaving.size(), most_parameters); ++i)
        leaving(item.leaving[i]);
      json_.close(']');
    }
    json_.key("warnings").open('[');
    for (const GroupWarning& w : c.warnings()) json_.text(w.text);
    json_.close(']').key("parameters").open('[');
    for (const auto member : parameters_of(*item.group)) {
      const Node& n = graph_.walk().node(member);
      json_.open('{').key("name").text(label_of(n) ? printable(*label_of(n), name_length) : "");
      json_.key("shape").open('[');
      for (const std::int64_t extent : n.shape()) json_.integer(extent);
      json_.close(']');
      if (has_gradient(n)) json_.key("gradient_norm").number(summarise_gradient(n).norm);
      json_.close('}');
    }
    json_.close(']').close('}');
  }

  /// By which the page finds what a card hides.
  void names_in(const Group& group) {
    json_.key("members").open('[');
    for (const auto member : group.members)
      if (const std::string* label = label_of(graph_.walk().node(member));
          label && !label->empty() && names_left_ > 0) {
        json_.text(printable(*label, short_name_length));
        --names_left_;
      }
    json_.close(']');
  }

  void leaving(const PageGraph::Leaving& inner) {
    const Node& n = graph_.walk().node(inner.node);
    json_.open('{').key("name").text(inner.name).key("shape").open('[');
    for (const std::int64_t extent : n.shape()) json_.integer(extent);
    json_.close(']').key("value");
    numbers(value_of(n));
    json_.key("gradient");
    numbers(gradient_of(n));
    json_.close('}');
  }

  /// The first leaves of a group that receive a gradient, in the order in which they are used.
  std::vector<GraphWalk::Index> parameters_of(const Group& group) const {
    const GraphWalk& walk = graph_.walk();
    std::vector<GraphWalk::Index> found;
    const auto note = [&](GraphWalk::Index i) {
      if (i == GraphWalk::number || found.size() == most_parameters) return;
      const bool wanted = walk.node(i).is(leaf) && walk.node(i).is(requires_grad);
      if (wanted && std::find(found.begin(), found.end(), i) == found.end() &&
          std::binary_search(group.members.begin(), group.members.end(), i))
        found.push_back(i);
    };
    for (const auto member : group.members) {
      for (const auto operand : walk.operands(member)) note(operand);
      if (group.kind == Group::Kind::leaves) note(member);
    }
    return found;
  }

  void operation(const PageGraph::Item& item) {
    if (!item.group && item.formula != item.call) json_.key("formula").text(item.formula);
    if (!item.formula_in_numbers.empty()) json_.key("in_numbers").text(item.formula_in_numbers);
    json_.key("operands").open('[');
    const std::vector<Pullback> pullbacks = graph_.pullbacks(item);
    for (std::size_t k = 0; k < item.operands.size(); ++k) {
      const auto& operand = item.operands[k];
      json_.open('{');
      if (operand.node)
        json_.key("node").integer(*operand.node);
      else
        json_.key("number").number(operand.number);
      if (!operand.name.empty()) json_.key("inner").text(operand.name);
      if (graph_.on_bad_path(operand)) json_.key("path").boolean(true);
      if (operand.node && graph_.nodes()[*operand.node].node->is(requires_grad))
        derivative(item, k, graph_.flow(operand), pullbacks.empty() ? Pullback() : pullbacks[k]);
      json_.close('}');
    }
    json_.close(']');
  }

  void derivative(const PageGraph::Item& item, std::size_t k, const Flow& flow,
                  const Pullback& pullback) {
    if (const std::string text = graph_.partial(item, k); !text.empty())
      json_.key("partial").text(text);
    if (const std::string text = graph_.partial_in_numbers(item, k); !text.empty())
      json_.key("partial_in_numbers").text(text);
    if (flow.local && !item.group)
      json_.key("local").number(*flow.local);
    else if (!pullback.rule.empty())
      rule(item, pullback);
    if (flow.vanishes) json_.key("vanishes").boolean(true);
    json_.key("passes");
    if (!flow.known)
      json_.null();
    else if (!flow.elements.empty() || flow.gradient.count == 0)
      elements(flow.elements);
    else
      summary(flow.gradient);
  }

  /// Of tensors.
  void rule(const PageGraph::Item& item, const Pullback& pullback) {
    json_.key("rule").text(pullback.rule);
    if (!pullback.rule_in_numbers.empty() && pullback.rule_in_numbers != pullback.rule)
      json_.key("rule_in_numbers").text(pullback.rule_in_numbers);
    if (!pullback.parts.empty()) {
      json_.key("parts").open('[');
      for (const auto& [name, text] : pullback.parts)
        json_.open('{').key("name").text(name).key("text").text(text).close('}');
      json_.close(']');
    }
    if (pullback.local) {
      json_.key("local_values");
      numbers(pullback.local);
    }
    json_.key("reads").open('[');
    for (const std::size_t k : pullback.reads)
      if (item.operands[k].node) json_.integer(*item.operands[k].node);
    if (pullback.reads_result) json_.integer(&item - graph_.nodes().data());
    json_.close(']');
  }

  /// The elements, a summary of many, or null.
  void numbers(const std::optional<Tensor>& t) {
    if (!t)
      json_.null();
    else if (t->numel() <= options_.max_elements)
      elements(t->to_vector());
    else
      summary(summarise(*t));
  }

  /// Of all the leaves that share a card, null where there are none.
  void all_numbers(const PageGraph::Item& item, std::optional<Tensor> (*of)(const Node&)) {
    Summary all;
    bool any = false;
    for (const auto member : item.group->members)
      if (const auto t = of(graph_.walk().node(member))) {
        all = all + summarise(*t);
        any = true;
      }
    any ? summary(all) : static_cast<void>(json_.null());
  }

  void elements(const std::vector<double>& numbers) {
    json_.open('{').key("elements").open('[');
    for (const double x : numbers) json_.number(x);
    json_.close(']').close('}');
  }

  void summary(const Summary& s) {
    json_.open('{').key("count").integer(s.count).key("zeros").integer(s.zeros);
    json_.key("nans").integer(s.nans).key("infinities").integer(s.infinities);
    json_.key("smallest").number(s.smallest).key("largest").number(s.largest);
    json_.key("mean").number(s.mean).key("norm").number(s.norm).close('}');
  }

  const PageGraph& graph_;
  const PageOptions& options_;
  std::size_t names_left_ = most_names;
  JsonText json_;
};

}  // namespace

std::string page_json(const PageGraph& graph, const PageOptions& options) {
  return PageJson(graph, options).text();
}

}  // namespace brickgrad::internal
