// Progress of a long loop: on a terminal one line that renews itself, with a bar, the losses as a
// sparkline, the rate and the remaining time; anywhere else a few plain lines.
//   nn::Progress progress(steps);
//   for (int step = 1; step <= steps; ++step) {
//     …
//     progress.update(step, {.loss = loss.item(), .right = nn::accuracy(logits, labels)});
//   }
//   progress.finish();
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <nn/terminal.hpp>
#include <optional>
#include <string>
#include <vector>

namespace brickgrad::nn {

struct ProgressOptions {
  std::FILE* stream = stdout;
  /// What is counted.
  std::string unit = "update";
  /// How many plain lines, where there is no terminal.
  int lines = 10;
  /// Seconds between two renewals on a terminal.
  double interval = 0.1;
  /// What the stream can show; looked up when empty.
  std::optional<Terminal> terminal = {};
};

/// What is shown beside the count. What is not given, or not finite where it is a part, is left
/// out.
struct ProgressState {
  std::optional<double> loss = {};
  /// The part that is right, from 0 to 1.
  std::optional<double> right = {};
};

class Progress {
 public:
  /// Throws Error when total is less than 1.
  explicit Progress(std::int64_t total, ProgressOptions options = {});
  /// Ends a line in place.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` steps of the total are done. Cheap: mostly nothing is written.
  void update(std::int64_t done, const ProgressState& state = {});
  /// Shows the last state, and how long all took. Once; updates after it are ignored.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void remember(double loss);
  std::string counted() const;
  std::string timing(double elapsed) const;
  std::string loss_text() const;
  std::string right_text() const;
  std::string line(int width) const;
  void renew();

  std::int64_t total_;
  ProgressOptions options_;
  Terminal terminal_;
  Clock::time_point start_ = Clock::now();
  double next_renewal_ = 0;
  std::int64_t done_ = 0, next_line_;
  ProgressState state_;
  // The losses, thinned out: each is the mean of `stride_` updates.
  std::vector<double> losses_;
  std::int64_t stride_ = 1, pending_ = 0;
  double pending_sum_ = 0;
  bool line_open_ = false, finished_ = false;
};

/// Seconds for people: "0.3 s", "42 s", "3:05", "1:02:33".
std::string duration_text(double seconds);

}  // namespace brickgrad::nn
