// Names that would be markup, break a string or be no text at all.
#include "graphs.hpp"

#include <autograd/draw/label_text.hpp>
#include <random>

using namespace drawing_tests;
using internal::html_escaped;
using internal::printable;

TEST_CASE("labels printable text") {
  CHECK(printable("w1", 40) == "w1");
  CHECK(printable("größe ∂ 重み 🧱", 40) == "größe ∂ 重み 🧱");
  CHECK(printable("a\nb\tc\r", 40) == "a\\nb\\tc\\r");
  CHECK(printable(std::string_view("\0\x07\x7f", 3), 40) == "\\x00\\x07\\x7f");
  CHECK(printable("\u202Eabc", 40) == "\\u202eabc");
  CHECK(printable("\uFFFF", 40) == "\\uffff");
  CHECK(printable("\xff\xc3", 40) == "��");
  CHECK(printable("\xc0\xaf", 40) == "��");            // too long a form
  CHECK(printable("\xed\xa0\x80", 40) == "���");       // half of a surrogate pair
  CHECK(printable("\xf4\x90\x80\x80", 40) == "����");  // beyond the last character
}

TEST_CASE("labels long names are shortened in the middle") {
  CHECK(printable("0123456789", 10) == "0123456789");
  CHECK(printable("0123456789A", 10) == "012345…89A");
  CHECK(printable("äöüäöüäöüäöü", 6) == "äöüä…ü");
  CHECK(printable(std::string(20'000, 'x'), 40).size() < 50);
}

TEST_CASE("labels vectors stand in lines of equal length") {
  // Of five numbers each, not of eight and two.
  const std::string dot = to_dot(Value(Tensor::arange(0, 10)));
  CHECK(dot.find("<TD ALIGN=\"RIGHT\"> 4</TD></TR>") != std::string::npos);
  CHECK(dot.find("<TD ALIGN=\"RIGHT\"> 9</TD></TR>") != std::string::npos);
  CHECK(dot.find("<TD ALIGN=\"RIGHT\"> 7</TD></TR>") == std::string::npos);
  const std::string short_one = to_dot(Value(Tensor::arange(0, 6)));
  CHECK(short_one.find("<TD ALIGN=\"RIGHT\"> 5</TD></TR>") != std::string::npos);
  CHECK(short_one.find("<TD ALIGN=\"RIGHT\"> 2</TD></TR>") == std::string::npos);
}

TEST_CASE("labels markup is escaped") {
  CHECK(html_escaped(R"(<b>&"x"\N)") == R"(&lt;b&gt;&amp;&quot;x&quot;\\N)");
}

TEST_CASE("labels hostile names come out as they are") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const Value x = named(2.0, R"(a<b>&"c"\N{x|y}\l]]>&lt;'%s)");
  const std::string path = folder / "x.svg";
  CHECK(render(x * x, path, {.title = R"(<i>&amp;\G")"}).warnings.empty());
  const std::string svg = text_of(path);
  CHECK(svg.find(R"(>a&lt;b&gt;&amp;&quot;c&quot;\N{x|y}\l]]&gt;&amp;lt;&#39;%s<)") !=
        std::string::npos);
  CHECK(svg.find(R"(>&lt;i&gt;&amp;amp;\G&quot;<)") != std::string::npos);
}

namespace {

class HostileNames {
 public:
  std::string next() {
    constexpr const char* pieces[] = {
        "<",    ">",  "&",   "\"",   "\\",   "{",      "}",        "|",   "\n",
        "\r",   "\t", "]]>", "<!--", "-->",  "&#0;",   "&lt",      ";",   "\\N",
        "\\\"", "%",  "é",   "重",   "🧱", "\u202e", "</TABLE>", "<B>", "a",
        " ",    "n1", "->",  "/*",   "//",   "#",      "'",        "\\",  "&amp;&quot;"};
    if (below(50) == 0) return std::string(20'000, static_cast<char>(below(256)));
    std::string name;
    for (std::size_t i = 0, length = below(30); i < length; ++i)
      name += below(3) ? pieces[below(std::size(pieces))]
                       : std::string(1, static_cast<char>(below(256)));
    return name;
  }
  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  std::mt19937 random_{1};
};

/// A graph of random ops in random parts, all called something hostile.
Value hostile_graph(HostileNames& names) {
  std::vector<Value> values;
  for (std::size_t i = 0, n = 1 + names.below(4); i < n; ++i) {
    const Value leaf = names.below(2) ? Value(0.5) : Value(Tensor::from({0.5, -1.}));
    values.push_back(names.below(3) ? leaf.name(names.next()) : leaf);
  }
  for (std::size_t i = 0, n = names.below(12); i < n; ++i) {
    const ModuleTrace::Part part(names.next(), names.next(), names.next());
    const Value a = values[names.below(values.size())], b = values[names.below(values.size())];
    const std::size_t op = names.below(6);
    const Value y = op == 0   ? a * b
                    : op == 1 ? a + b
                    : op == 2 ? log(a)
                    : op == 3 ? sum(a)
                    : op == 4 ? a - 3.0
                              : tanh(a);
    values.push_back(names.below(3) ? y : y.name(names.next()));
  }
  Value total = sum(values[0]);
  for (const Value& v : values) total = total + sum(v);
  if (names.below(2)) total.backward({.retain_grad = true});
  return total;
}

}  // namespace

TEST_CASE("labels Graphviz reads whatever a value is called") {
  if (lacks_dot_command()) return;
  const Folder folder;
  HostileNames names;
  std::ofstream all(folder / "all.dot", std::ios::binary);
  constexpr std::size_t graphs = 200;
  std::size_t cards = 0;
  for (std::size_t i = 0; i < graphs; ++i) {
    const ModuleTrace trace;
    const Value v = hostile_graph(names);
    DotOptions options{.constants = names.below(3) == 0,
                       .modules = names.below(3) ? &trace : nullptr,
                       .depth = names.below(2) ? 1'000 : 0,
                       .max_nodes = names.below(4) ? 1'000 : 5,
                       .force = names.below(2) == 0,
                       .title = names.next()};
    const std::string dot = i % 10 ? to_dot(v, options)
                                   : to_dot_diff(snapshot(v), snapshot(hostile_graph(names)),
                                                 {.force = true, .title = names.next()});
    std::istringstream in(dot);
    std::size_t id = 0;
    for (std::string line; std::getline(in, line);)
      cards += std::sscanf(line.c_str(), " n%zu [", &id) == 1;
    all << dot;
  }
  all.close();
  const std::string command =
      fmt::format("cd '{}' && dot -Gsplines=none -Tcanon all.dot > canon.dot 2> errors",
                  folder.path().string());
  CHECK(std::system(command.c_str()) == 0);
  CHECK(text_of(folder / "errors") == "");
  const std::string canon = text_of(folder / "canon.dot");
  CHECK(count(canon, "digraph computation {") == graphs);
  // The cards, as many as were written.
  CHECK(count(canon, "\n\tn") >= cards / 2);
  CHECK(cards > 5 * graphs);
}

TEST_CASE("labels come through to a picture whatever a value is called") {
  if (lacks_dot_command()) return;
  const Folder folder;
  HostileNames names;
  // Longer chains would be folded.
  Value sums[2] = {0.0, 0.0};
  for (int leaf = 0; leaf < 60; ++leaf)
    sums[leaf % 2] = sums[leaf % 2] + named(1.0, "").name(names.next());
  const std::string path = folder / "fuzz.svg";
  CHECK(render(sums[0] * sums[1], path).warnings.empty());
  CHECK(count(text_of(path), "class=\"node leaf\"") == 62);
}
