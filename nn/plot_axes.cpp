#include <algorithm>
#include <array>
#include <autograd/draw/label_text.hpp>
#include <autograd/error.hpp>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nn/plot_axes.hpp>

namespace brickgrad::nn {
namespace internal {

std::string_view series_color(std::size_t i) {
  static constexpr std::array<std::string_view, 7> colors{
      "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#666666"};
  return colors[i % colors.size()];
}

std::string series_dashes(std::size_t i) {
  return i == 0 ? "" : fmt::format(R"( stroke-dasharray="{} 4")", 2 + 6 / i);
}

std::string escaped(std::string_view text) {
  using namespace brickgrad::internal;
  return xml_escaped(printable(text, title_length));
}

Axis::Axis(double low, double high, bool logarithmic, double first_pixel, double last_pixel)
    : low_(low),
      high_(high),
      logarithmic_(logarithmic),
      first_pixel_(first_pixel),
      last_pixel_(last_pixel) {}

double Axis::place(double x) const { return logarithmic_ ? std::log10(x) : x; }

double Axis::pixel(double x) const {
  const double part = (place(x) - place(low_)) / (place(high_) - place(low_));
  return first_pixel_ + part * (last_pixel_ - first_pixel_);
}

std::vector<Tick> Axis::ticks(int wanted) const {
  if (!logarithmic_) return round_ticks(low_, high_, wanted);
  std::vector<Tick> out;
  const double decades = place(high_) - place(low_), slack = 1e-9 * decades;
  const int first = static_cast<int>(std::floor(place(low_))),
            last = static_cast<int>(std::ceil(place(high_)));
  const int least = std::max(1, static_cast<int>(std::ceil(decades / wanted)));
  // Round numbers of many decades.
  int step = least;
  for (const int round : {100, 50, 20, 10})
    if (least > 5 && least <= round) step = round;
  const int begin = step < 10 ? first : first - (first % step + step) % step;
  for (int e = begin; e <= last; e += step)
    for (double m : {1.0, 2.0, 5.0}) {
      if (m != 1.0 && decades >= 2.5) continue;
      const double x = m * std::pow(10, e);
      if (place(x) >= place(low_) - slack && place(x) <= place(high_) + slack)
        out.push_back({x, fmt::format("{:.6g}", x)});
    }
  return out.size() >= 2 ? out : round_ticks(low_, high_, wanted);
}

Canvas::Canvas(const PlotOptions& options, const Range& x, const Range& y, bool legend)
    : options_(options),
      right_(options.width - (legend ? 132 : 24)),
      bottom_(options.height - 56),
      x_(x.low, x.high, x.logarithmic, left_, right_),
      y_(y.low, y.high, y.logarithmic, bottom_, top_) {
  if (options.width < 300 || options.height < 200 || options.width > 10'000 ||
      options.height > 10'000)
    fail("plot: a picture of {} x {} pixels; choose from 300 x 200 to 10000 x 10000", options.width,
         options.height);
}

void Canvas::draw_grid() {
  std::string path;
  for (const auto& t : x_.ticks(7))
    path += fmt::format("M{:.1f} {:.1f}V{:.1f}", x_.pixel(t.value), top_, bottom_);
  for (const auto& t : y_.ticks(6))
    path += fmt::format("M{:.1f} {:.1f}H{:.1f}", left_, y_.pixel(t.value), right_);
  draw(fmt::format(R"(<path d="{}" stroke="#000" stroke-opacity="0.1" fill="none"/>)", path));
}

void Canvas::add_legend(std::string_view name, std::string_view symbol) {
  legend_ += fmt::format(
      R"svg(<g transform="translate({:.0f} {:.0f})">{}<text x="14" y="4">{}</text></g>
)svg",
      right_ + 24, legend_y_, symbol, escaped(name));
  legend_y_ += 22;
}

std::string Canvas::tick_labels() const {
  std::string out;
  for (const auto& t : x_.ticks(7))
    out += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>
)",
                       x_.pixel(t.value), bottom_ + 18, t.label);
  for (const auto& t : y_.ticks(6))
    out += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>
)",
                       left_ - 8, y_.pixel(t.value) + 4, t.label);
  return out;
}

std::string Canvas::svg(const std::string& description) const {
  const double middle_x = (left_ + right_) / 2, middle_y = (top_ + bottom_) / 2;
  std::string out = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-labelledby="title desc" font-family="Helvetica, Arial, DejaVu Sans, sans-serif" font-size="12" fill="#333">
<title id="title">{2}</title>
<desc id="desc">{3}</desc>
<rect width="{0}" height="{1}" fill="#fff"/>
<clipPath id="frame"><rect x="{4}" y="{5}" width="{6}" height="{7}"/></clipPath>
)",
      options_.width, options_.height, escaped(options_.title),
      escaped(options_.description.empty() ? description : options_.description), left_, top_,
      right_ - left_, bottom_ - top_);
  out += "<g clip-path=\"url(#frame)\">\n" + content_ + "</g>\n";
  out += fmt::format(
      R"svg(<rect x="{}" y="{}" width="{}" height="{}" fill="none" stroke="#888"/>
<text x="{}" y="28" font-size="16" font-weight="bold" text-anchor="middle">{}</text>
<text x="{}" y="{}" font-size="13" text-anchor="middle">{}</text>
<text transform="translate(20 {}) rotate(-90)" font-size="13" text-anchor="middle">{}</text>
)svg",
      left_, top_, right_ - left_, bottom_ - top_, middle_x, escaped(options_.title), middle_x,
      bottom_ + 42, escaped(options_.x_label), middle_y, escaped(options_.y_label));
  return out + tick_labels() + legend_ + "</svg>\n";
}

std::string marker(std::size_t series, double x, double y) {
  // Circle, square, triangle, diamond.
  static constexpr std::array<const char*, 4> shapes{"m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
                                                     "m-4.5 -4.5h9v9h-9z", "m0 -6l5.5 9.5h-11z",
                                                     "m0 -6.2l6.2 6.2l-6.2 6.2l-6.2 -6.2z"};
  return fmt::format(R"(<path d="M{:.1f} {:.1f}{}" fill="{}" stroke="#fff" stroke-width="1.2"/>)",
                     x, y, shapes[series % shapes.size()], series_color(series));
}

}  // namespace internal

void write_svg(const std::string& svg, const std::string& path) {
  std::ofstream out(path, std::ios::binary);
  out << svg;
  out.close();
  if (!out) fail("write_svg: {} cannot be written: {}", path, std::strerror(errno));
}

}  // namespace brickgrad::nn
