// A test that is to run with an instruction set which this processor lacks would pass with another
// one: it ends as skipped instead.
#include <autograd/autograd.hpp>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr int skipped = 77;  // as SKIP_RETURN_CODE says

bool lacks_what_was_asked_for() {
  const char* wish = std::getenv("BRICKGRAD_CPU");
  const std::string_view wanted = wish ? wish : "";
  return (wanted == "avx2" || wanted == "avx512") && wanted != brickgrad::cpu_features();
}

[[maybe_unused]] const bool checked = [] {
  if (lacks_what_was_asked_for()) {
    std::fprintf(stderr, "skipped: this processor goes up to %s\n", brickgrad::cpu_features());
    std::_Exit(skipped);
  }
  return true;
}();

}  // namespace
