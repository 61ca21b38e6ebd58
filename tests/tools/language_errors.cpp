// What the language says about mistakes, and that nothing brings it down.
#include <random>
#include <tests/autograd/compare.hpp>
#include <tests/catch.hpp>
#include <tools/brickgrad/language/formula.hpp>

using namespace brickgrad;
using tools::language::parse;
using tools::language::Session;
using tools::language::Source;
using tools::language::SyntaxError;

namespace {

std::string message(const std::string& text) {
  return message_of([&] {
    Session session;
    session.run(parse(Source(text)));
  });
}

bool incomplete(const std::string& text) {
  try {
    Session session;
    session.run(parse(Source(text)));
  } catch (const SyntaxError& e) { return e.incomplete(); }
  return false;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("an error points at its place", "[language]") {
  CHECK(message("x = 1; x * tahn(x)") ==
        "1:12: there is no function 'tahn'; did you mean 'tanh'?\n"
        "  x = 1; x * tahn(x)\n"
        "             ^~~~");
  CHECK(message("a = 1\nb = 2\na + c") ==
        "3:5: there is no variable 'c'; give it a value: c=1\n"
        "  a + c\n"
        "      ^");
  // Columns count characters, and the caret stands below wide ones and tabs.
  CHECK(message("größe = 1; größe + größa") ==
        "1:20: there is no variable 'größa'; did you mean 'größe'?\n"
        "  größe = 1; größe + größa\n"
        "                     ^~~~~");
  CHECK(message("\t漢字 + 1") ==
        "1:2: there is no variable '漢字'; give it a value: 漢字=1\n"
        "   漢字 + 1\n"
        "   ^~~~");
  CHECK(message("[1, 2] + [1, 2, 3]") ==
        "1:8: add: shapes (2,) and (3,) cannot be broadcast: 2 against 3 in dimension 0\n"
        "  [1, 2] + [1, 2, 3]\n"
        "         ^");
  const std::string long_line = repeated("1 + ", 100) + "* 2" + repeated(" + 1", 100);
  CHECK_THAT(message(long_line), contains("1:401: expected a number, a name or a bracket, found '*'"
                                          "\n  ..."));
  CHECK_THAT(message(long_line), contains("\n" + std::string(2 + 3 + 50, ' ') + "^"));
  CHECK(message_of([] { parse(Source("1 +* 2", "model.txt")); }).starts_with("model.txt:1:4: "));
}

TEST_CASE("an error says what was expected", "[language]") {
  const std::pair<std::string, std::string> cases[] = {
      {"", "there is no expression"},
      {"1 +", "expected a number, a name or a bracket, found the end"},
      {"1 + ;", "expected a number, a name or a bracket, found ';'"},
      {"(1 + 2", "'(' is never closed: expected ')' at the end"},
      {"[1, (2; 3]", "'(' is never closed: expected ')' before the ';'"},
      {"sin(1", "'sin(' is never closed"},
      {"(1]", "expected an operator or ')' for the '(' before, found ']'"},
      {"[1, 2)", "expected an operator, ',' or ']' for the '[' before, found ')'"},
      {"1)", "expected an operator or the end, found ')'"},
      {"()", "expected a number, a name or a bracket, found ')'"},
      {"(1, 2)", "a tensor is written [1, 2]"},
      {"2x", "a product is written with *"},
      {"2(3)", "expected an operator before '('; a product is written with *"},
      {"x = 1; x 2", "expected an operator before '2'"},
      {"1 = 2", "equality is written =="},
      {"1 < 2 < 3", "comparisons do not chain"},
      {"1.2.3", "this is no number"},
      {"1e", "this is no number"},
      {"1e999", "too large for 64 bits; infinity is written inf"},
      {"sin", "sin is a function; it is called with brackets: sin(...)"},
      {"ln(2)", "did you mean 'log'?"},
      {"arctan(2)", "did you mean 'atan'?"},
      {"sofmax([1])", "did you mean 'softmax'?"},
      {"sigmo(1)", "did you mean 'sigmoid'?"},
      {"soft([1])", "did you mean 'softmax'?"},
      {"sin()", "sin takes 1 argument, not 0"},
      {"sin(1, 2)", "sin takes 1 argument, not 2: sin(x)"},
      {"sum([1], axs=0)", "sum has no parameter 'axs'; did you mean 'axis'?"},
      {"sum([1], 0, axis=0)", "axis is given twice"},
      {"sum([1, 2], 0.5)", "axis must be a whole number, not 0.5"},
      {"x = 2; leaky_relu(1, x)", "is no input of the function that can be differentiated"},
      {"[1, 2][2]", "index 2 is out of range for dimension 0 of shape (2,)"},
      {"[1, 2][0, 0]", "too many indices"},
      {"[1, 2][0.5]", "an index must be a whole number, not 0.5"},
      {"[1, 2][::-1]", "only steps of 1 and more"},
      {"[1, 2][1:2:3:4]", "a range has at most a start, a stop and a step"},
      {"[[1, 2], [3]]", "the parts of a tensor must have the same shape"},
      {"zeros(1e6, 1e6)", "tensors of up to 100000000"},
      {"zeros(-1)", "-1"},
      {"arange(0, 1e18)", "tensors of up to 100000000"},
      {"[[[[[[[[[1]]]]]]]]]", "8"},
      {"2 \xE2\x88\x92 1", "'\xE2\x88\x92' (U+2212) has no meaning here; write -"},
      {"x\xC2\xB2", "1:2: a power is written with ^, here ^2"},
      {"2\xE2\x81\xBB\xC2\xB9\xE2\x81\xB0 + 1", "1:2: a power is written with ^, here ^-10"},
      {"a & b", "'&' has no meaning here"},
      {std::string(1000, 'a'),
       "'" + std::string(40, 'a') + "...'; give it a value: " + std::string(40, 'a') + "...=1"},
      {std::string(1000, 'a') + "(1)", "no function '" + std::string(40, 'a') + "...'"},
      {"sum(1, " + std::string(1000, 'a') + "=1)", "'" + std::string(40, 'a') + "...'"},
      {"1 + $", "'$' has no meaning here"},
      {"\xFF", "byte 0xFF is no UTF-8 text"},
      {"caf\xC3", "byte 0xC3 is no UTF-8 text"},
  };
  for (const auto& [text, expected] : cases) {
    INFO(text);
    CHECK_THAT(message(text), contains(expected));
  }
  CHECK_THAT(message(std::string("1 +\0 2", 6)), contains("control character 0x00"));
  CHECK_THAT(message_of([] { tools::language::parse_binding("3", float64); }),
             contains("expected NAME=VALUE"));
}

TEST_CASE("an error tells whether more text could help", "[language]") {
  for (const char* text : {"", "(1", "sin(", "1 +", "x = ", "[1, 2", "[1,", "x = 1; x["})
    CHECK(incomplete(text));
  for (const char* text : {"1)", "2x", "1 + ;", "[1; 2", "nope", "1 $"})
    CHECK_FALSE(incomplete(text));
}

TEST_CASE("depth and length are limited by memory alone", "[language]") {
  const std::size_t deep = 100'000;
  CHECK(message(repeated("(", deep) + "1" + repeated(")", deep)) == "no error");
  CHECK(message(repeated("sin(", deep) + "1" + repeated(")", deep)) == "no error");
  CHECK(message(repeated("-", deep) + "1") == "no error");
  CHECK(message(repeated("2^", deep) + "1") == "no error");
  CHECK(message("x = 1; x" + repeated("[", deep)).starts_with("1:100009: expected a number"));
  CHECK_THAT(message(repeated("(", deep)), contains("found the end"));
  CHECK_THAT(message(repeated("(", deep) + "1"), contains("is never closed"));
  CHECK_THAT(message(repeated("[", deep) + "1" + repeated("]", deep)), contains("8"));
  CHECK_THAT(message(repeated("(", 2'000'000)), contains("wait for their ends"));
  // A graph as deep as that is evaluated and destroyed too.
  CHECK(message("x = 1; " + repeated("sin(", deep) + "x" + repeated(")", deep)) == "no error");

  const std::size_t terms = 5'000'000 / static_cast<std::size_t>(shrink);
  Session session;
  CHECK(session.run(parse(Source("1" + repeated("+1", terms)))).item() ==
        static_cast<double>(terms) + 1);
  CHECK(session.run(parse(Source("[1" + repeated(",1", terms) + "]"))).numel() ==
        static_cast<std::int64_t>(terms) + 1);
}

namespace {

using Random = std::mt19937;

/// Some of what the language knows, and bytes that it does not.
std::string random_text(Random& random) {
  static const std::vector<std::string> pieces{
      "1",   "2.5",   "x",   "w",    "(",     ")",       "[",        "]",      ",",        "+",
      "-",   "*",     "/",   "^",    "@",     "<",       "==",       "=",      ";",        ":",
      "\n",  " ",     "#",   "sin(", "sum(",  "axis=",   "where(",   "slice(", "concat(",  "nan",
      "inf", "1e308", "to(", "eye(", "[1,2]", "conv2d(", "\xC3\xA9", "\xFF",   "linspace("};
  const bool bytes = random() % 2 == 0;
  std::string text;
  for (auto n = random() % 20; n-- > 0;)
    text += bytes ? std::string(1, static_cast<char>(random() % 256))
                  : pieces[random() % pieces.size()];
  return text;
}

/// An expression of sound form, whatever its shapes.
std::string random_expression(Random& random, int depth) {
  static const char* const leaves[] = {"x",      "w",    "2",        "0.5", "0",
                                       "[1, 2]", "w[0]", "w[:, 1:]", "nan"};
  if (depth == 0 || random() % 4 == 0) return leaves[random() % std::size(leaves)];
  if (random() % 2 == 0) {
    static const char* const operators[] = {"+", "-", "*", "/", "^", "@", "<"};
    const std::string left = random_expression(random, depth - 1);
    return fmt::format("({} {} {})", left, operators[random() % std::size(operators)],
                       random_expression(random, depth - 1));
  }
  const auto& all = tools::language::functions();
  const auto& f = all[random() % all.size()];
  std::vector<std::string> arguments;
  for (const auto& parameter : f.parameters)
    if (parameter.default_text.empty() || random() % 3 == 0)
      arguments.push_back(random_expression(random, depth - 1));
  return fmt::format("{}({})", f.name, fmt::join(arguments, ", "));
}

/// Evaluates and differentiates; returns whether that gave a value.
bool gives_value(const std::string& text) {
  INFO(text);
  Session session;
  session.bind("x", Value(2.0));
  session.bind("w", Value(Tensor::from({{1., 2.}, {3., 4.}})));
  try {
    const Value v = session.run(parse(Source(text)));
    if (v.requires_grad()) (v.rank() == 0 ? v : sum(v)).backward();
    return true;
  } catch (const Error&) { return false; }
}

}  // namespace

TEST_CASE("random text gives a value or an error", "[language]") {
  Random random(7);
  int values = 0;
  const int rounds = 10'000;
  for (int i = 0; i < rounds; ++i) values += gives_value(random_text(random));
  CHECK(values > 50);
  CHECK(values < rounds - 1000);
  values = 0;
  for (int i = 0; i < rounds; ++i) values += gives_value(random_expression(random, 3));
  CHECK(values > 1000);
  CHECK(values < rounds - 1000);
}
