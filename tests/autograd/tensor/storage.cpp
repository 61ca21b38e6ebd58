// The memory behind tensors, on several threads at once.
#include <atomic>
#include <autograd/tensor/storage.hpp>
#include <mutex>
#include <tests/autograd/compare.hpp>
#include <thread>

using namespace brickgrad;

TEST_CASE("tensors of all sizes lie on a cache line and do not overlap", "[tensor]") {
  std::vector<Tensor> all;
  bool aligned = true;
  for (std::int64_t n = 0; n < 2000; n += n < 100 ? 1 : 97) {
    all.push_back(Tensor::full({n}, static_cast<double>(n)));
    aligned = aligned && reinterpret_cast<std::uintptr_t>(all.back().raw()) % 64 == 0;
  }
  CHECK(aligned);
  bool intact = true;
  for (const Tensor& t : all)
    for (const double x : t.to_vector()) intact = intact && x == static_cast<double>(t.numel());
  CHECK(intact);
}

TEST_CASE("tensors made on one thread are freed on another", "[tensor]") {
  std::mutex mutex;
  std::vector<Tensor> pile;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 3000 / shrink; ++i) {
        const std::int64_t n = 1 + (i * 37 + t) % 500;
        Tensor own = Tensor::full({n}, static_cast<double>(n));
        const std::lock_guard lock(mutex);
        pile.push_back(own);
        if (pile.size() < 50) continue;
        std::swap(pile.front(), pile[pile.size() / 2]);
        const Tensor other = pile.back();
        pile.pop_back();
        wrong += other(other.numel() - 1) != static_cast<double>(other.numel());
        if (pile.size() > 100) pile.clear();
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("one tensor is held by many threads", "[tensor]") {
  const Tensor t = Tensor::ones({100});
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k)
    threads.emplace_back([t, &wrong] {
      for (int i = 0; i < 1000; ++i) {
        const Tensor view = slice(t, 0, i % 100, 100);
        wrong += view(0) != 1;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(t.storage().unique());
}

TEST_CASE("the clock of changes only goes forward", "[tensor]") {
  Tensor t = Tensor::ones({3});
  const auto before = ModificationClock::now();
  CHECK(t.storage()->modified <= before);
  t.add_(1);
  CHECK(t.storage()->modified > before);
  CHECK(std::string(t.storage()->modified_by.load()) == "add_");
}

#ifndef BRICKGRAD_SANITIZE
TEST_CASE("freed blocks serve again", "[tensor]") {
  { const Tensor warm = Tensor::ones({12'345}); }
  const std::uint64_t before = system_allocations();
  for (int i = 0; i < 100; ++i) Tensor::ones({12'345});
  CHECK(system_allocations() == before);
}
#endif
