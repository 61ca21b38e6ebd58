#include <algorithm>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/page/json_text.hpp>
#include <autograd/draw/page/page_json.hpp>
#include <autograd/draw/page/page_layout.hpp>
#include <autograd/error.hpp>

namespace brickgrad::internal {
namespace {

class PageJson {
 public:
  PageJson(const PageGraph& graph, const PageOptions& options) : graph_(graph), options_(options) {}

  std::string text() {
    json_.open('{').key("schema").integer(1);
    json_.key("result_name").text(graph_.result_name());
    json_.key("backward").text(backward());
    json_.key("trouble").open('[');
    for (const std::string& line : graph_.trouble()) json_.text(line);
    json_.close(']').key("modules").open('[');
    for (const auto& m : graph_.modules()) {
      json_.open('{').key("name").text(m.name).key("type").text(m.type);
      if (m.parent) json_.key("parent").integer(*m.parent);
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
    Node& n = *item.node;
    const bool is_leaf = n.is(leaf);
    json_.open('{').key("name").text(item.name);
    if (!item.full_name.empty() && item.full_name != item.name)
      json_.key("full_name").text(item.full_name);
    if (item.full_name.empty()) json_.key("unnamed").boolean(true);
    json_.key("kind").text(!is_leaf ? "op" : n.is(requires_grad) ? "leaf" : "constant");
    if (!is_leaf) json_.key("op").text(n.op->name);
    if (!is_leaf && n.op->describe)
      if (const std::string attributes = n.op->describe(n.attributes()); !attributes.empty())
        json_.key("attributes").text(printable(attributes, 200));
    json_.key("dtype").text(dtype_name(n.dtype())).key("shape").open('[');
    for (const std::int64_t extent : n.shape()) json_.integer(extent);
    json_.close(']');
    if (const CardGrid grid = card_grid(n); grid.rows > 0)
      json_.key("grid").open('[').integer(grid.rows).integer(grid.columns).close(']');
    if (item.module) json_.key("module").integer(*item.module);
    if (item.trouble_starts) json_.key("trouble_starts").boolean(true);
    json_.key("wants_gradient").boolean(n.is(requires_grad));
    json_.key("value");
    numbers(value_of(n));
    json_.key("gradient");
    numbers(gradient_of(n));
    if (!is_leaf) operation(item);
    json_.close('}');
  }

  void operation(const PageGraph::Item& item) {
    json_.key("call").text(item.call);
    if (item.formula != item.call) json_.key("formula").text(item.formula);
    if (!item.formula_in_numbers.empty()) json_.key("in_numbers").text(item.formula_in_numbers);
    const std::vector<PassedBack> passed = passed_back_of(*item.node);
    json_.key("operands").open('[');
    for (std::size_t k = 0; k < item.operands.size(); ++k) {
      const auto& operand = item.operands[k];
      json_.open('{');
      if (operand.node)
        json_.key("node").integer(*operand.node);
      else
        json_.key("number").number(operand.number);
      if (operand.node && graph_.nodes()[*operand.node].node->is(requires_grad))
        derivative(item, k, passed[k]);
      json_.close('}');
    }
    json_.close(']');
  }

  /// Nothing where a value that the derivative reads was changed since.
  static std::vector<PassedBack> passed_back_of(Node& n) {
    try {
      return passed_back(n);
    } catch (const Error&) { return std::vector<PassedBack>(static_cast<std::size_t>(n.inputs())); }
  }

  void derivative(const PageGraph::Item& item, std::size_t k, const PassedBack& passed) {
    if (const std::string text = graph_.partial(item, k); !text.empty())
      json_.key("partial").text(text);
    if (const std::string text = graph_.partial_in_numbers(item, k); !text.empty())
      json_.key("partial_in_numbers").text(text);
    if (passed.local) json_.key("local").number(*passed.local);
    json_.key("passes");
    numbers(passed.gradient);
  }

  /// The elements, a summary of many, or null.
  void numbers(const std::optional<Tensor>& t) {
    if (!t) {
      json_.null();
      return;
    }
    json_.open('{');
    if (t->numel() <= options_.max_elements) {
      json_.key("elements").open('[');
      for (const double x : t->to_vector()) json_.number(x);
      json_.close(']').close('}');
      return;
    }
    const Summary s = summarise(*t);
    json_.key("count").integer(s.count).key("zeros").integer(s.zeros);
    json_.key("nans").integer(s.nans).key("infinities").integer(s.infinities);
    json_.key("smallest").number(s.smallest).key("largest").number(s.largest);
    json_.key("mean").number(s.mean).key("norm").number(s.norm).close('}');
  }

  const PageGraph& graph_;
  const PageOptions& options_;
  JsonText json_;
};

}  // namespace

std::string page_json(const PageGraph& graph, const PageOptions& options) {
  return PageJson(graph, options).text();
}

}  // namespace brickgrad::internal
