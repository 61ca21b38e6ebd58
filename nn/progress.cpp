#include <fmt/format.h>
#include <algorithm>
#include <autograd/error.hpp>
#include <cmath>
#include <nn/plot_text.hpp>
#include <nn/progress.hpp>

namespace brickgrad::nn {
namespace {

constexpr std::size_t most_losses = 256;

/// 12, 1234, 98k, 1.2M.
std::string count_text(double x) {
  if (x < 10) return fmt::format("{:.1f}", x);
  if (x < 10'000) return fmt::format("{:.0f}", x);
  if (x < 1e6) return fmt::format("{:.0f}k", x / 1e3);
  return fmt::format("{:.1f}M", x / 1e6);
}

/// The 100 % is for all of them: 299 of 300 are 99.
std::string percent(double part) { return fmt::format("{:.0f} %", std::floor(100 * part)); }

std::string bar(double part, int width, bool unicode) {
  const int full = static_cast<int>(part * width);
  std::string out;
  for (int i = 0; i < width; ++i) {
    if (unicode)
      out += i < full ? "█" : "░";
    else
      out += i < full ? '#' : '.';
  }
  return out;
}

/// Progress that cannot be shown is no reason to lose what progresses.
void show(std::FILE* stream, const std::string& text) {
  std::fputs(text.c_str(), stream);
  std::fflush(stream);
}

}  // namespace

std::string duration_text(double seconds) {
  if (!(seconds < 1e9)) return "?";
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto s = static_cast<std::int64_t>(std::llround(seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

Progress::Progress(std::int64_t total, ProgressOptions options)
    : total_(total),
      options_(std::move(options)),
      terminal_(options_.terminal ? *options_.terminal : terminal_of(options_.stream)) {
  if (total < 1) fail("Progress: a total of {}; give the number of steps, 1 or more", total);
  options_.lines = std::max(1, options_.lines);
  next_line_ = std::max<std::int64_t>(1, total / options_.lines);
}

Progress::~Progress() {
  if (line_open_) std::fputc('\n', options_.stream);
}

void Progress::remember(double loss) {
  pending_sum_ += loss;
  if (++pending_ < stride_) return;
  losses_.push_back(pending_sum_ / static_cast<double>(stride_));
  pending_ = 0;
  pending_sum_ = 0;
  if (losses_.size() < most_losses) return;
  for (std::size_t i = 0; i < most_losses / 2; ++i)
    losses_[i] = (losses_[2 * i] + losses_[2 * i + 1]) / 2;
  losses_.resize(most_losses / 2);
  stride_ *= 2;
}

void Progress::update(std::int64_t done, const ProgressState& state) {
  if (finished_) return;
  done_ = std::clamp<std::int64_t>(done, 0, total_);
  state_ = state;
  if (state.loss) remember(*state.loss);
  if (terminal_.live) {
    // The clock is read a few times a tenth of a second, not in every step of microseconds.
    if (seconds() >= next_renewal_) renew();
  } else if (done_ >= next_line_) {
    const std::int64_t step = std::max<std::int64_t>(1, total_ / options_.lines);
    next_line_ = (done_ / step + 1) * step;
    show(options_.stream,
         fmt::format("{}{}  {}\n", counted(), loss_text() + right_text(), timing(seconds())));
  }
}

void Progress::finish() {
  if (finished_) return;
  const double elapsed = seconds();
  if (terminal_.live) {
    renew();
    std::fputc('\n', options_.stream);
    line_open_ = false;
  }
  finished_ = true;
  show(options_.stream,
       fmt::format("{} {}{} in {}, {} a second\n", done_, options_.unit, done_ == 1 ? "" : "s",
                   elapsed < 0.05 ? "less than 0.1 s" : duration_text(elapsed),
                   count_text(static_cast<double>(done_) / std::max(elapsed, 1e-9))));
}

std::string Progress::counted() const {
  const std::string total = std::to_string(total_);
  return fmt::format("{} {:>{}}/{}", options_.unit, done_, total.size(), total);
}

std::string Progress::loss_text() const {
  return state_.loss ? fmt::format("  loss {:.6f}", *state_.loss) : "";
}
std::string Progress::right_text() const {
  return state_.right && std::isfinite(*state_.right)
             ? fmt::format("  right {:>5}", percent(*state_.right))
             : "";
}

std::string Progress::timing(double elapsed) const {
  const double rate = static_cast<double>(done_) / std::max(elapsed, 1e-9);
  std::string out = fmt::format("{}/s", count_text(rate));
  if (done_ > 0 && done_ < total_)
    out += fmt::format("  {} left", duration_text(static_cast<double>(total_ - done_) / rate));
  return out;
}

/// What fits in the width, the most important first; never more, or the line would wrap and stay.
std::string Progress::line(int width) const {
  const double part = static_cast<double>(done_) / static_cast<double>(total_);
  const std::string count = counted();
  std::string text = count;
  auto room = [&, used = static_cast<int>(count.size())](std::size_t more) mutable {
    if (used + static_cast<int>(more) > width) return 0;
    used += static_cast<int>(more);
    return width - used + 1;
  };
  if (!room(0)) return count.substr(0, static_cast<std::size_t>(std::max(0, width)));
  for (const std::string& piece : {loss_text(), right_text(), "  " + timing(seconds())})
    if (room(piece.size())) text += piece;
  // A bar and a sparkline share the rest, which is up to 24 characters each.
  constexpr int shortest = 8, longest = 24;
  const int left = room(0) - 1;
  const int bar_width = std::min(longest, left >= 2 * (shortest + 2) ? left / 2 - 2 : left - 2);
  if (bar_width < shortest) return text;
  const std::string colored = bar(part, bar_width, terminal_.unicode);
  text = (terminal_.color ? "\x1b[36m" + colored + "\x1b[0m " : colored + " ") + text;
  room(static_cast<std::size_t>(bar_width) + 1);
  const int spark_width = std::min(longest, room(0) - 3);
  if (spark_width >= shortest && losses_.size() > 1)
    text += "  " + sparkline(losses_, spark_width, terminal_.unicode);
  return text;
}

void Progress::renew() {
  // The window may have become narrower since.
  const int width = options_.terminal ? terminal_.width : terminal_of(options_.stream).width;
  // A character in the last column would leave the cursor beyond it.
  show(options_.stream, fmt::format("\r{}\x1b[K", line(width - 1)));
  line_open_ = true;
  next_renewal_ = seconds() + options_.interval;
}

}  // namespace brickgrad::nn
