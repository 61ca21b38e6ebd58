#include <autograd/draw/dot.hpp>
#include <autograd/draw/drawing.hpp>
#include <autograd/draw/files.hpp>

namespace brickgrad {

std::string to_dot(const Value& v, const DotOptions& options, std::vector<std::string>* warnings) {
  internal::Drawing drawing(v, options);
  if (warnings) *warnings = drawing.warnings();
  return drawing.text();
}

void write_dot(const Value& v, const std::string& path, const DotOptions& options,
               std::vector<std::string>* warnings) {
  internal::write_file(path, to_dot(v, options, warnings));
}

}  // namespace brickgrad
