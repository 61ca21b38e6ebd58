#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/trouble.hpp>

namespace brickgrad::internal {
namespace {

using Index = GraphWalk::Index;

constexpr std::size_t shown_steps = 8, shown_leaves = 6;

/// "a → b → … → z".
std::string joined(const std::vector<std::string>& names, const char* between, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names.size() > most && i == most / 2) {
      text += fmt::format("{}…", between);
      i = names.size() - (most - most / 2);
    }
    text += (text.empty() ? "" : between) + names[i];
  }
  return text;
}

class Search {
 public:
  Search(const GraphWalk& walk, const CallTree& calls, const std::vector<Flow>& flows,
         std::vector<NodeFacts>& facts, std::span<const std::string> names)
      : walk_(walk), calls_(calls), flows_(flows), facts_(facts), names_(names) {}

  Trouble find() {
    bad_values();
    bad_gradients();
    no_gradients();
    vanishing_gradients();
    return std::move(trouble_);
  }

 private:
  template <class Test>
  Index last_where(Test test) const {
    for (std::size_t i = walk_.size(); i-- > 0;)
      if (test(facts_[i])) return static_cast<Index>(i);
    return GraphWalk::number;
  }

  /// From a node on to its first operand that passes the test, until there is none.
  template <class Test>
  std::vector<Index> way_down(Index from, Test test) {
    if (trouble_.path.empty()) trouble_.path.resize(walk_.edges());
    std::vector<Index> way{from};
    for (bool on = true; on;) {
      on = false;
      const auto operands = walk_.operands(way.back());
      for (std::size_t k = 0; k < operands.size() && !on; ++k) {
        if (operands[k] == GraphWalk::number || !test(facts_[operands[k]])) continue;
        trouble_.path[walk_.first_edge(way.back()) + k] = true;
        way.push_back(operands[k]);
        on = true;
      }
    }
    return way;
  }

  void bad_values() {
    const auto bad = [](const NodeFacts& f) { return f.bad_value; };
    const Index end = last_where(bad);
    if (end == GraphWalk::number) return;
    std::vector<Index> way = way_down(end, bad);
    std::reverse(way.begin(), way.end());
    const auto starts = std::count_if(facts_.begin(), facts_.end(),
                                      [](const NodeFacts& f) { return f.bad_value_starts; });
    const Summary s = summarise_value(walk_.node(way[0]));
    const char* what = s.nans == 0         ? "Infinity starts"
                       : s.infinities == 0 ? "NaN starts"
                                           : "NaN and infinity start";
    std::string text = fmt::format("{} at {}", what, place(way[0]));
    if (way.size() > 1)
      text += fmt::format(", on to {}: {}", end + 1 == walk_.size() ? "the result" : place(end),
                          steps(way));
    if (s.nans == 0)
      if (const auto turn =
              std::find_if(way.begin(), way.end(),
                           [this](Index i) { return summarise_value(walk_.node(i)).nans > 0; });
          turn != way.end())
        text += fmt::format("; {} makes NaN of it", place(*turn));
    if (starts > 1) text += fmt::format("; {} more such starts elsewhere", starts - 1);
    trouble_.lines.push_back(text);
  }

  void bad_gradients() {
    const auto bad = [](const NodeFacts& f) { return f.bad_gradient; };
    const Index start = last_where(bad);
    if (start == GraphWalk::number) return;
    const std::vector<Index> way = way_down(start, bad);
    std::string text = fmt::format(
        "{} gradient from {} on", bad_numbers(summarise_gradient(walk_.node(start))), place(start));
    text = capital(std::move(text));
    if (const Index op = source_of_bad_flow(start); op != GraphWalk::number)
      text += fmt::format(": the derivative of {} made it", place(op));
    if (way.size() > 1) text += fmt::format("; it flows back {}", steps(way));
    trouble_.lines.push_back(text);
  }

  /// The op that gave this operand a bad gradient.
  Index source_of_bad_flow(Index operand) {
    if (flows_.empty()) return GraphWalk::number;
    for (std::size_t i = operand + std::size_t{1}; i < walk_.size(); ++i) {
      const auto operands = walk_.operands(i);
      for (std::size_t k = 0; k < operands.size(); ++k) {
        const Flow& f = flows_[walk_.first_edge(i) + k];
        if (operands[k] != operand || !f.known || f.gradient.finite()) continue;
        trouble_.path[walk_.first_edge(i) + k] = true;
        return static_cast<Index>(i);
      }
    }
    return GraphWalk::number;
  }

  void no_gradients() {
    std::vector<std::string> starved, stops;
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      const Node& n = walk_.node(i);
      NodeFacts& f = facts_[i];
      if (n.is(leaf)) {
        f.starved = n.numel() > 1 && f.passed && has_gradient(n) && !f.bad_gradient &&
                    summarise_gradient(n).all_zero();
        if (f.starved) starved.push_back(place(static_cast<Index>(i)));
      } else if (!flows_.empty()) {
        f.stops = stops_gradient(i);
      }
    }
    std::string dead;
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      if (!facts_[i].stops) continue;
      stops.push_back(place(static_cast<Index>(i)));
      if (summarise_value(walk_.node(i)).all_zero()) dead = ", whose values are all 0";
    }
    if (starved.empty() && stops.empty()) return;
    const std::string where =
        joined(stops, ", ", shown_leaves) + (stops.size() == 1 ? dead : std::string());
    std::string text = starved.empty()
                           ? "The gradient stops at " + where
                           : "No gradient reaches " + joined(starved, ", ", shown_leaves);
    if (!starved.empty() && !stops.empty()) text += ": it stops at " + where;
    trouble_.lines.push_back(text);
  }

  /// Where all that comes back is tiny beside the largest gradient of the graph.
  void vanishing_gradients() {
    double largest = 0;
    for (const Flow& f : flows_)
      if (f.known && f.gradient.finite()) largest = std::max(largest, f.gradient.norm);
    // Of each node, the largest that it receives.
    std::vector<double> received(walk_.size());
    for (std::size_t edge = 0; edge < flows_.size(); ++edge) {
      const Flow& f = flows_[edge];
      if (!f.known || walk_.operand_of(edge) == GraphWalk::number) continue;
      double& most = received[walk_.operand_of(edge)];
      most = std::max(most, f.gradient.finite() ? f.gradient.norm : largest);
    }
    const auto vanishes = [&](std::size_t i) {
      return received[i] > 0 && received[i] < vanishing_part * largest;
    };
    std::vector<std::string> leaves;
    double most = 0;
    Index start = GraphWalk::number;
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      for (const Index operand : walk_.operands(i))
        if (operand != GraphWalk::number && vanishes(operand)) start = static_cast<Index>(i);
      if (!walk_.node(i).is(leaf) || !vanishes(i)) continue;
      leaves.push_back(place(static_cast<Index>(i)));
      most = std::max(most, received[i]);
    }
    if (leaves.empty()) return;
    trouble_.lines.push_back(fmt::format(
        "The gradient vanishes on its way back, from {} on: {} {} less than a millionth of the "
        "largest one ({}{} against {})",
        place(start), joined(leaves, ", ", shown_leaves),
        leaves.size() == 1 ? "receives" : "receive", leaves.size() == 1 ? "" : "at most ",
        short_number(most), short_number(largest)));
  }

  /// Whether a gradient comes in and none goes on. A product of scalars does that too, where its
  /// other factor is 0, and that is no harm.
  bool stops_gradient(std::size_t i) const {
    const Node& n = walk_.node(i);
    if (!has_gradient(n) || facts_[i].bad_gradient || summarise_gradient(n).all_zero())
      return false;
    const auto operands = walk_.operands(i);
    if (n.numel() == 1 && operands.size() > 1) return false;
    bool any = false;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const Flow& f = flows_[walk_.first_edge(i) + k];
      if (operands[k] == GraphWalk::number || !walk_.node(operands[k]).is(requires_grad)) continue;
      // An empty tensor has nothing that could receive a gradient.
      if (!f.known || f.gradient.count == 0 || !f.gradient.all_zero()) return false;
      any = true;
    }
    return any;
  }

  /// How a node is called, and where it is: "relu in 3 ReLU".
  std::string place(Index i) const {
    const Node& n = walk_.node(i);
    const CallTree::Index home = calls_.home(i);
    std::string text = spoken(i);
    // Parameters have names that tell.
    if (home == CallTree::outside || (n.is(leaf) && n.op->label)) return text;
    const std::string& name = calls_.call(home).name;
    return fmt::format("{} in {}{}{}", text, printable(name, short_name_length),
                       name.empty() ? "" : " ",
                       printable(calls_.call(home).type, short_name_length));
  }

  std::string spoken(Index i) const {
    return spoken_name(walk_.node(i), names_.empty() ? "" : names_[i]);
  }

  std::string steps(const std::vector<Index>& way) const {
    std::vector<std::string> names;
    names.reserve(way.size());
    for (const Index i : way) names.push_back(spoken(i));
    return joined(names, " → ", shown_steps);
  }

  static std::string capital(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
      text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
  }

  const GraphWalk& walk_;
  const CallTree& calls_;
  const std::vector<Flow>& flows_;
  std::vector<NodeFacts>& facts_;
  std::span<const std::string> names_;
  Trouble trouble_;
};

}  // namespace

std::string spoken_name(const Node& n, const std::string& name) {
  std::string own = name;
  if (own.empty() && n.op->label) own = printable(*n.op->label, short_name_length);
  if (n.is(leaf)) return !own.empty() ? own : n.is(requires_grad) ? "a leaf" : "a constant";
  return own.empty() ? n.op->name : fmt::format("{} ({})", own, n.op->name);
}

std::vector<NodeFacts> look_at_numbers(const GraphWalk& walk) {
  std::vector<NodeFacts> facts(walk.size());
  facts.back().result = true;
  for (std::size_t i = 0; i < walk.size(); ++i) {
    NodeFacts& f = facts[i];
    const Node& n = walk.node(i);
    f.bad_value = f.bad_value_starts = !summarise_value(n).finite();
    f.bad_gradient = f.bad_gradient_starts = has_gradient(n) && !summarise_gradient(n).finite();
    f.passed = !n.is(leaf) && n.is(has_adjoint | dropped);
    for (const auto operand : walk.operands(i))
      if (operand != GraphWalk::number && facts[operand].bad_value) f.bad_value_starts = false;
  }
  for (std::size_t i = walk.size(); i-- > 0;) {
    for (const auto operand : walk.operands(i)) {
      if (operand == GraphWalk::number) continue;
      if (facts[i].passed) facts[operand].passed = true;
      if (facts[i].bad_gradient) facts[operand].bad_gradient_starts = false;
    }
  }
  return facts;
}

Trouble find_trouble(const GraphWalk& walk, const CallTree& calls, const std::vector<Flow>& flows,
                     std::vector<NodeFacts>& facts, std::span<const std::string> names) {
  return Search(walk, calls, flows, facts, names).find();
}

}  // namespace brickgrad::internal
