#include <algorithm>
#include <autograd/draw/page/assemble.hpp>
#include <autograd/error.hpp>

namespace brickgrad::internal {

std::string assemble(std::string_view page, std::span<const PagePart> parts) {
  std::string out;
  for (;;) {
    const std::size_t begin = page.find("{{");
    if (begin == page.npos) return out += page;
    const std::size_t end = page.find("}}", begin);
    if (end == page.npos) fail("assemble: a place in the page has no end");
    const std::string_view name = page.substr(begin + 2, end - begin - 2);
    const auto part =
        std::find_if(parts.begin(), parts.end(), [&](const PagePart& p) { return p.name == name; });
    if (part == parts.end()) fail("assemble: nothing to put at {}", name);
    out.append(page.substr(0, begin)).append(part->text);
    page.remove_prefix(end + 2);
  }
}

std::string markup_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace brickgrad::internal
