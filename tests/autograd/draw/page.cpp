// The page of a graph as a file: what is in it, and what goes wrong. Browsers open it in
// tests/browser.
#include "graphs.hpp"

#include <autograd/draw/page.hpp>
#include <autograd/draw/page/assemble.hpp>
#include <autograd/draw/page/json_text.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

using namespace drawing_tests;
using brickgrad::internal::assemble;
using brickgrad::internal::JsonText;
using nlohmann::json;

namespace {

/// The data in a page.
json data_of(const fs::path& path) {
  const std::string text = text_of(path), start = R"(id="data">)";
  const std::size_t begin = text.find(start) + start.size();
  return json::parse(text.substr(begin, text.find("</script>", begin) - begin));
}

const json& node_called(const json& data, const std::string& name) {
  for (const json& node : data["nodes"])
    if (node["name"] == name) return node;
  FAIL("there is no node " + name);
  return data;
}

}  // namespace

TEST_CASE("page data are the engine's numbers at full precision") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const Value x = named(0.1, "x"), y = named(1.0 / 3, "y");
  const Value p = named(x * y, "p"), f = named(tanh(p) + x, "f");
  f.backward({.retain_grad = true});
  write_html(f, folder / "f.html");
  CHECK(folder.files() == 1);
  const json data = data_of(folder / "f.html");
  CHECK(data["backward"] == "kept");
  CHECK(data["result_name"] == "f");
  CHECK(node_called(data, "y")["value"]["elements"][0].get<double>() == 1.0 / 3);
  CHECK(node_called(data, "x")["gradient"]["elements"][0].get<double>() == x.grad().item());
  const json& product = node_called(data, "p");
  CHECK(product["call"] == "x * y");
  CHECK(product["in_numbers"] == "0.1 * 0.333333");
  CHECK(product["operands"][1]["local"].get<double>() == 0.1);
  CHECK(product["operands"][0]["partial"] == "y");
  CHECK(product["operands"][0]["passes"]["elements"][0].get<double>() ==
        p.grad().item() * y.item());
  // The result comes last, and v1 is the unnamed one.
  CHECK(data["nodes"].back()["name"] == "f");
  CHECK(node_called(data, "v1")["call"] == "tanh(p)");
}

TEST_CASE("page data say what is missing") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const auto backward_of = [&](const Value& v) {
    write_html(v, folder / "a.html");
    return data_of(folder / "a.html")["backward"].get<std::string>();
  };
  const Value loss = net();
  CHECK(backward_of(loss) == "none");
  loss.backward();
  CHECK(backward_of(loss) == "leaves");
  loss.backward({.retain_grad = true});
  CHECK(backward_of(loss) == "kept");
  CHECK(backward_of(constant(Tensor::from({1., 2.}))) == "constant");

  // What the derivative needs is no longer there.
  const Value w = named(2.0, "w"), square_of_w = w * w;
  square_of_w.backward({.retain_grad = true});
  w.fill_(3);
  write_html(square_of_w, folder / "a.html");
  CHECK(data_of(folder / "a.html")["nodes"].back()["operands"][0]["passes"].is_null());
}

TEST_CASE("page names that are made up avoid those of users") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const Value x = named(1.0, "v1");
  write_html(exp(sin(x)) * x, folder / "a.html");
  const json data = data_of(folder / "a.html");
  std::vector<std::string> names;
  for (const json& node : data["nodes"]) names.push_back(node["name"]);
  CHECK(names == std::vector<std::string>{"v1", "v2", "v3", "L"});
}

TEST_CASE("page errors leave what was there") {
  const Folder folder;
  std::ofstream(folder / "a.html") << "before";
  const Value f = expression();
  CHECK_THROWS_WITH(write_html(f, folder / "a.html", {.max_nodes = 3}),
                    contains("the graph has 7 nodes, more than PageOptions::max_nodes = 3"));
  CHECK_THROWS_WITH(write_html(f, "/no/such/folder/a.html"),
                    contains("cannot write '/no/such/folder/a.html'"));
  {
    const Path empty(folder.path());
    CHECK_THROWS_WITH(write_html(f, folder / "a.html"), contains("install Graphviz"));
  }
  CHECK_THROWS_WITH(write_html(Value(), folder / "a.html"), contains("this Value is empty"));
  CHECK(text_of(folder / "a.html") == "before");
  CHECK(folder.files() == 1);
}

TEST_CASE("page parts are put in once") {
  using brickgrad::internal::PagePart;
  const PagePart parts[] = {{"a", "{{b}}"}, {"b", "2"}};
  CHECK(assemble("{{a}}, {{b}}", parts) == "{{b}}, 2");
  CHECK_THROWS_WITH(assemble("{{c}}", parts), contains("nothing to put at c"));
}

TEST_CASE("page JSON reads back the same and cannot end a script") {
  JsonText text;
  text.open('{').key("a\"").open('[').number(0.1).number(-INFINITY).number(NAN).number(1e300);
  text.close(']').key("</script>").text("<!-- \\ \n \x01 é").key("n").null().key("b").boolean(true);
  text.close('}');
  CHECK(text.str().find('<') == std::string::npos);
  const json read = json::parse(text.str());
  CHECK(read["a\""] == json::array({0.1, "-Infinity", "NaN", 1e300}));
  CHECK(read["</script>"] == "<!-- \\ \n \x01 é");
  CHECK(read["n"].is_null());
}
