#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/page/pullback.hpp>
#include <autograd/error.hpp>
#include <autograd/graph/formula.hpp>
#include <autograd/graph/sum_to.hpp>
#include <unordered_map>

namespace brickgrad::internal {
namespace {

/// Tensors with more elements stand in formulas as their shapes.
constexpr std::int64_t most_in_formula = 6, most_in_part = 16;
/// Derivatives of more operations have no text, nor those that use more things again than there are
/// letters.
constexpr std::int64_t most_operations = 64;

/// While one lives, all that is computed on this thread is recorded, constants too.
class RecordAll {
 public:
  RecordAll()
      : enabled_(std::exchange(grad_enabled, true)), left_(std::exchange(left_graph, &ignored_)) {}
  ~RecordAll() {
    grad_enabled = enabled_;
    left_graph = left_;
  }
  RecordAll(const RecordAll&) = delete;
  RecordAll& operator=(const RecordAll&) = delete;

 private:
  bool ignored_ = false, enabled_;
  bool* left_;
};

/// "[[1 2] [3 4]]" of a few numbers, the shape of many.
Term numbers_term(const Node& n, std::int64_t most = most_in_formula) {
  const Shape shape = n.shape();
  const auto value = n.numel() <= most ? value_of(n) : std::nullopt;
  if (!value || n.numel() == 0) return closed_term(to_string(shape));
  const std::vector<double> elements = value->to_vector();
  if (shape.rank() == 0) return term_of(short_number(elements[0]));
  std::string text;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    // Brackets open and close where an axis begins and ends.
    std::int64_t extent = 1;
    std::string opened, closed;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      extent *= shape[axis];
      if (static_cast<std::int64_t>(i) % extent == 0) opened += '[';
      if (static_cast<std::int64_t>(i + 1) % extent == 0) closed += ']';
    }
    text += fmt::format("{}{}{}{}", i > 0 ? " " : "", opened, short_number(elements[i]), closed);
  }
  return closed_term(text);
}

/// A recorded expression as text, which ends at the nodes that have names.
class Expression {
 public:
  using Names = std::unordered_map<const Node*, std::string>;

  Expression(Node& root, const Names& names) : root_(root), names_(names) {
    sort();
    const auto is_counted = [this](const Node* n) { return is_op(*n); };
    operations_ = std::count_if(order_.begin(), order_.end(), is_counted);
    is_long_ = operations_ > most_operations;
    char letter = 'a';
    for (const Node* n : order_) {
      const bool again = is_op(*n) && n != &root_ && uses_[n] > 1;
      if (!again && !is_constant(*n)) continue;
      while (is_taken(letter)) ++letter;
      // Without letters for all that is used again, the text could become as long as the paths.
      is_long_ = is_long_ || letter > 'z';
      if (is_long_) break;
      letters_[n] = std::string(1, letter++);
    }
  }

  /// As text, or in words where nobody would read that.
  void write(Pullback& to) const {
    if (is_long_) {
      std::vector<std::string> read;
      for (const Node* n : order_)
        if (const auto name = names_.find(n); name != names_.end()) read.push_back(name->second);
      to.rule = fmt::format("{} operations on {}", operations_, fmt::join(read, ", "));
      return;
    }
    std::unordered_map<const Node*, Term> terms;
    for (const Node* n : order_) {
      Term term =
          is_op(*n) ? operation(*n, [&](const Node& x) { return terms.at(&x); }) : outside(*n);
      if (const auto letter = letters_.find(n); letter != letters_.end()) {
        to.parts.emplace_back(letter->second, term.text);
        term = term_of(letter->second);
      }
      terms.insert_or_assign(n, std::move(term));
    }
    to.rule = terms.at(&root_).text;
    to.rule_in_numbers = in_numbers(root_).text;
  }

  bool uses(const Node& n) const { return uses_.contains(&n); }

 private:
  bool is_taken(char letter) const {
    return std::any_of(names_.begin(), names_.end(), [letter](const auto& name) {
      return name.second == std::string_view(&letter, 1);
    });
  }
  /// A tensor that the derivative makes of what it knows, such as labels and masks.
  bool is_constant(const Node& n) const {
    return n.is(leaf) && !names_.contains(&n) && n.shape().rank() > 0;
  }
  bool is_op(const Node& n) const { return !n.is(leaf) && !names_.contains(&n); }

  /// Each after what it is computed from.
  void sort() {
    std::vector<std::pair<Node*, int>> open{{&root_, 0}};
    uses_[&root_] = 1;
    while (!open.empty()) {
      auto& [n, next] = open.back();
      if (!is_op(*n) || next == n->inputs()) {
        order_.push_back(n);
        open.pop_back();
        continue;
      }
      Node* input = n->input(next++);
      if (input && ++uses_[input] == 1) open.emplace_back(input, 0);
    }
  }

  /// The numbers where they are few, else what it is called.
  Term numbers_or_name(const Node& n) const {
    if (n.numel() <= most_in_formula) return numbers_term(n);
    if (const auto letter = letters_.find(&n); letter != letters_.end())
      return term_of(letter->second);
    const auto name = names_.find(&n);
    return name != names_.end() ? term_of(name->second) : numbers_term(n);
  }

  Term outside(const Node& n) const {
    const auto name = names_.find(&n);
    if (is_constant(n) && n.numel() > most_in_part)
      return closed_term("a constant " + to_string(n.shape()));
    return name != names_.end() ? term_of(name->second) : numbers_term(n, most_in_part);
  }

  template <class TermOf>
  static Term operation(const Node& n, TermOf&& term_of_input) {
    std::vector<Term> inputs;
    inputs.reserve(static_cast<std::size_t>(n.inputs()));
    for (int i = 0; i < n.inputs(); ++i)
      inputs.push_back(n.input(i) ? term_of_input(*n.input(i))
                                  : term_of(short_number(n.immediate)));
    return applied(*n.op, n.attributes(), inputs);
  }

  /// The parts are numbers too, so that the line stays short.
  Term in_numbers(const Node& root) const {
    std::unordered_map<const Node*, Term> terms;
    for (const Node* n : order_) {
      const bool known = !is_op(*n) || letters_.contains(n);
      terms.insert_or_assign(n, known ? numbers_or_name(*n)
                                      : operation(*n, [&](const Node& x) { return terms.at(&x); }));
    }
    return terms.at(&root);
  }

  Node& root_;
  const Names& names_;
  std::int64_t operations_ = 0;
  bool is_long_ = false;
  std::vector<Node*> order_;
  std::unordered_map<const Node*, int> uses_;
  std::unordered_map<const Node*, std::string> letters_;
};

std::vector<Value> contributions_of(Node& n, const Value& g) {
  std::vector<Value> out(static_cast<std::size_t>(n.inputs()));
  n.op->gradient(n, g, out);
  return out;
}

/// The derivatives of an elementwise op.
std::vector<Value> locals_of(Node& n) {
  const no_grad guard;
  return contributions_of(n, constant(Tensor::ones(n.shape(), n.dtype())));
}

std::vector<Pullback> recorded(Node& n, const std::string& result,
                               std::span<const std::string> operands) {
  std::vector<Pullback> out(operands.size());
  const bool elementwise = n.op->elementwise >= 0;
  std::vector<Value> locals;
  if (elementwise) locals = locals_of(n);
  const RecordAll guard;
  const Value g(gradient_of(n)->clone());
  const std::vector<Value> contributions = contributions_of(n, g);
  for (std::size_t k = 0; k < out.size(); ++k) {
    Node* operand = n.input(static_cast<int>(k));
    if (!contributions[k].node_or_null()) continue;
    const Value received = sum_to(contributions[k], operand->shape());
    Expression::Names names{{g.node(), gradient_mark}, {&n, result}};
    for (std::size_t i = 0; i < out.size(); ++i)
      if (const Node* x = n.input(static_cast<int>(i))) names.emplace(x, operands[i]);
    const bool scaled = elementwise && contributions[k].node() != g.node();
    if (scaled)
      names.emplace(contributions[k].node(), fmt::format("{} ⊙ {}", gradient_mark, local_mark));
    const Expression expression(*received.node(), names);
    expression.write(out[k]);
    if (elementwise) {
      // In numbers its operands are too large for a line.
      out[k].rule_in_numbers.clear();
      if (scaled) out[k].local = locals[k].data();
      continue;
    }
    out[k].reads_result = expression.uses(n);
    for (std::size_t i = 0; i < out.size(); ++i)
      if (const Node* x = n.input(static_cast<int>(i)); x && expression.uses(*x))
        out[k].reads.push_back(i);
  }
  return out;
}

}  // namespace

std::vector<Pullback> pullbacks(Node& n, const std::string& result,
                                std::span<const std::string> operands) {
  std::vector<Pullback> nothing(operands.size());
  if (!has_gradient(n)) return nothing;
  try {
    return recorded(n, result, operands);
  } catch (const Error&) {
    // A value that the derivative reads was changed in place since.
    return nothing;
  }
}

}  // namespace brickgrad::internal
