// Documents as the tests read them.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <test_data.hpp>
#include <vector>

inline const std::filesystem::path project = BRICKGRAD_TEST_DATA "/../..";

/// A block fenced by ```, or the text between two of them.
struct Part {
  bool is_block = false;
  std::string language;  // of a block
  std::string text;
  int line = 0;  // where it starts
};

inline std::vector<Part> parts_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<Part> parts(1);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("```")) {
      const bool opens = !parts.back().is_block;
      parts.push_back({opens, opens ? line.substr(3) : "", "", number + 1});
    } else {
      parts.back().text += line + '\n';
    }
  }
  return parts;
}

/// The README and all of docs.
inline std::vector<std::filesystem::path> documents() {
  std::vector<std::filesystem::path> paths{project / "README.md"};
  for (const auto& entry : std::filesystem::directory_iterator(project / "docs"))
    if (entry.path().extension() == ".md") paths.push_back(entry.path());
  return paths;
}
