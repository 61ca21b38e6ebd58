#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <test_data.hpp>
#include <tests/catch.hpp>

#include "program.hpp"

TEST_CASE("the tutorial shows every step, and its numbers agree with the reference") {
  const Finished run = run_program({"tutorial"});
  CHECK(run.exit_code == 0);
  CHECK(run.error.empty());
  for (const char* text :
       {"1/17  The bricks", "-1.40982136", "0.19626223", "0.37166596", "0.47939251", "0.30052460",
        "-0.62833404", "0.23353037", "-0.14673508", "-0.02879856", "0.02599101", "0.15774337",
        "0.00723246", "-0.67747178", "0.30049624", "17/17  The next loss"}) {
    INFO(text);
    CHECK(run.out.find(text) != std::string::npos);
  }
  for (int erratum = 1; erratum <= 5; ++erratum)
    CHECK(run.out.find("\n" + std::to_string(erratum) + ". ") != std::string::npos);
  std::smatch found;
  REQUIRE(std::regex_search(
      run.out, found,
      std::regex(
          "([0-9]+) numbers compared with the reference: the largest deviation is (.*)\\.\n")));
  CHECK(std::stoi(found[1]) == 66);
  CHECK(std::stod(found[2]) <= 1e-12);
}

TEST_CASE("a step of the tutorial alone") {
  const Finished run = run_program({"tutorial", "--step", "9"});
  CHECK(run.exit_code == 0);
  CHECK(run.out.starts_with("9/17  Backward: dh2/dz2"));
  CHECK(std::count(run.out.begin(), run.out.end(), '/') < 8);
  for (const char* step : {"18", "0"}) {
    const Finished wrong = run_program({"tutorial", "--step", step});
    CHECK(wrong.exit_code == 2);
    CHECK_THAT(wrong.error, contains("--step: expected a whole number from 1 to 17"));
  }
  CHECK_THAT(run_program({"tutorial", "--help"}).out, contains("from 1 to 17"));
}

TEST_CASE("a number that deviates fails the tutorial") {
  auto numbers = nlohmann::json::parse(std::ifstream(BRICKGRAD_TEST_DATA "/tutorial_step.json"));
  const auto file = std::filesystem::temp_directory_path() / "brickgrad_tutorial.json";
  auto run_with = [&] {
    std::ofstream(file) << numbers;
    return run_program({"tutorial", "--reference", file.string()});
  };
  CHECK(run_with().exit_code == 0);
  numbers["dh2_dz2"][0][0] = -0.23353037395214837;  // as the original prints it
  const Finished wrong = run_with();
  CHECK(wrong.exit_code == 1);
  CHECK_THAT(wrong.error, contains("dh2_dz2 deviates by 0.467"));
  numbers["dh2_dz2"] = "gone";
  CHECK_THAT(run_with().error, contains("no 'dh2_dz2'"));
  std::ofstream(file) << "no JSON";
  CHECK(run_program({"tutorial", "--reference", file.string()}).exit_code == 1);
  std::filesystem::remove(file);
}

TEST_CASE("on a terminal the tutorial waits for Enter") {
  const Finished all = run_on_terminal({"tutorial"}, std::string(17, '\n'));
  CHECK(all.exit_code == 0);
  CHECK_THAT(all.out,
             contains("Enter: the next brick") && contains("17/17") && contains("\x1b[1m"));
  const Finished some = run_on_terminal({"tutorial"}, "\nq\n");
  CHECK(some.exit_code == 0);
  CHECK_THAT(some.out, contains("2/17"));
  CHECK(some.out.find("3/17") == std::string::npos);
  CHECK(run_on_terminal({"tutorial"}, "\x04").exit_code == 0);
  CHECK_THAT(some.out, contains("b: back") && contains("1 to 17: that one"));
  const std::string there = run_on_terminal({"tutorial"}, "\n7\nback\n99\nb\nq\n").out;
  std::vector<std::string> shown;
  static const std::regex heading("([0-9]+)/17");
  for (std::sregex_iterator i(there.begin(), there.end(), heading), end; i != end; ++i)
    shown.push_back((*i)[1]);
  CHECK(shown == std::vector<std::string>{"1", "2", "7", "6", "5"});
  CHECK_THAT(there, contains("'99' is none of these"));
  const Finished plain = run_on_terminal({"tutorial", "--plain"});
  CHECK(plain.out.find('\x1b') == std::string::npos);
  CHECK(plain.out.find("Enter") == std::string::npos);
}

TEST_CASE("the pictures of graphs in the documents say what the program draws today") {
  const std::map<std::string, std::vector<std::string>> pictures{
      {"neurons.svg", {"tutorial", "--level", "scalar"}},
      {"graph_vanishing.svg", {"xor", "--layers", "10", "--hidden", "8"}},
      {"graph_nan.svg", {"a = exp(x); b = exp(y); loss = -log(a / (a + b))", "x=800", "y=1"}}};
  const auto readable = [](std::string text) {
    for (const auto& [entity, meant] : {std::pair{"&#45;", "-"}, {"&#160;", " "}, {"&#8722;", "−"}})
      for (std::size_t at; (at = text.find(entity)) != text.npos;)
        text.replace(at, std::string_view(entity).size(), meant);
    return text;
  };
  static const std::regex between_tags(">([^<>\"\n]*[0-9A-Za-z][^<>\"\n]*)<"), ends("^ +| +$");
  for (const auto& [name, what] : pictures) {
    std::vector<std::string> command{"graph"};
    command.insert(command.end(), what.begin(), what.end());
    command.insert(command.end(), {"--out", "-"});
    const Finished run = run_program(command);
    std::ifstream in(BRICKGRAD_TEST_DATA "/../../docs/images/" + name);
    const std::string svg = readable({std::istreambuf_iterator<char>(in), {}});
    const std::string dot = readable(run.out);
    int texts = 0;
    for (std::sregex_iterator i(dot.begin(), dot.end(), between_tags), end; i != end; ++i) {
      const std::string text = std::regex_replace((*i)[1].str(), ends, "");
      INFO(name << ": " << text << "; brickgrad graph draws it");
      CHECK(svg.find(text) != svg.npos);
      ++texts;
    }
    CHECK(texts > 40);
  }
}

TEST_CASE("the live pages of the tutorial are what the program writes today") {
  const auto folder = std::filesystem::temp_directory_path() / "brickgrad_live_pages";
  std::filesystem::create_directories(folder);
  const auto text_of = [](const std::filesystem::path& path) {
    std::ifstream in(path);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  // Layouts and last digits depend on the machine; the program in the page does not.
  const auto script_of = [](const std::string& page) {
    return page.substr(std::min(page.size(), page.find("\"use strict\";")));
  };
  const std::map<std::string, std::vector<std::string>> pages{
      {"neurons.html", {"graph", "tutorial", "--level", "scalar", "--out"}},
      {"training.html", {"xor", "--init", "tutorial", "--quiet", "--epochs", "500", "--html"}}};
  for (auto [name, command] : pages) {
    command.push_back((folder / name).string());
    const Finished run = run_program(command);
    INFO("docs/live/" << name << " is made by brickgrad " << command[0] << " … " << run.error);
    REQUIRE(run.exit_code == 0);
    const std::string wanted = script_of(text_of(folder / name));
    CHECK(wanted.size() > 1000);
    CHECK(script_of(text_of(BRICKGRAD_TEST_DATA "/../../docs/live/" + name)) == wanted);
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("the pictures of the tutorial are made anew") {
  const auto folder = std::filesystem::temp_directory_path() / "brickgrad_tutorial_pictures";
  std::filesystem::remove_all(folder);
  const Finished run = run_program({"tutorial", "--pictures", folder.string()});
  INFO(run.error);
  CHECK(run.exit_code == 0);
  // Those that the document shows are all there.
  for (const auto& entry :
       std::filesystem::directory_iterator(BRICKGRAD_TEST_DATA "/../../docs/images")) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    if (name.starts_with("tutorial_")) CHECK(std::filesystem::exists(folder / name));
  }
  std::filesystem::remove_all(folder);
}
