#include <cmath>

#include "limits.hpp"
#include "vectors.hpp"

namespace limits {

namespace {

using V = Vector<float>;
constexpr int n = lanes<float>, width = AttentionBlock::width;

/// The layer norm of one row: `norm` before the gain and the bias, `out` after them; returns the
/// factor 1 / sqrt(variance + epsilon).
inline float normalize(const float* x, const float* gain, const float* bias, float* norm,
                       float* out) {
  V sum{}, squares{};
  for (int j = 0; j < width; j += n) sum += load(x + j);
  const float mean = sum_of<float>(sum) / width;
  for (int j = 0; j < width; j += n) {
    const V centred = load(x + j) - mean;
    squares += centred * centred;
  }
  const float factor = 1 / std::sqrt(sum_of<float>(squares) / width + AttentionBlock::epsilon);
  for (int j = 0; j < width; j += n) {
    const V v = (load(x + j) - mean) * factor;
    store<float>(norm + j, v);
    store<float>(out + j, v * load(gain + j) + load(bias + j));
  }
  return factor;
}

/// The gradients of gain and bias from that of all rows.
inline void normalize_parameters(const float* d, const float* norm, int rows, float* d_gain,
                                 float* d_bias) {
  V gain[width / n] = {}, bias[width / n] = {};
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < width / n; ++j) {
      const V g = load(d + i * width + j * n);
      gain[j] += g * load(norm + i * width + j * n);
      bias[j] += g;
    }
  for (int j = 0; j < width / n; ++j) {
    store<float>(d_gain + j * n, gain[j]);
    store<float>(d_bias + j * n, bias[j]);
  }
}

/// Adds the gradient of one row of the input.
inline void normalize_input(const float* d, const float* norm, const float* gain, float factor,
                            float* dx) {
  V sum{}, product{};
  for (int j = 0; j < width; j += n) {
    const V g = load(d + j) * load(gain + j);
    sum += g;
    product += g * load(norm + j);
  }
  const float mean = sum_of<float>(sum) / width, slope = sum_of<float>(product) / width;
  for (int j = 0; j < width; j += n) {
    const V g = load(d + j) * load(gain + j);
    store<float>(dx + j, load(dx + j) + factor * (g - mean - load(norm + j) * slope));
  }
}

inline void softmax(float* row, int size, float scale) {
  V top = load(row), sum{};
  for (int j = n; j < size; j += n) top = load(row + j) > top ? load(row + j) : top;
  float highest = top[0];
  for (int k = 1; k < n; ++k) highest = top[k] > highest ? top[k] : highest;
  for (int j = 0; j < size; j += n) {
    const V e = exp((load(row + j) - highest) * scale);
    store<float>(row + j, e);
    sum += e;
  }
  const float factor = 1 / sum_of<float>(sum);
  for (int j = 0; j < size; j += n) store<float>(row + j, load(row + j) * factor);
}

inline void sum_rows(const float* d, int rows, int columns, float* sum) {
  std::memset(sum, 0, static_cast<std::size_t>(columns) * sizeof(float));
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; j += n)
      store<float>(sum + j, load(sum + j) + load(d + i * columns + j));
}

constexpr float score_scale = 0.125f;  // 1 / sqrt(64)

}  // namespace

void AttentionBlock::forward() {
  for (int i = 0; i < rows * width; i += width)
    spread1[i / width] = normalize(x + i, gain1.value, bias1.value, norm1 + i, in1 + i);
  multiply({in1, rows, width}, {w_qkv.value, width, 3 * width}, qkv);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < 3 * width; ++j) qkv[i * 3 * width + j] += b_qkv.value[j];
  for (int i = 0; i < batch; ++i) {
    float *q = qkv + i * tokens * 3 * width, *p = weights + i * tokens * tokens;
    const Factor queries(q, tokens, width, 3 * width), keys(q + width, tokens, width, 3 * width),
        values(q + 2 * width, tokens, width, 3 * width);
    multiply(queries, turned(keys), p);
    for (int t = 0; t < tokens; ++t) softmax(p + t * tokens, tokens, score_scale);
    multiply({p, tokens, tokens}, values, mixed + i * tokens * width);
  }
  multiply({mixed, rows, width}, {w_out.value, width, width}, middle);
  for (int i = 0; i < rows * width; i += width) {
    for (int j = 0; j < width; ++j) middle[i + j] += x[i + j] + b_out.value[j];
    spread2[i / width] = normalize(middle + i, gain2.value, bias2.value, norm2 + i, in2 + i);
  }
  multiply({in2, rows, width}, {w_up.value, width, inner}, up);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < inner; j += n) {
      const V v = load(up + i * inner + j) + load(b_up.value + j);
      store<float>(up + i * inner + j, v > 0 ? v : V{});
    }
  multiply({up, rows, inner}, {w_down.value, inner, width}, y);
}

void AttentionBlock::backward_net() {
  multiply(turned({up, rows, inner}), {d, rows, width}, w_down.gradient);
  sum_rows(d, rows, width, b_down.gradient);
  multiply({d, rows, width}, turned({w_down.value, inner, width}), d_up);
  for (int i = 0; i < rows * inner; i += n)
    store<float>(d_up + i, load(up + i) > 0 ? load(d_up + i) : V{});
  multiply(turned({in2, rows, width}), {d_up, rows, inner}, w_up.gradient);
  sum_rows(d_up, rows, inner, b_up.gradient);
  multiply({d_up, rows, inner}, turned({w_up.value, width, inner}), d_in);
  normalize_parameters(d_in, norm2, rows, gain2.gradient, bias2.gradient);
  for (int i = 0; i < rows * width; i += width)
    normalize_input(d_in + i, norm2 + i, gain2.value, spread2[i / width], d + i);
}

void AttentionBlock::backward_attention() {
  multiply(turned({mixed, rows, width}), {d, rows, width}, w_out.gradient);
  sum_rows(d, rows, width, b_out.gradient);
  multiply({d, rows, width}, turned({w_out.value, width, width}), d_mixed);
  for (int i = 0; i < batch; ++i) {
    float *q = qkv + i * tokens * 3 * width, *dq = d_qkv + i * tokens * 3 * width;
    const float* p = weights + i * tokens * tokens;
    const Factor queries(q, tokens, width, 3 * width), keys(q + width, tokens, width, 3 * width),
        values(q + 2 * width, tokens, width, 3 * width);
    const Factor d_out(d_mixed + i * tokens * width, tokens, width),
        d_scores(d_weights, tokens, tokens);
    multiply(d_out, turned(values), d_weights);
    multiply(turned({p, tokens, tokens}), d_out, {dq + 2 * width, 3 * width});
    for (int t = 0; t < tokens * tokens; t += tokens) {
      V sum{};
      for (int j = t; j < t + tokens; j += n) sum += load(p + j) * load(d_weights + j);
      const float mean = sum_of<float>(sum);
      for (int j = t; j < t + tokens; j += n)
        store<float>(d_weights + j, load(p + j) * (load(d_weights + j) - mean) * score_scale);
    }
    multiply(d_scores, keys, {dq, 3 * width});
    multiply(turned(d_scores), queries, {dq + width, 3 * width});
  }
  multiply(turned({in1, rows, width}), {d_qkv, rows, 3 * width}, w_qkv.gradient);
  sum_rows(d_qkv, rows, 3 * width, b_qkv.gradient);
  multiply({d_qkv, rows, 3 * width}, turned({w_qkv.value, width, 3 * width}), d_in);
  normalize_parameters(d_in, norm1, rows, gain1.gradient, bias1.gradient);
}

float AttentionBlock::step() {
  forward();
  V squares{};
  for (int i = 0; i < rows * width; i += n) {
    const V v = load(y + i) + load(middle + i) + load(b_down.value + i % width);
    squares += v * v;
    store<float>(d + i, v * (2.f / (rows * width)));
  }
  backward_net();
  backward_attention();
  return sum_of<float>(squares) / (rows * width);
}

}  // namespace limits
