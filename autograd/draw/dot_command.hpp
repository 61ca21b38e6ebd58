// The dot command of Graphviz: what its failures mean, and the graph's text that is kept then.
#pragma once

#include <autograd/draw/process.hpp>
#include <filesystem>
#include <functional>
#include <string>

namespace brickgrad::internal {

/// Throws Error, in the name of `caller`, unless dot did its work and wrote something into
/// `output`. `advice` says what to do when it took longer than `timeout` seconds.
void check_dot(const ProcessResult& result, const char* caller, double timeout, const char* advice,
               const std::filesystem::path& output);

/// Calls `draw` with the place of a file for the graph's text, which is gone afterwards. When
/// `draw` throws an Error, the text stays beside the picture in a file ending in .dot, never in
/// place of another one, and the message says where.
void with_text_file(const std::filesystem::path& picture,
                    const std::function<void(const std::filesystem::path& text)>& draw);

}  // namespace brickgrad::internal
