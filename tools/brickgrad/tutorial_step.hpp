// One training step of the tutorial's 2-3-2 network, brick by brick: every number is worked out by
// the engine, and held against numbers worked out elsewhere.
//   const TutorialReference reference;
//   for (const TutorialStep& step : tutorial_steps(reference)) fmt::print("{}\n", step.title);
#pragma once

#include <autograd/autograd.hpp>
#include <map>
#include <string>
#include <vector>

namespace tools {

/// The numbers of the step by name: "x", "w1", "dL_dw2", "loss" (1 x 1), …
class TutorialReference {
 public:
  /// Those of tests/data/tutorial_step.json, which are compiled in.
  TutorialReference();
  /// Those of another file of this form. Throws Error when it has another.
  explicit TutorialReference(const std::string& path);
  /// Throws Error when there is no such name.
  const brickgrad::Tensor& operator[](const std::string& name) const;

 private:
  void read(const std::string& json, const std::string& source);
  std::map<std::string, brickgrad::Tensor> numbers_;
};

/// A number or matrix that the engine worked out.
struct Quantity {
  std::string name;
  brickgrad::Tensor value, wanted;
  /// The largest difference of an element; infinite when shapes differ or one is no number.
  double deviation() const;
};

struct TutorialStep {
  /// "dLoss/dh2: how the loss depends on the outputs".
  std::string title;
  /// What happens, with the numbers, in lines of at most 80 characters.
  std::string text;
  std::vector<Quantity> quantities;
};

/// How many there are, for the help, which does not work them out.
inline constexpr int tutorial_step_count = 17;
std::vector<TutorialStep> tutorial_steps(const TutorialReference& reference);

/// What the original text has wrong, and why: a paragraph each.
const std::vector<std::string>& tutorial_errata();

}  // namespace tools
