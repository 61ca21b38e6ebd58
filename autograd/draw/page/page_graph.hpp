// A graph as a web page shows it: which nodes have a card, which share one, what they are called,
// and their formulas.
#pragma once

#include <autograd/draw/fold.hpp>
#include <autograd/draw/group_content.hpp>
#include <autograd/draw/page.hpp>
#include <autograd/draw/page/pullback.hpp>
#include <autograd/draw/picture.hpp>
#include <autograd/draw/trouble/trouble.hpp>
#include <autograd/graph/formula.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace brickgrad::internal {

class PageGraph {
 public:
  using Index = GraphWalk::Index;

  struct Operand {
    /// A place in nodes(); none for a plain number.
    std::optional<Index> node = std::nullopt;
    double number = 0;
    /// What formulas call it where the card stands for several values and it is not their result.
    std::string name = {};
    /// The edges of the walk that this one stands for.
    std::vector<Index> uses = {};
  };
  /// A value of a card for several that others use, and what formulas call it.
  struct Leaving {
    Index node;
    std::string name = {};
  };
  struct Item {
    /// Of a group, its last op.
    Node* node;
    /// What formulas call it: the name a user gave, shortened and numbered where several values
    /// have it, or one made up.
    std::string name = {};
    /// The whole name that a user gave, if any.
    std::string full_name = {};
    std::vector<Operand> operands = {};
    /// Of what an op made: "sigmoid(v1)", "1 / (1 + exp(-v1))", and the latter in numbers, empty
    /// where an operand is no scalar. Of a group its title alone: "Linear(2, 3)".
    std::string call = {}, formula = {}, formula_in_numbers = {};
    /// The innermost module around it, a place in modules().
    std::optional<Index> module = std::nullopt;
    /// A NaN or an infinity starts here, in the value or in the gradient.
    bool trouble_starts = false;
    /// Where gradients end here or do not arrive: "gradient stops here".
    std::vector<std::string> dead = {};
    /// Several nodes that share the card, and what they hold.
    const Group* group = nullptr;
    GroupContent content = {};
    /// Of a group of ops, the values that leave it beside that of its node.
    std::vector<Leaving> leaving = {};

    /// True of leaves and of constants, and of cards for several of them.
    bool is_leaf() const { return node->is(leaf); }
  };

  PageGraph(const Value& v, const PageOptions& options);
  PageGraph(const PageGraph&) = delete;
  PageGraph& operator=(const PageGraph&) = delete;

  /// In topological order, the result last.
  const std::vector<Item>& nodes() const { return nodes_; }
  /// The modules that computed some of them, each after those around it.
  const std::vector<Cluster>& modules() const { return modules_; }
  /// What is wrong with the numbers, a sentence each.
  const std::vector<std::string>& trouble() const { return trouble_.lines; }
  /// How many of them, the first ones, are about NaN and infinity.
  std::size_t bad_lines() const { return trouble_.bad; }
  /// Whether there is a NaN or an infinity.
  bool is_bad() const;
  /// How many values there are, and whether these were too many for a card each.
  std::size_t values() const { return walk_.size(); }
  bool folded() const { return folding_.too_large; }
  const GraphWalk& walk() const { return walk_; }

  /// What an operand receives from its uses here.
  Flow flow(const Operand& operand) const;
  /// Whether a bad number came by it to the result, or back.
  bool on_bad_path(const Operand& operand) const;
  /// Whether all uses are of the value that the operand's card shows.
  bool is_shown_value(const Operand& operand) const;
  /// The derivative of the result to operand k, in names and in numbers; empty where there is no
  /// text for it.
  std::string partial(const Item& item, std::size_t k) const;
  std::string partial_in_numbers(const Item& item, std::size_t k) const;
  /// How it passes its gradient back, one entry an operand; none of a group.
  std::vector<Pullback> pullbacks(const Item& item) const;
  /// What derivatives call the result: ∂L/∂x.
  const std::string& result_name() const { return result_name_; }

 private:
  void add_items();
  void add_operands(Item& item, const Picture& picture, std::size_t box,
                    const std::vector<Index>& places);
  std::vector<std::string> operand_names(const Item& item) const;
  /// Nothing where an operand is no scalar whose value is there.
  std::optional<std::vector<std::string>> operand_numbers(const Item& item) const;
  /// The operands that are plain numbers.
  static InputSet numbers_of(const Item& item);
  std::unordered_set<std::string> give_users_names();
  void give_names();
  void name_inner_values();
  void note_trouble(const CallTree& calls);
  void give_formulas();

  GraphWalk walk_;
  Folding folding_;
  std::vector<NodeFacts> facts_;
  std::vector<Flow> flows_;  // of all edges of the walk; empty when nothing is known
  Trouble trouble_;
  std::vector<Item> nodes_;
  std::vector<Cluster> modules_;
  std::string result_name_;
};

/// The elements of rank-0 values, as formulas write them.
std::optional<std::string> scalar_text(const Node& n);

}  // namespace brickgrad::internal
