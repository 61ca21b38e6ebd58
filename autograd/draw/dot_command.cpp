#include <fmt/format.h>
#include <autograd/draw/dot_command.hpp>
#include <autograd/draw/files.hpp>
#include <autograd/error.hpp>
#include <cstring>

namespace brickgrad::internal {
namespace {

namespace fs = std::filesystem;

std::string reason(const ProcessResult& result) {
  return result.errors.empty() ? "it gave no reason" : result.errors;
}

/// Beside the picture, but never in place of what somebody else may have written.
fs::path place_of_text(const fs::path& picture) {
  fs::path text = picture;
  text.replace_extension(".dot");
  std::error_code unknown;
  return fs::exists(text, unknown) ? fs::path(picture.string() + ".dot") : text;
}

}  // namespace

void check_dot(const ProcessResult& result, const char* caller, double timeout, const char* advice,
               const fs::path& output) {
  if (!result.found)
    fail("{}: there is no dot command in PATH; install Graphviz (apt install graphviz)", caller);
  if (result.timed_out) fail("{}: dot was stopped after {:g} s; {}", caller, timeout, advice);
  if (result.signal)
    fail("{}: dot was ended by signal {} ({}): {}", caller, result.signal,
         ::strsignal(result.signal), reason(result));
  if (!result.succeeded())
    fail("{}: dot failed with code {}: {}", caller, *result.exit_code, reason(result));
  if (fs::file_size(output) == 0)
    fail("{}: dot wrote an empty picture: {}", caller, reason(result));
}

void with_text_file(const fs::path& picture,
                    const std::function<void(const fs::path& text)>& draw) {
  const fs::path kept = place_of_text(picture);
  PendingFile text(kept);
  try {
    draw(text.path());
  } catch (const Error& e) {
    text.keep();
    fail("{}\nThe graph is in '{}'", e.what(), kept.string());
  }
}

}  // namespace brickgrad::internal
