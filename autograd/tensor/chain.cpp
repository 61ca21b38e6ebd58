#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/tensor/chain.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/tensor.hpp>
#include <utility>

namespace brickgrad {
namespace {

// More than a dozen blocks of this size fit the first level of the cache.
constexpr std::int64_t block_bytes = 2048;
// Blocks that are worth a thread.
constexpr std::int64_t grain = 64;

}  // namespace

Chain::Slot& Chain::next_slot() {
  if (size_ == capacity) fail("a chain of elementwise ops has more than {} slots", capacity);
  return slots_[static_cast<std::size_t>(size_++)] = Slot{};
}

int Chain::add_array(const void* data) {
  next_slot().value = data;
  return size_ - 1;
}

int Chain::add_number(double number) {
  next_slot().number = number;
  return size_ - 1;
}

int Chain::add_op(int op_index, const void* op, std::span<const int> inputs, const Reads* reads,
                  const void* value) {
  Slot& s = next_slot();
  s.op_index = op_index;
  s.op = op;
  s.reads = reads;
  s.count = static_cast<int>(inputs.size());
  std::copy(inputs.begin(), inputs.end(), s.inputs.begin());
  s.value = value;
  return size_ - 1;
}

void Chain::keep(int i, void* data) { slot(i).kept = data; }

void Chain::sum(int i, double* to) { slot(i).sum = to; }

void Chain::gradient(int i, const GradientTarget& to) {
  slot(i).target = to;
  slot(i).wants = true;
}

/// Which values are needed, and until when.
void Chain::find_readers() {
  for (int i = size_ - 1; i >= 0; --i) {
    Slot& s = slot(i);
    s.needed = s.needed || s.kept || s.sum;
    Reads reads = reads_nothing;
    for (int k = 0; s.flows && k < s.count; ++k) {
      Slot& input = slot(s.inputs[static_cast<std::size_t>(k)]);
      input.wants = input.wants || input.flows;
      if (input.wants) reads |= s.reads[k];
    }
    if (reads & reads_result) s.needed = s.read_back = true;
    const bool computed = s.needed && !s.value;
    for (int k = 0; k < s.count; ++k) {
      Slot& input = slot(s.inputs[static_cast<std::size_t>(k)]);
      if (reads & reads_input(k)) input.needed = input.read_back = true;
      if (!computed) continue;
      input.needed = true;
      input.last_reader = std::max(input.last_reader, i);
    }
  }
}

/// Where what is not asked for lies meanwhile: in few blocks, which stay in the first-level cache.
void Chain::plan() {
  find_readers();
  std::array<int, 2 * capacity> unused{};
  int unused_count = 0;
  const auto take = [&] {
    return unused_count > 0 ? unused[static_cast<std::size_t>(--unused_count)] : blocks_++;
  };
  const auto release = [&](int block) { unused[static_cast<std::size_t>(unused_count++)] = block; };
  // Blocks of values live to the end of the pass if the way back reads them, else to their last
  // reader, which may write its result in their place.
  for (int i = 0; i < size_; ++i) {
    Slot& s = slot(i);
    if (s.sum) s.partial = partials_++;
    if (s.op_index < 0 || !s.needed || s.value) continue;
    for (int k = 0; k < s.count; ++k) {
      Slot& input = slot(s.inputs[static_cast<std::size_t>(k)]);
      if (input.last_reader != i || input.read_back || input.value_block < 0) continue;
      release(input.value_block);
      input.last_reader = -1;  // it may be an operand twice
    }
    if (s.kept) continue;
    s.value_block = take();
    if (s.last_reader < 0 && !s.read_back) release(s.value_block);
  }
  // Those of gradients live until they have gone on.
  const auto take_block = [&](Slot& s) {
    if (!s.wants || s.gradient_block >= 0) return;
    if (s.is_number()) {
      s.partial = partials_++;
      s.gradient_block = blocks_++;
    } else if (!s.target.data) {
      s.gradient_block = take();
    }
  };
  for (int i = size_ - 1; i >= 0; --i) {
    Slot& s = slot(i);
    if (!s.flows) continue;
    for (int k = 0; k < s.count; ++k) take_block(slot(s.inputs[static_cast<std::size_t>(k)]));
    if (s.gradient_block >= 0) release(s.gradient_block);
  }
}

/// Runs blocks with scratch memory of its own.
template <class T>
class Chain::Worker {
 public:
  static constexpr std::int64_t block = block_bytes / static_cast<std::int64_t>(sizeof(T));
  // A little apart, so that blocks do not compete for the same places in the cache.
  static constexpr std::int64_t stride = block + 192 / static_cast<std::int64_t>(sizeof(T));

  Worker(const Chain& chain, double* partials)
      : chain_(chain),
        routines_(kernels().of(dtype_of<T>)),
        partials_(partials),
        scratch_(Tensor::empty({chain.blocks_, stride}, dtype_of<T>)),
        seed_(static_cast<T>(chain.seed_.number)) {
    for (int i = 0; i < chain.size_; ++i) numbers_[index(i)] = static_cast<T>(slot(i).number);
  }

  void run(std::int64_t at) {
    start_ = at * block;
    count_ = std::min(block, chain_.n_ - start_);
    double* partial = partials_ + at * chain_.partials_;
    for (int i = 0; i < chain_.size_; ++i) forward(i, partial);
    for (int i = chain_.size_ - 1; i >= 0; --i)
      if (slot(i).flows) backward(i);
    for (int i = 0; i < chain_.size_; ++i)
      if (const Slot& s = slot(i); s.is_number() && s.partial >= 0)
        partial[s.partial] = present_[index(i)] ? routines_.sum(count_, gradients_[index(i)]) : 0;
  }

 private:
  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  const Slot& slot(int i) const { return chain_.slot(i); }
  T* scratch(int place) const { return static_cast<T*>(scratch_.raw()) + place * stride; }
  T* here(void* array) const { return static_cast<T*>(array) + start_; }
  const T* here(const void* array) const { return static_cast<const T*>(array) + start_; }

  void forward(int i, double* partial) {
    const Slot& s = slot(i);
    values_[index(i)] = s.is_number()        ? &numbers_[index(i)]
                        : s.value            ? here(s.value)
                        : s.kept             ? here(s.kept)
                        : s.value_block >= 0 ? scratch(s.value_block)
                                             : scratch(0);
    steps_[index(i)] = s.is_number() ? 0 : 1;
    gradients_[index(i)] = s.gradient_block >= 0 ? scratch(s.gradient_block)
                           : s.target.data       ? here(s.target.data)
                                                 : nullptr;
    present_[index(i)] = !s.is_number() && s.target.data && s.target.add;
    if (s.op_index >= 0 && s.needed && !s.value) {
      const void* in[max_operands];
      std::int64_t step[max_operands];
      gather(s, in, step);
      routine(s).forward(s.op, count_, const_cast<T*>(values_[index(i)]), in, step);
    }
    if (s.sum) partial[s.partial] = routines_.sum(count_, values_[index(i)]);
    if (s.value) fetch_next<0>(values_[index(i)]);
    if (s.target.data && !s.is_number()) fetch_next<1>(gradients_[index(i)]);
  }

  /// Asks for what follows the present block in an array that is given, or in a gradient that is
  /// asked for, while the block is worked on.
  template <int Write>
  void fetch_next(const T* x) const {
    constexpr std::int64_t line = 64 / sizeof(T);
    const std::int64_t end = count_ + std::min(block, chain_.n_ - start_ - count_);
    for (std::int64_t i = count_; i < end; i += line) __builtin_prefetch(x + i, Write, 3);
  }

  /// Where the gradient of a slot is: of the seeded one that of the caller, unless it is asked for.
  std::pair<const T*, std::int64_t> gradient_of(int i) {
    T* place = gradients_[index(i)];
    if (i != chain_.seeded_) return {present_[index(i)] ? place : nullptr, 1};
    const Tensor* seed = chain_.seed_.tensor;
    if (!place && seed) return {here(seed->raw()), 1};
    if (!place) return {&seed_, 0};
    if (seed)
      std::copy_n(here(seed->raw()), count_, place);
    else
      std::fill_n(place, count_, seed_);
    return {place, 1};
  }

  void backward(int i) {
    const auto [gradient, gradient_step] = gradient_of(i);
    if (!gradient) return;
    const Slot& s = slot(i);
    const void* in[max_operands];
    std::int64_t step[max_operands];
    gather(s, in, step);
    void* d[max_operands];
    unsigned add = 0;
    for (int k = 0; k < s.count; ++k) {
      const std::size_t input = index(s.inputs[index(k)]);
      d[k] = slot(s.inputs[index(k)]).wants ? gradients_[input] : nullptr;
      if (!d[k]) continue;
      add |= static_cast<unsigned>(present_[input]) << k;
      present_[input] = true;
    }
    routine(s).backward(s.op, count_, gradient, gradient_step, values_[index(i)], in, step, d, add);
  }

  const ElementwiseKernel& routine(const Slot& s) const {
    return routines_.elementwise[index(s.op_index)];
  }
  void gather(const Slot& s, const void** in, std::int64_t* step) const {
    for (int k = 0; k < s.count; ++k) {
      in[k] = values_[index(s.inputs[index(k)])];
      step[k] = steps_[index(s.inputs[index(k)])];
    }
  }

  const Chain& chain_;
  const Routines& routines_;
  double* partials_;
  Tensor scratch_;
  T seed_;
  std::int64_t start_ = 0, count_ = 0;
  std::array<T, capacity> numbers_;
  std::array<const T*, capacity> values_;
  std::array<std::int64_t, capacity> steps_;
  std::array<T*, capacity> gradients_{};
  std::array<bool, capacity> present_{};
};

template <class T>
void Chain::run_blocks() {
  const std::int64_t blocks = (n_ + Worker<T>::block - 1) / Worker<T>::block;
  const Tensor partials = Tensor::empty({blocks * partials_}, float64);
  auto* partial = static_cast<double*>(partials.raw());
  parallel_for(blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    Worker<T> worker(*this, partial);
    for (std::int64_t i = begin; i < end; ++i) worker.run(i);
  });
  const auto total = [&](int place) {
    double sum = 0;
    for (std::int64_t i = 0; i < blocks; ++i) sum += partial[i * partials_ + place];
    return sum;
  };
  for (int i = 0; i < size_; ++i) {
    const Slot& s = slot(i);
    if (s.sum) {
      *s.sum = total(s.partial);
    } else if (s.partial >= 0) {
      T& to = *static_cast<T*>(s.target.data);
      to = static_cast<T>(total(s.partial) + (s.target.add ? static_cast<double>(to) : 0));
    }
  }
}

void Chain::run() {
  plan();
  with_dtype(dtype_, [&](auto zero) { run_blocks<decltype(zero)>(); });
}

}  // namespace brickgrad
