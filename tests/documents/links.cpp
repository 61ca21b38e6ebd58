#include <algorithm>
#include <cctype>
#include <regex>
#include <set>
#include <tests/catch.hpp>

#include "markdown.hpp"

namespace {

/// The anchor that GitHub gives a heading.
std::string anchor(const std::string& heading) {
  std::string out;
  for (const char c : heading) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isalnum(u) || c == '-' || c == '_' || u >= 128)
      out += static_cast<char>(std::tolower(u));
    if (c == ' ') out += '-';
  }
  return out;
}

std::set<std::string> anchors(const std::filesystem::path& path) {
  std::set<std::string> out;
  for (const Part& part : parts_of(path)) {
    std::istringstream lines(part.is_block ? "" : part.text);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("#")) out.insert(anchor(line.substr(line.find_first_not_of("# "))));
  }
  return out;
}

std::vector<std::string> links(const std::filesystem::path& path) {
  static const std::regex link(R"lit(\]\(([^)\s]+)[^)]*\)|(?:src|href)="([^"]+)")lit");
  std::vector<std::string> out;
  for (const Part& part : parts_of(path)) {
    if (part.is_block) continue;
    for (std::sregex_iterator i(part.text.begin(), part.text.end(), link), end; i != end; ++i)
      out.push_back((*i)[1].matched ? (*i)[1] : (*i)[2]);
  }
  return out;
}

}  // namespace

TEST_CASE("all links of the documents lead somewhere") {
  std::size_t count = 0;
  for (const auto& document : documents())
    for (const std::string& link : links(document)) {
      if (link.starts_with("http://") || link.starts_with("https://")) continue;
      ++count;
      INFO(document.filename().string() << ": " << link);
      const std::string path = link.substr(0, link.find('#'));
      const auto target = path.empty() ? document : document.parent_path() / path;
      REQUIRE(std::filesystem::exists(target));
      if (link.find('#') != std::string::npos)
        CHECK(anchors(target).count(link.substr(link.find('#') + 1)) == 1);
    }
  CHECK(count > 15);
}

// What is published is the folder docs alone, so its links stay within it.
TEST_CASE("links of the site stay in the site") {
  const auto site = std::filesystem::canonical(project / "docs").string();
  for (const auto& document : documents()) {
    if (document.filename() == "README.md") continue;
    for (const std::string& link : links(document)) {
      if (link.starts_with("http")) continue;
      INFO(document.filename().string() << ": " << link);
      const auto target = document.parent_path() / link.substr(0, link.find('#'));
      CHECK(std::filesystem::weakly_canonical(target).string().starts_with(site));
    }
  }
}

TEST_CASE("every picture of the site is shown, described and small") {
  std::string all;
  for (const auto& document : documents())
    for (const Part& part : parts_of(document)) all += part.text;
  CHECK(all.find("![](") == std::string::npos);
  for (const auto& entry : std::filesystem::directory_iterator(project / "docs" / "images")) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    CHECK(all.find(name) != std::string::npos);
    CHECK(entry.file_size() < 200'000);
  }
}

// GitHub Pages would take two braces for its own, and show nothing.
TEST_CASE("braces in the site are marked as raw") {
  for (const auto& document : documents()) {
    if (document.filename() == "README.md") continue;
    std::istringstream lines([&] {
      std::ostringstream text;
      text << std::ifstream(document).rdbuf();
      return text.str();
    }());
    bool raw = false;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      INFO(document.filename().string() << ":" << number << ": " << line);
      if (line == "<!-- {% raw %} -->") {
        raw = true;
      } else if (line == "<!-- {% endraw %} -->") {
        raw = false;
      } else if (!raw) {
        CHECK(line.find("{{") == std::string::npos);
        CHECK(line.find("{%") == std::string::npos);
      }
    }
    CHECK_FALSE(raw);
  }
}

TEST_CASE("the first page of the site leads to all others") {
  const auto linked = links(project / "docs" / "index.md");
  for (const auto& page : std::filesystem::directory_iterator(project / "docs" / "live")) {
    const std::string name = "live/" + page.path().filename().string();
    INFO(name);
    CHECK(std::find(linked.begin(), linked.end(), name) != linked.end());
  }
  for (const auto& document : documents()) {
    const std::string name = document.filename().string();
    INFO(name);
    if (name != "README.md" && name != "index.md")
      CHECK(std::find(linked.begin(), linked.end(), name) != linked.end());
  }
}
