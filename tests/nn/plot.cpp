#include <algorithm>
#include <autograd/autograd.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nn/nn.hpp>
#include <sstream>
#include <tests/autograd/compare.hpp>
#include <tests/count.hpp>

using namespace brickgrad;

namespace {

/// True when every tag is closed in order and every attribute is quoted.
bool is_well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = xml.find('<', at)) != xml.npos;) {
    const auto end = xml.find('>', at);
    if (end == xml.npos) return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0 || tag.find('<') != tag.npos) return false;
    const std::string name = tag.substr(0, tag.find_first_of(" /\n", 1));
    if (tag[0] == '/') {
      if (open.empty() || "/" + open.back() != tag) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    at = end;
  }
  return open.empty() && xml.find("nan") == xml.npos && xml.find("inf") == xml.npos;
}

}  // namespace

TEST_CASE("the curve of losses") {
  const std::string svg =
      nn::plot_losses(std::vector<double>{1, 0.5, 0.1, 0.02}, {.title = "a < b & \"c\""});
  CHECK(is_well_formed(svg));
  CHECK(svg.find("<title id=\"title\">a &lt; b &amp; &quot;c&quot;</title>") != svg.npos);
  CHECK(svg.find("<desc id=\"desc\">The loss goes from 1 to 0.02 in 4 updates.</desc>") !=
        svg.npos);
  CHECK(svg.find(">0.1</text>") != svg.npos);
  CHECK(svg == nn::plot_losses(std::vector<double>{1, 0.5, 0.1, 0.02}, {.title = "a < b & \"c\""}));
}

TEST_CASE("losses of every kind can be drawn") {
  auto check = [](const std::vector<double>& losses) {
    const std::string svg = nn::plot_losses(losses);
    CHECK(is_well_formed(svg));
    CHECK(svg.find("text-anchor=\"end\"") != svg.npos);
  };
  check({1});
  check({0, 0, 0});
  check({5, 5});
  check({-3, 2, -1});
  check({1e-300, 1e200, 1e300});
  check({-1e249, 1e249});
  check({1, std::nan(""), 0.5, infinity, 0.25});
  check({0.3, 0.2999999999});
  std::vector<double> many(300'000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = 1.0 / static_cast<double>(i + 1);
  check(many);
  CHECK(nn::plot_losses(many).size() < 50'000);
  const std::vector<nn::Curve> curves{
      {"with & without", {1, 0.5}}, {"", {}}, {"other", {2, 1, 0.5}}};
  CHECK(nn::plot_losses(curves).find("with &amp; without") != std::string::npos);
  CHECK(is_well_formed(nn::plot_losses(curves)));
  // A line and its sample in the legend; that which moves most is whole.
  CHECK(count(nn::plot_losses(curves), "stroke-dasharray=") == 2);
  CHECK(count(nn::plot_losses(curves), "stroke-dasharray=\"8 4\"") == 2);

  CHECK_THROWS_WITH(nn::plot_losses(std::vector<double>{}), contains("no finite loss"));
  CHECK_THROWS_WITH(nn::plot_losses(std::vector<double>{infinity}), contains("no finite loss"));
  CHECK_THROWS_WITH(nn::plot_losses(std::vector<double>{1}, {.width = 5}), contains("300 x 200"));
}

TEST_CASE("curves of every size can be drawn") {
  const std::vector<double> x{0, 1, 2, 3, 4, 5, 6, 7};
  const auto draw = [&](const std::vector<double>& y) {
    const std::string svg = nn::plot_curves(x, {{"", y}});
    CHECK(is_well_formed(svg));
    CHECK(svg.find("nan") == svg.npos);
    CHECK(svg.find("inf") == svg.npos);
    return svg;
  };
  CHECK(draw({-7e300, -5e300, -3e300, -1e300, 1e300, 3e300, 5e300, 7e300}).find(">5e+300</text>") !=
        std::string::npos);
  CHECK(draw({0, 0, 0, 0, 0, 0, 0, 0}).find(">0.5</text>") != std::string::npos);
  // Many decades are on a logarithmic axis, with round powers.
  const std::string decades = draw({1, 1e43, 1e86, 1e129, 1e172, 1e215, 1e258, 1e301});
  CHECK(decades.find(">logarithmic</text>") != decades.npos);
  CHECK(decades.find(">1e+200</text>") != decades.npos);
  CHECK(decades.find(">1e+300</text>") != decades.npos);
  CHECK_FALSE(nn::range_to_show(std::vector<double>{1, 2, 3, 1e3}).logarithmic);
  CHECK_FALSE(nn::range_to_show(std::vector<double>{-1, 1, 1e100, 1e200}).logarithmic);
}

TEST_CASE("the decision boundary") {
  const Tensor points = Tensor::from({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  const std::vector<std::int64_t> labels{0, 1, 1, 0};
  auto half = [](const Tensor& p) {
    const Tensor x = slice(p, 1, 0, 1);
    return softmax(concat(std::vector<Tensor>{0.5 - x, x - 0.5}, 1) * 20.0);
  };
  const std::string svg = nn::plot_boundary(half, points, labels);
  CHECK(is_well_formed(svg));
  CHECK(svg.find("4 points of 2 classes") != svg.npos);
  CHECK(count(svg, "stroke-width=\"1.2\"") == 4 + 2);
  CHECK(svg.find(">class 1</text>") != svg.npos);
  // The decision changes at x = 0.5, in the middle of the frame: 72 + (508 - 72) / 2.
  CHECK(svg.find("M290.0 ") != svg.npos);

  auto three = [](const Tensor& p) {
    const Tensor x = slice(p, 1, 0, 1), y = slice(p, 1, 1, 2);
    return softmax(concat(std::vector<Tensor>{x, y, 1.0 - x - y}, 1) * 8.0);
  };
  CHECK(is_well_formed(nn::plot_boundary(three, points, labels)));
  CHECK(is_well_formed(
      nn::plot_boundary(three, Tensor::zeros({1, 2}), std::vector<std::int64_t>{2})));

  CHECK_THROWS_WITH(nn::plot_boundary(half, Tensor::ones({4}), labels), contains("are not (n, 2)"));
  CHECK_THROWS_WITH(nn::plot_boundary(half, points, std::vector<std::int64_t>{0}),
                    contains("1 labels for 4 points"));
  CHECK_THROWS_WITH(nn::plot_boundary(half, points, std::vector<std::int64_t>{0, 1, 2, 0}),
                    contains("label 2 of point 2"));
  CHECK_THROWS_WITH(nn::plot_boundary(half, points * infinity, labels),
                    contains("they must be finite"));
  CHECK_THROWS_WITH(nn::plot_boundary([](const Tensor& p) { return p * infinity; }, points, labels),
                    contains("probabilities must be finite"));
  CHECK_THROWS_WITH(
      nn::plot_boundary([](const Tensor& p) { return slice(p, 1, 0, 1); }, points, labels),
      contains("a single logit"));
}

TEST_CASE("an SVG is written, or it is said why not") {
  const std::string svg = nn::plot_losses(std::vector<double>{1, 2});
  nn::write_svg(svg, "plot_test.svg");
  std::ostringstream read;
  read << std::ifstream("plot_test.svg").rdbuf();
  CHECK(read.str() == svg);
  std::remove("plot_test.svg");
  CHECK_THROWS_WITH(nn::write_svg(svg, "/no/such/folder/x.svg"),
                    contains("cannot be written: No such file"));
}
