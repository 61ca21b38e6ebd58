// Softmax cross-entropy of few classes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace limits {

/// The mean loss of rows of logits, and its gradient.
inline float cross_entropy(const float* logits, const std::int64_t* labels, int rows, int classes,
                           float* gradient) {
  float loss = 0;
  const float scale = 1 / static_cast<float>(rows);
  for (int i = 0; i < rows; ++i) {
    const float* z = logits + i * classes;
    float* g = gradient + i * classes;
    const float top = *std::max_element(z, z + classes);
    float sum = 0;
    for (int j = 0; j < classes; ++j) sum += g[j] = std::exp(z[j] - top);
    loss += std::log(sum) + top - z[labels[i]];
    for (int j = 0; j < classes; ++j) g[j] *= scale / sum;
    g[labels[i]] -= scale;
  }
  return loss * scale;
}

}  // namespace limits
