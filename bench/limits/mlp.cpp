#include "cross_entropy.hpp"
#include "limits.hpp"

#include <cmath>

namespace limits {

float Mlp::gradients() {
  for (int l = 0; l < layers; ++l) {
    Layer& a = layer[l];
    multiply({l ? layer[l - 1].y : x, batch, a.in}, {a.parts[0].value, a.in, a.out}, a.y);
    const float* bias = a.parts[1].value;
    for (int i = 0; i < batch; ++i) {
      float* y = a.y + i * a.out;
      if (l + 1 < layers)
        for (int j = 0; j < a.out; ++j) y[j] = y[j] + bias[j] > 0 ? y[j] + bias[j] : 0;
      else
        for (int j = 0; j < a.out; ++j) y[j] += bias[j];
    }
  }
  Layer& last = layer[layers - 1];
  const float loss = cross_entropy(last.y, labels, batch, last.out, last.dy);
  for (int l = layers; l-- > 0;) {
    Layer& a = layer[l];
    const Factor in(l ? layer[l - 1].y : x, batch, a.in), dy(a.dy, batch, a.out);
    multiply(turned(in), dy, a.parts[0].gradient);
    float* db = a.parts[1].gradient;
    for (int j = 0; j < a.out; ++j) db[j] = 0;
    for (int i = 0; i < batch; ++i)
      for (int j = 0; j < a.out; ++j) db[j] += a.dy[i * a.out + j];
    if (l == 0) break;
    Layer& before = layer[l - 1];
    multiply(dy, turned({a.parts[0].value, a.in, a.out}), before.dy);
    for (int i = 0; i < batch * a.in; ++i) before.dy[i] = before.y[i] > 0 ? before.dy[i] : 0;
  }
  return loss;
}

void Mlp::sgd(float rate, float momentum) {
  for (Layer& a : layer)
    for (Layer::Part& p : a.parts) {
      float* __restrict w = p.value, * __restrict v = p.first;
      const float* __restrict g = p.gradient;
      for (int i = 0; i < p.value.size(); ++i) {
        v[i] = momentum * v[i] + g[i];
        w[i] -= rate * v[i];
      }
    }
}

void Mlp::adam(float rate) {
  ++steps;
  const float scale1 = rate / static_cast<float>(1 - std::pow(0.9, steps));
  const float scale2 = 1 / std::sqrt(static_cast<float>(1 - std::pow(0.999, steps)));
  for (Layer& a : layer)
    for (Layer::Part& p : a.parts) {
      float* __restrict w = p.value, * __restrict m = p.first, * __restrict v = p.second;
      const float* __restrict g = p.gradient;
      for (int i = 0; i < p.value.size(); ++i) {
        m[i] = 0.9f * m[i] + 0.1f * g[i];
        v[i] = 0.999f * v[i] + 0.001f * g[i] * g[i];
        w[i] -= scale1 * m[i] / (std::sqrt(v[i]) * scale2 + 1e-8f);
      }
    }
}

}  // namespace limits
