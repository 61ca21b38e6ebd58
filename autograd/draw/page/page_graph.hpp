// A graph as a web page shows it: which nodes have a card, what they are called, and their
// formulas.
#pragma once

#include <autograd/draw/call_tree.hpp>
#include <autograd/draw/graph_walk.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace brickgrad::internal {

class PageGraph {
 public:
  using Index = GraphWalk::Index;

  struct Operand {
    /// A place in nodes(); none for a plain number.
    std::optional<Index> node;
    double number = 0;
  };
  struct Item {
    Node* node;
    /// What formulas call it: the name a user gave, shortened, or one made up.
    std::string name;
    /// The whole name that a user gave, if any.
    std::string full_name;
    std::vector<Operand> operands;
    /// Of what an op made: "sigmoid(v1)", "1 / (1 + exp(-v1))", and the latter in numbers, empty
    /// where an operand is no scalar.
    std::string call, formula, formula_in_numbers;
    /// The innermost module around it, a place in modules().
    std::optional<Index> module;
    /// A NaN or an infinity starts here, in the value or in the gradient.
    bool trouble_starts = false;
  };

  /// A module that computed some of the nodes.
  struct Module {
    std::string name, type;
    std::optional<Index> parent;
  };

  /// `trace` may be null.
  PageGraph(const GraphWalk& walk, const ModuleTrace* trace);

  /// In topological order, the result last.
  const std::vector<Item>& nodes() const { return nodes_; }
  /// Each after those around it.
  const std::vector<Module>& modules() const { return modules_; }
  /// What is wrong with the numbers, a sentence each.
  const std::vector<std::string>& trouble() const { return trouble_; }
  /// The derivative of the result to operand k, in names and in numbers; empty where there is no
  /// text for it.
  std::string partial(const Item& item, std::size_t k) const;
  std::string partial_in_numbers(const Item& item, std::size_t k) const;
  /// What derivatives call the result: dL/dx.
  const std::string& result_name() const { return result_name_; }

 private:
  std::vector<std::string> operand_names(const Item& item) const;
  /// Nothing where an operand is no scalar whose value is there.
  std::optional<std::vector<std::string>> operand_numbers(const Item& item) const;
  void give_names();
  /// The place of a call among the modules, with those around it.
  Index place_of(const CallTree& calls, CallTree::Index call);

  std::vector<Item> nodes_;
  std::vector<Module> modules_;
  std::vector<CallTree::Index> calls_;  // of the modules
  std::vector<std::string> trouble_;
  std::string result_name_;
};

/// The elements of rank-0 values, as formulas write them.
std::optional<std::string> scalar_text(const Node& n);

}  // namespace brickgrad::internal
