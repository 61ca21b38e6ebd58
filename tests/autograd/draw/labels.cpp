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

TEST_CASE("labels Graphviz reads whatever a value is called") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const std::string pieces[] = {
      "<",        ">",   "&",    "\"",  "\\", "{",   "}",    "|",  "\n", "\r", "\t",   "]]>",
      "<!--",     "-->", "&#0;", "&lt", ";",  "\\N", "\\\"", "%",  "é",  "重", "🧱", "\u202e",
      "</TABLE>", "<B>", "a",    " ",   "n1", "->",  "/*",   "//", "#",  "'",  "\\"};
  std::mt19937 random(1);
  for (int graph = 0; graph < 6; ++graph) {
    Value sum = 0.0;
    for (int leaf = 0; leaf < 40; ++leaf) {
      std::string name;
      for (std::size_t i = 0, length = random() % 30; i < length; ++i)
        name += random() % 3 ? pieces[random() % std::size(pieces)]
                             : std::string(1, static_cast<char>(random() % 256));
      if (leaf == 0) name = std::string(20'000, static_cast<char>('"' + graph));
      sum = sum + named(static_cast<double>(leaf), "").name(name);
    }
    const std::string path = folder / "fuzz.svg";
    const RenderReport report = render(sum, path);
    CHECK(report.warnings.empty());
    CHECK(count(text_of(path), "class=\"node leaf\"") == 41);
  }
}
