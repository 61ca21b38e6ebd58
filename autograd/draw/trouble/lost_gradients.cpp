#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/trouble/lost_gradients.hpp>
#include <autograd/draw/trouble/reason.hpp>
#include <autograd/draw/trouble/way_back.hpp>
#include <cmath>
#include <utility>

namespace brickgrad::internal {
namespace {

using Index = GraphWalk::Index;

/// A gradient explodes beyond so many times that of the result.
constexpr double exploding_factor = 1e6;
constexpr std::size_t most_causes = 3, most_layers = 4;

class LostGradients {
 public:
  LostGradients(const GraphWalk& walk, const std::vector<Flow>& flows, const Speaker& speaker,
                std::vector<NodeFacts>& facts)
      : walk_(walk),
        flows_(flows),
        speaker_(speaker),
        facts_(facts),
        received_(way_back(walk, flows)) {}

  std::vector<std::string> find() {
    mark();
    tell_starved();
    tell_stops();
    const bool bad = std::any_of(facts_.begin(), facts_.end(),
                                 [](const NodeFacts& f) { return f.bad_gradient; });
    if (!bad && !received_.empty() && !tell_exploding()) tell_vanishing();
    tell_dead_columns();
    return std::move(lines_);
  }

 private:
  /// Leaves that lost their gradient for one reason.
  struct Loss {
    std::string why;
    std::vector<Index> leaves;
  };

  static void add(std::vector<Loss>& losses, const std::string& why, Index leaf) {
    for (Loss& l : losses)
      if (l.why == why) return l.leaves.push_back(leaf);
    losses.push_back({why, {leaf}});
  }

  bool receives_nothing(std::size_t i) const {
    const Node& n = walk_.node(i);
    return n.is(leaf) && n.is(requires_grad) && n.numel() > 0 && facts_[i].passed &&
           has_gradient(n) && summarise_gradient(n).all_zero();
  }

  void mark() {
    bool all = true;
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      const Node& n = walk_.node(i);
      if (n.is(leaf) && n.is(requires_grad) && has_gradient(n)) all = all && receives_nothing(i);
      facts_[i].stops = !n.is(leaf) && !flows_.empty() && stops_gradient(i);
    }
    // A number whose gradient is zero is no harm unless all are.
    for (std::size_t i = 0; i < walk_.size(); ++i)
      facts_[i].starved = receives_nothing(i) && (walk_.node(i).numel() > 1 || all);
  }

  /// Whether a gradient comes in and none goes on: to what lies behind, or of an op of leaves alone
  /// to any. A product of numbers does that too, where its other factor is 0, and that is no harm.
  bool stops_gradient(std::size_t i) const {
    const Node& n = walk_.node(i);
    if (!has_gradient(n) || summarise_gradient(n).all_zero()) return false;
    const auto operands = walk_.operands(i);
    if (n.numel() == 1 && operands.size() > 1) return false;
    std::size_t zeros[2] = {}, others[2] = {};
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const Flow& f = flows_[walk_.first_edge(i) + k];
      if (operands[k] == GraphWalk::number || !walk_.node(operands[k]).is(requires_grad)) continue;
      const bool inner = !walk_.node(operands[k]).is(leaf);
      // An empty tensor has nothing that could receive a gradient.
      const bool zero = f.known && f.gradient.count > 0 && f.gradient.all_zero() && !f.cancels;
      ++(zero ? zeros : others)[inner];
    }
    const bool inner = zeros[1] + others[1] > 0;
    return zeros[inner] > 0 && others[inner] == 0;
  }

  void tell_starved() {
    std::vector<Loss> losses;
    for (std::size_t i = 0; i < walk_.size(); ++i)
      if (facts_[i].starved) add(losses, why_nothing(static_cast<Index>(i)), static_cast<Index>(i));
    for (const Loss& l : losses)
      tell(fmt::format("No gradient reaches {}{}", speaker_.places(l.leaves), l.why));
  }

  /// ": it stops at relu, whose values are all 0".
  std::string why_nothing(Index i) {
    if (received_.empty()) return "";
    for (bool itself = true; received_[i].edge != GraphWalk::number; itself = false) {
      const Received& r = received_[i];
      const std::size_t op = r.from, operand = r.edge - walk_.first_edge(op);
      if (r.norm == 0 && r.largest_part > 0)
        return fmt::format(": what {} receives from its uses cancels", speaker_.place(i));
      if (flows_[r.edge].cancels)
        return fmt::format(": what {} adds up for {} cancels", speaker_.place(r.from),
                           itself ? "it" : speaker_.place(i));
      if (received_[op].norm > 0) {
        mentioned_.push_back(r.from);
        const std::string reason = reason_of_loss(walk_, op, operand, speaker_);
        return fmt::format(": it stops at {}{}", speaker_.place(r.from), reason);
      }
      i = r.from;
    }
    return "";
  }

  void tell_stops() {
    std::vector<Loss> stops;
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      const auto op = static_cast<Index>(i);
      if (!facts_[i].stops || std::count(mentioned_.begin(), mentioned_.end(), op)) continue;
      add(stops, reason_of_loss(walk_, i, stopped_operand(i), speaker_), op);
    }
    for (const Loss& l : stops)
      tell(fmt::format("The gradient stops at {}{}", speaker_.places(l.leaves), l.why));
  }

  std::size_t stopped_operand(std::size_t i) const {
    const auto operands = walk_.operands(i);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const Flow& f = flows_[walk_.first_edge(i) + k];
      if (f.known && f.gradient.all_zero() && !walk_.node(operands[k]).is(leaf)) return k;
    }
    return 0;
  }

  /// Neurons, as of relu, that answer nothing to any row, of layers that are not dead altogether.
  void tell_dead_columns() {
    std::vector<std::string> layers;
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      const Node& n = walk_.node(i);
      if (!facts_[i].passed) continue;
      const auto [dead, all] = dead_columns(n);
      if (dead > 0 && dead < all)
        layers.push_back(fmt::format("{} of {} columns of {}", dead, all,
                                     speaker_.place(static_cast<Index>(i))));
    }
    if (layers.empty()) return;
    const bool one = layers.size() == 1 && layers[0].starts_with("1 of");
    lines_.push_back(fmt::format("{} {} 0 in every row: no gradient comes through {}",
                                 listed(layers, ", ", most_layers), one ? "is" : "are",
                                 one ? "it" : "them"));
  }

  bool tell_exploding() {
    const double start = received_.back().norm > 0 ? received_.back().norm : 1;
    Index most = GraphWalk::number;
    for (std::size_t i = 0; i < walk_.size(); ++i)
      if (walk_.node(i).is(leaf) && std::isfinite(received_[i].norm) &&
          (most == GraphWalk::number || received_[i].norm > received_[most].norm))
        most = static_cast<Index>(i);
    if (most == GraphWalk::number || received_[most].norm < exploding_factor * start) return false;
    tell(fmt::format("The gradient explodes on its way back: from {} at {} to {} at {}",
                     short_number(start), speaker_.place(static_cast<Index>(walk_.size() - 1)),
                     short_number(received_[most].norm), speaker_.place(most)));
    return true;
  }

  void tell_vanishing() {
    std::vector<Loss> losses;
    for (std::size_t i = 0; i < walk_.size(); ++i)
      if (walk_.node(i).is(leaf) && received_[i].vanishes(received_[i].norm) &&
          !flows_[received_[i].edge].cancels)
        if (const auto why = why_little(static_cast<Index>(i)))
          add(losses, *why, static_cast<Index>(i));
    for (const Loss& l : losses) {
      const Index least = farthest(l.leaves);
      tell(fmt::format(
          "The gradient vanishes on its way back, from {:.3g} at {} to {:.3g} at {}: {}{}",
          received_[least].before(), speaker_.place(received_[least].before_at()),
          received_[least].norm, speaker_.place(least), l.why,
          l.leaves.size() == 1
              ? ""
              : fmt::format("; {} receive less than a {} of that", speaker_.places(l.leaves),
                            thousandth(received_[least]) ? "thousandth" : "millionth")));
    }
  }

  static bool thousandth(const Received& r) { return r.by_level(r.norm) || r.gradually(r.norm); }

  /// Of the leaves that receive about least, the weights and not the bias, as brickgrad xor has it.
  Index farthest(const std::vector<Index>& leaves) const {
    const auto less = [this](Index a, Index b) { return received_[a].norm < received_[b].norm; };
    const Index least = *std::min_element(leaves.begin(), leaves.end(), less);
    const auto rank = [this](Index i) { return walk_.node(i).shape().rank(); };
    Index found = least;
    for (const Index i : leaves)
      if (received_[i].norm < 10 * received_[least].norm &&
          (rank(i) > rank(found) || (rank(i) == rank(found) && less(i, found))))
        found = i;
    return found;
  }

  /// "it shrinks at h1 (sigmoid), whose values are all 0 or 1". None where it cancels.
  std::optional<std::string> why_little(Index i) const {
    const double whole = received_[i].norm / received_[i].before();
    const double before = received_[i].before();
    double least = 1;
    Index op = GraphWalk::number, edge = 0;
    // As long as the level was met before.
    for (Index at = i; received_[at].edge != GraphWalk::number && received_[at].before() >= before;
         at = received_[at].from) {
      const Received& r = received_[at];
      if (r.cancels() || flows_[r.edge].cancels) return std::nullopt;
      const double part = r.largest_part / received_[r.from].norm;
      if (!(part < least)) continue;
      least = part;
      op = r.from;
      edge = r.edge;
    }
    if (op == GraphWalk::number) return "it shrinks step by step";
    if (std::log(least) > std::log(whole) / 2) return "it shrinks step by step";
    return fmt::format("it shrinks at {}{}", speaker_.place(op),
                       reason_of_loss(walk_, op, edge - walk_.first_edge(op), speaker_));
  }

  void tell(std::string line) {
    if (lines_.size() < most_causes) lines_.push_back(std::move(line));
  }

  const GraphWalk& walk_;
  const std::vector<Flow>& flows_;
  const Speaker& speaker_;
  std::vector<NodeFacts>& facts_;
  std::vector<Received> received_;
  std::vector<Index> mentioned_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> lost_gradients(const GraphWalk& walk, const std::vector<Flow>& flows,
                                        const Speaker& speaker, std::vector<NodeFacts>& facts) {
  return LostGradients(walk, flows, speaker, facts).find();
}

}  // namespace brickgrad::internal
