#include "limits.hpp"
#include "vectors.hpp"

namespace limits {

template <class T>
T Elementwise<T>::step() {
  using V = Vector<T>;
  V total{};
  // The length is a multiple of the lanes.
  for (std::int64_t i = 0; i < x.size(); i += lanes<T>) {
    const V u = load(x + i), v = load(w + i);
    const V t = tanh(u * v);
    const V s = 1 / (1 + exp(-(t + load(b + i))));
    const V f = s * exp(-u * u);
    const V ds = f * (1 - s), dt = ds * (1 - t * t);
    store<T>(dx + i, dt * v - 2 * u * f);
    store<T>(dw + i, dt * u);
    store<T>(db + i, ds);
    total += f;
  }
  return sum_of<T>(total);
}

template struct Elementwise<float>;
template struct Elementwise<double>;

}  // namespace limits
