// brickgrad man: the manual page in troff, made from the parser.
#include <fmt/format.h>

#include "command.hpp"
#include "command_tree.hpp"

namespace tools {
namespace {

/// Text as troff reads it: dashes that stay dashes, and no line that starts like a request.
std::string troff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '^')
      out += "\\(ha";
    else if (c == '~')
      out += "\\(ti";
    else if (c == '\'')
      out += "\\(aq";
    else
      out += c;
  }
  return out;
}

std::string option_entry(const OptionFacts& o) {
  std::string names;
  for (const std::string& name : o.names) {
    if (!names.empty()) names += ", ";
    names += (o.positional ? "\\fI" : "\\fB") + troff(name) + "\\fR";
  }
  if (!o.value.empty()) names += fmt::format(" \\fI{}\\fR", troff(o.value));
  std::string text = o.help;
  if (!o.choices.empty()) text += fmt::format(": {}", fmt::join(o.choices, " or "));
  if (!o.default_text.empty()) text += fmt::format(" (default {})", o.default_text);
  return fmt::format(".TP\n{}\n{}\n", names, troff(text));
}

std::string page() {
  Action none;
  const auto app = make_parser(none);
  std::string out = fmt::format(
      ".TH BRICKGRAD 1 \"\" \"brickgrad {}\" \"User Commands\"\n"
      ".SH NAME\nbrickgrad \\- automatic differentiation at the command line\n"
      ".SH SYNOPSIS\n.B brickgrad\n.I COMMAND\n[\\fIarguments\\fR]\n",
      BRICKGRAD_VERSION);
  out += ".SH DESCRIPTION\n" +
         troff(
             "Evaluates expressions of numbers and tensors with their derivatives, checks these, "
             "draws the graphs of computations, and trains small networks. An expression is made "
             "of numbers, names, tensors such as [[1, 2], [3, 4]], the operators + - * / ^ @ "
             "and comparisons, indices such as x[0, 1:3], and the functions that 'brickgrad ops' "
             "lists; statements NAME = EXPRESSION are separated by ';' or by lines, and # starts "
             "a comment.") +
         "\n.SH COMMANDS\n";
  for (const CommandFacts& c : commands_of(*app)) {
    out += fmt::format(".SS \"brickgrad {}\"\n{}.\n", troff(c.name), troff(c.summary));
    for (const OptionFacts& o : c.options) out += option_entry(o);
    out += fmt::format(".PP\nExamples:\n.PP\n.nf\n.RS\n{}\n.RE\n.fi\n", troff(c.examples));
  }
  out += ".SH \"EXIT STATUS\"\n";
  for (const auto& [code, text] : {std::pair{success, "Success."},
                                   {failure, "The work failed, or the answer is no."},
                                   {wrong_use, "The command line or the expression is wrong."}})
    out += fmt::format(".TP\n{}\n{}\n", code, text);
  out += ".SH ENVIRONMENT\n";
  for (const auto& [name, text] :
       {std::pair{"NO_COLOR", "When not empty, nothing is coloured."},
        {"CLICOLOR_FORCE", "When neither empty nor 0, colours are written to files and pipes too."},
        {"COLUMNS", "The width of the output where there is no terminal."},
        {"XDG_STATE_HOME",
         "The history of the command repl is in its folder brickgrad "
         "(default ~/.local/state)."},
        {"BRICKGRAD_PROGRESS_AFTER",
         "After how many seconds the training for a graph shows its progress (default 1)."},
        {"BRICKGRAD_NUM_THREADS", "How many threads compute large tensors."},
        {"BRICKGRAD_CPU",
         "sse2, avx2 or avx512: the newest instructions that are used, where the processor has "
         "them."}})
    out += fmt::format(".TP\n.B {}\n{}\n", name, troff(text));
  return out;
}

}  // namespace

Action add_man(CLI::App&) {
  return [] {
    fmt::print("{}", page());
    return success;
  };
}

}  // namespace tools
