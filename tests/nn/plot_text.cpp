#include <autograd/autograd.hpp>
#include <cmath>
#include <nn/plot_text.hpp>
#include <tests/catch.hpp>
#include <tests/nn/corners.hpp>

using namespace brickgrad;

namespace {

/// Surely class 1 where x > 0.5, and unsure within a tenth of it.
Tensor right_half(const Tensor& p) {
  const Tensor x = slice(p, 1, 0, 1);
  return softmax(concat(std::vector<Tensor>{0.5 - x, x - 0.5}, 1) * 20.0);
}

const std::vector<std::int64_t> or_labels{0, 1, 1, 1};

}  // namespace

TEST_CASE("the boundary as characters") {
  CHECK("\n" + nn::boundary_text(right_half, corners, or_labels,
                                 {.width = 40, .height = 12, .unicode = false}) ==
        R"(
  1.12 |;;;X;;;;;;;;;;;:+###########x###
       |;;;;;;;;;;;;;;;:+###############
       |;;;;;;;;;;;;;;;:+###############
       |;;;;;;;;;;;;;;;:+###############
       |;;;;;;;;;;;;;;;:+###############
       |;;;;;;;;;;;;;;;:+###############
       |;;;;;;;;;;;;;;;:+###############
       |;;;;;;;;;;;;;;;:+###############
 -0.12 |;;;o;;;;;;;;;;;:+###########x###
       +--------------------------------
        -0.12                       1.12
        .:; o class 0   -+# x class 1
        denser: surer   capitals: decided otherwise
)");
}

TEST_CASE("a place is shaded by how sure the classifier is, from a guess on") {
  const auto second_line = [](double probability, bool unicode) {
    const auto everywhere = [&](const Tensor& p) {
      return concat(std::vector<Tensor>{Tensor::full({p.size(0), 1}, 1 - probability),
                                        Tensor::full({p.size(0), 1}, probability)},
                    1);
    };
    const std::string text = nn::boundary_text(everywhere, corners, or_labels,
                                               {.width = 24, .height = 13, .unicode = unicode});
    const std::size_t begin = text.find('\n') + 1;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  CHECK(second_line(0.51, false) == "       |----------------");
  CHECK(second_line(0.75, false) == "       |++++++++++++++++");
  CHECK(second_line(1.00, false) == "       |################");
  CHECK(second_line(0.49, false) == "       |................");
  CHECK(second_line(0.25, false) == "       |::::::::::::::::");
  CHECK(second_line(0.00, false) == "       |;;;;;;;;;;;;;;;;");
  CHECK(second_line(0.51, true) == "       │░░░░░░░░░░░░░░░░");
  CHECK(second_line(0.00, true) == "       │⠶⠶⠶⠶⠶⠶⠶⠶⠶⠶⠶⠶⠶⠶⠶⠶");
}

TEST_CASE("the boundary in UTF-8 and in colours") {
  const std::string text =
      nn::boundary_text(right_half, corners, or_labels, {.width = 40, .height = 12});
  CHECK_THAT(text, contains("│") && contains("▓") && contains("⠂⠢⠶ o class 0"));
  CHECK(text.find('\x1b') == std::string::npos);
  const std::string colored =
      nn::boundary_text(right_half, corners, or_labels, {.width = 40, .height = 12, .color = true});
  CHECK_THAT(colored, contains("\x1b[0;33m") && contains("\x1b[0;1;31mX") && contains("\x1b[0m\n"));
}

TEST_CASE("a boundary that cannot be drawn is refused") {
  CHECK_THROWS_WITH(nn::boundary_text(right_half, corners, or_labels, {.width = 5}),
                    contains("24 to 400"));
  CHECK_THROWS_WITH(
      nn::boundary_text(right_half, corners, std::vector<std::int64_t>{0, 1, 1, 2}, {}),
      contains("label 2 of point 3"));
  CHECK_THROWS_WITH(nn::boundary_text(right_half, Tensor::ones({4}), or_labels),
                    contains("are not (n, 2)"));
}

TEST_CASE("sparklines") {
  CHECK(nn::sparkline(std::vector<double>{8, 7, 6, 5, 4, 3, 2, 1}, 20) == "█▇▆▅▄▃▂▁");
  CHECK(nn::sparkline(std::vector<double>{0, 0, 1, 1}, 2, false) == "_#");
  CHECK(nn::sparkline(std::vector<double>{1, 1}, 20) == "▁▁");
  CHECK(nn::sparkline(std::vector<double>{0, NAN, 1}, 20) == "▁!█");
  CHECK(nn::sparkline(std::vector<double>{}, 20).empty());
  CHECK(nn::sparkline(std::vector<double>{1, 2}, -3).empty());
}

TEST_CASE("a sparkline shows a fall over many decades, whatever single values do") {
  std::vector<double> losses;
  for (int i = 0; i < 24 * 100; ++i) losses.push_back(0.7 * std::pow(0.995, i));
  CHECK(nn::sparkline(losses, 8) == "█▇▆▅▄▃▂▁");
  // Of few decades it stays linear, and so it does where there are numbers below 0.
  CHECK(nn::sparkline(std::vector<double>{100, 50, 1}, 8) == "█▄▁");
  CHECK(nn::sparkline(std::vector<double>{1000, 500, -1}, 8) == "█▅▁");
  // One high value among many does not decide the scale.
  std::vector<double> calm(160, 1);
  for (std::size_t i = 0; i < 80; ++i) calm[i] = 2;
  calm[0] = 11;
  CHECK(nn::sparkline(calm, 2) == "█▁");
}
