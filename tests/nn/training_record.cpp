// What a TrainingRecord keeps of a training, and which networks it refuses. Browsers open its page
// in tests/browser.
#include <unistd.h>
#include <autograd/autograd.hpp>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <nn/nn.hpp>
#include <sstream>
#include <tests/catch.hpp>
#include <tests/nn/corners.hpp>

using namespace brickgrad;
using nlohmann::json;

namespace {

/// The data in the page of a record.
json page_of(const nn::TrainingRecord& record) {
  // Tests that run at the same time write a page each.
  const auto path = std::filesystem::temp_directory_path() /
                    ("brickgrad_training_record_" + std::to_string(getpid()) + ".html");
  record.write_html(path.string());
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  std::filesystem::remove(path);
  const std::string text = all.str(), start = R"(id="data">)";
  const std::size_t begin = text.find(start) + start.size();
  return json::parse(text.substr(begin, text.find("</script>", begin) - begin));
}

void refuse(const nn::Sequential& net, const std::string& why) {
  CHECK_THROWS_WITH(nn::TrainingRecord(net, corners, xor_labels), contains(why));
}

}  // namespace

TEST_CASE("training record keeps the state of an epoch") {
  const nn::Sequential net{nn::Linear(2, 3, {.seed = 1}), nn::Tanh(),
                           nn::Linear(3, 2, {.seed = 2})};
  nn::TrainingRecord record(net, corners, xor_labels);
  record.add(0.5);
  const std::vector<double> before = net.at<nn::Linear>(0).weight().data().to_vector();
  CHECK(record.frames().at(0).gradients.at(0).empty());

  nn::cross_entropy(net(corners), xor_labels).backward();
  net.at<nn::Linear>(0).weight().fill_(7);
  record.add(0.25);
  const auto frames = record.frames();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0].parameters.at(0) == before);
  CHECK(frames[1].parameters.at(0) == std::vector<double>(6, 7.0));
  CHECK(frames[1].gradients.at(1) == net.at<nn::Linear>(0).bias().grad().to_vector());
  CHECK(frames[1].epoch == 1);
  CHECK(frames[1].loss == 0.25);

  const json data = page_of(record);
  CHECK(data["frames"][1]["parameters"][0] == json(std::vector<double>(6, 7.0)));
  CHECK(data["frames"][0]["gradients"][0].empty());
  CHECK(data["layers"][2]["outputs"] == 2);
}

TEST_CASE("training record probabilities are those of the net at that epoch") {
  for (const DType dtype : {float64, float32}) {
    const nn::Sequential net{nn::Linear(2, 3, {.seed = 1, .dtype = dtype}), nn::ReLU(),
                             nn::Linear(3, 3, {.bias = false, .seed = 2, .dtype = dtype})};
    nn::TrainingRecord record(net, corners, std::vector<std::int64_t>{0, 1, 2, 0});
    record.add(1);
    const std::vector<double> wanted = softmax(net(corners.to(dtype))).data().to_vector();
    net.at<nn::Linear>(0).weight().fill_(0);
    const std::vector<double> given = record.probabilities(record.frames()[0], corners).to_vector();
    REQUIRE(given.size() == wanted.size());
    for (std::size_t i = 0; i < given.size(); ++i)
      CHECK_THAT(given[i], WithinAbs(wanted[i], dtype == float64 ? 1e-15 : 1e-6));
  }
  // A single output is the probability of class 1.
  const nn::Sequential one{nn::Linear(2, 1, {.seed = 1}), nn::Sigmoid()};
  nn::TrainingRecord record(one, corners, xor_labels);
  record.add(1);
  const Tensor p = record.probabilities(record.frames()[0], corners);
  CHECK(p.shape() == Shape{4, 2});
  CHECK(p(2, 1) == one(corners).data()(2, 0));
  CHECK(p(2, 0) == 1 - p(2, 1));
}

TEST_CASE("training record keeps fewer and fewer epochs, but the first and the last") {
  const nn::Sequential net{nn::Linear(2, 2, {.seed = 1})};
  for (const int epochs : {1, 50, 199, 200, 201, 1000, 20000}) {
    nn::TrainingRecord record(net, corners, xor_labels);
    for (int i = 0; i < epochs; ++i) record.add(i);
    const auto frames = record.frames();
    CHECK(frames.size() <= 200);
    CHECK(frames.size() >= static_cast<std::size_t>(std::min(epochs, 90)));
    CHECK(frames.front().epoch == 0);
    CHECK(frames.back().epoch == epochs - 1);
    CHECK(record.epochs() == epochs);
    for (std::size_t i = 1; i < frames.size(); ++i) {
      CHECK(frames[i].epoch > frames[i - 1].epoch);
      CHECK(frames[i].loss == static_cast<double>(frames[i].epoch));
    }
  }
}

TEST_CASE("training record pages of networks that went wrong are JSON too") {
  const nn::Sequential net{nn::Linear(2, 3, {.seed = 1}), nn::Tanh(),
                           nn::Linear(3, 2, {.seed = 2})};
  nn::TrainingRecord record(net, corners, xor_labels, {.title = "</title>"});
  net.at<nn::Linear>(0).weight().fill_(std::numeric_limits<double>::quiet_NaN());
  record.add(std::numeric_limits<double>::infinity());
  const json data = page_of(record);
  CHECK(data["frames"][0]["loss"] == "Infinity");
  CHECK(data["frames"][0]["parameters"][0][0] == "NaN");
  CHECK(data["frames"][0]["fields"][0].get<std::string>().size() == 2 * 36 * 36);
}

TEST_CASE("training record refuses what a page cannot show") {
  refuse(nn::Sequential{}, "has no layers");
  refuse(nn::Sequential{nn::Linear(3, 2)}, "nets with two inputs");
  refuse(nn::Sequential{nn::Linear(2, 3), nn::Linear(4, 2)}, "layer 1 has 4 inputs, not 3");
  refuse(nn::Sequential{nn::Linear(2, 2), nn::ReLU()}, "must be a Linear, a Sigmoid or a Softmax");
  refuse(nn::Sequential{nn::Linear(2, 2), nn::Softmax(), nn::Linear(2, 2)}, "only be the last");
  refuse(nn::Sequential{nn::Linear(2, 2), nn::LayerNorm(2), nn::Linear(2, 2)},
         "layer 1 is LayerNorm, not a Linear or an activation");
  refuse(nn::Sequential{nn::Sigmoid()}, "no Linear");
  refuse(nn::Sequential{nn::Linear(2, 100), nn::ReLU(), nn::Linear(100, 100), nn::Linear(100, 2)},
         "more than a page can show");
  refuse(nn::Sequential{nn::Linear(2, 9)}, "9 classes");
  refuse(nn::Sequential{nn::Linear(2, 1), nn::Softmax()}, "use Sigmoid");

  const nn::Sequential net{nn::Linear(2, 2)};
  using Labels = std::vector<std::int64_t>;
  CHECK_THROWS_WITH(nn::TrainingRecord(net, Tensor::zeros({4, 3}), xor_labels), contains("(n, 2)"));
  CHECK_THROWS_WITH(nn::TrainingRecord(net, corners, Labels{0, 1}), contains("2 labels for 4"));
  CHECK_THROWS_WITH(nn::TrainingRecord(net, corners, Labels{0, 1, 2, 0}), contains("label 2"));
  CHECK_THROWS_WITH(nn::TrainingRecord(net, corners, xor_labels, {.max_frames = 1}),
                    contains("max_frames"));
  CHECK_THROWS_WITH(nn::TrainingRecord(net, corners, xor_labels, {.cells = 1}),
                    contains("8 to 200"));
  CHECK_THROWS_WITH(nn::TrainingRecord(net, corners, xor_labels).write_html("x.html"),
                    contains("nothing was recorded"));
}
