#include "tutorial_step.hpp"

#include <fmt/format.h>
#include <string_view>

namespace tools {

using namespace brickgrad;

namespace {

constexpr double rate = 0.001;

/// The network at given weights, up to the loss.
struct Forward {
  Value z1, h1, z2, h2, loss;
  Forward(const TutorialReference& r, const Value& w1, const Value& w2)
      : z1(matmul(r["x"], w1)),
        h1(sigmoid(z1)),
        z2(matmul(h1, w2)),
        h2(sigmoid(z2)),
        loss(sum(square(r["y"] - h2)) / 2.0) {}
};

std::string number(double x) { return fmt::format("{:.8f}", x); }
std::string row(const Tensor& m, std::int64_t i) {
  std::string out = "[";
  for (std::int64_t j = 0; j < m.size(1); ++j) out += fmt::format(" {:>11}", number(m(i, j)));
  return out + " ]";
}
/// "name = [ ... ]", the rows below each other.
std::string shown(std::string_view name, const Tensor& m) {
  std::string out;
  for (std::int64_t i = 0; i < m.size(0); ++i)
    out += fmt::format("  {:>10} {} {}\n", i == 0 ? name : "", i == 0 ? "=" : " ", row(m, i));
  return out;
}

/// The slope of each element of sigmoid(z) to its own element of z: the diagonal of the Jacobian.
Tensor slopes(const Value& z) {
  const Tensor j = jacobian([](const Value& v) { return sigmoid(v); }, z);
  Tensor out = Tensor::empty(z.shape());
  for (std::int64_t i = 0; i < z.size(1); ++i) out.set({0, i}, j(0, i, 0, i));
  return out;
}

/// dz/dW of z = h W, of the first column: z_j depends on the weights of column j only, and on each
/// by the h that it multiplies.
Tensor weight_derivatives(const Tensor& h, const Tensor& w) {
  const Tensor j = jacobian([&](const Value& v) { return matmul(h, v); }, w);
  Tensor out = Tensor::empty(h.shape());
  for (std::int64_t i = 0; i < w.size(0); ++i) out.set({0, i}, j(0, 0, i, 0));
  return out;
}

/// dz/dh of z = h W: (outputs, inputs), which is W turned over.
Tensor input_derivatives(const Tensor& h, const Tensor& w) {
  const Tensor j = jacobian([&](const Value& v) { return matmul(v, w); }, h);
  return reshape(j, {w.size(1), w.size(0)});
}

class Walk {
 public:
  explicit Walk(const TutorialReference& reference)
      : r_(reference), w1_(r_["w1"].clone()), w2_(r_["w2"].clone()), f_(r_, w1_, w2_) {
    f_.loss.backward({.retain_grad = true});
  }

  std::vector<TutorialStep> steps() {
    start();
    forward();
    last_layer();
    first_layer();
    update();
    return std::move(steps_);
  }

 private:
  void add(std::string title, std::string text, std::vector<Quantity> quantities = {}) {
    steps_.push_back({std::move(title), std::move(text), std::move(quantities)});
  }
  Quantity quantity(const char* name, const Tensor& value) const { return {name, value, r_[name]}; }

  void start() {
    add("The bricks, and their numbers",
        "The bricks lie in a row: X, W1, sigmoid, W2, sigmoid. One observation x goes in,\n"
        "with the label y: class 0 of two. The weights were chosen at random.\n\n" +
            shown("x", r_["x"]) + shown("y", r_["y"]) +
            "\n  W1 holds  w1 w3 w5   and W2 holds  w7  w8\n"
            "            w2 w4 w6                  w9  w10\n"
            "                                      w11 w12\n\n" +
            shown("W1", w1_.data()) + shown("W2", w2_.data()));
  }

  void forward() {
    const Tensor x = r_["x"], w1 = w1_.data(), w2 = w2_.data();
    const Tensor z1 = f_.z1.data(), h1 = f_.h1.data(), z2 = f_.z2.data(), h2 = f_.h2.data();
    add("Forward: z1 = x W1",
        fmt::format("Each hidden neuron adds up its inputs, each times its weight. The first has\n"
                    "the weights w1 and w2:\n\n  x1 w1 + x2 w2 = {} * {} + {} * {}\n"
                    "                = {}\n\n",
                    number(x(0, 0)), number(w1(0, 0)), number(x(0, 1)), number(w1(1, 0)),
                    number(z1(0, 0))) +
            shown("z1", z1),
        {quantity("z1", z1)});
    add("Forward: h1 = sigmoid(z1)",
        fmt::format("The sigmoid brick squeezes each number into the range from 0 to 1:\n\n"
                    "  sigmoid({}) = 1 / (1 + e^{}) = {}\n\n",
                    number(z1(0, 0)), number(-z1(0, 0)), number(h1(0, 0))) +
            shown("h1", h1),
        {quantity("h1", h1)});
    add("Forward: z2 = h1 W2",
        fmt::format(
            "The second layer of weights does with h1 what the first did with x. The first\n"
            "output has the weights w7, w9 and w11:\n\n"
            "  {} * {} + {} * {} + {} * {} = {}\n\n",
            number(h1(0, 0)), number(w2(0, 0)), number(h1(0, 1)), number(w2(1, 0)),
            number(h1(0, 2)), number(w2(2, 0)), number(z2(0, 0))) +
            shown("z2", z2),
        {quantity("z2", z2)});
    add("Forward: h2 = sigmoid(z2)",
        "And the second sigmoid brick. Its results are what the network answers.\n\n" +
            shown("h2", h2),
        {quantity("h2", h2)});
    const Tensor p = softmax(f_.h2).data();
    add("Aside: softmax(h2)",
        fmt::format(
            "To read the answer as probabilities, softmax makes the outputs positive with a\n"
            "sum of 1. The network would say class {} here; the label says class 0. In the\n"
            "tutorial the softmax only reads the answer. It is no part of the loss.\n\n",
            p(0, 1) > p(0, 0) ? 1 : 0) +
            shown("softmax", p),
        {quantity("softmax_h2", p)});
    const Tensor y = r_["y"];
    add("The loss",
        fmt::format("How far from the label is that? Half of the squared distances, for the one\n"
                    "observation that there is:\n\n"
                    "  Loss = 1/2 ((y1 - h2_1)^2 + (y2 - h2_2)^2)\n"
                    "       = 1/2 (({:.0f} - {})^2 + ({:.0f} - {})^2)\n       = {}\n",
                    y(0, 0), number(h2(0, 0)), y(0, 1), number(h2(0, 1)), number(f_.loss.item())),
        {quantity("loss", Tensor::full({1, 1}, f_.loss.item()))});
  }

  void last_layer() {
    const Tensor dh2 = f_.h2.grad(), slope = slopes(f_.z2), dz2 = f_.z2.grad();
    const Tensor h1 = f_.h1.data(), dw2 = w2_.grad(), h2 = f_.h2.data();
    add("Backward: dLoss/dh2",
        "Now back through the bricks. The first question is how the loss depends on the\n"
        "outputs. The derivative of 1/2 (y - h)^2 to h is -(y - h):\n\n" +
            shown("dLoss/dh2", dh2) +
            "\nA negative number says: make this output larger, and the loss gets smaller.\n",
        {quantity("dL_dh2", dh2)});
    add("Backward: dh2/dz2, the slope of the sigmoid brick",
        fmt::format(
            "A sigmoid's slope follows from its result alone: h (1 - h). It is 1/4 at most.\n\n"
            "  h2_1 (1 - h2_1) = {} * {} = {}\n\n",
            number(h2(0, 0)), number(1 - h2(0, 0)), number(slope(0, 0))) +
            shown("dh2/dz2", slope) + "\nIt cannot be negative (erratum 1).\n",
        {quantity("dh2_dz2", slope)});
    add("Backward: dLoss/dz2 = dLoss/dh2 * dh2/dz2",
        fmt::format("The chain rule: what arrives from behind, times the brick's own slope.\n\n"
                    "  {} * {} = {}\n  {} * {} = {}\n\n",
                    number(dh2(0, 0)), number(slope(0, 0)), number(dz2(0, 0)), number(dh2(0, 1)),
                    number(slope(0, 1)), number(dz2(0, 1))) +
            shown("dLoss/dz2", dz2) +
            "\nThis is kept: the first layer needs it again (erratum 2).\n",
        {quantity("dL_dz2", dz2), {"dL_dh2 * dh2_dz2", dh2 * slope, r_["dL_dz2"]}});
    const Tensor dz_dw = weight_derivatives(h1, w2_.data());
    add("Backward: dLoss/dW2 = dLoss/dz2 * dz2/dW2",
        fmt::format(
            "A weight was multiplied by its input, so the input is its local derivative:\n\n") +
            shown("dz2/dW2", dz_dw) +
            fmt::format("\nEach weight gets its input times what arrives at its output. For w7:\n\n"
                        "  {} * {} = {}\n\n",
                        number(h1(0, 0)), number(dz2(0, 0)), number(dw2(0, 0))) +
            shown("dLoss/dW2", dw2),
        {{"dz2_dW2", dz_dw, r_["h1"]}, quantity("dL_dw2", dw2)});
  }

  void first_layer() {
    const Tensor dz2 = f_.z2.grad(), dh1 = f_.h1.grad(), slope = slopes(f_.z1);
    const Tensor dz1 = f_.z1.grad(), dw1 = w1_.grad(), x = r_["x"], w2 = w2_.data();
    const Tensor dz_dh = input_derivatives(f_.h1.data(), w2);
    add("Backward: dLoss/dh1 = dLoss/dz2 * dz2/dh1",
        fmt::format("The way to W1 leads through h1. Here the weights are the local derivative,\n"
                    "because h1 was multiplied by them. A hidden neuron feeds both outputs, so it\n"
                    "hears from both, and what it hears adds up. For the first:\n\n"
                    "  {} * {} + {} * {} = {}\n\n",
                    number(dz2(0, 0)), number(w2(0, 0)), number(dz2(0, 1)), number(w2(0, 1)),
                    number(dh1(0, 0))) +
            shown("dLoss/dh1", dh1),
        {{"dz2_dh1", dz_dh, transpose(r_["w2"]).contiguous()}, quantity("dL_dh1", dh1)});
    add("Backward: dh1/dz1, the slope of the first sigmoid brick",
        "The same brick, the same rule: h1 (1 - h1).\n\n" + shown("dh1/dz1", slope),
        {quantity("dh1_dz1", slope)});
    add("Backward: dLoss/dz1 = dLoss/dh1 * dh1/dz1",
        fmt::format("What arrives, times the slope:\n\n  {} * {} = {}\n\n", number(dh1(0, 0)),
                    number(slope(0, 0)), number(dz1(0, 0))) +
            shown("dLoss/dz1", dz1),
        {{"dL_dz1", dz1, r_["dL_dh1"] * r_["dh1_dz1"]}});
    const Tensor dz_dw = weight_derivatives(x, w1_.data());
    add("Backward: dLoss/dW1 = dLoss/dz1 * dz1/dW1",
        fmt::format("The inputs of these weights are x. For w1 and w2:\n\n"
                    "  {} * {} = {}\n  {} * {} = {}\n\n",
                    number(x(0, 0)), number(dz1(0, 0)), number(dw1(0, 0)), number(x(0, 1)),
                    number(dz1(0, 0)), number(dw1(1, 0))) +
            shown("dLoss/dW1", dw1) +
            "\nEvery weight has its gradient now: one pass, back to front.\n",
        {{"dz1_dW1", dz_dw, r_["x"]}, quantity("dL_dw1", dw1)});
  }

  void update() {
    const double before = f_.loss.item();
    const double w7 = w2_.data()(0, 0), g7 = w2_.grad()(0, 0);
    w1_.sub_(w1_.grad(), rate);
    w2_.sub_(w2_.grad(), rate);
    const Tensor w1 = w1_.data().clone(), w2 = w2_.data().clone();
    add("The update: W = W - 0.001 dLoss/dW",
        fmt::format("Each weight takes a small step against its gradient. The learning rate 0.001\n"
                    "says how small. For w7:\n\n  {} - 0.001 * {} = {}\n\n",
                    number(w7), number(g7), number(w2(0, 0))) +
            shown("W1", w1) + shown("W2", w2),
        {quantity("w1_next", w1), quantity("w2_next", w2)});
    const double after = Forward(r_, w1_, w2_).loss.item();
    add("The next loss",
        fmt::format("Forward again, with the new weights:\n\n  Loss before = {}\n"
                    "  Loss after  = {}\n  Change      = {}\n\n"
                    "{} That is all that learning is: this step, many times.\n",
                    number(before), number(after), number(after - before),
                    after < before ? "It fell." : "It rose!"),
        {quantity("loss_next", Tensor::full({1, 1}, after))});
  }

  const TutorialReference& r_;
  Value w1_, w2_;
  Forward f_;
  std::vector<TutorialStep> steps_;
};

}  // namespace

std::vector<TutorialStep> tutorial_steps(const TutorialReference& reference) {
  return Walk(reference).steps();
}

const std::vector<std::string>& tutorial_errata() {
  // Entries of several lines.  NOLINTBEGIN(bugprone-suspicious-missing-comma)
  static const std::vector<std::string> errata{
      "dh2/dz2 is printed there as -0.23353037. It is +0.23353037: h (1 - h) is never\n"
      "negative for h between 0 and 1.",
      "A figure has a box 0.23353037 0.2478971 and calls it dLoss/dz2. Those are the\n"
      "slopes dh2/dz2; dLoss/dz2 is -0.14673508 0.11258065.",
      "A table calls -(y - h2) dLoss/dW2. It is dLoss/dh2. And h2 is called a log\n"
      "probability; it is the result of a sigmoid.",
      "Its program adds lambda times the sum of all squared weights to every entry of\n"
      "the gradient, where lambda w / N belongs. The weights overflow; the text takes\n"
      "that for exploding gradients. And its gradient of the data is N times that of\n"
      "the loss it prints.",
      "Its softmax only reads the prediction. The loss it trains on has none.",
  };
  // NOLINTEND(bugprone-suspicious-missing-comma)
  return errata;
}

}  // namespace tools
