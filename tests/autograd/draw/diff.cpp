// What changed between two steps.
#include "graphs.hpp"

#include <cmath>
#include <limits>

using namespace drawing_tests;

namespace {

Value step(const Tensor& weights, bool biased = false) {
  const Value w = named(weights, "w"), x = constant(Tensor::from({1., -2.})).name("x");
  Value z = named(w * x, "z");
  if (biased) z = named(z + named(0.5, "b"), "shifted");
  const Value loss = named(sum(square(z)), "loss");
  loss.backward();
  return loss;
}

}  // namespace

TEST_CASE("diff tells old and new numbers and how far they are apart") {
  const GraphSnapshot before = snapshot(step(Tensor::from({1., 2.})));
  const GraphSnapshot after = snapshot(step(Tensor::from({1.05, 2.})));
  CHECK(before.size() == 5);
  const std::string dot = to_dot_diff(before, after, {.title = "Two steps"});
  const std::string w = card_of(dot, "w");
  CHECK(w.find("1</FONT></TD>") != std::string::npos);
  CHECK(w.find("<B>1.05</B></TD>") != std::string::npos);
  // 0.05 / |(1, 2)|
  CHECK(w.find("Δ 2.24 %") != std::string::npos);
  CHECK(w.find("class=\"changed\"") != std::string::npos);
  CHECK(card_of(dot, "x").find("class=\"same\"") != std::string::npos);
  CHECK(card_of(dot, "x").find("unchanged") != std::string::npos);
  CHECK(dot.find("4 of 5 values changed") != std::string::npos);
  CHECK(count(dot, "structure") == 0);
  CHECK(to_dot_diff(before, after, {.title = "Two steps"}) == dot);
  const std::string same = to_dot_diff(before, before);
  CHECK(same.find("0 of 5 values changed") != std::string::npos);
  CHECK(count(same, "class=\"changed\"") == 0);
}

TEST_CASE("diff a matrix is one table, with room between its columns") {
  const auto product = [](const Tensor& t) {
    const Value w = named(t, "w");
    return snapshot(sum(w * w));
  };
  const std::string w =
      card_of(to_dot_diff(product(Tensor::from({{1., 2.}, {3., 4.}})),
                          product(Tensor::from({{5., 6.}, {3., 8.}})), {.gradients = false}),
              "w");
  // The card, its title and the numbers.
  CHECK(count(w, "<TABLE") == 3);
  CHECK(count(w, "→") == 3);
  CHECK(w.find("<B>5</B></TD><TD WIDTH=\"16\"></TD><TD") != std::string::npos);
  CHECK(w.find("<TR><TD COLSPAN=\"3\" ALIGN=\"RIGHT\">3</TD><TD WIDTH=") != std::string::npos);
}

TEST_CASE("diff a snapshot does not follow later changes") {
  const Value w = named(3.0, "w");
  const Value f = w * w;
  const GraphSnapshot before = snapshot(f);
  w.fill_(5.0);
  const GraphSnapshot after = snapshot(w * w);
  CHECK(card_of(to_dot_diff(before, after), "w").find("3</FONT>&#160;→&#160;<B>5</B>") !=
        std::string::npos);
}

TEST_CASE("diff shows what was added and removed") {
  const GraphSnapshot plain = snapshot(step(Tensor::from({1., 2.})));
  const GraphSnapshot biased = snapshot(step(Tensor::from({1., 2.}), true));
  const std::string added = to_dot_diff(plain, biased);
  CHECK(added.find("2 added: the graphs differ in structure") != std::string::npos);
  CHECK(card_of(added, "b").find("class=\"added\"") != std::string::npos);
  CHECK(card_of(added, "shifted").find("class=\"added\"") != std::string::npos);
  CHECK(card_of(added, "loss").find("class=\"changed\"") != std::string::npos);
  const std::string removed = to_dot_diff(biased, plain);
  CHECK(removed.find("2 removed") != std::string::npos);
  CHECK(card_of(removed, "b").find("class=\"removed\"") != std::string::npos);
  CHECK(count(removed, "style=dashed") == 3);
}

TEST_CASE("diff has the frames of both graphs and edges as wide as the gradient after") {
  const auto part = [](double factor, bool more) {
    const Value x = constant(Tensor(2.0)).name("x");
    Value y;
    {
      const ModuleTrace::Part outer("", "Net", "", std::span(&x, 1));
      y = x;
      for (int i = 0; i < (more ? 3 : 2); ++i) {
        const ModuleTrace::Part inner(std::to_string(i), "Layer", "1", std::span(&y, 1));
        y = named(factor, "").name(fmt::format("w{}", i)) * y;
      }
    }
    const Value loss = square(y).name("loss");
    loss.backward({.retain_grad = true});
    return loss;
  };
  const ModuleTrace trace;
  const GraphSnapshot before = snapshot(part(0.5, true), &trace);
  const GraphSnapshot after = snapshot(part(-0.5, false), &trace);
  const std::string dot = to_dot_diff(before, after);
  // That of the layer which is gone is there, once.
  CHECK(count(dot, "subgraph cluster_") == 4);
  CHECK(count(dot, "tooltip=\"Net\"") == 1);
  CHECK(count(dot, "tooltip=\"2 Layer(1)\"") == 1);
  const auto gone = dot.find("tooltip=\"2 Layer(1)\""),
             removed = dot.find("class=\"removed\"", gone);
  CHECK(removed < dot.find("  }", gone));
  CHECK(count(dot, "rank=min") == 0);
  // What flows back to the first weight was positive: 4 w1 w0 and more.
  CHECK(dot.find("class=\"negative\"") != std::string::npos);
  CHECK(dot.find("tooltip=\"gradient: 0.25 → -1\"") != std::string::npos);
  CHECK(dot.find("gradient flowing back") != std::string::npos);
  CHECK(count(to_dot_diff(before, after, {.depth = 0}), "subgraph") == 0);
  const std::string plain = to_dot_diff(before, after, {.gradients = false});
  CHECK(count(plain, "gradient:") + count(plain, "gradient flowing") == 0);
  CHECK(count(to_dot_diff(snapshot(part(0.5, false)), after), "tooltip=\"Net\"") == 1);
}

TEST_CASE("diff of large graphs and of bad numbers") {
  Value x = 1.0;
  for (int i = 0; i < 1500; ++i) x = tanh(x);
  const GraphSnapshot large = snapshot(x);
  CHECK_THROWS_WITH(to_dot_diff(large, large), contains("1501 values") &&
                                                   contains("max_nodes = 1000") &&
                                                   contains("set DotOptions::force"));
  CHECK(count(to_dot_diff(large, large, {.force = true}), "class=\"same\"") == 1501);
  const GraphSnapshot good = snapshot(log(named(1.0, "x"))), bad = snapshot(log(named(-1.0, "x")));
  CHECK(to_dot_diff(good, bad).find("to or from NaN or infinity") != std::string::npos);
  CHECK(to_dot_diff(snapshot(Value(0.0) * 1.0), snapshot(Value(2.0) * 1.0)).find("from zero") !=
        std::string::npos);
}
