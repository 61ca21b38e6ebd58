#include <autograd/autograd.hpp>
#include <cstdio>
#include <cstdlib>
#include <nn/progress.hpp>
#include <sstream>
#include <string>
#include <tests/catch.hpp>
#include <vector>

using namespace brickgrad;

namespace {

/// What is written to a stream that is no terminal.
class Captured {
 public:
  ~Captured() { std::fclose(file_); }
  std::FILE* stream() { return file_; }
  std::string text() {
    std::fflush(file_);
    std::rewind(file_);
    std::string out;
    for (int c; (c = std::fgetc(file_)) != EOF;) out += static_cast<char>(c);
    return out;
  }

 private:
  std::FILE* file_ = std::tmpfile();
};

std::vector<std::string> lines(const std::string& text, char separator = '\n') {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line, separator);) out.push_back(line);
  return out;
}

/// Characters, not bytes; without escape sequences.
int width_of(const std::string& text) {
  int width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm' && text[i] != 'K') ++i;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      ++width;
    }
  }
  return width;
}

std::string run(const nn::Terminal& terminal, int total = 50) {
  Captured out;
  {
    nn::Progress progress(total, {.stream = out.stream(), .interval = 0, .terminal = terminal});
    for (int i = 1; i <= total; ++i)
      progress.update(i, {.loss = 1.0 / i, .right = i == total ? 1.0 : 0.999});
    progress.finish();
    progress.update(1);
    progress.finish();
  }
  return out.text();
}

}  // namespace

TEST_CASE("without a terminal progress is ten plain lines") {
  const auto all = lines(run({}, 200));
  REQUIRE(all.size() == 11);
  CHECK(all[0].starts_with("update  20/200  loss 0.050000  right  99 %  "));
  CHECK_THAT(all[0], contains("/s") && contains(" left"));
  CHECK(all[9].starts_with("update 200/200  loss 0.005000  right 100 %  "));
  CHECK(all[9].find("left") == std::string::npos);
  CHECK(all[10].starts_with("200 updates in "));
  CHECK_THAT(all[10], contains(" a second"));
  for (const auto& line : all) CHECK(line.find_first_of("\r\x1b") == std::string::npos);
  CHECK_THAT(all[10], !contains(" 0.0 s"));
  CHECK(lines(run({}, 3)).size() == 4);
  CHECK(lines(run({}, 1))[1].starts_with("1 update in "));
}

TEST_CASE("on a terminal progress is one line, never wider than it") {
  for (const int width : {200, 100, 80, 60, 40, 20, 10, 1}) {
    INFO(width);
    const std::string text = run({.live = true, .color = true, .unicode = true, .width = width});
    for (const auto& line : lines(lines(text)[0], '\r'))
      CHECK(width_of(line) < width + (width == 1));
    CHECK(lines(text).size() == 2);
  }
  CHECK_THAT(run({.live = true, .width = 40}),
             contains("50/50  loss 0.020000") && !contains("right"));
  const std::string wide = run({.live = true, .color = true, .unicode = true, .width = 120});
  CHECK_THAT(wide, contains("\r\x1b[36m") && contains("█") && contains("▁") && contains("left"));
  const std::string plain = run({.live = true, .width = 120});
  CHECK(plain.find("\x1b[36m") == std::string::npos);
  for (const char c : plain) CHECK(static_cast<unsigned char>(c) < 128);
  CHECK_THAT(plain, contains("####"));
}

TEST_CASE("progress left without finish ends its line") {
  Captured out;
  {
    nn::Progress progress(
        10, {.stream = out.stream(), .interval = 0, .terminal = nn::Terminal{.live = true}});
    progress.update(3, {.loss = 0.5});
  }
  CHECK(out.text().ends_with("\x1b[K\n"));
  CHECK_THROWS_WITH(nn::Progress(0), contains("1 or more"));
}

TEST_CASE("progress shows losses that are not finite") {
  Captured out;
  nn::Progress progress(2, {.stream = out.stream(), .lines = 2, .terminal = nn::Terminal{}});
  progress.update(1, {.loss = NAN});
  progress.update(2, {.loss = INFINITY, .right = NAN});
  CHECK_THAT(out.text(), contains("loss nan") && contains("loss inf"));
}

TEST_CASE("durations") {
  CHECK(nn::duration_text(0.04) == "0.0 s");
  CHECK(nn::duration_text(9.3) == "9.3 s");
  CHECK(nn::duration_text(42) == "42 s");
  CHECK(nn::duration_text(185) == "3:05");
  CHECK(nn::duration_text(3753) == "1:02:33");
  CHECK(nn::duration_text(NAN) == "?");
}

TEST_CASE("a file is no terminal, and the locale decides the characters") {
  Captured out;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG", "COLUMNS", "CLICOLOR_FORCE"})
    unsetenv(name);
  CHECK_FALSE(nn::terminal_of(out.stream()).live);
  CHECK_FALSE(nn::terminal_of(out.stream()).color);
  CHECK_FALSE(nn::terminal_of(out.stream()).unicode);
  CHECK(nn::terminal_of(out.stream()).width == 80);
  setenv("LANG", "en_US.UTF-8", 1);
  setenv("COLUMNS", "132", 1);
  setenv("CLICOLOR_FORCE", "1", 1);
  CHECK(nn::terminal_of(out.stream()).unicode);
  CHECK(nn::terminal_of(out.stream()).color);
  CHECK(nn::terminal_of(out.stream()).width == 132);
  setenv("LC_ALL", "C", 1);
  setenv("COLUMNS", "wide", 1);
  setenv("NO_COLOR", "1", 1);
  CHECK_FALSE(nn::terminal_of(out.stream()).unicode);
  CHECK_FALSE(nn::terminal_of(out.stream()).color);
  CHECK(nn::terminal_of(out.stream()).width == 80);
}
