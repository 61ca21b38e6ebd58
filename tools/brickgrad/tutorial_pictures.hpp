// The pictures of docs/tutorial.md, made by the engine: brickgrad tutorial --pictures docs/images.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tutorial_step.hpp"

namespace tools {

/// The bricks in a row, as SVG: above the line the numbers that go forward, below it the gradients
/// that come back.
std::string bricks_svg(const std::vector<TutorialStep>& steps, const TutorialReference& reference);

/// Writes all pictures, with names that begin with "tutorial_", and returns their paths. Throws
/// Error when a file cannot be written.
std::vector<std::string> write_tutorial_pictures(const std::filesystem::path& folder,
                                                 const TutorialReference& reference);

}  // namespace tools
