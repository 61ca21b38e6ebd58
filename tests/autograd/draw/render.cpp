// Images through the dot command, and what happens when that goes wrong.
#include "graphs.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <thread>
#include <vector>

using namespace drawing_tests;

namespace {

/// A folder with a dot command of our own.
void write_command(const fs::path& path, const std::string& script) {
  std::ofstream(path) << "#!/bin/sh\n" << script << '\n';
  fs::permissions(path, fs::perms::owner_all);
}

std::size_t open_files() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
}

/// Within ten seconds.
bool comes_true(const auto& is_so) {
  for (int i = 0; i < 1000 && !is_so(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return is_so();
}

/// The process ends by itself soon, or it is ended here. One that nobody has waited for yet is in
/// the state Z.
bool ends(pid_t process) {
  const bool ended = comes_true([&] {
    const std::string state = text_of(fmt::format("/proc/{}/stat", process));
    return ::kill(process, 0) != 0 || state.find(") Z ") != std::string::npos;
  });
  if (!ended) ::kill(process, SIGKILL);
  return ended;
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) >= 0; }

}  // namespace

TEST_CASE("render writes SVG, PNG and PDF, and nothing else") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const Value loss = net();
  loss.backward();
  for (const char* name : {"a.svg", "b.png", "c.PDF", "with 'quotes\" and $(spaces) ;.svg"}) {
    const RenderReport report = render(loss, folder / name);
    CHECK(fs::file_size(folder / name) > 1000);
    CHECK(report.warnings.empty());
  }
  CHECK(text_of(folder / "a.svg").find("</svg>") != std::string::npos);
  CHECK(text_of(folder / "b.png").substr(1, 3) == "PNG");
  CHECK(text_of(folder / "c.PDF").substr(0, 4) == "%PDF");
  CHECK(folder.files() == 4);
}

TEST_CASE("render a path with a leading dash") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  render(expression(), "-o.svg");
  fs::current_path(before);
  CHECK(fs::exists(folder / "-o.svg"));
}

TEST_CASE("render another extension is an error") {
  for (const char* path : {"graph.jpg", "graph", "graph.dot", ".svg"})
    CHECK_THROWS_WITH(render(expression(), path), contains("does not end in .svg, .png or .pdf"));
}

TEST_CASE("render paths that cannot be written are errors") {
  const Folder folder;
  CHECK_THROWS_WITH(write_dot(expression(), "/no/such/folder/x.dot"),
                    contains("cannot write '/no/such/folder/x.dot': No such file"));
  CHECK_THROWS_WITH(render(expression(), "/no/such/folder/x.svg"), contains("cannot write"));
  CHECK_THROWS_WITH(write_dot(expression(), folder.path()), contains("directory"));
  CHECK_THROWS_WITH(write_dot(expression(), "/dev/full"), contains("No space left"));
  CHECK_THROWS_WITH(write_dot(expression(), ""), contains("cannot write ''"));
  CHECK(folder.files() == 0);
}

TEST_CASE("render write_dot replaces files, follows links and keeps to the umask") {
  const Folder folder;
  const fs::path path = folder / "x.dot", link = folder / "link.dot";
  std::ofstream(path) << std::string(100'000, 'x');
  fs::create_symlink("x.dot", link);
  write_dot(expression(), link);
  CHECK(fs::is_symlink(link));
  CHECK(text_of(path) == to_dot(expression()));
  write_dot(expression(), "/dev/null");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(folder.files() == 2);
}

TEST_CASE("render without a dot command keeps the text") {
  const Folder folder;
  const Path path(folder.path());
  CHECK_THROWS_WITH(render(expression(), folder / "x.svg"),
                    contains("no dot command in PATH") && contains("apt install graphviz"));
  CHECK(text_of(folder / "x.dot") == to_dot(expression()));
  CHECK(folder.files() == 1);
}

TEST_CASE("render never replaces a text that was there before") {
  const Folder folder;
  const Path path(folder.path());
  std::ofstream(folder / "x.dot") << "precious";
  for (int i = 0; i < 2; ++i)
    CHECK_THROWS_WITH(render(expression(), folder / "x.svg"), contains("x.svg.dot'"));
  CHECK(text_of(folder / "x.dot") == "precious");
  CHECK(text_of(folder / "x.svg.dot") == to_dot(expression()));
  CHECK(folder.files() == 2);
}

TEST_CASE("render refuses timeouts that leave no time") {
  const Folder folder;
  for (const double timeout : {0.0, -1e300, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_WITH(render(expression(), folder / "x.svg", {.timeout = timeout}),
                      contains("give it seconds above 0"));
}

TEST_CASE("render shows why dot failed and leaves no broken image") {
  const Folder folder, commands;
  const Path path(commands.path());
  std::ofstream(folder / "x.svg") << "the one before";
  write_command(commands / "dot", "echo half; echo 'syntax error near line 7' >&2; exit 3");
  CHECK_THROWS_WITH(render(expression(), folder / "x.svg"),
                    contains("failed with code 3") && contains("syntax error near line 7"));
  write_command(commands / "dot", "kill -SEGV $$");
  CHECK_THROWS_WITH(render(expression(), folder / "x.svg"), contains("signal 11"));
  write_command(commands / "dot", "exit 0");
  CHECK_THROWS_WITH(render(expression(), folder / "x.svg"), contains("empty picture"));
  CHECK(text_of(folder / "x.svg") == "the one before");
  CHECK(folder.files() == 3);
  CHECK_FALSE(has_children());
}

TEST_CASE("render reports what dot complained of") {
  const Folder folder, commands;
  const Path path(commands.path());
  write_command(commands / "dot", "echo picture; echo 'Scaling by 0.5 to fit' >&2");
  const RenderReport report = render(expression(), folder / "x.png");
  CHECK(report.warnings == std::vector<std::string>{"Scaling by 0.5 to fit"});
  // More than a pipe holds.
  write_command(commands / "dot",
                "echo picture; i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done");
  CHECK(render(expression(), folder / "x.png").warnings.size() > 1000);
}

TEST_CASE("render stops a layout that takes too long") {
  const Folder folder, commands;
  const Path path(commands.path());
  write_command(commands / "dot", "echo begun; exec /bin/sleep 60");
  const auto start = std::chrono::steady_clock::now();
  CHECK_THROWS_WITH(render(expression(), folder / "x.svg", {.timeout = 0.2}),
                    contains("stopped after 0.2 s"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
  CHECK_FALSE(fs::exists(folder / "x.svg"));
  CHECK(fs::exists(folder / "x.dot"));
  CHECK_FALSE(has_children());
}

TEST_CASE("render stops what a layout that takes too long has started") {
  const Folder folder, commands;
  const Path path(commands.path());
  const fs::path started = folder / "started";
  write_command(commands / "dot",
                fmt::format("/bin/sleep 1000 & echo $! > '{}'; wait", started.string()));
  CHECK_THROWS_WITH(render(expression(), folder / "x.svg", {.timeout = 0.5}),
                    contains("stopped after 0.5 s"));
  CHECK(ends(std::stoi(text_of(started))));
}

TEST_CASE("what ends a program ends its layout too") {
  const Folder folder, commands;
  const Path path(commands.path());
  const fs::path started = folder / "started";
  write_command(commands / "dot",
                fmt::format("echo $$ > '{0}.new'; /bin/mv '{0}.new' '{0}'; exec /bin/sleep 1000",
                            started.string()));
  const pid_t host = ::fork();
  if (host == 0) {
    ::signal(SIGINT, SIG_DFL);
    try {
      render(expression(), folder / "x.svg");
    } catch (...) {}
    ::_exit(1);
  }
  REQUIRE(comes_true([&] { return fs::exists(started); }));
  ::kill(host, SIGINT);
  int status = 0;
  ::waitpid(host, &status, 0);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGINT));
  CHECK(ends(std::stoi(text_of(started))));
}

TEST_CASE("render leaves the signals of its host as they were") {
  const Folder folder, commands;
  const Path path(commands.path());
  write_command(commands / "dot", "echo picture");
  for (const auto handler : {SIG_DFL, SIG_IGN}) {
    const auto before = ::signal(SIGINT, handler);
    render(expression(), folder / "x.png");
    CHECK(::signal(SIGINT, before) == handler);
  }
}

TEST_CASE("render folds graphs that nobody could read, and says so") {
  if (lacks_dot_command()) return;
  const Folder folder;
  Value x = 1.0;
  for (int i = 0; i < 5000; ++i) x = tanh(x);
  const auto start = std::chrono::steady_clock::now();
  const RenderReport report = render(x, folder / "x.svg");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
  REQUIRE(report.warnings.size() == 1);
  CHECK(report.warnings[0].find("5,001 values are folded into 3 cards") == 0);
  CHECK(report.warnings[0].find("DotOptions::force") != std::string::npos);
}

TEST_CASE("render SVG with words for those who cannot see it, and dark colours") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const Value e = expression();
  e.backward();
  const fs::path path = folder / "x.svg";
  render(e, path, {.title = "a <b> & \"c\""});
  const std::string svg = text_of(path);
  // Nothing but words is shown where the mouse rests.
  CHECK(count(svg, "<title>") == 0);
  CHECK(svg.find("<svg role=\"img\" aria-labelledby=\"title\" aria-describedby=\"desc\"") !=
        std::string::npos);
  CHECK(svg.find("<title id=\"title\">a &lt;b&gt; &amp; &quot;c&quot;</title>") !=
        std::string::npos);
  const std::string words = svg.substr(svg.find("<desc"), svg.find("</desc>") - svg.find("<desc"));
  CHECK(words.find("Leaves that receive a gradient (4): a, a number, value 2, gradient 6; b") !=
        std::string::npos);
  CHECK(words.find("1: mul of a and b, a number, value -6, gradient -2.") != std::string::npos);
  CHECK(words.find("2: d (add) of step 1 and c") != std::string::npos);
  CHECK(words.find("3: L (mul) of d (add) and f, a number, value -8, gradient 1, the result.") !=
        std::string::npos);
  CHECK(svg.find("prefers-color-scheme: dark") != std::string::npos);
  // Every colour of the picture has a dark one.
  std::istringstream in(svg);
  const std::string style = svg.substr(svg.find("<style>"), svg.find("</style>"));
  for (const char* attribute : {"fill=\"#", "stroke=\"#"})
    for (auto at = svg.find(attribute, svg.find("</style>")); at != std::string::npos;
         at = svg.find(attribute, at + 1)) {
      const std::string color = svg.substr(svg.find('"', at), 9);
      INFO(color);
      CHECK(style.find("[fill=" + color) != std::string::npos);
    }
  render(e, path, {.theme = Theme::dark});
  CHECK(text_of(path).find("prefers-color-scheme") == std::string::npos);
  CHECK(text_of(path).find("#12161b") != std::string::npos);
  render(e, path, {.theme = Theme::light});
  CHECK(text_of(path).find("prefers-color-scheme") == std::string::npos);
  CHECK(render_diff(snapshot(e), snapshot(expression()), path).warnings.empty());
  CHECK(text_of(path).find("<desc id=\"desc\">0 of 7 values changed") != std::string::npos);
}

TEST_CASE("render draws edges without labels where Graphviz fails with them") {
  const Folder folder, commands;
  const Path path(commands.path());
  write_command(
      commands / "dot",
      "while read line; do case $line in *∂*) echo 'triangulation failed' >&2; exit 1;; esac; "
      "done; echo picture");
  const ModuleTrace trace;
  Value f = named(2.0, "x");
  {
    const ModuleTrace::Part part("part");
    f = sin(f);
  }
  f.backward();
  const RenderReport report = render(f * 1.0, folder / "x.png", {.modules = &trace});
  REQUIRE(report.warnings.size() == 1);
  CHECK(report.warnings[0].find("without labels") != std::string::npos);
  CHECK(count(to_dot(f * 1.0, {.modules = &trace}), "∂") > 0);
}

TEST_CASE("render reports a PNG that was scaled down") {
  if (lacks_dot_command()) return;
  const Folder folder;
  Value x = named(1.0, "x");
  for (int i = 0; i < 120; ++i) x = tanh(x);
  const RenderReport report = render(x, folder / "x.png", {.force = true});
  REQUIRE(report.warnings.size() == 1);
  CHECK(report.warnings[0].find("scaled down to 14") != std::string::npos);
  CHECK_THAT(report.warnings[0], contains("as .svg it keeps every detail"));
  CHECK(render(x, folder / "x.svg", {.force = true}).warnings.empty());
  for (int i = 0; i < 1400; ++i) x = tanh(x);
  const RenderReport strip = render(x, folder / "x.png", {.force = true});
  REQUIRE(strip.warnings.size() == 1);
  CHECK_THAT(strip.warnings[0], contains("its text cannot be read; write .svg or .html instead") &&
                                    contains("no DotOptions::force"));
  CHECK(folder.files() == 2);
}

TEST_CASE("render titles of frames and labels of edges stand above the lines") {
  if (lacks_dot_command()) return;
  const Folder folder;
  const ModuleTrace trace;
  Value y = named(0.5, "x");
  for (const char* name : {"first", "second"}) {
    const ModuleTrace::Part part(name);
    y = tanh(y * 2.0);
  }
  y.backward({.retain_grad = true});
  render(y, folder / "y.svg", {.modules = &trace, .top_down = true});
  const std::string svg = text_of(folder / "y.svg");
  const auto above = svg.find("<g class=\"above\""), end = svg.find("</g>", above);
  REQUIRE(above != std::string::npos);
  const std::string texts = svg.substr(above, end - above);
  CHECK(count(texts, ">first</text>") == 1);
  CHECK(count(svg, ">first</text>") == 1);
  CHECK(count(texts, "∂ ") == 4);
  CHECK(svg.rfind("class=\"edge") < above);
  CHECK(svg.find("class=\"node") > above);
}

TEST_CASE("render from many threads leaves no files or processes") {
  const Folder folder, commands;
  const Path path(commands.path());
  write_command(commands / "dot", "read line; echo \"$line\"");
  const std::size_t before = open_files();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&folder, t] {
      const std::string name = fmt::format("{}.svg", t);
      for (int i = 0; i < 5; ++i) render(expression(), folder / name.c_str());
    });
  for (std::thread& t : threads) t.join();
  CHECK(folder.files() == 4);
  CHECK(text_of(folder / "3.svg") == "digraph computation {\n");
  CHECK(open_files() == before);
  CHECK_FALSE(has_children());
}
