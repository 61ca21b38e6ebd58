#include <autograd/draw/dot.hpp>
#include <autograd/draw/drawing.hpp>
#include <autograd/draw/files.hpp>

namespace brickgrad {

std::string to_dot(const Value& v, const DotOptions& options) {
  return internal::Drawing(v, options).text();
}

std::vector<std::string> dot_warnings(const Value& v, const DotOptions& options) {
  return internal::Drawing(v, options).warnings();
}

void write_dot(const Value& v, const std::string& path, const DotOptions& options) {
  internal::write_file(path, to_dot(v, options));
}

}  // namespace brickgrad
