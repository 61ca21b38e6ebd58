#include <fmt/ranges.h>
#include <algorithm>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/page/page_graph.hpp>
#include <autograd/draw/trouble.hpp>
#include <autograd/graph/formula.hpp>
#include <unordered_set>
#include <utility>

namespace brickgrad::internal {
namespace {

constexpr std::size_t whole_name = 1000, longest_symbol = 8;

/// Scalar constants without a name stand in the formulas as numbers.
bool is_inlined(const Node& n, bool result) {
  return !result && n.is(leaf) && !n.is(requires_grad) && !n.op->label && n.shape().rank() == 0;
}

bool has_name(const Node& n) { return n.op->label && !n.op->label->empty(); }

}  // namespace

std::optional<std::string> scalar_text(const Node& n) {
  if (n.shape().rank() != 0) return std::nullopt;
  const auto value = value_of(n);
  if (!value) return std::nullopt;
  return short_number(value->item());
}

PageGraph::PageGraph(const GraphWalk& walk, const ModuleTrace* trace) {
  const CallTree calls(walk, trace);
  std::vector<NodeFacts> facts = look_at_numbers(walk);
  trouble_ = find_trouble(walk, calls, gradient_flow(walk), facts).lines;
  std::vector<Index> place(walk.size());
  std::vector<bool> inlined(walk.size());
  for (std::size_t i = 0; i < walk.size(); ++i) {
    Node& n = walk.node(i);
    inlined[i] = is_inlined(n, i + 1 == walk.size());
    if (inlined[i]) continue;
    Item item{&n, "", "", {}, "", "", "", {}};
    item.trouble_starts = facts[i].bad_value_starts || facts[i].bad_gradient_starts;
    if (const CallTree::Index home = calls.home(static_cast<Index>(i)); home != CallTree::outside)
      item.module = place_of(calls, home);
    for (const Index operand : walk.operands(i)) {
      if (operand == GraphWalk::number)
        item.operands.push_back({std::nullopt, n.immediate});
      else if (inlined[operand])
        item.operands.push_back({std::nullopt, value_of(walk.node(operand))->item()});
      else
        item.operands.push_back({place[operand], 0});
    }
    place[i] = static_cast<Index>(nodes_.size());
    nodes_.push_back(std::move(item));
  }
  give_names();
  for (Item& item : nodes_) {
    const Node& n = *item.node;
    if (n.is(leaf)) continue;
    const std::vector<std::string> names = operand_names(item);
    item.formula = forward_text(*n.op, n.attributes(), names);
    const bool has_symbol = n.op->symbol != std::string_view(n.op->name);
    item.call =
        has_symbol ? item.formula : fmt::format("{}({})", n.op->name, fmt::join(names, ", "));
    if (const auto numbers = operand_numbers(item))
      item.formula_in_numbers = forward_text(*n.op, n.attributes(), *numbers);
  }
}

PageGraph::Index PageGraph::place_of(const CallTree& calls, CallTree::Index call) {
  // From the outermost one inwards.
  std::vector<CallTree::Index> way;
  for (auto c = call; c != CallTree::outside; c = calls.parent(c)) way.push_back(c);
  std::optional<Index> place;
  for (auto c = way.rbegin(); c != way.rend(); ++c) {
    const auto known = std::find(calls_.begin(), calls_.end(), *c);
    const std::optional<Index> parent =
        std::exchange(place, static_cast<Index>(std::distance(calls_.begin(), known)));
    if (known != calls_.end()) continue;
    calls_.push_back(*c);
    modules_.push_back({printable(calls.call(*c).name, short_name_length),
                        printable(calls.type_text(*c), whole_name), parent});
  }
  return *place;
}

void PageGraph::give_names() {
  std::unordered_set<std::string> taken;
  for (Item& item : nodes_) {
    if (!has_name(*item.node)) continue;
    item.full_name = printable(*item.node->op->label, whole_name);
    item.name = printable(*item.node->op->label, short_name_length);
    taken.insert(item.name);
  }
  const auto fresh = [&](const char* letter, int& count) {
    std::string name;
    do name = fmt::format("{}{}", letter, ++count);
    while (!taken.insert(name).second);
    return name;
  };
  int leaves = 0, constants = 0, values = 0;
  for (Item& item : nodes_) {
    const Node& n = *item.node;
    if (!item.name.empty()) continue;
    if (n.is(leaf))
      item.name = n.is(requires_grad) ? fresh("x", leaves) : fresh("c", constants);
    else if (&item == &nodes_.back() && taken.insert("L").second)
      item.name = std::string(1, 'L');
    else
      item.name = fresh("v", values);
  }
  const std::string& last = nodes_.back().name;
  const bool plain = std::all_of(last.begin(), last.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  result_name_ = plain && last.size() <= longest_symbol ? last : "L";
}

std::vector<std::string> PageGraph::operand_names(const Item& item) const {
  std::vector<std::string> names;
  names.reserve(item.operands.size());
  for (const Operand& o : item.operands)
    names.push_back(o.node ? nodes_[*o.node].name : short_number(o.number));
  return names;
}

std::optional<std::vector<std::string>> PageGraph::operand_numbers(const Item& item) const {
  std::vector<std::string> numbers;
  numbers.reserve(item.operands.size());
  for (const Operand& o : item.operands) {
    const auto text = o.node ? scalar_text(*nodes_[*o.node].node) : short_number(o.number);
    if (!text) return std::nullopt;
    numbers.push_back(*text);
  }
  return numbers;
}

std::string PageGraph::partial(const Item& item, std::size_t k) const {
  const Node& n = *item.node;
  return partial_text(*n.op, n.attributes(), static_cast<int>(k), item.name, operand_names(item));
}

std::string PageGraph::partial_in_numbers(const Item& item, std::size_t k) const {
  const Node& n = *item.node;
  const auto numbers = operand_numbers(item);
  const auto result = scalar_text(n);
  if (!numbers || !result) return "";
  return partial_text(*n.op, n.attributes(), static_cast<int>(k), *result, *numbers);
}

}  // namespace brickgrad::internal
