// LSTM: a network that reads a sequence and carries a state along.
//   nn::LSTM lstm(16, 32);
//   auto [y, h, c] = lstm.run(x);                 // x (T, batch, 16), y (T, batch, 32)
//   Value last = h;                               // (batch, 32)
#pragma once

#include <cstdint>
#include <nn/module.hpp>
#include <optional>

namespace brickgrad::nn {

struct LSTMOptions {
  /// Without one, the next seed of the thread's sequence: see manual_seed().
  std::optional<std::uint64_t> seed = {};
  DType dtype = float64;
};

/// What an LSTM gives: its output at every step, and the state after the last one.
struct LSTMResult {
  Value y, h, c;
};

/// The gates lie side by side in the order input, forget, cell, output, as in PyTorch; one bias
/// serves both products. Everything is uniform on ±1/sqrt(hidden) at first.
class LSTM : public Module {
 public:
  /// Throws Error when an extent is less than 1.
  LSTM(std::int64_t in, std::int64_t hidden, const LSTMOptions& options = {});
  /// x (T, batch, in) to the outputs of all steps (T, batch, hidden), from a state of zeros.
  Value forward(const Value& x) const override { return run(x).y; }
  LSTMResult run(const Value& x) const;
  /// From the state h and c, each (batch, hidden).
  LSTMResult run(const Value& x, const Value& h, const Value& c) const;

  /// (in, 4 hidden).
  const Value& weight_ih() const { return weight_ih_; }
  /// (hidden, 4 hidden).
  const Value& weight_hh() const { return weight_hh_; }
  /// (4 hidden).
  const Value& bias() const { return bias_; }

 private:
  std::int64_t in_, hidden_;
  Value weight_ih_, weight_hh_, bias_;
};

}  // namespace brickgrad::nn
