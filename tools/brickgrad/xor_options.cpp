#include "xor_options.hpp"

#include "command.hpp"
#include "limits.hpp"

namespace tools {

std::vector<const CLI::Option*> add_training(CLI::App& parser, TrainingArguments& a,
                                             const std::string& prefix) {
  TrainingOptions& t = a.training;
  std::vector<const CLI::Option*> added;
  std::string group;
  const auto option = [&](const char* name, auto& to, const char* help) {
    CLI::Option* o = parser.add_option(name, to, help)->group(prefix + group);
    added.push_back(o);
    return o;
  };

  group = "What it learns";
  option("--data", a.data, "corners, gaussian, or a CSV file: two numbers and a class from 0")
      ->capture_default_str();
  option("--batch", t.batch, "Points an update; 0 for all of them")
      ->check(whole_number(0, 1'000'000'000))
      ->capture_default_str();

  group = "The network";
  option("--hidden", t.hidden, "Neurons in a hidden layer")
      ->check(whole_number(1, 10'000))
      ->capture_default_str();
  option("--layers", t.layers, "Hidden layers")->check(whole_number(1, 100))->capture_default_str();
  option("--activation", t.activation, "After each hidden layer")
      ->check(CLI::IsMember({"sigmoid", "tanh", "relu"}))
      ->capture_default_str();
  added.push_back(
      parser.add_flag("--bias,!--no-bias", t.bias, "With biases (the default), or without")
          ->group(prefix + group));
  option("--init", t.init, "Initial weights: random, or those of the worked example")
      ->check(CLI::IsMember({"uniform", "tutorial"}))
      ->capture_default_str();
  option("--scale", t.scale, "Initial weights are uniform between -SCALE and SCALE")
      ->check(number_from(0, 1e6))
      ->capture_default_str();
  option("--seed", t.seed, "Of the initial weights and the batches")
      ->check(whole_number(0))
      ->capture_default_str();

  group = "How it learns";
  option("--loss", t.loss, "cross-entropy of a softmax, or squared error of a sigmoid")
      ->check(CLI::IsMember({"cross-entropy", "squared"}))
      ->capture_default_str();
  option("--optimizer", t.optimizer, "How it follows the gradient")
      ->check(CLI::IsMember({"sgd", "momentum", "adam", "adamw", "rmsprop"}))
      ->capture_default_str();
  option("--lr", t.lr,
         "Learning rate [2 for sgd, 0.5 for momentum, 0.01 for rmsprop, 0.03 for the others]")
      ->check(number_from(0, 1e9));
  return added;
}

void check_training(const CLI::App& parser, const TrainingArguments& a) {
  if (a.training.init == "tutorial" && parser.count("--scale") > 0)
    throw WrongUse("--scale does not go with --init tutorial, which has weights of its own");
}

}  // namespace tools
