#include "report.hpp"

#include <fmt/format.h>
#include <autograd/tensor/cpu_features.hpp>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

namespace bench {

namespace {

std::string digits(double x) {
  return fmt::format("{:.{}f}", x, x < 9.995 ? 2 : x < 99.95 ? 1 : 0);
}

std::string target_text(const Measurement& m) {
  return m.target_time > 0 ? time_text(m.target_time) : digits(m.target_ratio);
}

nlohmann::ordered_json quartiles(const Spread& s) {
  return {{"lower_quartile", s.low}, {"median", s.median}, {"upper_quartile", s.high}};
}

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

std::string today() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  char text[32];
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

}  // namespace

std::string time_text(double seconds) {
  if (seconds < 999.5e-9) return digits(seconds * 1e9) + " ns";
  if (seconds < 999.5e-6) return digits(seconds * 1e6) + " µs";
  if (seconds < 999.5e-3) return digits(seconds * 1e3) + " ms";
  return digits(seconds) + " s";
}

std::string ratio_text(double ratio) { return digits(ratio); }

std::string padded(std::string_view text, int width) {
  int letters = 0;
  for (char c : text) letters += (c & 0xC0) != 0x80;
  return std::string(text) +
         std::string(static_cast<std::size_t>(std::max(0, width - letters)), ' ');
}

std::string table_head(std::string_view other) {
  return fmt::format("{:<52} {:<8} {:<8} {:>6}  {:<15} {:<8} {:<6} {}", "workload", "ours", other,
                     "ratio", "quartiles", "target", "", "threads");
}

std::string table_row(const Measurement& m) {
  const std::string speedup = fmt::format("{} ({}x)", m.threads, digits(m.speedup.median));
  return fmt::format(
      "{} {} {} {:>6}  {} {} {:<6} {}", padded(m.title, 52), padded(time_text(m.ours.median), 8),
      padded(time_text(m.limit.median), 8), digits(m.ratio.median),
      padded(fmt::format("{} to {}", digits(m.ratio.low), digits(m.ratio.high)), 15),
      padded(target_text(m), 8), m.met() ? "met" : "missed", m.threads > 1 ? speedup : "1");
}

std::string memory_row(const Memory& m) {
  const auto size = [](double bytes) { return padded(digits(bytes / 1e6) + " MB", 8); };
  return fmt::format("{} {} {} {:>6}  {} {} {}", padded("  its memory at the peak", 52),
                     size(m.ours), size(m.limit), digits(m.ours / m.limit), padded("", 15),
                     padded(digits(m.target), 8), m.ours <= m.target * m.limit ? "met" : "missed");
}

std::string to_json(const std::vector<Measurement>& all, int threads) {
  nlohmann::ordered_json out{{"date", today()},
                             {"compiler", compiler()},
                             {"cpu_features", brickgrad::cpu_features()},
                             {"threads", threads},
                             {"workloads", nlohmann::ordered_json::array()}};
  for (const Measurement& m : all) {
    nlohmann::ordered_json w{{"name", m.name},
                             {"title", m.title},
                             {"ours_seconds", quartiles(m.ours)},
                             {"limit_seconds", quartiles(m.limit)},
                             {"ratio", quartiles(m.ratio)},
                             {"target_ratio", m.target_ratio}};
    if (m.target_time > 0) w["target_seconds"] = m.target_time;
    w["met"] = m.met();
    if (m.memory) w["memory_bytes"] = {{"ours", m.memory->ours}, {"limit", m.memory->limit}};
    if (m.threads > 1) w["speedup"] = quartiles(m.speedup);
    w["pairs"] = m.pairs;
    w["steps"] = m.steps;
    out["workloads"].push_back(w);
  }
  return out.dump(2) + "\n";
}

}  // namespace bench
