#include <fmt/ranges.h>
#include <algorithm>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/page/page_graph.hpp>
#include <autograd/draw/trouble/way_back.hpp>
#include <autograd/graph/formula.hpp>
#include <unordered_map>
#include <unordered_set>

namespace brickgrad::internal {
namespace {

constexpr std::size_t whole_name = 1000, longest_symbol = 8;

/// Scalar constants without a name stand in the formulas as numbers.
bool is_inlined(const Node& n, bool result) {
  return !result && n.is(leaf) && !n.is(requires_grad) && !label_of(n) && n.shape().rank() == 0;
}

/// A name that may stand behind a ∂: ∂L/∂x.
bool is_symbol(const std::string& name) {
  return name.size() <= longest_symbol &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

/// "₁₂" of 12.
std::string subscript(std::size_t number) {
  std::string text;
  for (const char digit : fmt::format("{}", number))
    text += fmt::format("\xe2\x82{}", static_cast<char>('\x80' + (digit - '0')));
  return text;
}

bool is_several_leaves(const PageGraph::Item& item) { return item.group && item.is_leaf(); }

bool is_named(const Node& n) { return label_of(n) && !label_of(n)->empty(); }

}  // namespace

std::optional<std::string> scalar_text(const Node& n) {
  if (n.shape().rank() != 0) return std::nullopt;
  const auto value = value_of(n);
  if (!value) return std::nullopt;
  return short_number(value->item());
}

PageGraph::PageGraph(const Value& v, const PageOptions& options)
    : walk_(v.node()), facts_(look_at_numbers(walk_)) {
  const CallTree calls(walk_, options.modules);
  folding_ =
      fold(walk_, calls,
           {options.depth, options.max_nodes, options.force, longest_in_page(options.max_nodes)});
  if (walk_.size() <= most_with_flows) {
    flows_ = gradient_flow(walk_, options.max_elements);
    mark_vanishing(walk_, flows_);
  }
  for (const Cluster& c : folding_.clusters)
    modules_.push_back(
        {printable(c.name, short_name_length), printable(c.type, whole_name), c.parent});
  add_items();
  give_names();
  name_inner_values();
  note_trouble(calls);
  give_formulas();
}

/// In the names of the page.
void PageGraph::note_trouble(const CallTree& calls) {
  std::vector<std::string> names(walk_.size());
  std::unordered_map<const Node*, Index> places;
  for (std::size_t i = 0; i < walk_.size(); ++i) places.emplace(&walk_.node(i), i);
  for (const Item& item : nodes_) {
    if (!item.group || !item.is_leaf()) names[places.at(item.node)] = item.name;
    for (const Leaving& inner : item.leaving) names[inner.node] = inner.name;
  }
  trouble_ = find_trouble(walk_, calls, flows_, facts_, names);
  for (Item& item : nodes_) {
    if (item.group) {
      item.content = content_of(walk_, *item.group, facts_);
      item.trouble_starts = item.content.bad_value_starts || item.content.bad_gradient_starts;
      for (const GroupWarning& w : item.content.warnings())
        if (!w.bad) item.dead.push_back(w.text);
      continue;
    }
    const NodeFacts& facts = facts_[places.at(item.node)];
    item.trouble_starts = facts.bad_value_starts || facts.bad_gradient_starts;
    if (facts.stops) item.dead.emplace_back("gradient stops here");
    if (facts.starved) item.dead.emplace_back("gradient: all 0");
  }
}

bool PageGraph::is_bad() const {
  return std::any_of(facts_.begin(), facts_.end(),
                     [](const NodeFacts& f) { return f.bad_value || f.bad_gradient; });
}

bool PageGraph::on_bad_path(const Operand& operand) const {
  return !trouble_.path.empty() && std::any_of(operand.uses.begin(), operand.uses.end(),
                                               [&](Index use) { return trouble_.path[use]; });
}

void PageGraph::add_items() {
  const Picture picture(walk_, folding_);
  const auto leaving = picture.values_leaving(walk_, folding_.groups.size());
  std::vector<Index> places(picture.size());
  for (std::size_t b = 0; b < picture.size(); ++b) {
    const Picture::Box& box = picture.box(b);
    Item item{&walk_.node(box.node)};
    Index cluster = folding_.cluster(box.node);
    if (box.group == Picture::none) {
      if (is_inlined(*item.node, box.node + 1 == walk_.size())) continue;
    } else {
      item.group = &folding_.groups[box.group];
      cluster = item.group->cluster;
      if (item.group->kind != Group::Kind::leaves)
        for (const Index node : leaving[box.group])
          if (node != box.node) item.leaving.push_back({node});
    }
    if (cluster != Folding::none) item.module = cluster;
    add_operands(item, picture, b, places);
    places[b] = static_cast<Index>(nodes_.size());
    nodes_.push_back(std::move(item));
  }
}

void PageGraph::add_operands(Item& item, const Picture& picture, std::size_t box,
                             const std::vector<Index>& places) {
  const auto inlined = [&](Index node) {
    return picture.group_of(node) == Picture::none && is_inlined(walk_.node(node), false);
  };
  if (item.group) {
    for (const Picture::Edge& e : picture.edges(box)) {
      const auto uses = picture.uses(e);
      if (inlined(walk_.operand_of(uses[0]))) continue;
      item.operands.push_back({.node = places[e.from], .uses = {uses.begin(), uses.end()}});
    }
    return;
  }
  // Each use by itself, as formulas want them.
  const std::size_t node = picture.box(box).node;
  for (std::size_t k = 0; k < walk_.operands(node).size(); ++k) {
    const Index operand = walk_.operands(node)[k];
    if (operand == GraphWalk::number)
      item.operands.push_back({.number = item.node->immediate});
    else if (inlined(operand))
      item.operands.push_back({.number = value_of(walk_.node(operand))->item()});
    else
      item.operands.push_back({.node = places[picture.box_of(operand)],
                               .uses = {static_cast<Index>(walk_.first_edge(node) + k)}});
  }
}

Flow PageGraph::flow(const Operand& operand) const {
  if (flows_.empty() || operand.uses.empty()) return {};
  if (operand.uses.size() == 1) return flows_[operand.uses[0]];
  Flow all;
  bool same = true;
  for (const Index use : operand.uses) {
    const Flow& f = flows_[use];
    same = same && f.known && walk_.operand_of(use) == walk_.operand_of(operand.uses[0]);
    all = all + f;
  }
  // What several uses of one value pass back adds up.
  const std::size_t count = flows_[operand.uses[0]].elements.size();
  if (!same || count == 0) return all;
  all.elements.assign(count, 0);
  for (const Index use : operand.uses)
    for (std::size_t i = 0; i < count; ++i) all.elements[i] += flows_[use].elements[i];
  return all;
}

bool PageGraph::is_shown_value(const Operand& operand) const {
  const Item& from = nodes_[*operand.node];
  return !from.group || std::all_of(operand.uses.begin(), operand.uses.end(), [&](Index use) {
    return &walk_.node(walk_.operand_of(use)) == from.node;
  });
}

/// The names that users gave; where several values have one, they are numbered: y₁, y₂.
std::unordered_set<std::string> PageGraph::give_users_names() {
  std::unordered_map<std::string, std::vector<std::string*>> called;
  const auto note = [&](const Node& n, std::string& name) {
    if (!is_named(n)) return;
    name = printable(*label_of(n), short_name_length);
    called[name].push_back(&name);
  };
  for (Item& item : nodes_) {
    for (Leaving& inner : item.leaving) note(walk_.node(inner.node), inner.name);
    if (!is_named(*item.node) || is_several_leaves(item)) continue;
    item.full_name = printable(*label_of(*item.node), whole_name);
    note(*item.node, item.name);
  }
  std::unordered_set<std::string> taken;
  for (const auto& [name, values] : called) taken.insert(name);
  for (const auto& [name, values] : called) {
    std::size_t number = 0;
    for (std::string* value : values)
      while (values.size() > 1 && !taken.insert(*value).second) *value = name + subscript(++number);
  }
  return taken;
}

void PageGraph::give_names() {
  std::unordered_set<std::string> taken = give_users_names();
  const auto fresh = [&](const char* letter, int& count) {
    std::string name;
    do name = fmt::format("{}{}", letter, ++count);
    while (!taken.insert(name).second);
    return name;
  };
  int leaves = 0, constants = 0, values = 0, sets = 0;
  for (Item& item : nodes_) {
    const Node& n = *item.node;
    for (Leaving& inner : item.leaving)
      if (inner.name.empty()) inner.name = fresh("v", values);
    if (!item.name.empty()) continue;
    if (is_several_leaves(item))
      item.name = fresh(item.group->title.c_str(), sets);
    else if (n.is(leaf))
      item.name = n.is(requires_grad) ? fresh("x", leaves) : fresh("c", constants);
    else if (&item == &nodes_.back() && taken.insert("L").second)
      item.name = std::string(1, 'L');
    else
      item.name = fresh("v", values);
  }
  const std::string& given = nodes_.back().full_name;
  const std::string& last = nodes_.back().name;
  result_name_ = is_symbol(given.empty() ? last : given) ? last : "L";
}

/// Values that leave a card for several, beside the one that it shows.
void PageGraph::name_inner_values() {
  for (Item& item : nodes_)
    for (Operand& o : item.operands) {
      if (!o.node || is_shown_value(o)) continue;
      const Item& from = nodes_[*o.node];
      const Index node = walk_.operand_of(o.uses[0]);
      const Node& inner = walk_.node(node);
      const bool same = std::all_of(o.uses.begin(), o.uses.end(),
                                    [&](Index use) { return walk_.operand_of(use) == node; });
      const auto left = std::find_if(from.leaving.begin(), from.leaving.end(),
                                     [&](const Leaving& l) { return l.node == node; });
      if (!same)
        o.name = "values of " + from.name;
      else if (left != from.leaving.end())
        o.name = left->name;
      else
        o.name = is_named(inner) ? printable(*label_of(inner), short_name_length) : from.name;
    }
}

void PageGraph::give_formulas() {
  for (Item& item : nodes_) {
    const Node& n = *item.node;
    if (item.group) {
      item.call = printable(group_title(walk_, *item.group), whole_name);
      continue;
    }
    if (item.is_leaf()) continue;
    const std::vector<std::string> names = operand_names(item);
    item.formula = forward_text(*n.op, n.attributes(), names);
    const bool has_symbol = n.op->symbol != std::string_view(n.op->name);
    std::vector<std::string> shown = names;
    for (std::size_t k = 0; k < shown.size(); ++k)
      if (!item.operands[k].node) shown[k] = operand_text(n, k, item.operands[k].number);
    item.call =
        has_symbol ? item.formula : fmt::format("{}({})", n.op->name, fmt::join(shown, ", "));
    if (const auto numbers = operand_numbers(item))
      item.formula_in_numbers = forward_text(*n.op, n.attributes(), *numbers);
  }
}

std::vector<std::string> PageGraph::operand_names(const Item& item) const {
  std::vector<std::string> names;
  names.reserve(item.operands.size());
  for (const Operand& o : item.operands)
    names.push_back(!o.node          ? short_number(o.number)
                    : o.name.empty() ? nodes_[*o.node].name
                                     : o.name);
  return names;
}

std::optional<std::vector<std::string>> PageGraph::operand_numbers(const Item& item) const {
  std::vector<std::string> numbers;
  numbers.reserve(item.operands.size());
  for (const Operand& o : item.operands) {
    const auto text =
        o.node ? scalar_text(walk_.node(walk_.operand_of(o.uses[0]))) : short_number(o.number);
    if (!text) return std::nullopt;
    numbers.push_back(*text);
  }
  return numbers;
}

InputSet PageGraph::numbers_of(const Item& item) {
  InputSet numbers = 0;
  for (std::size_t k = 0; k < std::min<std::size_t>(item.operands.size(), 32); ++k)
    if (!item.operands[k].node) numbers |= InputSet{1} << k;
  return numbers;
}

std::string PageGraph::partial(const Item& item, std::size_t k) const {
  if (item.group) return "";
  const Node& n = *item.node;
  return partial_text(*n.op, n.attributes(), static_cast<int>(k), item.name, operand_names(item),
                      numbers_of(item));
}

std::string PageGraph::partial_in_numbers(const Item& item, std::size_t k) const {
  if (item.group) return "";
  const Node& n = *item.node;
  const auto numbers = operand_numbers(item);
  const auto result = scalar_text(n);
  if (!numbers || !result) return "";
  return partial_text(*n.op, n.attributes(), static_cast<int>(k), *result, *numbers,
                      numbers_of(item));
}

std::vector<Pullback> PageGraph::pullbacks(const Item& item) const {
  if (item.group || flows_.empty()) return {};
  return internal::pullbacks(*item.node, item.name, operand_names(item));
}

}  // namespace brickgrad::internal
