// brickgrad repl: one expression after the other; variables live on.
#include <fmt/format.h>
#include <unistd.h>

#include "command.hpp"
#include "derivatives.hpp"
#include "expression.hpp"
#include "line_reader.hpp"
#include "messages.hpp"
#include "ops.hpp"
#include "pictures.hpp"
#include "report.hpp"
#include "terminal.hpp"

namespace tools {

using namespace brickgrad;

namespace {

constexpr int precision = 8;

constexpr const char* help =
    "x = 2                 an input: gradients are to such variables\n"
    "y = tanh(x)^2         what follows from others\n"
    "y + 1                 prints the value; a line that ends in an operator or has an open "
    "bracket goes on\n"
    ":grad EXPR            the derivative to every input that EXPR uses\n"
    ":hessian EXPR         the second derivatives\n"
    ":graph FILE [EXPR]    draws how EXPR, or the last value, was computed: .svg .png .pdf .dot "
    ".html\n"
    ":vars                 the variables and their values\n"
    ":ops [NAME]           the functions, or one of them\n"
    ":help                 this text\n"
    ":quit                 ends, as does Ctrl-D; Ctrl-C drops the line being typed\n";

constexpr const char* help_on_keys =
    "Tab completes functions, names and commands; the arrow keys bring back earlier lines\n";

constexpr const char* commands[] = {":grad", ":hessian", ":graph", ":vars",
                                    ":ops",  ":help",    ":quit"};

class Repl {
 public:
  Repl(DType dtype, const Terminal& out, const Terminal& err)
      : session_(dtype), out_(out), err_(err) {}

  /// Runs one line or command; what is incomplete waits for the next one.
  enum class Outcome { done, more, failed, quit };
  Outcome feed(const std::string& text, bool last) {
    try {
      return text.starts_with(':') ? command(text) : statement(text);
    } catch (const language::SyntaxError& e) {
      if (e.incomplete() && !last && !text.starts_with(':')) return Outcome::more;
      complain(e.what());
    } catch (const std::exception& e) { complain(e.what()); }
    return Outcome::failed;
  }

  /// What may follow on the Tab key: commands, files, functions and names of values.
  std::optional<std::vector<std::string>> words(const std::string& before) const {
    std::vector<std::string> all = language::function_names();
    const std::string command = before.substr(0, before.find_first_of(" \t"));
    if (command == ":ops") return all;
    if (command == ":graph" && before.find_last_not_of(" \t") < command.size()) return std::nullopt;
    for (std::string& name : all) name += '(';
    for (std::string& name : session_.value_names()) all.push_back(std::move(name));
    if (before.empty()) all.insert(all.end(), std::begin(commands), std::end(commands));
    return all;
  }

  /// Complains of a statement that a command leaves unfinished.
  void drop(const std::string& text) {
    feed(text, true);
    print_error("  the command drops this line, which is not finished\n");
  }

  bool has_content(const std::string& text) const {
    const auto start = text.find_first_not_of(" \t\r\n");
    return start != std::string::npos && text[start] != '#';
  }

 private:
  void complain(const std::string& message) {
    std::fflush(stdout);
    print_error(
        fmt::format("{} {}\n", err_.styled(Style::red, "error:"), in_words_of_options(message)));
  }

  Value run(const std::string& text) {
    return session_.run(language::parse(language::Source(text)));
  }

  Outcome statement(const std::string& text) {
    const language::Script script = language::parse(language::Source(text));
    last_ = session_.run(script);
    const std::string& target = script.statements.back().target;
    if (target.empty())
      fmt::print("{}\n", to_text(last_.data(), precision));
    else
      fmt::print("{}", labelled(target, last_.data(), precision));
    return Outcome::done;
  }

  Leaves leaves() const {
    Leaves out;
    for (const language::Session::Input& input : session_.inputs()) out.push_back(input.leaf);
    return out;
  }

  /// The inputs that a result depends on; an error when there is none.
  Leaves inputs_of(const Value& result) const {
    Leaves used = used_by(result, leaves());
    if (used.empty())
      throw WrongUse("the value depends on no input; x = 2 makes one, and gradients are to such");
    return used;
  }

  Outcome command(const std::string& line) {
    const auto space = line.find_first_of(" \t");
    const std::string name = line.substr(1, space - 1);
    const auto start = line.find_first_not_of(" \t", space);
    std::string rest = start == std::string::npos ? "" : line.substr(start);
    while (!rest.empty() && (rest.back() == ' ' || rest.back() == '\n' || rest.back() == '\r'))
      rest.pop_back();
    if (name == "quit" || name == "q" || name == "exit") return Outcome::quit;
    if (name == "help" || name == "h" || name == "?") {
      fmt::print("{}{}", help, LineReader::edits() ? help_on_keys : "");
    } else if (name == "grad" || name == "hessian") {
      const Value result = rest.empty() ? last() : run(rest);
      const Leaves used = inputs_of(result);
      if (name == "grad") {
        const auto g = first_derivatives(result, used);
        for (std::size_t i = 0; i < used.size(); ++i)
          fmt::print("{}", labelled("d/d" + used[i].name(), g[i], precision));
      } else {
        fmt::print("{}", to_text(second_derivatives(result, used), precision));
      }
    } else if (name == "graph") {
      graph(rest);
    } else if (name == "vars") {
      for (const auto& [variable, v] : session_.variables())
        fmt::print("{}", labelled(variable, v.data(), precision));
    } else if (name == "ops") {
      fmt::print("{}", rest.empty() ? reference_list(out_) : reference_entry(rest, out_));
    } else {
      throw WrongUse(fmt::format("there is no command ':{}'; :help lists them", name));
    }
    return Outcome::done;
  }

  Value last() const {
    if (!last_.node_or_null()) throw WrongUse("there is no value yet");
    return last_;
  }

  void graph(const std::string& arguments) {
    const auto space = arguments.find(' ');
    const std::string path = arguments.substr(0, space);
    if (path.empty()) throw WrongUse(":graph wants a file: :graph f.svg");
    const auto file = picture_file(path);
    if (!file)
      throw WrongUse(fmt::format(
          ":graph writes .svg, .png, .pdf, .dot and .html; '{}' ends in none of them", path));
    const Value result = space == std::string::npos ? last() : run(arguments.substr(space + 1));
    for (const Value& leaf : leaves()) leaf.zero_grad();
    fill_gradients(result);
    draw(result, *file, {});
  }

  language::Session session_;
  Terminal out_, err_;
  Value last_;
};

int repl(DType dtype) {
  const Terminal out = terminal(stdout), err = terminal(stderr);
  // A terminal that cannot move its cursor has a person before it too.
  const bool interactive = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
  LineReader reader(interactive, interactive ? history_file("history") : "");
  Repl session(dtype, out, err);
  reader.complete([&session](const std::string& line) { return session.words(line); });
  if (interactive) fmt::print("brickgrad: :help explains, Ctrl-D ends\n");
  bool all_well = true;
  std::string text;
  while (true) {
    const auto line = reader.read(text.empty() ? "> " : ". ");
    if (reader.interrupted()) {
      text.clear();
      fmt::print("\n");
      continue;
    }
    if (!line && text.empty()) break;
    if (line && !text.empty() && line->starts_with(':')) {
      session.drop(text);
      all_well = false;
      text.clear();
    }
    // An empty line ends what a person left incomplete.
    const bool last = !line || (interactive && !text.empty() && line->empty());
    if (line) text += text.empty() ? *line : "\n" + *line;
    if (!session.has_content(text)) {
      text.clear();
      continue;
    }
    const auto outcome = session.feed(text, last);
    if (outcome == Repl::Outcome::quit) break;
    all_well = all_well && outcome != Repl::Outcome::failed;
    if (outcome != Repl::Outcome::more) text.clear();
    if (!line) break;
  }
  if (interactive) fmt::print("\n");
  // A person saw the errors; a program that feeds lines wants to know.
  return interactive || all_well ? success : failure;
}

}  // namespace

Action add_repl(CLI::App& parser) {
  auto arguments = std::make_shared<ExpressionArguments>();
  add_dtype(parser, *arguments);
  return [arguments] { return repl(dtype_of(*arguments)); };
}

}  // namespace tools
