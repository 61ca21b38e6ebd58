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

TEST_CASE("page names that several values have are numbered in cards and formulas alike") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const Value x = named(1.0, "x"), taken = named(2.0, "y₁");
  const Value inner = named(sin(x), "y"), outer = named(sin(inner), "y");
  const Value last = named(outer * taken, "y");
  last.backward({.retain_grad = true});
  write_html(last, folder / "y.html");
  const json data = data_of(folder / "y.html");
  // A user's own y₁ keeps its name.
  CHECK(node_called(data, "y₂")["call"] == "sin(x)");
  CHECK(node_called(data, "y₃")["call"] == "sin(y₂)");
  CHECK(data["nodes"].back()["name"] == "y₄");
  CHECK(data["nodes"].back()["call"] == "y₃ * y₁");
  CHECK(data["nodes"].back()["full_name"] == "y");
  CHECK(data["result_name"] == "y₄");
}

TEST_CASE("page and picture say the shape of a reshape once") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const Value x = named(Tensor::ones({3, 4}), "x");
  const Value y = named(reshape(x, {2, 6}), "y"), f = named(sum(y, {0}), "f");
  // On the card and in its tooltip.
  CHECK(count(card_of(to_dot(f), "y"), "(2, 6)") == 2);
  CHECK(count(card_of(to_dot(f), "f"), "axis") > 0);
  write_html(f, folder / "f.html");
  const json data = data_of(folder / "f.html");
  CHECK_FALSE(node_called(data, "y").contains("attributes"));
  CHECK(node_called(data, "f").contains("attributes"));
}

TEST_CASE("page errors leave what was there") {
  const Folder folder;
  std::ofstream(folder / "a.html") << "before";
  const Value f = expression();
  CHECK_THROWS_WITH(write_html(f, "/no/such/folder/a.html"),
                    contains("cannot write '/no/such/folder/a.html'"));
  {
    const Path empty(folder.path());
    CHECK_THROWS_WITH(write_html(f, folder / "a.html"),
                      contains("install Graphviz") &&
                          contains("The graph is in '" + (folder / "a.dot").string() + "'"));
  }
  CHECK_THAT(text_of(folder / "a.dot"), contains("digraph"));
  CHECK(folder.files() == 2);
  CHECK_THROWS_WITH(write_html(Value(), folder / "a.html"), contains("this Value is empty"));
  CHECK(text_of(folder / "a.html") == "before");
  CHECK(folder.files() == 2);
}

namespace {

/// y = tanh(w y) so many times, each in a part of its own where there is a trace.
Value blocks(int times) {
  const Value x = constant(Tensor::from({1., 2.})).name("x");
  Value y = x;
  for (int i = 0; i < times; ++i) {
    const ModuleTrace::Part part(std::to_string(i), "Block", "2", std::span(&y, 1));
    y = tanh(Value(Tensor::from({0.5, -0.25})).name(fmt::format("w{}", i)) * y);
  }
  const Value loss = sum(square(y)).name("loss");
  loss.backward({.retain_grad = true});
  return loss;
}

}  // namespace

TEST_CASE("page of a large graph is folded, and cards say what they hold") {
  if (lacks_dot_command()) return;
  const Folder folder;
  // A value in the middle of the chain is used again at its end.
  Value x = named(0.5, "x"), y = x, early;
  for (int i = 0; i < 3000; ++i) {
    y = sin(y) * 1.0001;
    if (i == 1500) early = y;
  }
  const Value f = named(y + early, "f");
  f.backward({.retain_grad = true});
  const RenderReport report = write_html(f, folder / "f.html");
  REQUIRE(report.warnings.size() == 2);
  CHECK_THAT(report.warnings[0], contains("vanishes on its way back"));
  CHECK_THAT(report.warnings[1], contains("6,002 values are folded into") &&
                                     contains("PageOptions::force draws every one"));
  const json data = data_of(folder / "f.html");
  CHECK(data["values"] == 6002);
  CHECK(data["nodes"].size() < 110);
  std::int64_t held = 0;
  for (const json& node : data["nodes"])
    held += node.contains("group") ? node["group"]["values"].get<std::int64_t>() : 1;
  CHECK(held == 6002);
  CHECK(data["backward"] == "kept");
  // What cards hand back adds up to the engine's gradient.
  CHECK(node_called(data, "x")["gradient"]["elements"][0].get<double>() == x.grad().item());
  double received = 0;
  for (const json& node : data["nodes"])
    if (node.contains("operands"))
      for (const json& operand : node["operands"])
        if (operand.contains("node") &&
            data["nodes"][operand["node"].get<std::size_t>()]["name"] == "x")
          received += operand["passes"]["elements"][0].get<double>();
  CHECK_THAT(received, WithinRel(x.grad().item(), 1e-12));
  CHECK(node_called(data, "f")["value"]["elements"][0].get<double>() == f.item());
}

TEST_CASE("page of a graph too large for the flow along each edge says so") {
  if (lacks_dot_command()) return;
  const Folder folder;
  Value y = named(0.5, "x");
  for (int i = 0; i < 101'000; ++i) y = y + 0.001;
  y.backward();
  const RenderReport report = write_html(y, folder / "y.html");
  REQUIRE(report.warnings.size() == 2);
  CHECK_THAT(report.warnings[1], contains("the edges do not show how much gradient flowed back"));
  CHECK(data_of(folder / "y.html")["left_out"] == report.warnings[1]);
}

TEST_CASE("page with a depth shows a card for every module") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const ModuleTrace trace;
  const Value loss = blocks(3);
  write_html(loss, folder / "all.html", {.modules = &trace});
  CHECK(data_of(folder / "all.html")["modules"].size() == 3);
  CHECK_FALSE(data_of(folder / "all.html").contains("values"));
  write_html(loss, folder / "a.html", {.modules = &trace, .depth = 0});
  const json data = data_of(folder / "a.html");
  REQUIRE(data["nodes"].size() == 4);  // x, the blocks, square, sum
  const json& card = data["nodes"][1];
  CHECK(card["call"] == "Block(2) × 3");
  CHECK(card["kind"] == "op");
  CHECK(card["group"]["values"] == 9);
  CHECK(card["group"]["ops"] == "3 mul, 3 tanh");
  CHECK(card["group"]["leaves"] == "6 in 3 tensors");
  CHECK(card["group"]["parameters"].size() == 3);
  for (const char* inside : {"w0", "w1", "w2"})
    CHECK(std::count(card["group"]["members"].begin(), card["group"]["members"].end(), inside) ==
          1);
  CHECK(card["group"]["parameters"][2]["name"] == "w2");
  CHECK(card["group"]["warnings"].empty());
  double squares = 0;
  for (const json& p : card["group"]["parameters"])
    squares += std::pow(p["gradient_norm"].get<double>(), 2);
  CHECK_THAT(card["group"]["gradient_norm"].get<double>(), WithinRel(std::sqrt(squares), 1e-12));
  CHECK(squares > 0);
  // In formulas it is its result.
  CHECK(data["nodes"][2]["call"] == fmt::format("square({})", card["name"].get<std::string>()));
}

TEST_CASE("page cards of several values say where a NaN starts and which value left them") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const ModuleTrace trace;
  Value inner, outer;
  {
    const ModuleTrace::Part part("0", "Block");
    inner = log(named(-2.0, "minus")).name("inner");
    outer = inner * 2.0;
  }
  const Value f = named(outer + inner, "f");
  f.backward({.retain_grad = true});
  write_html(f, folder / "a.html", {.modules = &trace, .depth = 0});
  const json data = data_of(folder / "a.html");
  REQUIRE(data["nodes"].size() == 2);
  const json& block = data["nodes"][0];
  CHECK(block["group"]["bad_value"] == true);
  CHECK(block["trouble_starts"] == true);
  CHECK_THAT(block["group"]["warnings"][0].get<std::string>(), contains("starts at inner"));
  CHECK(data["nodes"][1]["call"] == block["name"].get<std::string>() + " + inner");
  CHECK(data["nodes"][1]["operands"][1]["inner"] == "inner");
  CHECK_FALSE(data["nodes"][1]["operands"][0].contains("inner"));
}

TEST_CASE("page formulas of a layer, of a loss and of a power say what they compute") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const Value h = named(linear(Tensor::from({{1., 2.}}), named(Tensor::ones({2, 2}), "0.weight"),
                               named(Tensor::zeros({2}), "0.bias")),
                        "h");
  const Value loss = named(evaluate(ops::CrossEntropy{{}, {1}}, h), "loss");
  write_html(loss, folder / "a.html");
  const json net = data_of(folder / "a.html");
  CHECK(node_called(net, "h")["call"] == "linear(c1, 0.weight, 0.bias)");
  CHECK(node_called(net, "h")["formula"] == "c1 @ 0.weight + 0.bias");
  CHECK(node_called(net, "loss")["formula"] == "mean(logsumexp(h, 1) - h[label])");

  const Value x = named(3.0, "x"), f = named(pow(x, 2.0), "f");
  f.backward({.retain_grad = true});
  write_html(f, folder / "a.html");
  const json power = data_of(folder / "a.html");
  CHECK(power["nodes"].back()["operands"][0]["partial"] == "2 * x");
  CHECK(power["nodes"].back()["operands"][0]["partial_in_numbers"] == "2 * 3");
}

TEST_CASE("page cards say where a gradient stops and where none arrives") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const Value w = named(Tensor::from({{1., 2.}, {3., 4.}}), "w");
  const Value dead = named(relu(matmul(Tensor::from({{1., 1.}}), w) - 100.0), "dead");
  const Value loss = named(sum(dead * 2.0), "loss");
  loss.backward({.retain_grad = true});
  write_html(loss, folder / "a.html");
  const json data = data_of(folder / "a.html");
  CHECK(node_called(data, "w")["dead"] == json::array({"gradient: all 0"}));
  CHECK(node_called(data, "dead")["dead"] == json::array({"gradient stops here"}));
  CHECK_FALSE(node_called(data, "loss").contains("dead"));
  CHECK(data["trouble"].size() == 1);
  CHECK_FALSE(data.contains("bad"));
}

TEST_CASE("page sentences on NaN have the names of its cards, and its edges the way") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const Value x = named(-1.0, "x");
  const Value f = named(log(x * 2.0) * 3.0 + exp(x), "f");
  write_html(f, folder / "a.html");
  const json data = data_of(folder / "a.html");
  CHECK(data["bad"] == true);
  const json& log_card = node_called(data, "v2");
  REQUIRE(log_card["op"] == "log");
  CHECK(data["trouble"][0] ==
        "NaN starts at v2 (log), on to the result: v2 (log) → v3 (mul) → f (add)");
  CHECK_FALSE(log_card["operands"][0].contains("path"));
  CHECK(node_called(data, "v3")["operands"][0]["path"] == true);
  CHECK(data["nodes"].back()["operands"][0]["path"] == true);
  CHECK_FALSE(data["nodes"].back()["operands"][1].contains("path"));
}

TEST_CASE("page of a graph that is forced ends in time, and says what to do") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const Value loss = blocks(800);
  CHECK_THROWS_WITH(write_html(loss, folder / "a.html", {.force = true, .timeout = 0.02}),
                    contains("dot was stopped after 0.02 s") && contains("PageOptions::force") &&
                        contains("a.dot"));
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
