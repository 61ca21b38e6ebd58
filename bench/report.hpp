// What was measured: as a table, as JSON, as a chart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "measure.hpp"

namespace bench {

/// "1.24 µs": three digits and the unit that fits.
std::string time_text(double seconds);
/// "2.81", "13.9", "420": three digits or two decimals.
std::string ratio_text(double ratio);

/// `other` is what ours is compared with.
std::string table_head(std::string_view other = "limit");
std::string table_row(const Measurement& m);
/// Below it, where memory was compared.
std::string memory_row(const Memory& m);

/// The figures, and what they were measured on.
std::string to_json(const std::vector<Measurement>& all, int threads);

/// Horizontal bars of the ratios, on a logarithmic axis from the limit, with a mark at each target.
std::string to_svg(const std::vector<Measurement>& all);

/// The title shortened or filled up to a width; counts letters, not bytes.
std::string padded(std::string_view text, int width);

}  // namespace bench
