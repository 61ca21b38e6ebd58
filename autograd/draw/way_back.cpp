#include <algorithm>
#include <autograd/draw/way_back.hpp>
#include <cmath>
#include <limits>
#include <string_view>

namespace brickgrad::internal {
namespace {

constexpr double no_number = std::numeric_limits<double>::infinity();

double size_of(const Flow& f) { return f.gradient.finite() ? f.gradient.norm : no_number; }

class WayBack {
 public:
  WayBack(const GraphWalk& walk, const std::vector<Flow>& flows)
      : walk_(walk), flows_(flows), received_(walk.size()) {}

  std::vector<Received> find() {
    for (std::size_t i = walk_.size(); i-- > 0;) {
      own_norm(i);
      if (!walk_.node(i).is(leaf)) pass_on(static_cast<Received::Index>(i));
    }
    return std::move(received_);
  }

 private:
  void own_norm(std::size_t i) {
    const Node& n = walk_.node(i);
    Received& r = received_[i];
    r.norm = r.largest_part;
    if (n.is(leaf) || !has_gradient(n)) return;
    const Summary s = summarise_gradient(n);
    r.norm = s.finite() ? s.norm : no_number;
  }

  void pass_on(Received::Index i) {
    const auto operands = walk_.operands(i);
    Received on = received_[i];
    const auto meet = [&](double norm, Received::Index node) {
      if (!std::isfinite(norm) || norm <= on.level) return;
      on.level = norm;
      on.level_at = node;
    };
    if (i + 1 < walk_.size() && std::isfinite(on.norm) && on.norm > on.inner) {
      on.inner = on.norm;
      on.inner_at = i;
    }
    if (on.level == 0 && is_squashing(walk_.node(i))) meet(on.norm, i);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const Flow& f = flows_[walk_.first_edge(i) + k];
      if (operands[k] != GraphWalk::number && f.known && walk_.node(operands[k]).is(leaf))
        meet(size_of(f), operands[k]);
    }
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const std::size_t edge = walk_.first_edge(i) + k;
      if (operands[k] == GraphWalk::number || !flows_[edge].known) continue;
      offer(received_[operands[k]], static_cast<Received::Index>(edge), i, on);
    }
  }

  /// The largest part tells the way; of parts that are zero, that of the use which has something.
  void offer(Received& to, Received::Index edge, Received::Index from, const Received& on) {
    const double size = size_of(flows_[edge]);
    const bool first = to.edge == GraphWalk::number;
    const bool more = !first && (size > to.largest_part || (size == to.largest_part && size == 0 &&
                                                            on.norm > received_[to.from].norm));
    if (!first && !more) return;
    to.largest_part = size;
    to.edge = edge;
    to.from = from;
    to.level = on.level;
    to.level_at = on.level_at;
    to.inner = on.inner;
    to.inner_at = on.inner_at;
  }

  const GraphWalk& walk_;
  const std::vector<Flow>& flows_;
  std::vector<Received> received_;
};

}  // namespace

bool is_squashing(const Node& n) {
  const std::string_view name = n.op->name;
  return name == "sigmoid" || name == "tanh";
}

std::vector<Received> way_back(const GraphWalk& walk, const std::vector<Flow>& flows) {
  return flows.empty() ? std::vector<Received>() : WayBack(walk, flows).find();
}

void mark_vanishing(const GraphWalk& walk, std::vector<Flow>& flows) {
  const std::vector<Received> received = way_back(walk, flows);
  for (std::size_t i = 0; i < walk.size(); ++i) {
    if (walk.node(i).is(leaf)) continue;
    const auto operands = walk.operands(i);
    double level = received[i].level;
    if (level == 0 && is_squashing(walk.node(i)) && std::isfinite(received[i].norm))
      level = received[i].norm;
    const auto own = std::span(flows).subspan(walk.first_edge(i), operands.size());
    for (std::size_t k = 0; k < own.size(); ++k)
      if (operands[k] != GraphWalk::number && own[k].known && walk.node(operands[k]).is(leaf) &&
          own[k].gradient.finite())
        level = std::max(level, own[k].gradient.norm);
    for (std::size_t k = 0; k < own.size(); ++k) {
      Flow& f = own[k];
      if (operands[k] == GraphWalk::number || !f.known || f.cancels || !f.gradient.finite())
        continue;
      // Beside what the other uses send it counts for nothing either.
      const double others = received[operands[k]].largest_part;
      double whole = std::isfinite(others) ? std::max(level, others) : level;
      const double here =
          i + 1 < walk.size() && std::isfinite(received[i].norm) ? received[i].norm : 0;
      const double inner = std::max(received[i].inner, here);
      if (level <= f.gradient.norm) whole = std::max(whole, vanishing_part * inner);
      // A leaf may have received much because it is multiplied by much.
      if (inner > 0 && whole == level) whole = std::min(whole, inner);
      f.vanishes = f.gradient.norm > 0 && f.gradient.norm < vanishing_part * whole;
    }
  }
}

}  // namespace brickgrad::internal
