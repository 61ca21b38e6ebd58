// The text of pictures: what they say, in which order, and how long that takes.
#include "graphs.hpp"

#include <pthread.h>
#include <chrono>
#include <test_data.hpp>

using namespace drawing_tests;

namespace {

/// Compares with the file; BRICKGRAD_UPDATE_GOLDEN=1 writes it.
void check_golden_text(const std::string& text, const char* name) {
  const std::string path = fmt::format("{}/{}", BRICKGRAD_TEST_DATA, name);
  if (std::getenv("BRICKGRAD_UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << text;
  // Not compared in the macro, which would print both.
  const bool same = text == text_of(path);
  INFO(name << " differs; look at what BRICKGRAD_UPDATE_GOLDEN=1 makes of it");
  CHECK(same);
}
void check_golden(const Value& v, const char* name, const DotOptions& options = {}) {
  check_golden_text(to_dot(v, options), name);
}

Value chain(int length) {
  Value x = 0.5;
  Value y = x;
  for (int i = 0; i < length; ++i) y = y * 1.0000001;
  return y;
}

}  // namespace

TEST_CASE("dot golden files") {
  const Value e = expression();
  check_golden(e, "expression_before.dot");
  e.backward();
  check_golden(e, "expression.dot");
  check_golden(e, "expression_top_down.dot",
               {.local_derivatives = false, .top_down = true, .legend = false, .title = "L"});
  const Value loss = net();
  loss.backward({.retain_grad = true});
  check_golden(loss, "net.dot", {.title = "A net"});

  const Value x = named(-1.0, "x");
  const Value bad = log(x) * 2.0 + maximum(x, 0.0) / (1.0 - x);
  bad.backward();
  check_golden(bad, "nan.dot");
  check_golden(bad, "nan_constants.dot", {.constants = true});
}

TEST_CASE("dot golden files of frames, folds, themes and differences") {
  const ModuleTrace trace;
  const auto two_parts = [](double factor) {
    const Value x = constant(Tensor::from({1., -1.})).name("x");
    const ModuleTrace::Part net("", "Net");
    Value y = x;
    for (const char* name : {"0", "1"}) {
      const ModuleTrace::Part part(name, "Layer", "2", std::span(&y, 1));
      y = tanh(y * named(Tensor::from({factor, 0.25}), "").name(fmt::format("{}.weight", name)));
    }
    const Value loss = mean(square(y)).name("loss");
    loss.backward({.retain_grad = true});
    return loss;
  };
  const Value loss = two_parts(0.5);
  check_golden(loss, "frames.dot", {.modules = &trace});
  check_golden(loss, "frames_folded.dot", {.modules = &trace, .depth = 1});
  check_golden(loss, "frames_dark.dot",
               {.modules = &trace, .depth = 1, .top_down = true, .theme = Theme::dark});
  Value chain = named(0.5, "x");
  for (int i = 0; i < 2000; ++i) chain = i % 2 ? sin(chain) : chain * 1.01;
  chain.backward();
  check_golden(chain, "large.dot");
  check_golden_text(to_dot_diff(snapshot(loss, &trace), snapshot(two_parts(0.75), &trace)),
                    "diff.dot");
  const Value x = named(0.5, "x");
  const Value slope = grad(tanh(x * x), x, {.create_graph = true}).name("slope");
  slope.backward();
  check_golden(slope, "second_order.dot");
}

TEST_CASE("dot the same computation gives the same text") {
  const std::string first = to_dot(net());
  const Value in_between = expression() * 2.0;
  CHECK(to_dot(net()) == first);
  CHECK(first.find("0x") == std::string::npos);
}

TEST_CASE("dot ids are counted in topological order") {
  std::istringstream in(to_dot(net()));
  std::size_t defined = 0;
  for (std::string line; std::getline(in, line);) {
    std::size_t from = 0, to = 0;
    if (std::sscanf(line.c_str(), "  n%zu -> n%zu", &from, &to) == 2) {
      CHECK(from < to);
      CHECK(to < defined);
    } else if (std::sscanf(line.c_str(), "  n%zu [", &from) == 1) {
      CHECK(from == defined++);
    }
  }
  CHECK(defined == 14);
}

TEST_CASE("dot parallel edges and the order of operands are kept") {
  const Value x = named(3.0, "x"), y = named(2.0, "y");
  const std::string square = to_dot(x * x);
  CHECK(count(square, "n0 -> n1") == 2);
  const std::string difference = to_dot(y - x * y);
  CHECK(difference.find("n0 -> n3") < difference.find("n2 -> n3"));
  const std::string sixty = [&] {
    Value z = x;
    for (int i = 0; i < 60; ++i) z = z + z;
    return to_dot(z, {.force = true});
  }();
  CHECK(count(sixty, " -> ") == 120);
}

TEST_CASE("dot gradients before and after backward") {
  const Value e = expression();
  std::string dot = to_dot(e);
  CHECK(count(dot, "no gradient yet") == 7);
  CHECK(count(dot, "penwidth=5.00") == 0);
  e.backward();
  dot = to_dot(e);
  CHECK(count(dot, "no gradient yet") == 0);
  CHECK(card_of(dot, "a").find(">6</TD>") != std::string::npos);
  CHECK(count(dot, "penwidth=5.00") == 1);
  CHECK(count(dot, "∂ -3") == 1);
  CHECK(count(to_dot(e, {.gradients = false}), "gradient") == 0);
  CHECK(card_of(to_dot(e, {.values = false}), "c").find(">value<") == std::string::npos);
}

TEST_CASE("dot a gradient that was not kept is not called missing") {
  const Value w = named(Tensor::full({40, 40}, 0.5), "w");
  const Value loss = mean(square(w * 3.0));
  CHECK(count(to_dot(loss), "not kept") == 0);
  loss.backward();
  CHECK(count(to_dot(loss), "no gradient yet") == 0);
  CHECK(count(to_dot(loss), "<I>not kept</I>") >= 2);
  loss.backward({.retain_grad = true});
  CHECK(count(to_dot(loss), "not kept") == 0);
}

TEST_CASE("dot a gradient of zero is drawn dashed") {
  const Value x = named(2.0, "x"), y = named(0.0, "y");
  const Value f = x * y;
  f.backward();
  const std::string dot = to_dot(f);
  CHECK(count(dot, "style=dashed") == 1);
  CHECK(card_of(dot, "y").find(">2</TD>") != std::string::npos);
}

TEST_CASE("dot legends say what is drawn, and no more") {
  const Value x = named(2.0, "x"), y = named(-1.0, "y");
  const auto legend_of = [](const Value& v) {
    v.backward({.retain_grad = true});
    const std::string dot = to_dot(v), start = "  label=<";
    const std::size_t begin = dot.find(start);
    return dot.substr(begin, dot.find('\n', begin + start.size()) - begin);
  };
  const std::string zero = legend_of(x + relu(y));
  CHECK_THAT(zero, contains("╌╌</B></FONT>&#160;zero<"));
  CHECK_THAT(zero, !contains("constant"));
  CHECK_THAT(legend_of(x + y * 1e-9), contains("╌╌</B></FONT>&#160;vanishing<"));
  CHECK_THAT(legend_of(x + relu(y) + x * 1e-9), contains("╌╌</B></FONT>&#160;zero or vanishing<"));
  const std::string constants = legend_of(sum(constant(Tensor::from({1., 2.})) * x));
  CHECK_THAT(constants, contains("┈┈</B></FONT>&#160;constant<"));
  CHECK_THAT(constants, !contains("zero"));
}

TEST_CASE("dot NaN and infinity are found where they start") {
  const Value x = named(-1.0, "x");
  const Value f = named(exp(named(log(x), "first") * 2.0), "f");
  f.backward();
  const std::string dot = to_dot(f);
  CHECK(card_of(dot, "first").find("value: NaN, starts here") != std::string::npos);
  CHECK(card_of(dot, "f").find("value: NaN<") != std::string::npos);
  CHECK(card_of(dot, "first").find("peripheries=2") != std::string::npos);
  CHECK(card_of(dot, "x").find("value: ") == std::string::npos);

  const Value w = named(Tensor::from({1., 0., 4.}), "w");
  const Value g = sum(sqrt(w));
  g.backward();
  CHECK(card_of(to_dot(g), "w").find("gradient: 1 of 3 infinite, starts here") !=
        std::string::npos);
}

TEST_CASE("dot large tensors are summarised") {
  const Value w = named(Tensor::arange(-3, 97), "w");
  const std::string dot = to_dot(sum(w));
  const std::string card = card_of(dot, "w");
  CHECK(card.find("-3 … 96") != std::string::npos);
  CHECK(card.find(">46.5<") != std::string::npos);
  CHECK(card_of(to_dot(sum(w), {.max_elements = 100}), "w").find("…") == std::string::npos);
  // Labels beyond 16384 bytes are refused by Graphviz.
  const Value huge = named(Tensor::arange(2000), "w");
  CHECK(card_of(to_dot(sum(huge), {.max_elements = 2000}), "w").size() < 16384);
  CHECK(card_of(to_dot(sum(named(Tensor::zeros({0, 3}), "w"))), "w").find("no elements") !=
        std::string::npos);
}

TEST_CASE("dot shapes and types") {
  const Value w = named(Tensor::from({{0.1, 0.2}}, float32), "w");
  const Value loss = mean(w * 2.0);
  loss.backward();
  const std::string dot = to_dot(loss);
  CHECK(card_of(dot, "w").find("(1, 2) float32") != std::string::npos);
  CHECK(card_of(dot, "w").find(">0.1<") == std::string::npos);
  CHECK(card_of(dot, "w").find("> 0.1<") != std::string::npos);
  CHECK(card_of(dot, "mean").find("scalar float32") != std::string::npos);
  const Value cube = named(Tensor::zeros({2, 2, 3}), "cube");
  CHECK(count(card_of(to_dot(sum(cube)), "cube"), "<HR/>") == 3);
  // The axes are no second shape.
  const std::string turned = card_of(to_dot(transpose(w) * 2.0), "transpose");
  CHECK(turned.find(">transpose (1, 0) · (2, 1) float32<") != std::string::npos);
  CHECK(turned.find("tooltip=\"transpose (1, 0), (2, 1) float32") != std::string::npos);
}

TEST_CASE("dot constants stand in the op's card, or have their own") {
  const Value x = named(2.0, "x");
  const Value f = 1.0 / (x - 3.0) + maximum(x, 0.5);
  const std::string dot = to_dot(f);
  CHECK(count(dot, "class=\"constant\"") == 0);
  CHECK(dot.find("<B>1 /</B>") != std::string::npos);
  CHECK(dot.find("<B>− 3</B>") != std::string::npos);
  CHECK(dot.find("<B>maximum(·, 0.5)</B>") != std::string::npos);
  // Three cards and their three edges.
  CHECK(count(to_dot(f, {.constants = true}), "class=\"constant\"") == 6);
  const Tensor data = Tensor::from({1., 2.});
  CHECK(to_dot(sum(x * data)).find("<B>constant</B>") != std::string::npos);
}

TEST_CASE("dot a mask that is one number is false or true") {
  const Value x = named(-1.0, "x"), y = named(2.0, "y");
  const std::string no = to_dot(where(x > 0.0, x * 3.0, y) + 1.0);
  CHECK(no.find("<B>where(false, ·, ·)</B>") != std::string::npos);
  CHECK(no.find("<B>+ 1</B>") != std::string::npos);
  CHECK(to_dot(where(y > 0.0, x, y)).find("<B>where(true, ·, ·)</B>") != std::string::npos);
}

TEST_CASE("dot a leaf, a constant and an empty value") {
  CHECK(to_dot(Value(2.0)).find("<B>leaf</B>") != std::string::npos);
  CHECK(to_dot(constant(2.0)).find("<B>constant</B>") != std::string::npos);
  CHECK_THROWS_WITH(to_dot(Value()), contains("empty"));
}

TEST_CASE("dot values changed since leave the edges plain") {
  const Value w = named(3.0, "w");
  const Value f = w * w;
  f.backward();
  w.fill_(5.0);
  CHECK(count(to_dot(f), "class=\"positive\"") == 0);
}

TEST_CASE("dot drawing changes nothing") {
  const Value loss = net();
  loss.backward();
  const std::string before = to_dot(loss);
  CHECK(to_dot(loss) == before);
  const Value again = net();
  CHECK(to_dot(again) == to_dot(again));
  again.backward();
  CHECK(to_dot(again) == before);
}

TEST_CASE("dot a deep graph needs no stack and little time") {
  const Value y = chain(1'000'000);
  std::string dot;
  auto draw = [](void* arguments) -> void* {
    auto& [value, text] = *static_cast<std::pair<const Value*, std::string*>*>(arguments);
    *text = to_dot(*value, {.force = true});
    return nullptr;
  };
  std::pair<const Value*, std::string*> arguments{&y, &dot};
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 256 * 1024);
  const auto start = std::chrono::steady_clock::now();
  pthread_t thread;
  REQUIRE(pthread_create(&thread, &small, draw, &arguments) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&small);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  INFO("took " << seconds.count() << " s");
  CHECK(count(dot.substr(dot.size() - 1000), "n1000000") > 0);
  // 1.1 s on a quiet machine; neighbours take their share.
#ifndef BRICKGRAD_SANITIZE
  CHECK(seconds.count() < 6);
#endif
}
