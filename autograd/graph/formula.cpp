#include <fmt/format.h>
#include <algorithm>
#include <autograd/graph/formula.hpp>
#include <autograd/ops/all.hpp>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

// The functions of <cmath> that formulas call.
// clang-format off
#define BRICKGRAD_MATH_1(F)                                                               \
  F(abs) F(acos) F(acosh) F(asin) F(asinh) F(atan) F(atanh) F(cbrt) F(cos) F(cosh) F(erf) \
  F(erfc) F(exp) F(exp2) F(expm1) F(log) F(log10) F(log1p) F(log2) F(sin) F(sinh) F(sqrt) \
  F(tan) F(tanh)
// clang-format on

namespace brickgrad::internal {
namespace {

/// How tightly the outermost operator of a text binds.
enum Binding { comparing, adding, multiplying, negating, raising, whole };

bool is_number(std::string_view text) {
  double x;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  return error == std::errc() && end == text.data() + text.size();
}

Binding binding_of(std::string_view text) {
  if (is_number(text)) return text.starts_with('-') ? negating : whole;
  const bool one_word = std::none_of(text.begin(), text.end(), [](char c) {
    return c == ' ' || (c != '_' && c != '.' && std::ispunct(static_cast<unsigned char>(c)));
  });
  return one_word ? whole : comparing;
}

/// A number made of text: the operators of a formula join the texts of their operands, and compute
/// what is known of constants.
class Text {
 public:
  /// `place` tells inputs apart that have the same text: 3 * 3 is a square only of one 3.
  Text(const std::string& input, int place)
      : text_(input), binding_(binding_of(input)), place_(place) {}
  Text(std::string text, Binding binding) : text_(std::move(text)), binding_(binding) {}
  template <class T>
  requires std::is_arithmetic_v<T> Text(T number)
      : Text(fmt::format("{}", number), number < 0 ? negating : whole) {
    constant_ = static_cast<double>(number);
  }
  explicit Text(const Term& term) : Text(term.text, static_cast<Binding>(term.binding)) {}

  /// An input that is a number whatever the other inputs are.
  static Text constant(const std::string& input, int place) {
    Text t(input, place);
    double x;
    const auto [end, error] = std::from_chars(input.data(), input.data() + input.size(), x);
    if (error == std::errc() && end == input.data() + input.size()) t.constant_ = x;
    return t;
  }

  const std::string& text() const { return text_; }
  Term term() const { return {text_, binding_}; }

// clang-format off
#define BRICKGRAD_JOIN(sign, binding)                                                  \
  friend Text operator sign(const Text& a, const Text& b) {                            \
    if (a.constant_ && b.constant_) return computed(*a.constant_ sign *b.constant_);   \
    return join(a, " " #sign " ", b, binding);                                         \
  }
  BRICKGRAD_JOIN(+, adding) BRICKGRAD_JOIN(-, adding) BRICKGRAD_JOIN(/, multiplying)
  BRICKGRAD_JOIN(<, comparing) BRICKGRAD_JOIN(<=, comparing) BRICKGRAD_JOIN(>, comparing)
  BRICKGRAD_JOIN(>=, comparing) BRICKGRAD_JOIN(==, comparing) BRICKGRAD_JOIN(!=, comparing)
#undef BRICKGRAD_JOIN
      // clang-format on
      friend Text
      operator*(const Text& a, const Text& b) {
    if (a.constant_ && b.constant_) return computed(*a.constant_ * *b.constant_);
    if (a.constant_ == 1.0) return b;
    // Two numbers may be equal by chance, unless they are one input.
    const bool may_be_one = a.place_ >= 0 || !is_number(a.text_);
    if (may_be_one && a.place_ == b.place_ && a.text_ == b.text_) return pow(a, 2);
    return join(a, " * ", b, multiplying);
  }
  friend Text operator-(const Text& a) {
    if (a.constant_) return computed(-*a.constant_);
    return {fmt::format("-{}", a.at_least(raising)), negating};
  }
  friend Text pow(const Text& a, const Text& b) {
    if (a.constant_ && b.constant_) return computed(std::pow(*a.constant_, *b.constant_));
    if (b.constant_ == 0.0) return 1;
    if (b.constant_ == 1.0) return a;
    return {fmt::format("{}^{}", a.at_least(whole), b.at_least(raising)), raising};
  }
  friend Text sigmoid(const Text& x) { return 1 / (1 + exp(-x)); }
  friend Text where(const Text& c, const Text& a, const Text& b) {
    if (c.constant_) return *c.constant_ != 0 ? a : b;
    return {fmt::format("where({}, {}, {})", c.text_, a.text_, b.text_), whole};
  }
  friend Text product_of(const Text& a, const Text& b) { return join(a, " @ ", b, multiplying); }
  friend Text product_of(const Text& a, const Text& b, const Text& c) {
    return product_of(a, b) + c;
  }
  friend Text label_loss(const Text& logits, const ops::Labels&, const ops::FewResults&) {
    return {fmt::format("mean(logsumexp({}, 1) - {}[label])", logits.text_, logits.at_least(whole)),
            whole};
  }
  friend Text mean_squared_error(const Text& prediction, const Text& target) {
    return {fmt::format("mean({})", pow(prediction - target, 2).text_), whole};
  }
  friend Text atan2(const Text& a, const Text& b) {
    return {fmt::format("atan2({}, {})", a.text_, b.text_), whole};
  }
#define BRICKGRAD_FUNCTION(f) \
  friend Text f(const Text& a) { return {fmt::format(#f "({})", a.text_), whole}; }
  BRICKGRAD_MATH_1(BRICKGRAD_FUNCTION)
#undef BRICKGRAD_FUNCTION

 private:
  static Text computed(double x) {
    Text t(fmt::format("{:.6g}", x), x < 0 ? negating : whole);
    t.constant_ = x;
    return t;
  }
  std::string at_least(Binding wanted) const {
    return binding_ < wanted ? fmt::format("({})", text_) : text_;
  }
  /// Operators of one kind group from the left.
  static Text join(const Text& a, const char* sign, const Text& b, Binding binding) {
    const Binding wanted = b.binding_ == negating ? whole : static_cast<Binding>(binding + 1);
    return {fmt::format("{}{}{}", a.at_least(binding), sign, b.at_least(wanted)), binding};
  }

  std::string text_;
  Binding binding_;
  int place_ = -1;  // of what the formula made
  std::optional<double> constant_;
};

/// What one elementwise op gives on texts.
struct Formulas {
  std::string (*forward)(const void* op, std::span<const std::string> x);
  std::string (*partial)(const void* op, int input, const std::string& y,
                         std::span<const std::string> x, InputSet constants);
};

template <class Op>
const Op& attributes_or_default(const void* op) {
  static const Op initial{};
  return op ? *static_cast<const Op*>(op) : initial;
}

std::string text_of(const Text& t) { return t.text(); }

template <class Op, int... I>
constexpr Formulas formulas_of(std::integer_sequence<int, I...>) {
  return {[](const void* op, std::span<const std::string> x) {
            return text_of(attributes_or_default<Op>(op).forward(Text(x[I], I + 1)...));
          },
          [](const void* op, int input, const std::string& y, std::span<const std::string> x,
             InputSet constants) {
            const auto partials = attributes_or_default<Op>(op).partials(
                Text(y, 0),
                (constants >> I & 1) != 0 ? Text::constant(x[I], I + 1) : Text(x[I], I + 1)...);
            const Text all[] = {Text(std::get<I>(partials))...};
            const std::string& text = all[input].text();
            return text == "0" ? "" : text;
          }};
}

#define BRICKGRAD_FORMULAS(Op, function) \
  formulas_of<ops::Op>(std::make_integer_sequence<int, ops::Op::arity>{}),
constexpr Formulas formulas[] = {BRICKGRAD_ELEMENTWISE_OPS(BRICKGRAD_FORMULAS)};
#undef BRICKGRAD_FORMULAS

/// The formula of an op on whole tensors that is made of few others.
template <class Op, int... I>
std::string structural_text(const void* op, std::span<const std::string> x,
                            std::integer_sequence<int, I...>) {
  return text_of(attributes_or_default<Op>(op).forward(Text(x[I], I + 1)...));
}

/// Empty for those whose kernels are their only definition.
std::string structural_text(const OpTable& op, const void* attributes,
                            std::span<const std::string> x) {
  std::string text;
  OpList<ops::Linear, ops::CrossEntropy, ops::MseLoss>::for_each([&]<class Op>() {
    if (op.name == std::string_view(Op::name))
      text = structural_text<Op>(attributes, x, std::make_integer_sequence<int, Op::arity>{});
  });
  return text;
}

/// What the operators between two operands make of them.
constexpr std::pair<std::string_view, Text (*)(const Text& a, const Text& b)> operators[] = {
    {"+", [](const Text& a, const Text& b) { return a + b; }},
    {"-", [](const Text& a, const Text& b) { return a - b; }},
    {"*", [](const Text& a, const Text& b) { return a * b; }},
    {"/", [](const Text& a, const Text& b) { return a / b; }},
    {"^", [](const Text& a, const Text& b) { return pow(a, b); }},
    {"@", [](const Text& a, const Text& b) { return product_of(a, b); }},
};

std::optional<Text> between(const OpTable& op, const Text& a, const Text& b) {
  for (const auto& [symbol, join] : operators)
    if (op.symbol == symbol) return join(a, b);
  return std::nullopt;
}

}  // namespace

std::string forward_text(const OpTable& op, const void* attributes,
                         std::span<const std::string> inputs) {
  if (op.elementwise >= 0) return formulas[op.elementwise].forward(attributes, inputs);
  if (std::string text = structural_text(op, attributes, inputs); !text.empty()) return text;
  if (inputs.size() == 2)
    if (const auto text = between(op, Text(inputs[0], 1), Text(inputs[1], 2))) return text->text();
  return fmt::format("{}({})", op.name, fmt::join(inputs, ", "));
}

std::string partial_text(const OpTable& op, const void* attributes, int input,
                         const std::string& result, std::span<const std::string> inputs,
                         InputSet constants) {
  if (op.elementwise < 0) return "";
  return formulas[op.elementwise].partial(attributes, input, result, inputs, constants);
}

Term term_of(const std::string& text) { return {text, binding_of(text)}; }
Term closed_term(const std::string& text) { return {text, whole}; }

Term applied(const OpTable& op, const void* attributes, std::span<const Term> inputs) {
  if (inputs.size() == 2)
    if (const auto text = between(op, Text(inputs[0]), Text(inputs[1]))) return text->term();
  if (inputs.size() == 1 && op.symbol == std::string_view("-")) return (-Text(inputs[0])).term();
  std::string text = fmt::format("{}(", op.name);
  for (std::size_t i = 0; i < inputs.size(); ++i) text += (i > 0 ? ", " : "") + inputs[i].text;
  const std::string how = op.describe ? op.describe(attributes) : "";
  return {text + (how.empty() ? "" : ", ") + how + ")", whole};
}

}  // namespace brickgrad::internal
