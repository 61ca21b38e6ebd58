// What does one recorded scalar operation cost? A chain of 10^6 (and 10^5) operations y = y x + c:
// recorded, back-propagated and destroyed, beside a loop that stores the values and walks back.
#include <autograd/autograd.hpp>

#include "measure.hpp"

namespace {

void chain(int operations, int pairs) {
  using namespace brickgrad;
  std::vector<double> values(static_cast<std::size_t>(operations / 2));
  bench::compare(
      fmt::format("scalar chain of {} operations, each", operations), pairs, operations,
      [&] {
        const Value x = 0.9999;
        Value y = x;
        for (int i = 0; i < operations / 2; ++i) y = y * x + 0.001;
        y.backward();
        bench::keep(x.grad().item());
      },
      [&] {
        double x = 0.9999, y = x, dx = 0, dy = 1;
        bench::keep(x);
        for (double& v : values) {
          v = y;
          y = y * x + 0.001;
        }
        for (std::size_t i = values.size(); i-- > 0;) {
          dx += dy * values[i];
          dy *= x;
        }
        bench::keep(dx);
      });
}

}  // namespace

int main() {
  chain(100'000, 51);
  chain(1'000'000, 11);
}
