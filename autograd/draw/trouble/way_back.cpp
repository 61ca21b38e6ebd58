#include <algorithm>
#include <autograd/draw/trouble/way_back.hpp>
#include <cmath>
#include <limits>

namespace brickgrad::internal {
namespace {

constexpr double no_number = std::numeric_limits<double>::infinity();

double size_of(const Flow& f) { return f.gradient.finite() ? f.gradient.norm : no_number; }

/// The way to node i and on through it.
Way way_on(const GraphWalk& walk, const std::vector<Flow>& flows,
           const std::vector<Received>& received, std::size_t i) {
  const double norm = received[i].norm;
  const auto at = static_cast<Way::Index>(i);
  Way on = received[i];
  if (i + 1 < walk.size() && std::isfinite(norm) && norm > on.inner) {
    on.inner = norm;
    on.inner_at = at;
  }
  const auto operands = walk.operands(i);
  // A leaf receives sums, in which much cancels; beside one, an op counts only where it is flat.
  const auto flat = [&](const Flow& f) { return f.known && size_of(f) < vanishing_part * norm; };
  if (squashes(walk.node(i)) && (on.level == 0 || flat(flows[walk.first_edge(i)])))
    on.meet(norm, at);
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const Flow& f = flows[walk.first_edge(i) + k];
    if (operands[k] != GraphWalk::number && f.known && walk.node(operands[k]).is(leaf))
      on.meet(size_of(f), operands[k]);
  }
  return on;
}

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
    const Way on = way_on(walk_, flows_, received_, i);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const std::size_t edge = walk_.first_edge(i) + k;
      if (operands[k] == GraphWalk::number || !flows_[edge].known) continue;
      offer(received_[operands[k]], static_cast<Received::Index>(edge), i, on);
    }
  }

  /// The largest part tells the way; of parts that are zero, that of the use which has something.
  void offer(Received& to, Received::Index edge, Received::Index from, const Way& on) {
    const double size = size_of(flows_[edge]);
    const bool first = to.edge == GraphWalk::number;
    const bool more =
        !first && (size > to.largest_part || (size == to.largest_part && size == 0 &&
                                              received_[from].norm > received_[to.from].norm));
    if (!first && !more) return;
    to.largest_part = size;
    to.edge = edge;
    to.from = from;
    static_cast<Way&>(to) = on;
    to.step(size / received_[from].norm);
  }

  const GraphWalk& walk_;
  const std::vector<Flow>& flows_;
  std::vector<Received> received_;
};

}  // namespace

void Way::meet(double norm, Index at) {
  if (!std::isfinite(norm) || norm <= level) return;
  level = norm;
  level_at = at;
}

void Way::step(double part) {
  const auto most = std::max_element(least_parts.begin(), least_parts.end());
  if (part < *most) *most = part;
}

bool Way::gradually(double norm) const {
  double few = 1;
  for (const double part : least_parts) few *= part;
  return norm < vanishing_part * few * inner;
}

bool Way::vanishes(double norm) const {
  if (!(norm > 0)) return false;
  // A leaf may have received much because it is multiplied by much.
  if (by_level(norm)) return norm < vanishing_part * (inner > 0 ? std::min(level, inner) : level);
  return gradually(norm) || norm < vanishing_part * vanishing_part * inner;
}

bool squashes(const Node& n) {
  if (!n.op->scalar || n.inputs() != 1) return false;
  constexpr double far = 10;
  for (const double x : {1e-6, 1.0, 1.5707, 30.0, 1e6})
    for (const double sign : {-1.0, 1.0}) {
      const double place = sign * x;
      if (!(std::abs(n.op->scalar(n.attributes(), &place)) < far)) return false;
    }
  return true;
}

std::vector<Received> way_back(const GraphWalk& walk, const std::vector<Flow>& flows) {
  return flows.empty() ? std::vector<Received>() : WayBack(walk, flows).find();
}

void mark_vanishing(const GraphWalk& walk, std::vector<Flow>& flows) {
  const std::vector<Received> received = way_back(walk, flows);
  for (std::size_t i = 0; i < walk.size(); ++i) {
    if (walk.node(i).is(leaf)) continue;
    const auto operands = walk.operands(i);
    const Way on = way_on(walk, flows, received, i);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      Flow& f = flows[walk.first_edge(i) + k];
      if (operands[k] == GraphWalk::number || !f.known || f.cancels || !f.gradient.finite())
        continue;
      const double norm = f.gradient.norm;
      Way here = on;
      here.step(norm / received[i].norm);
      // Beside what the other uses send it counts for nothing either.
      const double others = received[operands[k]].largest_part;
      f.vanishes = here.vanishes(norm) ||
                   (norm > 0 && std::isfinite(others) && norm < vanishing_part * others);
    }
  }
}

}  // namespace brickgrad::internal
