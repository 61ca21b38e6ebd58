// How the nodes of a graph are called in sentences about it.
#pragma once

#include <autograd/draw/call_tree.hpp>
#include <autograd/draw/graph_walk.hpp>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace brickgrad::internal {

/// How a node is called in a sentence: its name and op, or its op. The name is its own unless there
/// is another.
std::string spoken_name(const Node& n, const std::string& name = "");

/// "a → b → … → z", with so many of them at most.
std::string listed(const std::vector<std::string>& names, const char* between, std::size_t most);

class Speaker {
 public:
  using Index = GraphWalk::Index;

  /// `names` are those of the nodes where a picture gave them some; it may be empty.
  Speaker(const GraphWalk& walk, const CallTree& calls, std::span<const std::string> names);

  /// What tells the node from all others: "relu", or "relu of z" where there are several.
  std::string spoken(Index i) const;
  /// That, and where it is: "relu in 3 ReLU".
  std::string place(Index i) const;
  std::string places(const std::vector<Index>& nodes) const;
  /// "a → b → c".
  std::string steps(const std::vector<Index>& way) const;

 private:
  std::string plain(Index i) const;
  std::string located(Index i, std::string text) const;
  std::string told_apart(Index i) const;
  const std::vector<Index>& called(const std::string& text) const;

  const GraphWalk& walk_;
  const CallTree& calls_;
  std::span<const std::string> names_;
  /// Of each way to call a node where it stands, the nodes that are called so; made when asked for.
  mutable std::unordered_map<std::string, std::vector<Index>> alike_;
};

}  // namespace brickgrad::internal
