#include <autograd/error.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tutorial_data.hpp"
#include "tutorial_step.hpp"

namespace tools {

using namespace brickgrad;

namespace {

Tensor matrix(const nlohmann::json& json) {
  if (json.is_number()) return Tensor::full({1, 1}, json.get<double>());
  const auto rows = json.get<std::vector<std::vector<double>>>();
  std::vector<double> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  return Tensor::from(
      all, {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.at(0).size())});
}

}  // namespace

TutorialReference::TutorialReference() { read(tutorial_numbers, "the numbers compiled in"); }

TutorialReference::TutorialReference(const std::string& path) {
  std::ifstream in(path);
  if (!in) fail("{} cannot be read; give a file of the form of tutorial_step.json", path);
  std::ostringstream text;
  text << in.rdbuf();
  read(text.str(), path);
}

void TutorialReference::read(const std::string& text, const std::string& source) {
  try {
    const auto json = nlohmann::json::parse(text);
    for (const auto& [name, value] : json.items())
      if (!value.is_string()) numbers_.emplace(name, matrix(value));
  } catch (const std::exception& e) {
    fail("{} is no object of numbers and matrices: {}", source, e.what());
  }
}

const Tensor& TutorialReference::operator[](const std::string& name) const {
  const auto found = numbers_.find(name);
  if (found == numbers_.end()) fail("the tutorial's numbers have no '{}'", name);
  return found->second;
}

double Quantity::deviation() const {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (value.shape() != wanted.shape()) return infinity;
  const auto a = value.to_vector(), b = wanted.to_vector();
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a[i] - b[i]);
    most = std::isnan(difference) ? infinity : std::max(most, difference);
  }
  return most;
}

}  // namespace tools
