#include "xor_pictures.hpp"

#include <autograd/autograd.hpp>

#include "network_steps.hpp"

namespace tools {

using namespace brickgrad;

std::vector<WrittenFile> write_pictures(const std::filesystem::path& folder,
                                        const TrainingArguments& arguments, const DataSet& data,
                                        const TrainingRun& run) {
  const TrainingOptions& options = arguments.training;
  std::filesystem::create_directories(folder);
  std::vector<WrittenFile> written;
  auto add = [&](const char* name, const char* what) {
    written.push_back({(folder / name).string(), what});
    return written.back().path;
  };
  std::string curve;
  try {
    curve = nn::plot_losses(run.all_losses(), {.title = "XOR: the loss while learning",
                                               .x_label = options.batch == 0 ? "update" : "epoch",
                                               .y_label = options.loss});
  } catch (const Error&) {
    // No loss is a number that can be drawn; the graph shows why.
  }
  if (!curve.empty()) nn::write_svg(curve, add("loss.svg", "the loss curve"));
  if (!run.diverged)
    nn::write_svg(
        nn::plot_boundary([&](const Tensor& p) { return probabilities(run.net, p); }, data.points,
                          data.labels, {.title = "XOR: what the network decides"}),
        add("boundary.svg", "the decision boundary"));

  // The first step once more, with the gradient of every value kept for the picture.
  const NetworkStep first = NetworkSteps("xor", {.training = arguments}, 1).at(1);
  const Value& loss = first.loss;
  DotOptions dot{.modules = first.trace.get(),
                 .title = "The first training step of the XOR network"};
  dot.depth = shown_depth(options);
  write_dot(loss, add("graph.dot", "the computation graph of the first training step"), dot);
  for (const char* name : {"graph.svg", "graph.png"})
    render(loss, add(name, "the same, drawn"), dot);
  return written;
}

}  // namespace tools
