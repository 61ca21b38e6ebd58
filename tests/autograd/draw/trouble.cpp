// What is wrong with the numbers, in the heading and along the edges.
#include "graphs.hpp"

#include <autograd/draw/numbers.hpp>
#include <autograd/draw/palette.hpp>
#include <cmath>
#include <functional>
#include <limits>

using namespace drawing_tests;

namespace {

/// The edge between the cards with these names.
std::string edge_between(const std::string& dot, const std::string& from, const std::string& to) {
  const auto id = [&](const std::string& name) {
    const std::string card = card_of(dot, name);
    return card.substr(card.find('n'), card.find(" [") - card.find('n'));
  };
  const auto at = dot.find("  " + id(from) + " -> " + id(to));
  return at == std::string::npos ? "" : dot.substr(at, dot.find('\n', at) - at);
}

/// What stands between the tags of a label, with single spaces.
std::string words_in(const std::string& dot) {
  std::string text;
  bool tag = false;
  for (const char c : dot) {
    if (c == '<') tag = true;
    if (!tag && (c != ' ' || (!text.empty() && text.back() != ' '))) text += c;
    if (c == '>') {
      tag = false;
      if (!text.empty() && text.back() != ' ') text += ' ';
    }
  }
  return text;
}

}  // namespace

TEST_CASE("trouble the way of a NaN to the result is told and drawn") {
  const Value x = named(-1.0, "x"), fine = named(2.0, "fine");
  const Value bad = named(log(x), "bad"), product = named(bad * fine, "product");
  const Value f = named(product + named(exp(fine), "good"), "f");
  const std::string dot = to_dot(f);
  CHECK(
      dot.find("NaN starts at bad (log), on to the result: bad (log) → product (mul) → f (add)") !=
      std::string::npos);
  CHECK(edge_between(dot, "bad", "product").find("path") != std::string::npos);
  CHECK(edge_between(dot, "product", "f").find("path") != std::string::npos);
  CHECK(edge_between(dot, "good", "f").find("path") == std::string::npos);
  CHECK(edge_between(dot, "x", "bad").find("path") == std::string::npos);
  // Where nothing is wrong, nothing is said.
  CHECK(count(to_dot(named(exp(fine), "g")), "starts") == 0);
}

TEST_CASE("trouble infinite gradients are followed from the derivative that made them") {
  const Value w = named(Tensor::from({0., 4.}), "w");
  const Value f = sum(sqrt(named(w * 2.0, "twice")));
  f.backward({.retain_grad = true});
  const std::string dot = to_dot(f);
  CHECK(dot.find("Infinite gradient from twice (mul) on: the derivative of sqrt made it; it flows "
                 "back twice (mul) → w") != std::string::npos);
  CHECK(edge_between(dot, "w", "twice").find("path") != std::string::npos);
}

TEST_CASE("trouble an infinite value is called infinity") {
  const Value x = named(0.0, "x");
  CHECK(to_dot(1.0 / x).find("Infinity starts at div") != std::string::npos);
  const Value both = Tensor::from({0., -1.});
  CHECK(to_dot(log(both)).find("NaN and infinity start at log") != std::string::npos);
}

TEST_CASE("trouble a dead layer is found") {
  const Value w = named(Tensor::from({{1., 2.}, {3., 4.}}), "w");
  const Value dead = relu(matmul(Tensor::from({{1., 1.}}), w) - 100.0);
  const Value loss = sum(dead * 2.0);
  loss.backward({.retain_grad = true});
  const std::string dot = to_dot(loss);
  CHECK(dot.find("No gradient reaches w: it stops at relu, whose values are all 0") !=
        std::string::npos);
  CHECK(card_of(dot, "relu").find("gradient stops here") != std::string::npos);
  CHECK(card_of(dot, "w").find("gradient: all 0") != std::string::npos);
  // Without the gradients in between it is still told of the leaf.
  const Value again = sum(relu(matmul(Tensor::from({{1., 1.}}), w) - 100.0));
  w.zero_grad();
  again.backward();
  CHECK(to_dot(again).find("No gradient reaches w") != std::string::npos);
  // A weight that was never asked, and one whose gradient was made zero, is not dead.
  CHECK(count(to_dot(sum(named(Tensor::ones({3}), "v") * 2.0)), "No gradient") == 0);
}

TEST_CASE("trouble a gradient that vanishes is said in words") {
  const Value w = named(Tensor::from({1., 2.}), "w"), b = named(Tensor::from({0.5, 0.}), "b");
  const Value v = named(Tensor::from({1., 1.}), "v");
  const auto words_of = [](const Value& loss) {
    loss.backward({.retain_grad = true});
    // Long sentences are broken into rows.
    return words_in(to_dot(loss));
  };
  CHECK_THAT(words_of(sum(named((w + b) * 1e-8, "small") * 3.0 + v)),
             contains("vanishes on its way back, from 1.41 at v to 4.24e-08 at w: it shrinks at "
                      "small (mul); w, b receive less than a thousandth of that"));
  CHECK_THAT(words_of(sum(w * 1e-8 + v)), contains("to 1.41e-08 at w: it shrinks at mul"));
  // Not where another way brings more, and not what is only small.
  CHECK(count(words_of(sum(w * 1e-8 + w)), "vanishes") == 0);
  CHECK(count(words_of(sum(w * 1e-2 + v)), "vanishes") == 0);
  // A small error at the result is no loss on the way.
  CHECK(count(words_of(square(sum(w) - 3.0001)), "vanishes") == 0);
}

TEST_CASE("trouble a saturated op is where a gradient vanishes, and a sum that cancels is none") {
  const Value x = constant(Tensor::from({{1., -2.}, {2., -1.}, {-1., -1.}}));
  const Value w1 = named(Tensor::from({{30., -30.}, {30., -30.}}), "w1");
  const Value w2 = named(Tensor::from({{1.}, {2.}}), "w2"), b2 = named(Tensor::from({0.}), "b2");
  const Value h = named(sigmoid(matmul(x, w1)), "h");
  const Value z = named(matmul(h, w2) + b2, "z");
  const Value loss = sum(z * Tensor::from({{0.1}, {0.2}, {-0.3}}));
  loss.backward({.retain_grad = true});
  const std::string words = words_in(to_dot(loss));
  CHECK_THAT(words, contains("it shrinks at h (sigmoid), whose values are about 0 or 1"));
  CHECK_THAT(words, !contains("b2 receive"));
  CHECK_THAT(words, !contains("at b2:"));
}

TEST_CASE("trouble a gradient that each layer weakens is told of the first weights") {
  const Value x = constant(Tensor::from({{1., 2.}, {2., 1.}}));
  Value h = x;
  for (int i = 0; i < 8; ++i) {
    const Value w = named(Tensor::from({{0.5, -0.5}, {0.3, 0.7}}), fmt::format("w{}", i).c_str());
    const Value b = named(Tensor::from({0., 0.}), fmt::format("b{}", i).c_str());
    h = sigmoid(matmul(h, w) + b).name(fmt::format("h{}", i));
  }
  const Value loss = sum(h);
  loss.backward({.retain_grad = true});
  CHECK_THAT(words_in(to_dot(loss)), contains("at w0: it shrinks step by step"));
}

TEST_CASE("trouble a chain of one leaf alone vanishes by whatever op") {
  const auto words_of = [](Value x, const std::function<Value(const Value&)>& link, int times) {
    x.name("x");
    Value y = x;
    for (int i = 0; i < times; ++i) y = link(y);
    y.backward({.retain_grad = true});
    return words_in(to_dot(y));
  };
  const auto sine = [](const Value& y) { return sin(y * 1.0001); };
  CHECK_THAT(words_of(1.0, sine, 2500), contains("at x: it shrinks step by step"));
  const auto fading = [](const Value& y) { return y * 0.99; };
  CHECK_THAT(words_of(1.0, fading, 1000), contains("to 4.32e-05 at x: it shrinks step by step"));
  // A flat place of any op that has bounds.
  const auto flat = [](const Value& y) { return cos(y * 1e-5) * 3.0; };
  CHECK_THAT(words_of(1e-2, flat, 1), contains("it shrinks at"));
  // What a loss makes of a small error, in a few steps, is none.
  const auto loss = [](const Value& y) { return mean(square(y - 1e-2) * 0.5); };
  CHECK_THAT(words_of(Tensor::full({100}, 1e-2 + 1e-3), loss, 1), !contains("vanishes"));
  const auto sure = [](const Value& y) { return log(1.0 + exp(-y)); };
  CHECK_THAT(words_of(10.0, sure, 1), !contains("vanishes"));
}

TEST_CASE("trouble a saturated op is dashed on all its way, however little came before it") {
  // The error is small and the second weights are large: h receives more than any leaf did.
  const Value x = constant(Tensor::from({{1., -2.}, {2., -1.}}));
  const Value w1 = named(Tensor::from({{3., -3.}, {3., -3.}}), "w1"),
              b1 = named(Tensor::from({15., 15.}), "b1");
  const Value w2 = named(Tensor::from({{1e4}, {2e4}}), "w2");
  const Value z = named(named(matmul(x, w1), "xw") + b1, "z"), h = named(sigmoid(z), "h");
  const Value loss =
      named(sum(named(matmul(h, w2), "out") * Tensor::from({{1e-4}, {2e-4}})), "loss");
  loss.backward({.retain_grad = true});
  const std::string dot = to_dot(loss), words = words_in(dot);
  for (const auto& [from, to] : {std::pair{"z", "h"}, {"xw", "z"}, {"b1", "z"}, {"w1", "xw"}}) {
    INFO(from << " to " << to);
    CHECK_THAT(edge_between(dot, from, to), contains("dashed"));
  }
  CHECK_THAT(edge_between(dot, "h", "out"), !contains("dashed"));
  CHECK_THAT(words, contains("from 5 at h (sigmoid) to"));
}

TEST_CASE("trouble what lies on this side of a dead layer has its own reason") {
  const Value x = constant(Tensor::from({{1., 2.}, {2., 1.}}));
  const Value w1 = named(Tensor::from({{-1., -2.}, {-1., -2.}}), "w1");
  const Value w2 = named(Tensor::from({{1.}, {2.}}), "w2"), b2 = named(Tensor::from({0.}), "b2");
  const Value h = named(relu(matmul(x, w1)), "h");
  const Value loss = sum((matmul(h, w2) + b2) * Tensor::from({{0.5}, {-0.25}}));
  loss.backward({.retain_grad = true});
  const std::string words = words_in(to_dot(loss));
  CHECK_THAT(words,
             contains("No gradient reaches w1: it stops at h (relu), whose values are all 0"));
  CHECK_THAT(words,
             contains("No gradient reaches w2: it stops at matmul of h, w2, where h (relu) is 0"));
  CHECK_THAT(words, !contains("reaches b2"));
}

TEST_CASE("trouble a weight of zero stops a gradient") {
  const Value w1 = named(Tensor::from({1., 2.}), "w1"), w2 = named(Tensor::zeros({2}), "w2");
  const Value loss = sum(named(tanh(w1) * w2, "z"));
  loss.backward({.retain_grad = true});
  CHECK_THAT(words_in(to_dot(loss)),
             contains("No gradient reaches w1: it stops at z (mul), where w2 is 0"));
}

TEST_CASE("trouble a gradient that explodes is not said to vanish") {
  const Value w = named(Tensor::from({1., 2.}), "w"), v = named(Tensor::from({1., 1.}), "v");
  const Value loss = sum(w * 1e12 + v);
  loss.backward({.retain_grad = true});
  const std::string dot = to_dot(loss), words = words_in(dot);
  CHECK_THAT(words,
             contains("The gradient explodes on its way back: from 1 at sum to 1.41421e+12 at w"));
  CHECK_THAT(words, !contains("vanish"));
  CHECK(count(dot, "style=dashed") == 0);
}

TEST_CASE("trouble an edge is not dashed beside a leaf that is multiplied by much") {
  const Value w = named(Tensor::from({1., 2.}), "w"), v = named(Tensor::from({1., 1.}), "v");
  const Value loss = sum(named(w * 1e5, "huge") * v);
  loss.backward({.retain_grad = true});
  CHECK(count(to_dot(loss), "style=dashed") == 0);
}

TEST_CASE("trouble columns of relu that are 0 in every row are counted") {
  const Value w = named(Tensor::from({{1., -1., 2.}, {1., -1., 2.}}), "w");
  const Value x = constant(Tensor::from({{1., 2.}, {2., 1.}}));
  const Value loss = sum(named(relu(matmul(x, w)), "h"));
  loss.backward({.retain_grad = true});
  CHECK_THAT(
      words_in(to_dot(loss)),
      contains("1 of 3 columns of h (relu) is 0 in every row: no gradient comes through it"));
  // Any op that is 0 on one side does that; one that is 0 at 0 alone does not.
  const Value clamped = sum(named(clamp(matmul(x, w), 0, 100), "c"));
  clamped.backward({.retain_grad = true});
  CHECK_THAT(words_in(to_dot(clamped)), contains("1 of 3 columns of c (clamp) is 0 in every row"));
  const Value still = constant(Tensor::from({{1., 0., 2.}, {1., 0., 2.}}));
  const Value squared = sum(square(named(still * w, "s")));
  squared.backward({.retain_grad = true});
  CHECK_THAT(words_in(to_dot(squared)), !contains("in every row"));
}

TEST_CASE("trouble uses that cancel leave no gradient at all") {
  const Value x = named(3.0, "x"), w = named(1.0, "w");
  const Value z = named(x * w, "z");
  const Value f = z - z;
  f.backward({.retain_grad = true});
  CHECK_THAT(words_in(to_dot(f)),
             contains("No gradient reaches x, w: what z (mul) receives from its uses cancels"));
}

TEST_CASE("trouble every start of a bad gradient is told, and the stop behind one") {
  const Value x = named(-2.0, "x"), z = named(3.0, "z");
  const Value inner = named(x * 1.0, "inner"), a = named(relu(inner), "a");
  const Value b = named(sigmoid(z * 4.0), "b");
  const Value f = named(log(a) * b, "y") + 1.0;
  f.backward({.retain_grad = true});
  const std::string dot = to_dot(f), words = words_in(dot);
  CHECK_THAT(words, contains("again infinite gradient from a (relu) on: the derivative of log"));
  CHECK_THAT(words, contains("stops at a (relu), whose values are all 0"));
  CHECK_THAT(edge_between(dot, "inner", "a"), contains("class=\"zero\""));
}

TEST_CASE("trouble the first of several starts is told, and that on the way to the result") {
  const Value x = named(0.0, "x");
  const Value first = named(log(x), "first"), middle = named(exp(first), "middle");
  const Value f = named(log(middle), "second") * 2.0;
  CHECK_THAT(
      words_in(to_dot(f)),
      contains("Infinity starts at first (log), and again at second (log), on to the result: "
               "second (log) → mul"));
}

TEST_CASE("trouble nodes that are called alike are told apart") {
  const Value x = named(2.0, "x"), y = named(-1.0, "y");
  CHECK_THAT(words_in(to_dot(log(x) + log(y))), contains("NaN starts at log of y, on"));
  CHECK_THAT(words_in(to_dot(log(x - 1.0) + log(y - 1.0))),
             contains("NaN starts at log, the 2nd of 2, on"));
}

TEST_CASE("trouble flat values are called so when they are exact, and NaN never") {
  const auto words_of = [](const Value& x) {
    const Value v = named(Tensor::from({1., 1.}), "v");
    const Value loss = sum(named(tanh(x * 1.0), "h") * v);
    loss.backward({.retain_grad = true});
    return words_in(to_dot(loss));
  };
  CHECK_THAT(words_of(named(Tensor::from({-5., -5.2}), "x")),
             contains("whose values are all about -1"));
  CHECK_THAT(words_of(named(Tensor::from({-40., -50.}), "x")), contains("whose values are all -1"));
  const Value bad = named(Tensor::from({-1., -2.}), "x");
  const Value dead = sum(relu(log(bad)) * named(Tensor::from({1., 1.}), "v"));
  dead.backward({.retain_grad = true});
  CHECK_THAT(words_in(to_dot(dead)),
             !contains("nan") && contains("it stops at relu, whose values are all NaN"));
}

TEST_CASE("trouble a sentence names a part that has a name or a type alone") {
  const ModuleTrace trace;
  const Value w = named(Tensor::from({{1., 2.}, {3., 4.}}), "w");
  Value y;
  {
    const ModuleTrace::Part part("part", "");
    y = relu(matmul(Tensor::from({{1., 1.}}), w) - 100.0);
  }
  const Value loss = sum(y);
  loss.backward({.retain_grad = true});
  CHECK_THAT(words_in(to_dot(loss, {.modules = &trace})),
             contains("it stops at relu in part, whose values are all 0"));
}

TEST_CASE("trouble only what is NaN or infinite is told in its colour") {
  const Value w = named(Tensor::from({{1., 2.}, {3., 4.}}), "w"), x = named(-1.0, "x");
  const Value loss = sum(relu(matmul(Tensor::from({{1., 1.}}), w) - 100.0)) + 0.0 * log(x);
  loss.backward({.retain_grad = true});
  const std::string dot = to_dot(loss);
  const auto color_before = [&](const char* text) {
    const auto at = dot.rfind("COLOR=\"", dot.find(text)) + 7;
    return dot.substr(at, 7);
  };
  const auto& colors = brickgrad::internal::palette_of(Theme::light);
  CHECK(color_before("NaN starts at") == colors.bad);
  CHECK(color_before("No gradient reaches w") == colors.warning);
}

TEST_CASE("trouble a folded card tells it too") {
  const ModuleTrace trace;
  Value y = named(-1.0, "x");
  {
    const ModuleTrace::Part part("part");
    y = exp(log(y) * 2.0);
  }
  const std::string dot = to_dot(named(y + 1.0, "f"), {.modules = &trace, .depth = 0});
  CHECK(card_of(dot, "part").find("value: NaN, starts at log") != std::string::npos);
  CHECK(card_of(dot, "part").find("peripheries=2") != std::string::npos);
  CHECK(edge_between(dot, "part", "f").find("path") != std::string::npos);
}

TEST_CASE("the heading says where a gradient stops among scalars too", "[graph]") {
  Value x = 2, w = 4;
  Value y = relu(x * -3.0) * w;
  y.backward();
  const std::string dot = to_dot(y);
  CHECK(dot.find("No gradient reaches a leaf, the 1st of 2: it stops at relu, whose values are all "
                 "0") != std::string::npos);
}

TEST_CASE("no gradient stops where there is nothing that could receive one", "[graph]") {
  Value x{Tensor::zeros({0})};
  Value y = sum(x);
  y.backward();
  CHECK(to_dot(y).find("gradient stops") == std::string::npos);
}

TEST_CASE("the norm of numbers that are not finite is not finite", "[graph]") {
  using brickgrad::internal::summarise;
  constexpr double quiet_nan = std::numeric_limits<double>::quiet_NaN(),
                   infinity = std::numeric_limits<double>::infinity();
  CHECK(std::isnan(summarise(Tensor::from({1., quiet_nan, 2.})).norm));
  CHECK(summarise(Tensor::from({1., -infinity})).norm == infinity);
  CHECK(std::isnan((summarise(quiet_nan) + summarise(3.0)).norm));
  CHECK(std::isnan((summarise(quiet_nan) + summarise(quiet_nan)).norm));
}
