// Frames around parts of a computation, and what is folded into one card.
#include "graphs.hpp"

#include <algorithm>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/repeats.hpp>
#include <chrono>
#include <map>
#include <set>
#include <test_data.hpp>

using namespace drawing_tests;
using internal::find_repeats;
using internal::Repeat;

namespace {

/// y = 2 tanh(w x) in one part, in another so many times more, then a square.
Value parts(int times) {
  const Value x = constant(Tensor::from({1., 2.})).name("x");
  Value y = x;
  const ModuleTrace::Part outer("net", "Net", "", std::span(&x, 1));
  for (int i = 0; i < times; ++i) {
    const ModuleTrace::Part inner(std::to_string(i), "Block", "2");
    const Value w = named(Tensor::from({0.5, -0.25}), "");
    w.name(fmt::format("w{}", i));
    y = tanh(w * y) * 2.0;
  }
  return sum(square(y)).name("loss");
}

/// The lines between the opening and the end of the frame with this title.
std::string frame_of(const std::string& dot, const std::string& title) {
  const auto label = dot.find("<B>" + title + "</B>");
  if (label == std::string::npos) return "";
  const auto begin = dot.rfind("subgraph", label);
  int depth = 0;
  for (std::size_t at = begin; at < dot.size(); ++at) {
    // Braces stand alone at the end of a line here, never in labels.
    if (dot[at] == '{' && dot[at + 1] == '\n') ++depth;
    if (dot[at] == '}' && dot[at + 1] == '\n' && --depth == 0) return dot.substr(begin, at - begin);
  }
  return "";
}

/// Every edge ends at a card that there is, and the cards form no cycle.
void check_whole(const std::string& dot) {
  std::istringstream in(dot);
  std::set<std::string> cards;
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  for (std::string line; std::getline(in, line);) {
    std::size_t from = 0, to = 0;
    if (std::sscanf(line.c_str(), " n%zu -> n%zu", &from, &to) == 2)
      edges.emplace_back(from, to);
    else if (std::sscanf(line.c_str(), " n%zu [", &from) == 1)
      cards.insert(std::to_string(from));
  }
  for (const auto& [from, to] : edges) {
    CHECK(from < to);
    CHECK(cards.contains(std::to_string(from)));
    CHECK(cards.contains(std::to_string(to)));
  }
  CHECK_FALSE(cards.empty());
}

/// How many cards follow one another.
std::size_t longest_row(const std::string& dot) {
  std::istringstream in(dot);
  std::map<std::size_t, std::size_t> length;
  std::size_t longest = 0, from = 0, to = 0;
  // Ids grow along the edges, and the edges into a card stand before those out of it.
  for (std::string line; std::getline(in, line);)
    if (std::sscanf(line.c_str(), " n%zu -> n%zu", &from, &to) == 2)
      longest = std::max(longest, length[to] = std::max(length[to], length[from] + 1));
  return longest;
}

std::size_t cards_in(const std::string& dot) {
  std::istringstream in(dot);
  std::size_t n = 0, id = 0;
  for (std::string line; std::getline(in, line);)
    n += std::sscanf(line.c_str(), " n%zu [", &id) == 1 && line.find(" -> ") == std::string::npos;
  return n;
}

}  // namespace

TEST_CASE("folding repetitions in a sequence") {
  const auto repeats = [](std::vector<std::uint64_t> sequence) {
    std::vector<std::vector<std::size_t>> out;
    for (const Repeat& r : find_repeats(sequence)) out.push_back({r.begin, r.period, r.times});
    return out;
  };
  using Found = std::vector<std::vector<std::size_t>>;
  CHECK(repeats({}).empty());
  CHECK(repeats({1, 2, 3}).empty());
  CHECK(repeats({7, 7, 7}) == Found{{0, 1, 3}});
  CHECK(repeats({9, 1, 2, 1, 2, 1, 2, 3}) == Found{{1, 2, 3}});
  CHECK(repeats({1, 1, 2, 1, 1, 2}) == Found{{0, 3, 2}});
  CHECK(repeats({0, 0, 0, 0}).empty());
  CHECK(repeats({4, 4, 5, 6, 6}) == Found{{0, 1, 2}, {3, 1, 2}});
}

TEST_CASE("folding frames hold what their part computed") {
  const ModuleTrace trace;
  const Value loss = parts(2);
  const std::string dot = to_dot(loss, {.modules = &trace});
  check_whole(dot);
  const std::string net = frame_of(dot, "net"), first = frame_of(dot, "0");
  CHECK(first.find("Block(2)") != std::string::npos);
  CHECK(first.find("<B>w0</B>") != std::string::npos);
  CHECK(first.find("<B>w1</B>") == std::string::npos);
  CHECK(first.find("<B>tanh</B>") != std::string::npos);
  CHECK(net.find(first) != std::string::npos);
  CHECK(net.find("<B>loss</B>") != std::string::npos);
  // Without a trace, and with one of something else, there are no frames.
  CHECK(count(to_dot(loss), "subgraph") == 0);
  const ModuleTrace other;
  const Value unrelated = parts(1);
  CHECK(count(to_dot(loss, {.modules = &other}), "subgraph") == 0);
  CHECK(count(to_dot(unrelated, {.modules = &trace}), "subgraph") == 0);
}

TEST_CASE("folding traces can end in any order") {
  auto first = std::make_unique<ModuleTrace>(), second = std::make_unique<ModuleTrace>();
  first.reset();
  { const ModuleTrace::Part part("seen"); }
  CHECK(second->calls().size() == 1);
  second.reset();
  { const ModuleTrace::Part part("unseen"); }
}

TEST_CASE("folding by depth") {
  const ModuleTrace trace;
  const Value loss = parts(3) + 1.0;
  loss.backward();
  const std::string blocks = to_dot(loss, {.modules = &trace, .depth = 1});
  check_whole(blocks);
  CHECK(count(blocks, "subgraph") == 1);
  const std::string block = card_of(blocks, "Block(2) × 3");
  CHECK(block.find("0 … 2") != std::string::npos);
  CHECK(block.find(">6 in 3 tensors<") != std::string::npos);
  CHECK(block.find("gradient norm") != std::string::npos);
  CHECK(count(blocks, "<B>w0</B>") == 0);
  const std::string whole = to_dot(loss, {.modules = &trace, .depth = 0});
  check_whole(whole);
  CHECK(count(whole, "subgraph") == 0);
  CHECK(card_of(whole, "Net").find("(2,) → scalar float64") != std::string::npos);
  // x, the net and the sum; the constant 1 stands in its card.
  CHECK(cards_in(whole) == 3);
  CHECK(to_dot(loss, {.modules = &trace, .depth = -5}) == whole);
}

TEST_CASE("folding tells the gradient at both ends of a row of equal parts") {
  const ModuleTrace trace;
  std::vector<Value> weights;
  Value y = constant(Tensor(1.0));
  for (int i = 0; i < 4; ++i) {
    const ModuleTrace::Part part(std::to_string(i), "Layer");
    weights.push_back(named(0.5, fmt::format("w{}", i).c_str()));
    y = sigmoid(y * weights.back());
  }
  y.backward();
  const std::string card = card_of(to_dot(y * 1.0, {.modules = &trace, .depth = 0}), "Layer × 4");
  const auto norm = [&](std::size_t i) {
    return brickgrad::internal::short_number(weights[i].grad().item());
  };
  INFO(card);
  CHECK(card.find("gradient norm, first … last") != std::string::npos);
  CHECK(card.find(">" + norm(0) + " … " + norm(3) + "<") != std::string::npos);
}

TEST_CASE("folding keeps the leaves that a part was called with outside") {
  const Value x = constant(Tensor::from({1., 2.})).name("x"), w = named(3.0, "w");
  const ModuleTrace trace;
  Value y;
  {
    const ModuleTrace::Part part("part", "", "", std::span(&x, 1));
    y = sum(x * w);
  }
  const std::string open = to_dot(y * 2.0, {.modules = &trace});
  CHECK(frame_of(open, "part").find("<B>x</B>") == std::string::npos);
  CHECK(frame_of(open, "part").find("<B>w</B>") != std::string::npos);
  const std::string folded = to_dot(y * 2.0, {.modules = &trace, .depth = 0});
  CHECK(count(folded, "<B>x</B>") == 1);
  CHECK(count(folded, "<B>w</B>") == 0);
}

TEST_CASE("folding leaves a weight that two parts share outside") {
  const Value w = named(3.0, "w");
  Value y = named(1.0, "x");
  const ModuleTrace trace;
  for (const char* name : {"first", "second"}) {
    const ModuleTrace::Part part(name);
    y = sin(y * w);
  }
  const std::string dot = to_dot(exp(y), {.modules = &trace});
  check_whole(dot);
  CHECK(frame_of(dot, "first").find("<B>w</B>") == std::string::npos);
  CHECK(frame_of(dot, "second").find("<B>w</B>") == std::string::npos);
  CHECK(count(dot, "<B>w</B>") == 1);
}

TEST_CASE("folding a trace that is cleared, nested or outlived") {
  ModuleTrace trace;
  CHECK(ModuleTrace::current() == &trace);
  {
    const ModuleTrace::Part part("a");
    {
      const ModuleTrace inner;
      CHECK(ModuleTrace::current() == &inner);
      const ModuleTrace::Part hidden("b");
    }
    CHECK(trace.calls().size() == 1);
    trace.clear();
  }
  CHECK(trace.calls().empty());
  const Value y = parts(1);
  CHECK(trace.calls().size() == 2);
  CHECK(trace.calls()[1].parent == 0);
  CHECK(count(to_dot(y, {.modules = &trace}), "subgraph") == 2);
}

TEST_CASE("folding large graphs leaves a picture") {
  Value chain = named(0.5, "x");
  for (int i = 0; i < 5000; ++i) chain = tanh(chain);
  chain.backward();
  const std::string dot = to_dot(chain);
  check_whole(dot);
  CHECK(dot.find("5,001 values, folded into 3 cards") != std::string::npos);
  CHECK(card_of(dot, "tanh × 4999").find("4999 tanh") != std::string::npos);
  CHECK(count(to_dot(chain, {.max_nodes = 200'000}), "<B>tanh</B>") == 5000);
  CHECK(count(to_dot(chain, {.force = true}), "[label=\"tanh") == 5000);

  // Twenty rows through one small net: the weights are one card, the rows are few.
  std::vector<Value> w;
  for (int i = 0; i < 60; ++i)
    w.push_back(named(0.1 * (i % 7 - 3), "").name(fmt::format("w{}", i)));
  Value total = 0.0;
  for (int row = 0; row < 20; ++row) {
    Value sum = constant(Tensor::full({}, row));
    for (const Value& weight : w) sum = sum + tanh(weight * 0.5);
    total = total + square(sum);
  }
  const std::string net = to_dot(total);
  check_whole(net);
  CHECK(cards_in(net) < 20);
  CHECK(net.find("<B>60 leaves</B>") != std::string::npos);
  CHECK(net.find("w0 … w59") != std::string::npos);
}

TEST_CASE("folding long chains, which would be one endless line") {
  Value chain = named(0.5, "x");
  for (int i = 0; i < 100; ++i) chain = tanh(chain);
  std::vector<std::string> warnings;
  const std::string dot = to_dot(chain, {}, &warnings);
  check_whole(dot);
  CHECK(cards_in(dot) == 3);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0] ==
        "101 values are folded into 3 cards, as are all graphs of more than 50 ops in a row; "
        "DotOptions::force draws every one");
  CHECK(count(to_dot(chain, {.force = true}), "<B>tanh</B>") == 100);
  // As many values side by side are no chain.
  std::vector<Value> terms;
  for (int i = 0; i < 128; ++i) terms.push_back(tanh(Value(0.01 * i)) * 2.0);
  for (std::size_t i = 0; terms.size() - i > 1; i += 2) terms.push_back(terms[i] + terms[i + 1]);
  CHECK(to_dot(terms.back()).find("folded into") == std::string::npos);
}

TEST_CASE("folding frames around a chain close until it is no endless line") {
  const ModuleTrace trace;
  Value y = named(0.5, "x");
  for (int i = 0; i < 20; ++i) {
    const ModuleTrace::Part part(std::to_string(i), "Block", fmt::format("{}", i % 3));
    y = sin(exp(tanh(y)));
  }
  // Of 60 ops in 20 frames, 20 cards are left.
  const std::string dot = to_dot(y, {.modules = &trace});
  check_whole(dot);
  CHECK(dot.find("folded into") != std::string::npos);
  CHECK(count(dot, "subgraph") == 0);
  CHECK(cards_in(dot) <= 21);
}

TEST_CASE("folding graphs too large for the flow along each edge say so") {
  const auto told = [](int ops, bool gradients) {
    Value y = named(0.5, "x");
    for (int i = 0; i < ops; ++i) y = y + 0.001;
    y.backward();
    std::vector<std::string> warnings;
    const std::string dot = to_dot(y, {.gradients = gradients}, &warnings);
    const bool on_edges = count(dot, "class=\"positive") > 0;
    const bool warned = std::any_of(warnings.begin(), warnings.end(), [](const std::string& text) {
      return text.find("the edges do not show how much gradient") != std::string::npos;
    });
    CHECK((dot.find("the edges do not show how much") != std::string::npos) == warned);
    return std::pair(on_edges, warned);
  };
  CHECK(told(99'000, true) == std::pair(true, false));
  CHECK(told(101'000, true) == std::pair(false, true));
  // Nobody asked for it.
  CHECK(told(101'000, false) == std::pair(false, false));
}

TEST_CASE("folding cards show every value that leaves them") {
  const Value x = named(1.0, "x");
  Value total = 0.0, power = x;
  for (int i = 0; i < 3000; ++i) {
    total = total + power;
    power = power * x;
  }
  const Value f = named(total - power, "f");
  f.backward({.retain_grad = true});
  std::istringstream dot(to_dot(f));
  std::string card, id;
  for (std::string line; std::getline(dot, line);) {
    if (line.find("(+ → ×) × 3000") != std::string::npos) card = line.substr(0, line.find("];"));
    // What a folded op is by its operand is no news.
    const auto arrow = line.find(" -> ");
    if (arrow == std::string::npos || card.empty()) continue;
    id = card.substr(2, card.find(' ', 2) - 2);
    if (line.compare(arrow + 4, id.size() + 1, id + " ") == 0)
      CHECK(line.find("∂") == std::string::npos);
  }
  INFO(card);
  CHECK(card.find("value of +") != std::string::npos);
  CHECK(card.find("value of ×") != std::string::npos);
  CHECK(card.find(">3000<") != std::string::npos);

  // Of many a few.
  std::vector<Value> all{x};
  for (int i = 0; i < 1500; ++i) all.push_back(sin(all.back()));
  Value sum = all.back();
  for (std::size_t i = 0; i < 10; ++i)
    sum = sum + named(all[100 * i + 50], "").name(fmt::format("s{}", i));
  const std::string many = to_dot(sum);
  CHECK(many.find("value of s0") != std::string::npos);
  CHECK(many.find("… 7 more") != std::string::npos);
}

TEST_CASE("folding large graphs by their modules first") {
  const ModuleTrace trace;
  const Value loss = parts(400) + 1.0;
  const std::string dot = to_dot(loss, {.modules = &trace});
  check_whole(dot);
  CHECK(dot.find("<B>Block(2) × 400</B>") != std::string::npos);
  CHECK(cards_in(dot) < 10);
}

TEST_CASE("folding graphs without any order") {
  std::uint32_t state = 1;
  const auto random = [&](std::size_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
  };
  std::vector<Value> values;
  for (int i = 0; i < 50; ++i) values.push_back(Value(0.01 * i));
  for (int i = 0; i < 3000; ++i) {
    const Value a = values[random(values.size())], b = values[random(values.size())];
    const std::size_t op = random(4);
    values.push_back(op == 0 ? a * b : op == 1 ? a + b : op == 2 ? tanh(a) : sin(a - b));
  }
  Value sum = values.back();
  for (std::size_t i = 1; i < 1500; ++i) sum = sum + values[values.size() - 1 - i];
  sum.backward();
  const std::string dot = to_dot(sum);
  check_whole(dot);
  CHECK(cards_in(dot) < 110);
  CHECK(count(dot, " -> ") <= 200);
  CHECK(longest_row(dot) <= 25);
  CHECK(to_dot(sum) == dot);
}
