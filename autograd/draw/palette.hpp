// Colours and faces of the pictures. The hues are those of Okabe and Ito, told apart by
// colour-blind eyes, darkened until they read as text on white; every meaning has a shape, a dash
// or a word too.
#pragma once

namespace brickgrad::internal::palette {

inline constexpr auto ink = "#1F2933", faint = "#66727F", rule = "#D5DBE1";
inline constexpr auto leaf_line = "#00694F", leaf_fill = "#EEF8F4";
inline constexpr auto constant_line = "#8793A0", constant_fill = "#F7F8F9";
inline constexpr auto op_line = "#52606D", op_fill = "#FFFFFF";
inline constexpr auto result_line = "#1F2933", result_fill = "#F0F2F5";
inline constexpr auto bad = "#C4122F", bad_fill = "#FFF1F2";
inline constexpr auto positive = "#0068A8", negative = "#C46A00", mixed = "#75578F";
inline constexpr auto no_flow = "#9AA5B1";

/// The first one that a system has is used.
inline constexpr auto font = "DejaVu Sans,Verdana,Helvetica,Arial,sans-serif";

}  // namespace brickgrad::internal::palette
