// Runs the workloads and reports them: each beside the same work written by hand, in turns.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <autograd/tensor/cpu_features.hpp>
#include <cstdio>
#include <fstream>

#include "limits/blas.hpp"
#include "report.hpp"
#include "workload.hpp"

namespace {

using namespace bench;

struct Options {
  std::vector<std::string> filters;
  std::string json, svg;
  int threads = 1;
  double seconds = 2;
  bool list = false;
};

void write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error(fmt::format("{} cannot be written", path));
}

int run(const Options& options) {
  const Workloads chosen = workloads_like(options.filters);
  if (chosen.empty()) {
    fmt::print(stderr, "no workload has such a name: --list shows them\n");
    return 1;
  }
  if (options.list) {
    for (const Workload& w : chosen) fmt::print("{:<22} {}\n", w.name, w.title);
    return 0;
  }
  const auto state = [](bool found) { return found ? "among the limits" : "not installed"; };
  fmt::print("{}, OpenBLAS {}, oneDNN {}, {} s a workload\n\n{}\n", brickgrad::cpu_features(),
             state(limits::has_openblas()), state(limits::has_onednn()), options.seconds,
             table_head());
  std::vector<Measurement> measured;
  bool agree = true;
  for (const Workload& w : chosen) {
    const Sides sides = w.make();
    const auto wrong = differences(sides.results());
    for (const std::string& text : wrong) fmt::print(stderr, "{}: {}\n", w.name, text);
    agree = agree && wrong.empty();
    if (!wrong.empty()) continue;
    const auto memory = sides.memory ? std::optional(sides.memory()) : std::nullopt;
    measured.push_back(measure(w, sides, options.seconds, options.threads));
    measured.back().memory = memory;
    fmt::print("{}\n", table_row(measured.back()));
    if (memory) fmt::print("{}\n", memory_row(*memory));
    std::fflush(stdout);
  }
  if (!options.json.empty()) write(options.json, to_json(measured, options.threads));
  if (!options.svg.empty()) write(options.svg, to_svg(measured));
  if (!agree) fmt::print(stderr, "some workloads compute something else than their limits\n");
  return agree ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Times Brickgrad beside the same work written by hand.", "brickgrad_bench");
  app.add_option("filter", options.filters, "Run only workloads with one of these in their names");
  app.add_option("--json", options.json, "Write the figures to this file")->take_last();
  app.add_option("--svg", options.svg, "Draw a chart of the ratios into this file")->take_last();
  app.add_option("--seconds", options.seconds, "How long to measure each workload, at least")
      ->take_last()
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Threads of ours; more are compared with one too")
      ->take_last()
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--list", options.list, "Only list the workloads");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception& e) {
    fmt::print(stderr, "brickgrad_bench: {}\n", e.what());
    return 1;
  }
}
