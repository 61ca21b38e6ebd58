// Graphs and places that the tests of drawing share.
#pragma once

#include <autograd/autograd.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <tests/catch.hpp>
#include <tests/count.hpp>
#include <tests/folder.hpp>

namespace drawing_tests {

namespace fs = std::filesystem;
using namespace brickgrad;

inline Value named(Value v, const char* name) {
  v.name(name);
  return v;
}

/// (a b + c) f, the graph of many a tutorial.
inline Value expression() {
  const Value a = named(2.0, "a"), b = named(-3.0, "b"), c = named(10.0, "c"), f = named(-2.0, "f");
  const Value d = named(a * b + c, "d");
  return named(d * f, "L");
}

/// The 2-3-2 net on the four corners, with a squared error.
inline Value net() {
  const Value x = constant(Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}})).name("X");
  const Value w1 = named(Tensor::from({{0.5, -1., 2.}, {-0.25, 1.5, 1.}}), "W1");
  const Value b1 = named(Tensor::from({0., 0.5, -0.5}), "b1");
  const Value w2 = named(Tensor::from({{1., -1.}, {0.5, 2.}, {-2., 0.25}}), "W2");
  const Value b2 = named(Tensor::zeros({2}), "b2");
  const Tensor target = Tensor::from({{1., 0.}, {0., 1.}, {0., 1.}, {1., 0.}});
  const Value h = named(sigmoid(matmul(x, w1) + b1), "h");
  return named(mean(square(matmul(h, w2) + b2 - target)), "loss");
}

inline std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The line of the node with this name.
inline std::string card_of(const std::string& dot, const std::string& name) {
  std::istringstream in(dot);
  for (std::string line; std::getline(in, line);)
    if (line.find("<B>" + name + "</B>") != std::string::npos) return line;
  return "";
}

/// Another PATH while it lives.
class Path {
 public:
  explicit Path(const fs::path& path) : before_(std::getenv("PATH")) {
    ::setenv("PATH", path.c_str(), 1);
  }
  ~Path() { ::setenv("PATH", before_.c_str(), 1); }
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;

 private:
  std::string before_;
};

/// True, with a message, where a test that runs Graphviz must be skipped.
inline bool lacks_dot_command() {
  const bool lacks = std::system("dot -V >/dev/null 2>&1") != 0;
  if (lacks) WARN("skipped: there is no dot command");
  return lacks;
}

}  // namespace drawing_tests
