#include <algorithm>
#include <autograd/draw/files.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/page/assemble.hpp>
#include <autograd/draw/page/json_text.hpp>
#include <autograd/draw/page/sources.hpp>
#include <autograd/error.hpp>
#include <cmath>
#include <nn/training_record.hpp>

namespace brickgrad::internal {
extern const std::string_view training_page_html, training_page_style, training_page_script;
}

namespace brickgrad::nn {
namespace {

using brickgrad::internal::JsonText;

/// Of a plane's cell, two digits to the base 64: how far a class leads, finest around 0, and finer
/// in frames where no class leads by much.
constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr double finest_lead = 0.01, largest_lead = 20, fine_part = 1e-3;
constexpr int largest_level = 2047;
/// More points are not drawn.
constexpr std::int64_t most_points = 1000;
constexpr std::size_t longest_note = 1000;
/// Nets with more parameters have their numbers in fewer digits, and fewer frames.
constexpr std::size_t small_net = 200, most_numbers = 80'000;

struct Range {
  double low, high;
};

Range range_of(const Tensor& points, int axis) {
  Range r{points(0, axis), points(0, axis)};
  for (std::int64_t i = 0; i < points.size(0); ++i) {
    r.low = std::min(r.low, points(i, axis));
    r.high = std::max(r.high, points(i, axis));
  }
  const double room = r.high > r.low ? 0.25 * (r.high - r.low) : 1;
  return {r.low - room, r.high + room};
}

class TrainingJson {
 public:
  explicit TrainingJson(const TrainingRecord& record)
      : record_(record),
        cells_(record.options().cells),
        x_(range_of(record.points(), 0)),
        y_(range_of(record.points(), 1)),
        frames_(record.frames()) {
    for (const auto& p : frames_[0].parameters) parameters_ += p.size();
    thin_out();
  }

  bool all_learned() const { return accuracy(frames_.back()) == 1; }

  std::string text() {
    json_.open('{').key("schema").integer(1).key("classes").integer(record_.classes());
    json_.key("layers").open('[');
    for (std::size_t i = 0; i < record_.net().size(); ++i) layer(record_.net()[i]);
    json_.close(']');
    points();
    json_.key("x").open('[').number(x_.low).number(x_.high).close(']');
    json_.key("y").open('[').number(y_.low).number(y_.high).close(']');
    json_.key("epochs").integer(record_.epochs());
    json_.key("notes").open('[');
    for (const std::string& note : record_.notes())
      json_.text(brickgrad::internal::printable(note, longest_note));
    json_.close(']');
    json_.key("cells").integer(cells_).key("frames").open('[');
    const Tensor places = centers();
    for (const auto& f : frames_) frame(f, places);
    json_.close(']').close('}');
    return json_.str();
  }

 private:
  /// Frames of large nets are many numbers.
  void thin_out() {
    const std::size_t most = std::max<std::size_t>(most_numbers / parameters_, 30);
    if (frames_.size() <= most) return;
    std::vector<TrainingRecord::Frame> fewer;
    for (std::size_t i = 0; i < most; ++i)
      fewer.push_back(frames_[i * (frames_.size() - 1) / (most - 1)]);
    frames_ = std::move(fewer);
  }

  void layer(const AnyModule& layer) {
    json_.open('{').key("type").text(layer.state()->type);
    if (const auto* linear = layer.get<Linear>()) {
      json_.key("inputs").integer(linear->in_features());
      json_.key("outputs").integer(linear->out_features());
      json_.key("bias").boolean(linear->has_bias());
    }
    json_.close('}');
  }

  void points() {
    const Tensor& p = record_.points();
    const std::int64_t count = p.size(0), shown = std::min(count, most_points);
    json_.key("point_count").integer(count).key("points").open('[');
    for (std::int64_t i = 0; i < shown; ++i) {
      const std::int64_t at = i * count / shown;
      json_.open('[').number(p(at, 0)).number(p(at, 1));
      json_.integer(record_.labels()[static_cast<std::size_t>(at)]).close(']');
    }
    json_.close(']');
  }

  /// Of the cells, row by row from the lowest y.
  Tensor centers() const {
    std::vector<double> places;
    for (int row = 0; row < cells_; ++row)
      for (int column = 0; column < cells_; ++column) {
        places.push_back(x_.low + (x_.high - x_.low) * (column + 0.5) / cells_);
        places.push_back(y_.low + (y_.high - y_.low) * (row + 0.5) / cells_);
      }
    return Tensor::from(places, {std::int64_t{cells_} * cells_, 2});
  }

  void frame(const TrainingRecord::Frame& f, const Tensor& places) {
    json_.open('{').key("epoch").integer(f.epoch).key("loss").number(f.loss);
    json_.key("accuracy").number(accuracy(f)).key("fields").open('[');
    const Tensor p = record_.probabilities(f, places);
    const std::int64_t classes = record_.classes();
    const std::vector<double> all = p.to_vector();
    // Of two classes, one says all.
    std::vector<std::vector<double>> fields;
    double widest = 0;
    for (std::int64_t c = classes == 2 ? 1 : 0; c < classes; ++c) {
      std::vector<double>& leads = fields.emplace_back();
      for (std::int64_t i = 0; i < p.size(0); ++i) {
        leads.push_back(lead(std::span(all).subspan(static_cast<std::size_t>(i * classes),
                                                    static_cast<std::size_t>(classes)),
                             static_cast<std::size_t>(c)));
        widest = std::max(widest, std::abs(leads.back()));
      }
    }
    const double finest = widest > 0 ? std::min(finest_lead, widest * fine_part) : finest_lead;
    for (const std::vector<double>& leads : fields) {
      std::string field;
      for (const double x : leads) append_level(field, x, finest);
      json_.text(field);
    }
    json_.close(']').key("finest_lead").number(finest).key("parameters");
    numbers(f.parameters);
    json_.key("gradients");
    numbers(f.gradients);
    json_.close('}');
  }

  /// The logarithm of the class's probability to that of the best other one; 0 where the net
  /// gives no numbers.
  static double lead(std::span<const double> p, std::size_t c) {
    double best = 0;
    for (std::size_t k = 0; k < p.size(); ++k)
      if (k != c) best = std::max(best, p[k]);
    const double lead = std::log(p[c]) - std::log(best);
    return std::isnan(lead) ? 0 : std::clamp(lead, -largest_lead, largest_lead);
  }
  static void append_level(std::string& out, double lead, double finest) {
    const double place = std::asinh(lead / finest) / std::asinh(largest_lead / finest);
    const auto level = static_cast<std::size_t>(std::lround((place + 1) * largest_level));
    out += digits[level / digits.size()];
    out += digits[level % digits.size()];
  }

  double accuracy(const TrainingRecord::Frame& f) const {
    const auto classes = static_cast<std::size_t>(record_.classes());
    const std::vector<double> p = record_.probabilities(f, record_.points()).to_vector();
    double right = 0;
    for (std::size_t i = 0; i < record_.labels().size(); ++i) {
      const auto row = p.begin() + static_cast<std::ptrdiff_t>(i * classes);
      const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes));
      right += best - row == record_.labels()[i] ? 1 : 0;
    }
    return right / static_cast<double>(record_.labels().size());
  }

  void numbers(const std::vector<std::vector<double>>& lists) {
    json_.open('[');
    for (const auto& list : lists) {
      json_.open('[');
      for (const double x : list) json_.number(parameters_ <= small_net ? x : rounded(x));
      json_.close(']');
    }
    json_.close(']');
  }

  static double rounded(double x) {
    if (x == 0 || !std::isfinite(x)) return x;
    const double unit = std::pow(10.0, 4 - std::floor(std::log10(std::abs(x))));
    return std::isfinite(unit) ? std::round(x * unit) / unit : x;
  }

  const TrainingRecord& record_;
  int cells_;
  Range x_, y_;
  std::vector<TrainingRecord::Frame> frames_;
  std::size_t parameters_ = 0;
  JsonText json_;
};

/// `learned` where the last epoch has every point right.
std::string title_of(const TrainingRecord& record, bool learned) {
  if (!record.options().title.empty()) return record.options().title;
  std::string widths = "2";
  for (std::size_t i = 0; i < record.net().size(); ++i)
    if (const auto* linear = record.net()[i].get<Linear>())
      widths += fmt::format("-{}", linear->out_features());
  return fmt::format("How a {} network {}", widths, learned ? "learned" : "was trained");
}

}  // namespace

void TrainingRecord::write_html(const std::string& path) const {
  using namespace brickgrad::internal;
  if (epochs_ == 0) fail("TrainingRecord: nothing was recorded; call add() once an epoch");
  TrainingJson json(*this);
  const std::string title = markup_escaped(printable(title_of(*this, json.all_learned()), 200));
  const std::string data = json.text();
  const PagePart parts[] = {
      {"title", title}, {"shared style", shared_style},   {"style", training_page_style},
      {"data", data},   {"shared script", shared_script}, {"script", training_page_script}};
  write_file(path, assemble(training_page_html, parts));
}

}  // namespace brickgrad::nn
