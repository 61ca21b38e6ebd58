#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/trouble/lost_gradients.hpp>
#include <autograd/draw/trouble/trouble.hpp>

namespace brickgrad::internal {
namespace {

using Index = GraphWalk::Index;

class Search {
 public:
  Search(const GraphWalk& walk, const CallTree& calls, const std::vector<Flow>& flows,
         std::vector<NodeFacts>& facts, std::span<const std::string> names)
      : walk_(walk), flows_(flows), facts_(facts), speaker_(walk, calls, names) {}

  Trouble find() {
    bad_values();
    bad_gradients();
    trouble_.bad = trouble_.lines.size();
    for (std::string& line : lost_gradients(walk_, flows_, speaker_, facts_))
      trouble_.lines.push_back(std::move(line));
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

  static const char* starting(const Node& n) {
    const Summary s = summarise_value(n);
    return s.nans == 0         ? "Infinity starts"
           : s.infinities == 0 ? "NaN starts"
                               : "NaN and infinity start";
  }

  void bad_values() {
    const auto bad = [](const NodeFacts& f) { return f.bad_value; };
    const Index end = last_where(bad);
    if (end == GraphWalk::number) return;
    std::vector<Index> way = way_down(end, bad);
    std::reverse(way.begin(), way.end());
    const auto starts = std::count_if(facts_.begin(), facts_.end(),
                                      [](const NodeFacts& f) { return f.bad_value_starts; });
    const auto first =
        static_cast<Index>(std::find_if(facts_.begin(), facts_.end(),
                                        [](const NodeFacts& f) { return f.bad_value_starts; }) -
                           facts_.begin());
    const Summary s = summarise_value(walk_.node(way[0]));
    const bool again = first != way[0];
    std::string text = fmt::format("{} at {}", starting(walk_.node(first)), speaker_.place(first));
    if (again) text += fmt::format(", and again at {}", speaker_.place(way[0]));
    if (way.size() > 1)
      text += fmt::format(", on to {}: {}",
                          end + 1 == walk_.size() ? "the result" : speaker_.place(end),
                          speaker_.steps(way));
    if (s.nans == 0)
      if (const auto turn =
              std::find_if(way.begin(), way.end(),
                           [this](Index i) { return summarise_value(walk_.node(i)).nans > 0; });
          turn != way.end())
        text += fmt::format("; {} makes NaN of it", speaker_.place(*turn));
    if (const auto more = starts - 1 - again; more > 0)
      text += fmt::format("; {} more such start{} elsewhere", more, more == 1 ? "" : "s");
    trouble_.lines.push_back(text);
  }

  void bad_gradients() {
    const auto bad = [](const NodeFacts& f) { return f.bad_gradient; };
    const Index start = last_where(bad);
    if (start == GraphWalk::number) return;
    const std::vector<Index> way = way_down(start, bad);
    std::string text = capital(bad_gradient_from(start));
    if (way.size() > 1) text += fmt::format("; it flows back {}", speaker_.steps(way));
    trouble_.lines.push_back(text + other_bad_gradients(start));
  }

  std::string bad_gradient_from(Index start) {
    const Summary s = summarise_gradient(walk_.node(start));
    std::string text = fmt::format("{} gradient from {} on", bad_numbers(s), speaker_.place(start));
    if (const Index op = source_of_bad_flow(start); op != GraphWalk::number)
      text += fmt::format(": the derivative of {} made it", speaker_.place(op));
    return text;
  }

  /// Each starts by itself: no user has a bad gradient.
  std::string other_bad_gradients(Index first) {
    std::string text;
    std::size_t told = 0, more = 0;
    for (std::size_t i = first; i-- > 0;) {
      if (!facts_[i].bad_gradient_starts) continue;
      constexpr std::size_t most = 2;
      if (told++ < most)
        text += "; again " + bad_gradient_from(static_cast<Index>(i));
      else
        ++more;
    }
    if (more > 0) text += fmt::format("; {} more such start{}", more, more == 1 ? "" : "s");
    return text;
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

  static std::string capital(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
      text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
  }

  const GraphWalk& walk_;
  const std::vector<Flow>& flows_;
  std::vector<NodeFacts>& facts_;
  Speaker speaker_;
  Trouble trouble_;
};

}  // namespace

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
