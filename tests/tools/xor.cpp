#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <test_data.hpp>
#include <tests/catch.hpp>

#include "program.hpp"

namespace {

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Without the rates and times, which are others every time, and without blanks at ends of lines.
std::string untimed(const std::string& text) {
  static const std::regex rate("  [0-9.]+[kM]?/s(  [0-9.: s]+ left)?"),
      total(" in (less than )?[0-9.:]+( s)?, [0-9.]+[kM]? a second"), blanks(" +\n");
  return std::regex_replace(std::regex_replace(std::regex_replace(text, rate, ""), total, ""),
                            blanks, "\n");
}

nlohmann::json json_of(std::vector<std::string> arguments, int exit_code) {
  arguments.insert(arguments.begin(), "xor");
  arguments.emplace_back("--json");
  const Finished run = run_program(arguments);
  INFO(run.error);
  CHECK(run.exit_code == exit_code);
  CHECK(run.error.empty());
  return nlohmann::json::parse(run.out);
}

bool mentions(const nlohmann::json& figures, const std::string& text) {
  for (const auto& reason : figures["reasons"])
    if (reason.get<std::string>().find(text) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("xor prints the run, the truth table and what came out") {
  const Finished run = run_program({"xor", "--seed", "1", "--epochs", "1000", "--boundary"});
  CHECK(run.exit_code == 0);
  CHECK(run.error.empty());
  CHECK(untimed(run.out) == read(BRICKGRAD_TEST_DATA "/../tools/expected/xor.txt"));
}

TEST_CASE("xor from the tutorial's weights follows the reference run") {
  const auto reference =
      nlohmann::json::parse(std::ifstream(BRICKGRAD_TEST_DATA "/xor_corners_reference.json"));
  for (const bool bias : {true, false}) {
    const auto& wanted = reference["runs"][bias ? "with_biases" : "without_biases"];
    const auto got =
        json_of({"--init", "tutorial", "--epochs", "1999", bias ? "--bias" : "--no-bias"}, 0);
    CHECK(got["first_all_right"] == wanted["first_step_with_all_four_right"]);
    CHECK_THAT(got["first_loss"].get<double>(),
               WithinAbs(wanted["loss_at"]["0"].get<double>(), 1e-9));
    CHECK_THAT(got["loss"].get<double>(), WithinAbs(wanted["loss_at"]["1999"].get<double>(), 1e-9));
    CHECK(got["parameters"] == (bias ? 17 : 12));
    CHECK(got["solved"] == true);
    CHECK(got["reasons"].empty());
  }
}

TEST_CASE("every optimiser and loss solves the corners") {
  for (const char* optimizer : {"sgd", "momentum", "adam", "adamw", "rmsprop"}) {
    INFO(optimizer);
    CHECK(json_of({"--optimizer", optimizer, "--hidden", "4"}, 0)["right"] == 1);
  }
  CHECK(json_of({"--loss", "squared", "--hidden", "4", "--optimizer", "adam"}, 0)["right"] == 1);
  CHECK(json_of({"--batch", "1", "--hidden", "4", "--lr", "0.5"}, 0)["updates"] == 8000);
  CHECK(json_of({"--layers", "2", "--hidden", "4", "--activation", "tanh", "--lr", "0.5"},
                0)["right"] == 1);
}

TEST_CASE("where learning fails, xor says why") {
  const auto without = json_of({"--data", "gaussian", "--no-bias", "--hidden", "10", "--optimizer",
                                "adam", "--epochs", "300"},
                               1);
  CHECK(mentions(without, "The label is even"));
  CHECK(without["best_right"] < 0.8);
  CHECK(without["right_of_new_points"] < 0.75);
  CHECK(mentions(json_of({"--scale", "0", "--epochs", "100"}, 1), "same weights"));
  CHECK(mentions(json_of({"--hidden", "1", "--epochs", "100"}, 1), "one straight line"));
  CHECK(mentions(json_of({"--lr", "0.0001", "--epochs", "100"}, 1), "larger --lr"));
  CHECK(mentions(json_of({"--init", "tutorial", "--epochs", "120"}, 1), "more --epochs"));
  CHECK(mentions(json_of({"--layers", "10", "--epochs", "50"}, 1), "gradient vanishes"));
  CHECK(mentions(json_of({"--loss", "squared", "--lr", "0.003", "--epochs", "100"}, 1),
                 "--loss cross-entropy"));
  CHECK(mentions(json_of({"--scale", "1000", "--epochs", "100"}, 1), "is flat"));
  const auto overflow =
      json_of({"--activation", "relu", "--scale", "1e6", "--layers", "60", "--hidden", "20"}, 1);
  CHECK(overflow["diverged"] == true);
  CHECK(overflow["loss"].is_null());
  CHECK(mentions(overflow, "smaller --scale"));
  CHECK_FALSE(mentions(overflow, "--lr"));
}

TEST_CASE("xor tells large steps from large weights, and steps of nothing from a valley") {
  const auto large = json_of({"--lr", "1e9"}, 1);
  CHECK(mentions(large, "The updates took them there. Try a smaller --lr"));
  CHECK_FALSE(mentions(large, "--scale"));
  const auto weights = json_of({"--scale", "1000", "--epochs", "100"}, 1);
  CHECK(mentions(weights, "The initial weights had them there. Try a smaller --scale"));
  CHECK_FALSE(mentions(weights, "--lr"));
  const auto none = json_of({"--lr", "0"}, 1);
  CHECK(mentions(none, "The learning rate is 0, so no update changed a weight. Try --lr 2."));
  CHECK(none["reasons"].size() == 1);
  CHECK(mentions(json_of({"--lr", "1e-12"}, 1), "the steps are too small"));
}

TEST_CASE("xor looks at where its files go before it trains, and says the verdict in any case") {
  const auto folder = std::filesystem::temp_directory_path() / "brickgrad_xor_new";
  std::filesystem::remove_all(folder);
  const std::string page = (folder / "page.html").string();
  const std::vector<std::string> long_run{"xor", "--epochs", "1000000000", "--html"};
  for (const std::string& file : {page, std::string("/"), std::string("/dev/null/page.html")}) {
    auto arguments = long_run;
    arguments.push_back(file);
    const Finished run = run_program(arguments);
    CHECK(run.exit_code == 1);
    CHECK(run.out.empty());
    CHECK_THAT(run.error, contains("cannot write '" + file + "'"));
  }
  const Finished no_folder = run_program({"xor", "--epochs", "1000000000", "--out", "/dev/null"});
  CHECK(no_folder.exit_code == 1);
  CHECK_THAT(no_folder.error, contains("'/dev/null'"));
  CHECK_FALSE(std::filesystem::exists(folder));
  // Into the folder that --out makes.
  const Finished both = run_program({"xor", "--out", folder.string(), "--html", page});
  INFO(both.error);
  CHECK(both.exit_code == 0);
  CHECK(std::filesystem::exists(page));
  std::filesystem::remove_all(folder);
  // A disk that is full shows itself at the end only.
  const Finished full = run_program({"xor", "--html", "/dev/full", "--quiet"});
  CHECK(full.exit_code == 1);
  CHECK_THAT(full.out, contains("XOR is solved"));
  CHECK_THAT(full.error, contains("/dev/full"));
  const Finished figures = run_program({"xor", "--html", "/dev/full", "--json"});
  CHECK(figures.exit_code == 1);
  CHECK(nlohmann::json::parse(figures.out)["solved"] == true);
}

TEST_CASE("xor draws the step whose loss is no number, or nearly none") {
  const auto folder = std::filesystem::temp_directory_path() / "brickgrad_xor_nan";
  const std::string page = folder.string() + ".html";
  const auto check = [&](const std::vector<std::string>& options) {
    std::vector<std::string> all{"xor",     "--activation", "relu",
                                 "--quiet", "--out",        folder.string()};
    all.insert(all.end(), options.begin(), options.end());
    const Finished run = run_program(all);
    CHECK(run.exit_code == 1);
    CHECK_THAT(run.out, contains("was not a finite number"));
    CHECK(std::filesystem::exists(folder / "graph.png"));
    CHECK_FALSE(std::filesystem::exists(folder / "loss.svg"));
    std::filesystem::remove_all(folder);
    return run.error;
  };
  CHECK_THAT(check({"--scale", "1e4", "--layers", "100", "--hidden", "50", "--html", page}),
             contains("brickgrad_xor_nan.html is not written: there was no update to show"));
  CHECK_FALSE(std::filesystem::exists(page));
  check({"--scale", "1e6", "--layers", "70", "--hidden", "4"});
}

TEST_CASE("outputs that are no numbers are no answers") {
  const std::vector<std::string> broken{"xor", "--activation", "relu", "--lr",
                                        "1e9", "--layers",     "20",   "--scale",
                                        "3",   "--hidden",     "20"};
  const Finished run = run_program(broken);
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.out,
             contains("\n 0  0    0  NaN     NaN     - WRONG\n") && contains("0 of 4 points"));
  CHECK(run.out.find("-nan") == std::string::npos);
}

TEST_CASE("xor learns the Gaussian points with biases") {
  const auto figures = json_of(
      {"--data", "gaussian", "--hidden", "10", "--optimizer", "adam", "--epochs", "3000"}, 0);
  CHECK(figures["rows"] == 300);
  CHECK(figures["right_of_new_points"] > 0.9);
}

TEST_CASE("xor reads points from a file") {
  const auto file = std::filesystem::temp_directory_path() / "brickgrad_points.csv";
  std::ofstream(file) << "a,b,class\n0,0,0\n0,1,1\n1,0,2\n";
  const auto figures = json_of({"--data", file.string()}, 0);
  CHECK(figures["rows"] == 3);
  std::ofstream(file) << "0,0,0\n0,0,1\n1,0,1\n0,0,0\n";
  const auto contrary = json_of({"--data", file.string()}, 1);
  CHECK(mentions(contrary, "3 of 4 right is the most that any network reaches"));
  CHECK(contrary["reasons"].size() == 1);
  std::ofstream(file) << "a,b\n0,0\n";
  const Finished run = run_program({"xor", "--data", file.string()});
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.error, contains("has 2 columns"));
  std::filesystem::remove(file);
  CHECK(run_program({"xor", "--data", "no_such_file.csv"}).exit_code == 1);
}

TEST_CASE("wrong use of xor exits with 2 and says why") {
  const std::vector<std::vector<std::string>> wrong{
      {"--hidden", "0"}, {"--loss", "cubic"}, {"--lr", "-1"},        {"--epochs", "0"},
      {"--batch", "-1"}, {"--seed", "x"},     {"--optimizer", "sg"}, {"--seed", "-1"},
      {"--lr", "nan"},   {"--scale", "nan"},  {"--scale", "inf"},    {"--epochs", "1e3"},
      {"--no-such"}};
  for (auto arguments : wrong) {
    INFO(arguments[0]);
    arguments.insert(arguments.begin(), "xor");
    const Finished run = run_program(arguments);
    CHECK(run.exit_code == 2);
    CHECK_THAT(run.error, contains(arguments[1]));
    // In words, and no number of 300 digits.
    CHECK(run.error.size() < 200);
  }
  const Finished tutorial = run_program({"xor", "--init", "tutorial", "--hidden", "4"});
  CHECK(tutorial.exit_code == 2);
  CHECK_THAT(tutorial.error, contains("--init tutorial is for"));
  const Finished scaled = run_program({"xor", "--init", "tutorial", "--scale", "3"});
  CHECK(scaled.exit_code == 2);
  CHECK_THAT(scaled.error, contains("--scale does not go with --init tutorial"));
  const Finished large = run_program({"xor", "--hidden", "10000", "--layers", "100"});
  CHECK(large.exit_code == 2);
  CHECK_THAT(large.error, contains("have 9900040000 weights; up to 200000000 are possible"));
  for (const char* name : {"", "-"})
    for (const char* option : {"--html", "--out"}) {
      const Finished nowhere = run_program({"xor", option, name});
      CHECK(nowhere.exit_code == 2);
      CHECK_THAT(nowhere.error, contains("expected the name of a file"));
    }
  CHECK(run_program({"xor", "--help"}).exit_code == 0);
}

TEST_CASE("xor draws its pictures") {
  const auto folder = std::filesystem::temp_directory_path() / "brickgrad_xor_pictures";
  std::filesystem::remove_all(folder);
  const Finished run = run_program({"xor", "--out", folder.string(), "--epochs", "1000"});
  INFO(run.error);
  CHECK(run.exit_code == 0);
  for (const char* name : {"loss.svg", "boundary.svg", "graph.dot", "graph.svg", "graph.png"}) {
    INFO(name);
    CHECK(std::filesystem::file_size(folder / name) > 1000);
    CHECK_THAT(run.out, contains(name));
  }
  CHECK_THAT(read(folder / "graph.dot"), contains("<B>1</B>  Sigmoid"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("xor draws deep networks layer by layer") {
  const auto folder = std::filesystem::temp_directory_path() / "brickgrad_xor_deep";
  std::filesystem::remove_all(folder);
  const Finished run =
      run_program({"xor", "--layers", "12", "--epochs", "1", "--out", folder.string()});
  INFO(run.error);
  CHECK(run.exit_code == 1);  // it has learned nothing yet
  CHECK_THAT(read(folder / "graph.dot"), contains("(Sigmoid → Linear(3, 3)) × 11"));
  const std::string svg = read(folder / "graph.svg");
  std::smatch width;
  REQUIRE(std::regex_search(svg, width, std::regex("viewBox=\"0.00 0.00 ([0-9]+)")));
  CHECK(std::stoi(width[1]) < 1600);
  std::filesystem::remove_all(folder);
}

TEST_CASE("xor writes its training as a page") {
  const auto page = std::filesystem::temp_directory_path() / "brickgrad_xor.html";
  const Finished run = run_program({"xor", "--html", page.string(), "--epochs", "1000"});
  INFO(run.error);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, contains("wrote " + page.string()));
  const std::string text = read(page);
  CHECK(text.starts_with("<!"));
  CHECK(text.find("</html>") != std::string::npos);
  std::filesystem::remove(page);
  CHECK(run_program({"xor", "--html", "/no/such/folder/x.html"}).exit_code == 1);
}

TEST_CASE("the page of a training says what the terminal says of it") {
  const auto page = std::filesystem::temp_directory_path() / "brickgrad_xor_dead.html";
  const std::vector<std::string> dead{"--layers", "3",  "--hidden",     "8",
                                      "--lr",     "5",  "--activation", "relu",
                                      "--epochs", "50", "--html",       page.string()};
  const auto figures = json_of(dead, 1);
  const std::string text = read(page);
  const std::string begin = R"("notes":)";
  const auto at = text.find(begin) + begin.size();
  const auto notes = nlohmann::json::parse(text.substr(at, text.find(R"(,"cells":)", at) - at));
  REQUIRE(notes.size() == figures["reasons"].size() + 1);
  CHECK(notes[0] == "XOR is not solved: 2 of 4 points are right.");
  CHECK(mentions(figures, "where relu is flat"));
  for (std::size_t i = 0; i < figures["reasons"].size(); ++i)
    CHECK(notes[i + 1] == figures["reasons"][i]);
  std::filesystem::remove(page);
}

TEST_CASE("figures, page and advice are of the network after the last update") {
  const auto page = std::filesystem::temp_directory_path() / "brickgrad_xor_one.html";
  const auto figures = json_of({"--epochs", "1", "--html", page.string()}, 1);
  CHECK(figures["right"] == 0.75);
  CHECK(figures["loss"] < figures["first_loss"]);
  CHECK(figures["epochs"] == 1);
  CHECK(mentions(figures, "1 epoch is too short a training to judge by"));
  CHECK(!mentions(figures, "settled"));
  const std::string text = read(page);
  const std::regex frame("\"epoch\":([0-9]+),\"loss\":([^,]+),\"accuracy\":([^,]+)");
  std::vector<std::smatch> frames(std::sregex_iterator(text.begin(), text.end(), frame), {});
  REQUIRE(frames.size() == 2);
  CHECK(frames[1][1] == "1");
  CHECK_THAT(std::stod(frames[1][2]), WithinAbs(figures["loss"].get<double>(), 1e-5));
  CHECK(frames[1][3] == "0.75");
  std::filesystem::remove(page);
  // As many updates as it took, and no more: the last one is looked at too.
  const auto all = json_of({}, 0);
  const std::string first = std::to_string(all["first_all_right"].get<int>());
  CHECK(json_of({"--epochs", first}, 0)["first_all_right"] == all["first_all_right"]);
}

TEST_CASE("quiet says only what came out") {
  CHECK(run_program({"xor", "--quiet"}).out.starts_with("XOR is solved: 4 of 4 points are right"));
  CHECK(run_program({"xor", "--quiet", "--json", "--epochs", "1"}).out.starts_with("{"));
}

TEST_CASE("the boundary keeps to what the locale has") {
  auto boundary = [](const Environment& environment) {
    return run_program({"xor", "--boundary", "--quiet"}, environment).out;
  };
  CHECK_THAT(boundary({}), contains("▒"));
  const std::string ascii = boundary({{"LC_ALL", "C"}});
  for (const char c : ascii) CHECK(static_cast<unsigned char>(c) < 128);
  CHECK_THAT(ascii, contains("-+# x class 1"));
}

TEST_CASE("on a terminal the progress is one line that renews itself") {
  const Finished run = run_on_terminal({"xor", "--epochs", "20000"}, "", 100);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, contains("\r") && contains("\x1b[K") && contains("left") && contains("█") &&
                          contains("\x1b[36m"));
  CHECK(run_on_terminal({"xor"}, "", 100, {{"NO_COLOR", "1"}}).out.find("\x1b[3") ==
        std::string::npos);
  const std::string dumb = run_on_terminal({"xor"}, "", 100, {{"TERM", "dumb"}}).out;
  CHECK(dumb.find('\x1b') == std::string::npos);
  CHECK_THAT(dumb, contains("update 1000/2000"));
}

TEST_CASE("on a narrow terminal nothing is wider than it that could be narrower") {
  const auto lines = [](const std::string& text) {
    std::vector<std::string> all;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  };
  for (const std::string& line :
       lines(run_program({"xor", "--lr", "0", "--quiet"}, {{"COLUMNS", "30"}}).out))
    if (!line.starts_with("XOR is not solved")) CHECK(line.size() <= 30);
  for (const std::string& line : lines(
           run_program({"eval", "x", "--plot", "x=0:1"}, {{"COLUMNS", "20"}, {"LC_ALL", "C"}}).out))
    CHECK(line.size() <= 20);
}

TEST_CASE("graph shows the progress of a training that takes a while, beside the graph as text") {
  const std::vector<std::string> far{"graph", "xor", "--step", "200", "--out", "-"};
  const Environment at_once{{"BRICKGRAD_PROGRESS_AFTER", "0"}};
  const Finished plain = run_program(far, at_once);
  CHECK(plain.exit_code == 0);
  CHECK_THAT(plain.error,
             contains("/200  loss ") && contains(" left\n") && contains("199 steps in"));
  CHECK(plain.out.starts_with("digraph"));
  const Finished shown = run_on_terminal(far, "", 100, at_once);
  CHECK_THAT(shown.out, contains("\r") && contains("\x1b[K") && contains("199 steps in"));
  CHECK(run_program(far, {{"BRICKGRAD_PROGRESS_AFTER", "3600"}}).error.empty());
}
