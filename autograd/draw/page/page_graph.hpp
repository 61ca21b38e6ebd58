// A graph as a web page shows it: which nodes have a card, what they are called, and their
// formulas.
#pragma once

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
  };

  explicit PageGraph(const GraphWalk& walk);

  /// In topological order, the result last.
  const std::vector<Item>& nodes() const { return nodes_; }
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

  std::vector<Item> nodes_;
  std::string result_name_;
};

/// The elements of rank-0 values, as formulas write them.
std::optional<std::string> scalar_text(const Node& n);

}  // namespace brickgrad::internal
