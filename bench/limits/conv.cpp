// The lanes of a vector are images: every loop over pixels and channels is then plain, and no sum
// runs across lanes but those of the few weights at the end.
#include <cmath>
#include <initializer_list>

#include "limits.hpp"
#include "vectors.hpp"

namespace limits {

namespace {

using V = Vector<float>;
using Index = Vector<std::int32_t>;
constexpr int n = lanes<float>;
// Sums that are kept in registers: two kernels at a time where there are 32 registers.
constexpr int kernels = vector_bytes == 64 ? 2 : 1;

/// Pixels `to[k][0 .. pixels)` of one row under several kernels 3 x 3 over `channels` planes.
template <int pixels>
inline void convolve(const V* from, int channels, int plane, int width, const float* weights,
                     const float* bias, V (*to)[pixels]) {
  V sum[kernels][pixels];
  for (int k = 0; k < kernels; ++k)
    for (int p = 0; p < pixels; ++p) sum[k][p] = all(bias ? bias[k] : 0);
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < 3; ++y)
      for (int x = 0; x < 3; ++x) {
        const V* in = from + c * plane + y * width + x;
        const float* w = weights + (c * 3 + y) * 3 + x;
        for (int p = 0; p < pixels; ++p)
          for (int k = 0; k < kernels; ++k) sum[k][p] += in[p] * w[k * channels * 9];
      }
  for (int k = 0; k < kernels; ++k)
    for (int p = 0; p < pixels; ++p) to[k][p] = sum[k][p];
}

/// The largest of four, not below 0, and which it is: 4 for none.
inline void pool(V a, V b, V c, V d, V& value, Index& which) {
  value = a;
  which = Index{};
  which = b > value ? Index{} + 1 : which;
  value = b > value ? b : value;
  which = c > value ? Index{} + 2 : which;
  value = c > value ? c : value;
  which = d > value ? Index{} + 3 : which;
  value = d > value ? d : value;
  which = value > 0 ? which : Index{} + 4;
  value = value > 0 ? value : V{};
}

}  // namespace

struct ConvNet::Scratch {
  V image[28 * 28];
  V rows[2][kernels][26];
  V first[8][13][13], d_first[8][13][13];
  Index first_of[8][13][13];
  V second[batch / n][16 * 25];
  Index second_of[16 * 25];
  // The gradient of the second convolution within a border of zeros; its last row and column reach
  // no window.
  V d_conv[16][14][14];
  V d_logits[10];
  float d_rows[batch][16];  // the same, image by image
  float turned[8][16][9];   // the second weights as its gradient meets them
  V d_w1[8 * 9], d_b1[8], d_w2[16 * 8 * 9], d_b2[16];
};

ConvNet::ConvNet() : scratch_(static_cast<Scratch*>(std::aligned_alloc(64, sizeof(Scratch)))) {
  std::memset(static_cast<void*>(scratch_), 0, sizeof(Scratch));
}
ConvNet::~ConvNet() { std::free(scratch_); }

/// Forward and backward of as many images as a vector has lanes; returns the sum of their losses.
float ConvNet::block(int first_image) {
  Scratch& s = *scratch_;
  V* second = s.second[first_image / n];
  for (int i = 0; i < 28 * 28; ++i)
    for (int k = 0; k < n; ++k) s.image[i][k] = x[(first_image + k) * 28 * 28 + i];

  for (int o = 0; o < 8; o += kernels)
    for (int y = 0; y < 13; ++y) {
      for (int r = 0; r < 2; ++r)
        for (int half = 0; half < 26; half += 13) {
          V row[kernels][13];
          convolve<13>(s.image + (2 * y + r) * 28 + half, 1, 0, 28, w1.value + o * 9, b1.value + o,
                       row);
          for (int k = 0; k < kernels; ++k)
            for (int p = 0; p < 13; ++p) s.rows[r][k][half + p] = row[k][p];
        }
      for (int k = 0; k < kernels; ++k)
        for (int p = 0; p < 13; ++p)
          pool(s.rows[0][k][2 * p], s.rows[0][k][2 * p + 1], s.rows[1][k][2 * p],
               s.rows[1][k][2 * p + 1], s.first[o + k][y][p], s.first_of[o + k][y][p]);
    }
  for (int o = 0; o < 16; o += kernels)
    for (int y = 0; y < 5; ++y) {
      V rows[2][kernels][10];
      for (int r = 0; r < 2; ++r)
        convolve<10>(s.first[0][2 * y + r], 8, 13 * 13, 13, w2.value + o * 72, b2.value + o,
                     rows[r]);
      for (int k = 0; k < kernels; ++k)
        for (int p = 0; p < 5; ++p)
          pool(rows[0][k][2 * p], rows[0][k][2 * p + 1], rows[1][k][2 * p], rows[1][k][2 * p + 1],
               second[(o + k) * 25 + y * 5 + p], s.second_of[(o + k) * 25 + y * 5 + p]);
    }

  V z[10];
  for (int j = 0; j < 10; ++j) z[j] = all(b3.value[j]);
  for (int i = 0; i < 400; ++i)
    for (int j = 0; j < 10; ++j) z[j] += second[i] * w3.value[i * 10 + j];
  V top = z[0], sum{};
  for (const V& v : z) top = v > top ? v : top;
  for (int j = 0; j < 10; ++j) sum += s.d_logits[j] = exp(z[j] - top);
  float loss = 0;
  const V scale = 1 / (sum * static_cast<float>(batch));
  for (int j = 0; j < 10; ++j) s.d_logits[j] *= scale;
  for (int k = 0; k < n; ++k) {
    const auto label = labels[first_image + k];
    loss += std::log(sum[k]) + top[k] - z[label][k];
    s.d_logits[label][k] -= 1.f / batch;
    for (int j = 0; j < 10; ++j) s.d_rows[first_image + k][j] = s.d_logits[j][k];
  }

  for (int o = 0; o < 16; ++o)
    for (int i = 0; i < 25; ++i) {
      V g{};
      for (int j = 0; j < 10; ++j) g += s.d_logits[j] * w3.value[(o * 25 + i) * 10 + j];
      const Index which = s.second_of[o * 25 + i];
      s.d_b2[o] += which < 4 ? g : V{};
      for (int k = 0; k < 4; ++k)
        s.d_conv[o][2 + i / 5 * 2 + k / 2][2 + i % 5 * 2 + k % 2] = which == k ? g : V{};
    }
  for (int o = 0; o < 16; o += kernels)
    for (int c = 0; c < 8; ++c) {
      V sums[kernels][9] = {};
      for (int y = 0; y < 10; ++y)
        for (int p = 0; p < 10; ++p)
          for (int t = 0; t < 9; ++t)
            for (int k = 0; k < kernels; ++k)
              sums[k][t] += s.d_conv[o + k][2 + y][2 + p] * s.first[c][y + t / 3][p + t % 3];
      for (int k = 0; k < kernels; ++k)
        for (int t = 0; t < 9; ++t) s.d_w2[((o + k) * 8 + c) * 9 + t] += sums[k][t];
    }
  for (int c = 0; c < 8; c += kernels)
    for (int y = 0; y < 12; ++y) {
      V row[kernels][12];
      convolve<12>(s.d_conv[0][y], 16, 14 * 14, 14, s.turned[c][0], nullptr, row);
      for (int k = 0; k < kernels; ++k)
        for (int p = 0; p < 12; ++p) s.d_first[c + k][y][p] = row[k][p];
    }
  for (int o = 0; o < 8; ++o) {
    V sums[9] = {}, bias{};
    for (int y = 0; y < 12; ++y)
      for (int p = 0; p < 12; ++p) {
        const V g = s.d_first[o][y][p];
        const Index which = s.first_of[o][y][p];
        bias += which < 4 ? g : V{};
        for (int k = 0; k < 4; ++k) {
          const V here = which == k ? g : V{};
          const V* in = s.image + (2 * y + k / 2) * 28 + 2 * p + k % 2;
          for (int t = 0; t < 9; ++t) sums[t] += here * in[t / 3 * 28 + t % 3];
        }
      }
    for (int t = 0; t < 9; ++t) s.d_w1[o * 9 + t] += sums[t];
    s.d_b1[o] += bias;
  }
  return loss;
}

/// The gradients from the sums of all blocks, and the step.
void ConvNet::update() {
  Scratch& s = *scratch_;
  for (int i = 0; i < 72; ++i) w1.gradient[i] = sum_of<float>(s.d_w1[i]);
  for (int i = 0; i < 8; ++i) b1.gradient[i] = sum_of<float>(s.d_b1[i]);
  for (int i = 0; i < 16 * 72; ++i) w2.gradient[i] = sum_of<float>(s.d_w2[i]);
  for (int i = 0; i < 16; ++i) b2.gradient[i] = sum_of<float>(s.d_b2[i]);
  for (int i = 0; i < 400; ++i) {
    float g[16] = {};
    for (int k = 0; k < batch; ++k)
      for (int j = 0; j < 16; ++j) g[j] += s.second[k / n][i][k % n] * s.d_rows[k][j];
    for (int j = 0; j < 10; ++j) w3.gradient[i * 10 + j] = g[j];
  }
  for (int j = 0; j < 10; ++j) {
    b3.gradient[j] = 0;
    for (int k = 0; k < batch; ++k) b3.gradient[j] += s.d_rows[k][j];
  }
  for (Parameter* p : {&w1, &b1, &w2, &b2, &w3, &b3})
    for (int i = 0; i < p->value.size(); ++i) p->value[i] -= rate * p->gradient[i];
}

float ConvNet::step() {
  Scratch& s = *scratch_;
  std::memset(static_cast<void*>(s.d_w1), 0,
              sizeof s.d_w1 + sizeof s.d_b1 + sizeof s.d_w2 + sizeof s.d_b2);
  for (int c = 0; c < 8; ++c)
    for (int o = 0; o < 16; ++o)
      for (int t = 0; t < 9; ++t) s.turned[c][o][t] = w2.value[(o * 8 + c) * 9 + 8 - t];
  float loss = 0;
  for (int i = 0; i < batch; i += n) loss += block(i);
  update();
  return loss / batch;
}

}  // namespace limits
