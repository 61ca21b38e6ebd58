// And a transformer's block? Layer norm, attention with one head of 64, projection, layer norm, a
// net 64-256-64 with ReLU, both around a residual; 64 tokens, batch 16, float32. The loss is the
// mean square; gradients of all parameters.
#include <autograd/autograd.hpp>
#include <memory>
#include <nn/nn.hpp>

#include "data.hpp"
#include "lent.hpp"

namespace bench {

namespace {

using limits::AttentionBlock;

constexpr int width = AttentionBlock::width, inner = AttentionBlock::inner;
constexpr auto dtype = brickgrad::float32;

brickgrad::nn::Linear layer(int in, int out, std::uint64_t seed) {
  return {in, out, {.seed = seed, .dtype = dtype}};
}

struct Block {
  Value x = brickgrad::constant(
      Tensor::randn({AttentionBlock::batch, AttentionBlock::tokens, width}, 1, dtype));
  brickgrad::nn::LayerNorm norm1{width, {.eps = AttentionBlock::epsilon, .dtype = dtype}},
      norm2{width, {.eps = AttentionBlock::epsilon, .dtype = dtype}};
  brickgrad::nn::Linear query = layer(width, width, 1), key = layer(width, width, 2),
                        value = layer(width, width, 3), out = layer(width, width, 4),
                        up = layer(width, inner, 5), down = layer(inner, width, 6);
  AttentionBlock hand;

  /// Ours beside the limit's; queries, keys and values are columns of one matrix there.
  struct Pair {
    Value ours;
    AttentionBlock::Parameter* limit;
    int first = 0;
    bool columns = false;
  };
  std::vector<Pair> pairs() {
    return {{norm1.weight(), &hand.gain1},
            {norm1.bias(), &hand.bias1},
            {query.weight(), &hand.w_qkv, 0, true},
            {key.weight(), &hand.w_qkv, width, true},
            {value.weight(), &hand.w_qkv, 2 * width, true},
            {query.bias(), &hand.b_qkv},
            {key.bias(), &hand.b_qkv, width},
            {value.bias(), &hand.b_qkv, 2 * width},
            {out.weight(), &hand.w_out},
            {out.bias(), &hand.b_out},
            {norm2.weight(), &hand.gain2},
            {norm2.bias(), &hand.bias2},
            {up.weight(), &hand.w_up},
            {up.bias(), &hand.b_up},
            {down.weight(), &hand.w_down},
            {down.bias(), &hand.b_down}};
  }
  static std::int64_t place(const Pair& p, std::int64_t i) {
    return p.first + (p.columns ? i / width * 3 * width + i % width : i);
  }
  Block() {
    copy<float>(x.data(), hand.x);
    for (const Pair& p : pairs())
      for (std::int64_t i = 0; i < p.ours.numel(); ++i)
        p.limit->value[place(p, i)] = p.ours.data().data<float>()[i];
    hand.multiply = multiply_by_fastest;
  }
  double step() {
    const Value in = norm1(x);
    const Value middle = x + out(scaled_dot_product_attention(query(in), key(in), value(in)));
    const Value loss = mean(square(middle + down(relu(up(norm2(middle))))));
    for (const auto* m : std::initializer_list<const brickgrad::nn::Module*>{
             &norm1, &norm2, &query, &key, &value, &out, &up, &down})
      m->zero_grad();
    loss.backward();
    return loss.item();
  }
  std::vector<Result> results() {
    std::vector<Result> all{same("loss", step(), hand.step(), 1e-5)};
    for (const Pair& p : pairs()) {
      // Without rounding the keys' bias has none: a shift of all scores changes no softmax.
      if (p.first == width && !p.columns) continue;
      std::vector<double> limit;
      for (std::int64_t i = 0; i < p.ours.numel(); ++i)
        limit.push_back(p.limit->gradient[place(p, i)]);
      all.push_back({"gradient", p.ours.grad().to_vector(), limit, 1e-3});
    }
    return all;
  }
};

Sides sides() {
  const auto s = std::make_shared<Block>();
  return {[s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->step());
          },
          [s](int steps) {
            for (int i = 0; i < steps; ++i) keep(s->hand.step());
          },
          [s] { return s->results(); }};
}

}  // namespace

void attention(Workloads& all) {
  all.push_back({"attention", "attention block, d 64, T 64, batch 16, float32", 1.2, sides});
}

}  // namespace bench
