// Colours and faces of the pictures. The hues are those of Okabe and Ito, told apart by
// colour-blind eyes, darkened until they read as text on white, and lightened until they do on
// black; every meaning has a shape, a dash or a word too.
#pragma once

#include <autograd/draw/dot.hpp>

namespace brickgrad::internal {

/// A colour for each meaning.
struct Palette {
  const char *background, *ink, *faint, *rule;
  const char *leaf_line, *leaf_fill, *constant_line, *constant_fill, *op_line, *op_fill;
  const char *result_line, *result_fill, *group_line, *group_fill, *cluster_line, *cluster_fill;
  const char *bad, *bad_fill, *warning, *positive, *negative, *mixed, *no_flow;
  const char *change_1, *change_2, *change_3, *change_4, *added_fill, *removed_fill;
  const char* change_text;  // on these fills, beside ink
};

namespace palette {

inline constexpr auto ink = "#1F2933", faint = "#616C79", rule = "#D5DBE1";
inline constexpr auto leaf_line = "#00694F", leaf_fill = "#EEF8F4";
inline constexpr auto constant_line = "#8793A0", constant_fill = "#F7F8F9";
inline constexpr auto op_line = "#52606D", op_fill = "#FFFFFF";
inline constexpr auto result_line = ink, result_fill = "#F0F2F5";
inline constexpr auto bad = "#C4122F", bad_fill = "#FFF1F2";
inline constexpr auto positive = "#0068A8", negative = "#C46A00", mixed = "#75578F";
inline constexpr auto no_flow = "#9AA5B1";

/// The first one that a system has is used.
inline constexpr auto font = "DejaVu Sans,Verdana,Helvetica,Arial,sans-serif";

inline constexpr Palette light{
    .background = "white",
    .ink = ink,
    .faint = faint,
    .rule = rule,
    .leaf_line = leaf_line,
    .leaf_fill = leaf_fill,
    .constant_line = constant_line,
    .constant_fill = constant_fill,
    .op_line = op_line,
    .op_fill = op_fill,
    .result_line = result_line,
    .result_fill = result_fill,
    .group_line = "#3F4F8C",
    .group_fill = "#F1F3FB",
    .cluster_line = "#AEB9D6",
    .cluster_fill = "#F9FAFD",
    .bad = bad,
    .bad_fill = bad_fill,
    .warning = "#8A5A00",
    .positive = positive,
    .negative = negative,
    .mixed = mixed,
    .no_flow = no_flow,
    .change_1 = "#FFF9E3",
    .change_2 = "#FFEDB8",
    .change_3 = "#FFDD8A",
    .change_4 = "#FFC34F",
    .added_fill = "#E2F4EA",
    .removed_fill = "#F3E3EC",
    .change_text = "#44505B",
};

inline constexpr Palette dark{
    .background = "#12161B",
    .ink = "#E4E9EE",
    .faint = "#9AA7B4",
    .rule = "#3A444F",
    .leaf_line = "#4CC9A1",
    .leaf_fill = "#122A23",
    .constant_line = "#7D8996",
    .constant_fill = "#1A2026",
    .op_line = "#A9B6C2",
    .op_fill = "#1C232A",
    .result_line = "#E4E9EE",
    .result_fill = "#2A333C",
    .group_line = "#A5B4F0",
    .group_fill = "#1E2440",
    .cluster_line = "#47527A",
    .cluster_fill = "#151A24",
    .bad = "#FF7384",
    .bad_fill = "#3A161C",
    .warning = "#F2C14E",
    .positive = "#5AB4F0",
    .negative = "#F0A043",
    .mixed = "#C3A2E0",
    .no_flow = "#6C7885",
    .change_1 = "#302A16",
    .change_2 = "#463814",
    .change_3 = "#5F4710",
    .change_4 = "#7D5300",
    .added_fill = "#14352A",
    .removed_fill = "#3A2032",
    .change_text = "#D3DBE2",
};

}  // namespace palette

/// That of a theme; the automatic one is drawn light, and an SVG file turns dark by itself.
inline const Palette& palette_of(Theme theme) {
  return theme == Theme::dark ? palette::dark : palette::light;
}

}  // namespace brickgrad::internal
