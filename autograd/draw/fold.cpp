#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/fold.hpp>
#include <autograd/draw/fold_sequence.hpp>
#include <map>
#include <utility>

namespace brickgrad::internal {
namespace {

using Index = GraphWalk::Index;
constexpr Index none = Folding::none;

// What is left of a graph that is too large: so many cards for ops, and so many for leaves. Dense
// graphs become fewer cards still, until their edges can be told apart.
constexpr std::size_t most_ops = 60, most_leaves = 40, most_edges = 150, least_ops = 6;
// Stretches of ops follow one another: so many of them in a row are as wide as a page or two.
constexpr std::size_t most_in_a_row = 20;

class Folder {
 public:
  Folder(const GraphWalk& walk, const CallTree& tree, const FoldOptions& options)
      : walk_(walk), tree_(tree), options_(options) {}

  Folding fold() {
    const bool large =
        !options_.force && (static_cast<std::int64_t>(walk_.size()) > options_.max_nodes ||
                            walk_.node(walk_.size() - 1).depth > options_.longest);
    if (tree_.empty() && !large) return {};
    tree_.empty() ? start() : open(options_.depth);
    if (!large) return std::move(f_);
    // The deepest level at which the modules alone make the picture small enough.
    for (int depth = std::min(options_.depth, tree_.deepest());
         depth >= 0 && (boxes() > most_ops || in_a_row() > longest()); --depth)
      open(depth);
    if (boxes() <= most_ops) fold_leaves();
    bool by_modules = true;
    for (std::size_t most = most_ops; (boxes() > most_ops || edges() > most_edges ||
                                       in_a_row() > (by_modules ? longest() : most_in_a_row)) &&
                                      most >= least_ops;
         most = most * 2 / 3) {
      start();
      by_modules = false;
      fold_ops(most);
      fold_leaves();
    }
    // Frames may leave nothing to fold.
    f_.too_large =
        !f_.groups.empty() || static_cast<std::int64_t>(walk_.size()) > options_.max_nodes;
    return std::move(f_);
  }

 private:
  void start() {
    f_ = {};
    f_.order = tree_.order();
    f_.group_of.assign(walk_.size(), none);
    f_.cluster_of.assign(walk_.size(), none);
    frames_.clear();
  }

  /// Draws frames around the calls above a level, and folds those at it.
  void open(int depth) {
    depth = std::max(depth, 0);
    start();
    // The stretches inside each frame, outermost first.
    std::map<Index, std::vector<Stretch>> inside;
    const auto& order = f_.order;
    for (std::size_t i = 0; i < order.size();) {
      const Index home = tree_.home(order[i]);
      const Index folded =
          tree_.level(home) >= depth ? tree_.ancestor(home, depth) : CallTree::outside;
      std::size_t end = i + 1;
      if (folded != CallTree::outside)
        while (end < order.size() && tree_.ancestor(tree_.home(order[end]), depth) == folded) ++end;
      const Index around = folded == CallTree::outside ? home : tree_.parent(folded);
      inside[around].push_back(folded == CallTree::outside ? stretch_of_op(i)
                                                           : stretch_of_call(folded, i, end));
      for (std::size_t k = i; k < end; ++k) f_.cluster_of[order[k]] = frame(around);
      i = end;
      // What another frame stands between is not in a row.
      if (i < order.size()) separate(inside, around, depth, order[i]);
    }
    for (auto& [around, stretches] : inside)
      for (const Stretch& s : fold_repeats(std::move(stretches), true))
        if (s.folded) add_group(s, frame(around));
    place_leaves();
  }

  /// Where the next op is in a frame inside this one, an entry that is equal to nothing.
  void separate(std::map<Index, std::vector<Stretch>>& inside, Index around, int depth,
                Index next) {
    const Index home = tree_.home(next);
    const Index open = tree_.level(home) >= depth ? tree_.ancestor(home, depth - 1) : home;
    if (open == around) return;
    Stretch barrier;
    barrier.begin = barrier.end = 0;
    inside[around].push_back(barrier);
  }

  void fold_ops(std::size_t most) {
    std::vector<Stretch> sequence;
    const auto& order = f_.order;
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
      const Index call = tree_.ancestor(tree_.home(order[i]), 0);
      std::size_t end = i + 1;
      if (call == CallTree::outside) {
        sequence.push_back(stretch_of_op(i));
        continue;
      }
      while (end + 1 < order.size() && tree_.ancestor(tree_.home(order[end]), 0) == call) ++end;
      sequence.push_back(stretch_of_call(call, i, end));
      i = end - 1;
    }
    for (const Stretch& s : fold_to(std::move(sequence), most))
      if (s.folded) add_group(s, none);
    place_leaves();
  }

  Stretch stretch_of_op(std::size_t i) const {
    const Node& n = walk_.node(f_.order[i]);
    Stretch s;
    s.begin = i;
    s.end = i + 1;
    s.title = std::string_view(n.op->symbol) == "*" ? "×" : n.op->symbol;
    s.signature = signature(n);
    return s;
  }

  /// Of its op and its shape.
  static std::uint64_t signature(const Node& n) {
    std::uint64_t s = mixed(n.is(array) ? 3 : 5, reinterpret_cast<std::uintptr_t>(n.op->name));
    const Shape shape = n.shape();
    for (int i = 0; i < shape.rank(); ++i) s = mixed(s, static_cast<std::uint64_t>(shape[i]));
    return s;
  }

  Stretch stretch_of_call(Index call, std::size_t begin, std::size_t end) const {
    Stretch s;
    s.begin = begin;
    s.end = end;
    s.title = tree_.type_text(call);
    s.name = tree_.call(call).name;
    if (s.title.empty()) std::swap(s.title, s.name);
    s.signature = mixed(hash_of(s.title), end - begin);
    for (std::size_t i = begin; i < end; ++i)
      s.signature = mixed(s.signature, signature(walk_.node(f_.order[i])));
    s.module = s.folded = true;
    return s;
  }

  void add_group(const Stretch& s, Index cluster) {
    Group g;
    g.kind = s.module ? Group::Kind::module : Group::Kind::ops;
    g.title = s.title.empty() ? "ops" : s.title;
    g.name = s.name;
    g.times = s.times;
    g.cluster = cluster;
    for (std::size_t i = s.begin; i < s.end; ++i) {
      g.members.push_back(f_.order[i]);
      f_.group_of[f_.order[i]] = static_cast<Index>(f_.groups.size());
    }
    f_.groups.push_back(std::move(g));
  }

  /// The frame of a call that is open.
  Index frame(Index call) {
    if (call == CallTree::outside) return none;
    if (const auto known = frames_.find(call); known != frames_.end()) return known->second;
    // Outermost first; a call is recorded after its caller.
    std::vector<Index> path;
    for (Index c = call; c != CallTree::outside && !frames_.contains(c); c = tree_.parent(c))
      path.push_back(c);
    while (!path.empty()) {
      const Index c = path.back(), parent = tree_.parent(c);
      path.pop_back();
      frames_[c] = static_cast<Index>(f_.clusters.size());
      f_.clusters.push_back({tree_.call(c).name, tree_.type_text(c),
                             parent == CallTree::outside ? none : frames_[parent]});
    }
    return frames_[call];
  }

  /// Leaves go where all their users are.
  void place_leaves() {
    constexpr Index several = none - 1;
    std::vector<Index> user(walk_.size(), none);
    std::vector<bool> used(walk_.size());
    for (const Index i : f_.order)
      for (const auto operand : walk_.operands(i)) {
        if (operand == GraphWalk::number || !walk_.node(operand).is(leaf)) continue;
        const Index g = f_.group_of[i];
        if (used[operand] && user[operand] != g) user[operand] = several;
        if (!used[operand]) user[operand] = g;
        used[operand] = true;
      }
    std::size_t leaves = 0;
    for (std::size_t i = 0; i < walk_.size(); ++i)
      leaves +=
          walk_.node(i).is(leaf) && (walk_.node(i).is(requires_grad) || label_of(walk_.node(i)));
    const bool few_leaves = leaves <= most_leaves / 4;
    for (std::size_t i = 0; i < walk_.size(); ++i) {
      if (!walk_.node(i).is(leaf)) continue;
      const Index home = tree_.home(static_cast<Index>(i));
      // The innermost frame around its users that is drawn.
      Index around = none;
      for (Index c = home; c != CallTree::outside && around == none; c = tree_.parent(c))
        if (const auto known = frames_.find(c); known != frames_.end()) around = known->second;
      f_.cluster_of[i] = around;
      const Index g = user[i];
      if (g == none || g == several) continue;
      // A few leaves are worth a card each beside a stretch of ops.
      const Node& n = walk_.node(i);
      if (f_.groups[g].kind == Group::Kind::ops && few_leaves &&
          (n.is(requires_grad) || label_of(n)))
        continue;
      // What a folded module was called with stands outside.
      if (tree_.is_input(static_cast<Index>(i)) && is_outside(home, f_.groups[g])) continue;
      f_.group_of[i] = g;
      f_.groups[g].members.push_back(static_cast<Index>(i));
    }
    for (Group& g : f_.groups) std::sort(g.members.begin(), g.members.end());
  }

  /// Whether a leaf with this home is not inside one of the calls that the group folds.
  bool is_outside(Index home, const Group& g) const {
    if (g.kind != Group::Kind::module) return false;
    if (home == CallTree::outside) return true;
    const auto known = frames_.find(home);
    return known != frames_.end() && known->second == g.cluster;
  }

  /// Cards for ops.
  std::size_t boxes() const {
    std::size_t n = f_.groups.size();
    for (const Index i : f_.order) n += f_.group_of[i] == none;
    return n;
  }

  std::size_t longest() const { return static_cast<std::size_t>(options_.longest); }

  /// The most cards for ops that each use the one before.
  std::size_t in_a_row() const {
    std::vector<std::size_t> length(walk_.size() + f_.groups.size(), 1);
    std::size_t longest = 0;
    // What is folded together stands together in the order.
    for (const Index i : f_.order) {
      std::size_t& own = length[card(i)];
      for (const auto operand : walk_.operands(i))
        if (operand != GraphWalk::number && !walk_.node(operand).is(leaf) &&
            card(operand) != card(i))
          own = std::max(own, length[card(operand)] + 1);
      longest = std::max(longest, own);
    }
    return longest;
  }

  /// Between different cards.
  std::size_t edges() const {
    std::vector<std::pair<Index, Index>> all;
    for (const Index i : f_.order)
      for (const auto operand : walk_.operands(i))
        if (operand != GraphWalk::number && card(operand) != card(i))
          all.emplace_back(card(operand), card(i));
    std::sort(all.begin(), all.end());
    return static_cast<std::size_t>(std::unique(all.begin(), all.end()) - all.begin());
  }
  Index card(Index node) const {
    const Index g = f_.group_of[node];
    return g == none ? node : static_cast<Index>(walk_.size()) + g;
  }

  /// Leaves with the same users become one card, or all of a kind when these are many.
  void fold_leaves() {
    std::vector<std::pair<Index, Index>> uses;  // a leaf that is drawn, and the card that uses it
    for (const Index i : f_.order)
      for (const auto operand : walk_.operands(i))
        if (operand != GraphWalk::number && walk_.node(operand).is(leaf) &&
            f_.group_of[operand] == none)
          uses.emplace_back(operand, card(i));
    std::sort(uses.begin(), uses.end());
    uses.erase(std::unique(uses.begin(), uses.end()), uses.end());
    std::map<std::uint64_t, std::vector<Index>> alike;
    std::size_t leaves = 0;
    for (std::size_t i = 0; i < uses.size(); ++leaves) {
      const Index node = uses[i].first;
      std::uint64_t users = walk_.node(node).is(requires_grad) ? 1 : 2;
      for (; i < uses.size() && uses[i].first == node; ++i)
        users = mixed(users, uses[i].second + 1);
      alike[users].push_back(node);
    }
    if (leaves <= most_leaves) return;
    if (alike.size() > most_leaves) {
      std::map<std::uint64_t, std::vector<Index>> kinds;
      for (const auto& [users, nodes] : alike)
        for (const Index n : nodes) kinds[walk_.node(n).is(requires_grad)].push_back(n);
      alike = std::move(kinds);
    }
    std::vector<std::vector<Index>> sets;
    for (auto& [users, nodes] : alike) {
      std::sort(nodes.begin(), nodes.end());
      if (nodes.size() > 1) sets.push_back(std::move(nodes));
    }
    // Not in the order of their hashes.
    std::sort(sets.begin(), sets.end());
    for (auto& nodes : sets) {
      Group g;
      g.kind = Group::Kind::leaves;
      g.title = walk_.node(nodes[0]).is(requires_grad) ? "leaves" : "constants";
      g.cluster = f_.cluster_of[nodes[0]];
      for (const Index n : nodes) {
        f_.group_of[n] = static_cast<Index>(f_.groups.size());
        if (f_.cluster_of[n] != g.cluster) g.cluster = none;
      }
      g.members = std::move(nodes);
      f_.groups.push_back(std::move(g));
    }
  }

  const GraphWalk& walk_;
  const CallTree& tree_;
  const FoldOptions& options_;
  Folding f_;
  std::map<Index, Index> frames_;  // of calls that are open
};

}  // namespace

Folding fold(const GraphWalk& walk, const CallTree& calls, const FoldOptions& options) {
  return Folder(walk, calls, options).fold();
}

std::int64_t longest_in_picture(std::int64_t max_nodes) {
  constexpr std::int64_t of_most = 20;
  return std::max(max_nodes / of_most, std::int64_t{most_in_a_row});
}

std::int64_t longest_in_page(std::int64_t max_nodes) {
  constexpr std::int64_t of_most = 5;
  return max_nodes / of_most;
}

std::string folded_warning(std::size_t values, std::size_t cards, const char* options,
                           std::int64_t max_nodes, std::int64_t longest) {
  const bool many = static_cast<std::int64_t>(values) > max_nodes;
  const std::string limit =
      many ? std::to_string(max_nodes) : fmt::format("{} ops in a row", longest);
  return fmt::format(
      "{} values are folded into {} cards, as are all graphs of more than {}; {}::force draws "
      "every one",
      grouped_digits(values), grouped_digits(cards), limit, options);
}

std::string grouped_digits(std::size_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

}  // namespace brickgrad::internal
