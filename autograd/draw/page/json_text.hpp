// Writes JSON that can stand inside a web page's script element.
//   JsonText json;
//   json.open('{').key("loss").number(0.25).key("name").text("</script>").close('}');
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace brickgrad::internal {

class JsonText {
 public:
  /// '{' or '['.
  JsonText& open(char bracket);
  JsonText& close(char bracket);
  JsonText& key(std::string_view name);
  /// Valid UTF-8.
  JsonText& text(std::string_view text);
  /// The shortest text that reads back the same; those that JSON has no numbers for become the
  /// strings "NaN", "Infinity" and "-Infinity".
  JsonText& number(double x);
  JsonText& integer(std::int64_t x);
  JsonText& boolean(bool x);
  JsonText& null();

  const std::string& str() const { return out_; }

 private:
  /// A comma where one is due.
  void separate();
  std::string out_;
  bool first_ = true;
};

}  // namespace brickgrad::internal
