// Operator precedence with a stack of its own (Dijkstra's shunting yard): an operand goes straight
// into the code, an operator waits until one that binds less comes.
#include <fmt/format.h>
#include <unordered_map>
#include <utility>

#include "lexer.hpp"
#include "script.hpp"
#include "suggest.hpp"
#include "utf8.hpp"

namespace tools::language {
namespace {

struct Operator {
  std::string_view sign, function;
  int strength;
  bool right = false;
};
constexpr int comparison = 1, sign_strength = 4;
constexpr std::size_t most_pending = 1'000'000;
constexpr Operator operators[] = {
    {"<", "less", comparison},
    {"<=", "less_equal", comparison},
    {">", "greater", comparison},
    {">=", "greater_equal", comparison},
    {"==", "equal", comparison},
    {"!=", "not_equal", comparison},
    {"+", "add", 2},
    {"-", "sub", 2},
    {"*", "mul", 3},
    {"/", "div", 3},
    {"@", "matmul", 3},
    {"^", "pow", 5, true},
    {"**", "pow", 5, true},
};

const Operator* operator_of(const Token& t) {
  if (t.kind == TokenKind::sign)
    for (const Operator& o : operators)
      if (o.sign == t.text) return &o;
  return nullptr;
}

/// What few brackets have.
struct Details {
  std::vector<std::string> keywords;
  std::vector<Subscript> subscripts;
};

/// What waits on the stack: an operator, or a bracket that is still open.
struct Pending {
  enum Kind { sign, binary, group, call, list, index } kind;
  Span at;
  int strength = 0;
  const Function* function = nullptr;
  std::uint32_t count = 0;  // of operands that a bracket holds so far
  int range_part = 0;       // colons seen in the subscript
  std::unique_ptr<Details> details = nullptr;

  bool is_bracket() const { return kind >= group; }
  std::string_view closing() const { return kind == group || kind == call ? ")" : "]"; }
};

class Parser {
 public:
  explicit Parser(Source source)
      : source_(std::make_shared<const Source>(std::move(source))), lexer_(*source_) {
    script_.source = source_;
  }

  Script parse() {
    while (true) {
      while (lexer_.peek().kind == TokenKind::separator) lexer_.take();
      if (lexer_.peek().kind == TokenKind::end) break;
      statement();
    }
    return std::move(script_);
  }

 private:
  void statement() {
    Statement s;
    s.first = script_.code.size();
    s.at = lexer_.peek().at;
    std::optional<Token> first;
    if (lexer_.peek().kind == TokenKind::name) {
      first = lexer_.take();
      if (lexer_.peek().is("=")) {
        lexer_.take();
        s.target = first->text;
        first.reset();
      }
    }
    assigns_ = !s.target.empty();
    bool wants_operand = true;
    if (first) wants_operand = name(*first);
    while (true) {
      // A line may end wherever an expression cannot.
      if (lexer_.peek().is_line_end() && (wants_operand || bracket_)) {
        lexer_.take();
        continue;
      }
      if (!wants_operand && at_end()) break;
      wants_operand = wants_operand ? operand() : after_operand();
    }
    while (!pending_.empty()) emit_operator();
    s.last = script_.code.size();
    script_.statements.push_back(std::move(s));
  }

  /// Whether the statement ends here; an open bracket at the end is an error.
  bool at_end() {
    const Token& t = lexer_.peek();
    if (t.kind != TokenKind::end && t.kind != TokenKind::separator) return false;
    if (!bracket_) return true;
    const Pending& open = pending_[bracket_ - 1];
    fail(
        open.at,
        fmt::format("'{}' is never closed: expected '{}'{}", source_->part(open.at), open.closing(),
                    t.kind == TokenKind::separator ? " before the ';'" : " at the end"),
        t.kind == TokenKind::end);
  }

  /// Reads what may stand where a value is expected; returns whether one is still expected.
  bool operand() {
    const Token t = lexer_.take();
    if (t.kind == TokenKind::number) {
      push(Instruction::number, t.at).value = t.number;
      return false;
    }
    if (t.kind == TokenKind::name) return name(t);
    if (t.is("-")) {
      wait({Pending::sign, t.at, sign_strength, find_function("neg")});
      return true;
    }
    if (t.is("+")) return true;
    if (t.is("(")) return open(Pending::group, t.at);
    if (t.is("[")) return open(Pending::list, t.at);
    if (bracket_ && bracket_ == pending_.size()) {
      Pending& b = pending_.back();
      const bool empty = (b.kind == Pending::call || b.kind == Pending::list) && b.count == 0;
      if (empty && !b.details && t.is(b.closing())) {
        close(t);
        return false;
      }
      if (b.kind == Pending::index && t.is(":")) return colon(t, false);
      if (b.kind == Pending::index && b.range_part > 0 && (t.is(",") || t.is("]")))
        return end_subscript(t, false);
    }
    fail(t.at, fmt::format("expected a number, a name or a bracket, found {}", describe(t)),
         t.kind == TokenKind::end);
  }

  /// A variable, or the start of a call.
  bool name(const Token& t) {
    if (lexer_.peek().is("(")) {
      const Token bracket = lexer_.take();
      const Function* f = find_function(t.text);
      if (!f)
        fail(t.at, fmt::format("there is no function '{}'{}", shortened(t.text),
                               suggestion(t.text, function_names())));
      const Span whole{t.at.offset, bracket.at.offset + 1 - t.at.offset};
      open(Pending::call, whole);
      pending_.back().function = f;
      keyword();
      return true;
    }
    push(Instruction::load, t.at).index_of = index_of_name(t.text);
    return false;
  }

  /// A parameter's name before an argument: sum(x, axis=0).
  void keyword() {
    while (lexer_.peek().is_line_end()) lexer_.take();
    if (lexer_.peek().kind != TokenKind::name) return;
    const Lexer before = lexer_;
    const Token t = lexer_.take();
    if (!lexer_.peek().is("=")) {
      restore(before);
      return;
    }
    lexer_.take();
    Pending& call = pending_.back();
    if (!call.details) call.details = std::make_unique<Details>();
    call.details->keywords.resize(call.count);
    call.details->keywords.emplace_back(t.text);
  }

  /// Reads what may follow a value; returns whether another one is expected then.
  bool after_operand() {
    const Token t = lexer_.take();
    if (const Operator* o = operator_of(t)) {
      binary(*o, t.at);
      return true;
    }
    if (t.is("[")) {
      open(Pending::index, t.at);
      pending_.back().details = std::make_unique<Details>();
      pending_.back().details->subscripts.emplace_back();
      return true;
    }
    if (t.kind == TokenKind::number || t.kind == TokenKind::name || t.is("("))
      fail(t.at,
           fmt::format("expected an operator before {}; a product is written with *", describe(t)));
    if (t.is("=") && assigns_)
      fail(t.at,
           "an assignment has no value; assign one after the other: b = 2; a = b. Equality is "
           "written ==");
    if (t.is("="))
      fail(t.at,
           "only a name at the start of a statement can be assigned to; equality is written "
           "==");
    if (!bracket_)
      fail(t.at, fmt::format("expected an operator or the end, found {}", describe(t)));
    while (pending_.size() > bracket_) emit_operator();
    Pending& b = pending_.back();
    if (b.kind == Pending::index) {
      if (t.is(":")) return colon(t, true);
      if (t.is(",") || t.is("]")) return end_subscript(t, true);
    }
    if (t.is(b.closing())) {
      ++b.count;
      close(t);
      return false;
    }
    if (t.is(",") && b.kind != Pending::group) {
      ++b.count;
      if (b.kind == Pending::call) keyword();
      return true;
    }
    if (t.is(",") && b.kind == Pending::group)
      fail(t.at, "expected ')', found ','; a tensor is written [1, 2]");
    fail(t.at, fmt::format("expected an operator{} or '{}' for the '{}' before, found {}",
                           b.kind == Pending::group ? "" : ", ','", b.closing(),
                           source_->part(b.at), describe(t)));
  }

  void binary(const Operator& o, Span at) {
    while (pending_.size() > bracket_) {
      const Pending& top = pending_.back();
      if (top.strength < o.strength || (top.strength == o.strength && o.right)) break;
      if (o.strength == comparison && top.strength == comparison)
        fail(at, "comparisons do not chain; write (a < b) * (b < c) for both");
      emit_operator();
    }
    wait({Pending::binary, at, o.strength, find_function(o.function)});
  }

  bool open(Pending::Kind kind, Span at) {
    brackets_.push_back(bracket_);
    wait({kind, at});
    bracket_ = pending_.size();
    return true;
  }

  void wait(Pending p) {
    if (pending_.size() == most_pending)
      fail(p.at, fmt::format("more than {} brackets or operators wait for their ends here",
                             most_pending));
    pending_.push_back(std::move(p));
  }

  void close(const Token& t) {
    Pending b = std::move(pending_.back());
    pending_.pop_back();
    bracket_ = brackets_.back();
    brackets_.pop_back();
    const std::uint32_t length = t.at.offset + t.at.length - b.at.offset;
    switch (b.kind) {
      case Pending::call: {
        // Names of arguments end with the last one that has any.
        std::vector<std::string> keywords;
        if (b.details) keywords = std::move(b.details->keywords);
        if (!keywords.empty()) keywords.resize(b.count);
        emit_call(*b.function, std::move(keywords), b.count, {b.at.offset, b.at.length - 1});
        break;
      }
      case Pending::list: {
        Instruction& i = push(Instruction::list, {b.at.offset, length});
        i.count = b.count;
        i.index_of = 0;
        break;
      }
      case Pending::index:
        push(Instruction::index, {b.at.offset, length}).index_of = script_.subscripts.size();
        script_.subscripts.push_back(std::move(b.details->subscripts));
        break;
      default: break;
    }
  }

  bool colon(const Token& t, bool given) {
    Pending& b = pending_.back();
    Subscript& s = b.details->subscripts.back();
    if (b.range_part == 2) fail(t.at, "a range has at most a start, a stop and a step");
    s.is_range = true;
    s.given[b.range_part++] = given;
    return true;
  }

  bool end_subscript(const Token& t, bool given) {
    Pending& b = pending_.back();
    b.details->subscripts.back().given[b.range_part] = given;
    b.range_part = 0;
    if (t.is("]")) {
      close(t);
      return false;
    }
    b.details->subscripts.emplace_back();
    return true;
  }

  void emit_operator() {
    const Pending p = std::move(pending_.back());
    pending_.pop_back();
    emit_call(*p.function, {}, p.kind == Pending::binary ? 2 : 1, p.at);
  }

  void emit_call(const Function& f, std::vector<std::string> keywords, std::uint32_t count,
                 Span at) {
    check_arguments(f, keywords, count, [&](const std::string& message) { fail(at, message); });
    std::size_t site = script_.calls.size();
    if (keywords.empty()) {
      const auto [place, fresh] = plain_calls_.try_emplace(&f, site);
      site = place->second;
      if (fresh) script_.calls.push_back({&f, {}});
    } else {
      script_.calls.push_back({&f, std::move(keywords)});
    }
    Instruction& i = push(Instruction::call, at);
    i.count = count;
    i.index_of = site;
  }

  Instruction& push(Instruction::Kind kind, Span at) {
    Instruction i;
    i.kind = kind;
    i.at = at;
    script_.code.push_back(i);
    return script_.code.back();
  }

  std::size_t index_of_name(std::string_view text) {
    const auto [place, fresh] = names_.try_emplace(text, script_.names.size());
    if (fresh) script_.names.emplace_back(text);
    return place->second;
  }

  void restore(const Lexer& before) { lexer_.rewind(before); }

  [[noreturn]] void fail(Span at, std::string_view message, bool incomplete = false) const {
    source_->fail(at, message, incomplete);
  }

  std::shared_ptr<const Source> source_;
  Lexer lexer_;
  Script script_;
  bool assigns_ = false;  // the statement that is read
  std::vector<Pending> pending_;
  std::size_t bracket_ = 0;            // how deep in `pending_` the innermost bracket lies
  std::vector<std::size_t> brackets_;  // the same of those around it
  std::unordered_map<std::string_view, std::size_t> names_;
  std::unordered_map<const Function*, std::size_t> plain_calls_;
};

}  // namespace

Script parse(Source source) { return Parser(std::move(source)).parse(); }

}  // namespace tools::language
