// TrainingRecord: what a network with two inputs learned, epoch by epoch, as one web page under one
// slider: the loss and the accuracy, the decision boundary with the lines of the hidden neurons,
// the network with its weights as wide as they are large, and all weights and gradients.
//   nn::TrainingRecord record(net, X, labels);
//   for (int epoch = 0; epoch < 2000; ++epoch) {
//     Value loss = nn::cross_entropy(net(X), labels);
//     opt.zero_grad();
//     loss.backward();
//     record.add(loss.item());   // before the step: the weights and gradients that made this loss
//     opt.step();
//   }
//   record.add(nn::cross_entropy(net(X), labels).item());  // what the last step led to
//   record.write_html("training.html");
#pragma once

#include <cstdint>
#include <nn/sequential.hpp>
#include <span>
#include <string>
#include <vector>

namespace brickgrad::nn {

struct TrainingRecordOptions {
  /// Above the page; made from the network when empty.
  std::string title = {};
  /// How many epochs the page shows at most, 2 or more: when there were more, they lie as far apart
  /// as the logarithm of their number does.
  std::size_t max_frames = 200;
  /// Into how many cells the plane is divided along each side, 8 to 200.
  int cells = 36;
};

class TrainingRecord {
 public:
  /// The state of an epoch: the elements of the weight and the bias of every Linear, and their
  /// gradients, empty where there were none.
  struct Frame {
    std::int64_t epoch;
    double loss;
    std::vector<std::vector<double>> parameters, gradients;
  };

  /// For a net of Linear layers and activations, with 2 inputs, that ends in logits (a Linear), a
  /// Sigmoid or a Softmax; a single output is that of class 1 of two. Points are (n, 2), labels
  /// one class a point. Throws Error for anything else.
  TrainingRecord(const Sequential& net, const Tensor& points, std::span<const std::int64_t> labels,
                 const TrainingRecordOptions& options = {});

  /// Records the next epoch: its loss, and the parameters and gradients as they are now.
  void add(double loss);
  /// A paragraph for the page: what came out, or why. They stand there in the order in which they
  /// are told.
  void note(const std::string& text) { notes_.push_back(text); }
  /// How many epochs were added.
  std::int64_t epochs() const { return epochs_; }
  /// Those that the page shows, the last one among them.
  std::vector<Frame> frames() const;
  /// The probabilities of the classes in an epoch: points (n, 2) to (n, classes).
  Tensor probabilities(const Frame& frame, const Tensor& points) const;

  /// Writes the page, a single file that loads nothing. Throws Error when nothing was added, or the
  /// file cannot be written.
  void write_html(const std::string& path) const;

  // For the page.
  const Sequential& net() const { return net_; }
  const Tensor& points() const { return points_; }
  const std::vector<std::int64_t>& labels() const { return labels_; }
  const TrainingRecordOptions& options() const { return options_; }
  std::int64_t classes() const { return classes_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void check_layers();
  void keep_last();

  Sequential net_;
  Tensor points_;
  std::vector<std::int64_t> labels_;
  TrainingRecordOptions options_;
  std::int64_t outputs_ = 0, classes_ = 0, epochs_ = 0;
  std::vector<Value> parameters_;
  std::vector<Frame> kept_;
  std::vector<std::string> notes_;
  Frame last_{};
  /// The next epoch that is kept, and the factor between the later ones.
  double next_ = 0, growth_ = 1.01;
};

}  // namespace brickgrad::nn
