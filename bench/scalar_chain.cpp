// What does one recorded scalar operation cost? A chain of 10^5 operations y = y x + c: recorded,
// back-propagated and destroyed, beside a loop that stores the values and walks back.
#include <autograd/autograd.hpp>
#include <memory>

#include "data.hpp"

namespace bench {

namespace {

constexpr int operations = 100'000;
constexpr double factor = 0.9999, summand = 0.001;

double chain() {
  const Value x = factor;
  Value y = x;
  for (int i = 0; i < operations / 2; ++i) y = y * x + summand;
  y.backward();
  return x.grad().item();
}

Sides sides() {
  const auto hand = std::make_shared<limits::ScalarChain>(operations / 2);
  hand->x = factor;
  hand->c = summand;
  return {[](int steps) {
            for (int i = 0; i < steps; ++i) keep(chain());
          },
          [hand](int steps) {
            for (int i = 0; i < steps; ++i) keep(hand->step());
          },
          [hand] { return std::vector<Result>{same("derivative", chain(), hand->step(), 1e-12)}; }};
}

}  // namespace

void scalar_chain(Workloads& all) {
  all.push_back({"scalar_chain", "one of 10^5 rank-0 operations", 20, sides, operations});
}

}  // namespace bench
