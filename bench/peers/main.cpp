// Runs the workloads beside LibTorch, in turns, and prints the same table.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <autograd/tensor/cpu_features.hpp>
#include <cstdio>
#include <fstream>

#include "peer.hpp"
#include "report.hpp"

namespace {

using namespace bench;

/// The first numbers of ours against those of the peer.
std::vector<std::string> disagreements(const Result& ours, const Peer& peer) {
  // Of large results the first number.
  const std::size_t count = ours.ours.size() > 20 ? 1 : ours.ours.size();
  Result r{ours.what, {ours.ours.begin(), ours.ours.begin() + std::ptrdiff_t(count)}, {}, 0};
  for (std::size_t i = 0; i < count; ++i) r.limit.push_back(peer.step());
  r.tolerance = std::max(ours.tolerance, 1e-4);
  return differences({r});
}

int run(const std::vector<std::string>& filters, const std::string& json, int threads,
        double seconds) {
  set_libtorch_threads(threads);
  fmt::print("LibTorch {}, ours with {}, {} s a workload\n\n{}\n", libtorch_version(),
             brickgrad::cpu_features(), seconds, table_head("torch"));
  std::vector<Measurement> measured;
  bool agree = true;
  for (Workload w : workloads_like(filters)) {
    Sides sides = w.make();
    const Peer peer = libtorch(w.name, sides.inputs);
    if (!peer.step) continue;
    const std::vector<Result> results = sides.results();
    for (const std::string& text : disagreements(results.front(), peer)) {
      fmt::print(stderr, "{}: {}\n", w.name, text);
      agree = false;
    }
    sides.limit = [&peer](int steps) {
      for (int i = 0; i < steps; ++i) keep(peer.step());
    };
    // Not slower than the peer, and as long as it really takes.
    w.target = 1;
    w.limit_scale = 1;
    if (w.operations > 1) w.operations = 1;
    measured.push_back(measure(w, sides, seconds, threads));
    fmt::print("{}\n", table_row(measured.back()));
    std::fflush(stdout);
  }
  if (!json.empty()) std::ofstream(json) << to_json(measured, threads);
  if (!agree) fmt::print(stderr, "some workloads compute something else than LibTorch\n");
  return agree ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> filters;
  std::string json;
  int threads = 1;
  double seconds = 2;
  CLI::App app("Times Brickgrad beside LibTorch.", "brickgrad_bench_libtorch");
  app.add_option("filter", filters, "Run only workloads with one of these in their names");
  app.add_option("--json", json, "Write the figures to this file")->take_last();
  app.add_option("--seconds", seconds, "How long to measure each workload, at least")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", threads, "Threads of both")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    return run(filters, json, threads, seconds);
  } catch (const std::exception& e) {
    fmt::print(stderr, "brickgrad_bench_libtorch: {}\n", e.what());
    return 1;
  }
}
