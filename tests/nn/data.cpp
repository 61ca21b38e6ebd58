#include <autograd/autograd.hpp>
#include <cmath>
#include <filesystem>
#include <nn/nn.hpp>
#include <sstream>
#include <tests/catch.hpp>

using namespace brickgrad;

namespace {

nn::Table parse(const std::string& text, const nn::CsvOptions& options = {}) {
  std::istringstream in(text);
  return nn::read_csv(in, "t.csv", options);
}

}  // namespace

TEST_CASE("a table of numbers") {
  const nn::Table t = parse("x1,x2,label\n1.5,-2e-3,0\n+3, 4 ,1\n");
  CHECK(t.names() == std::vector<std::string>{"x1", "x2", "label"});
  CHECK(t.rows() == 2);
  CHECK(t.values().to_vector() == std::vector<double>{1.5, -2e-3, 0, 3, 4, 1});
  CHECK(t.columns({"label", "x1"}).to_vector() == std::vector<double>{0, 1.5, 1, 3});
  CHECK(t.labels("label") == std::vector<std::int64_t>{0, 1});
}

TEST_CASE("what other programs put into such files is read") {
  CHECK(parse("\xef\xbb\xbf\"a\";b\r\n\r\n1;2\r\n\n\"3\";4", {.separator = ';'})
            .columns({"a", "b"})
            .to_vector() == std::vector<double>{1, 2, 3, 4});
  CHECK(parse("1,2\n3,4\n", {.header = false}).columns({"1"}).to_vector() ==
        std::vector<double>{2, 4});
  // Whether there are names can be left to the file, even where numbers are equal.
  CHECK(parse("0,0,1\n3,4,0\n", {.header = std::nullopt}).columns({"2"}).to_vector() ==
        std::vector<double>{1, 0});
  CHECK(parse("a,b\n3,4\n", {.header = std::nullopt}).columns({"b"}).to_vector() ==
        std::vector<double>{4});
}

TEST_CASE("what is wrong with a file is said, with its line") {
  CHECK_THROWS_WITH(nn::read_csv("/no/such/file.csv"),
                    contains("/no/such/file.csv: cannot be opened: No such file"));
  CHECK_THROWS_AS(nn::read_csv("/"), Error);
  CHECK_THROWS_WITH(parse(""), contains("t.csv: the file is empty"));
  CHECK_THROWS_WITH(parse("\n \n"), contains("empty"));
  CHECK_THROWS_WITH(parse("a,b\n"), contains("there are no rows"));
  CHECK_THROWS_WITH(parse("a,b\n1,2\n3\n"), contains("line 3 has 1 column, the first has 2"));
  CHECK_THROWS_WITH(parse("a,b\n1,2,3\n"), contains("line 2 has 3 columns"));
  CHECK_THROWS_WITH(parse("a,b\n1,\n"), contains("line 2: column 2 ('b') is empty"));
  CHECK_THROWS_WITH(parse("a,b\n\n1,2\nx,2\n"),
                    contains("line 4: 'x' in column 1 ('a') is not a finite number"));
  CHECK_THROWS_WITH(parse("a\n1e999\n"), contains("not a finite number"));
  CHECK_THROWS_WITH(parse("a\nnan\n"), contains("not a finite number"));
  // A first row with such a number is no row of names.
  CHECK_THROWS_WITH(parse("nan,inf,0\n1,2,1\n", {.header = {}}),
                    contains("line 1: 'nan' in column 1 is not a finite number"));
  CHECK_THROWS_WITH(parse("a\n0x10\n"), contains("not a finite number"));
  CHECK_THROWS_WITH(parse("a\n1.5.2\n"), contains("not a finite number"));
  CHECK_THROWS_WITH(parse("a\n++1\n"), contains("not a finite number"));
  CHECK_THROWS_WITH(parse("a,a\n1,2\n"), contains("two columns are named 'a'"));
  CHECK_THROWS_WITH(parse("a,\n1,2\n"), contains("column 2 has no name"));
  CHECK_THROWS_WITH(parse("1,2\n3,4\n"),
                    contains("a first line such as x1,x2,class") && contains("{.header = false}"));
  CHECK_THROWS_WITH(parse("0,0,1\n3,4,1\n"), contains("where the names of the columns should be"));
  CHECK_THROWS_WITH(parse("", {.header = std::nullopt}), contains("there are no rows"));
  CHECK_THROWS_WITH(parse(std::string(2'000'000, 'x')), contains("longer than 1000000 characters"));
  CHECK_THROWS_WITH(parse("a\n" + std::string(500'000, 'y') + "\n"), contains("yyy…'"));
  CHECK_THROWS_WITH(parse(std::string("a\n\x1b[31m\x00 7\n", 10)), contains("'?[31m?"));

  const nn::Table t = parse("a,b\n1,0.5\n-1,2\n");
  CHECK_THROWS_WITH(t.columns({"c"}), contains("there is no column 'c'; there are 'a', 'b'"));
  CHECK_THROWS_WITH(t.labels("b"), contains("row 1: 0.5 in column 2 ('b') is no class"));
  // Columns are counted from 1, those without a name too.
  CHECK_THROWS_WITH(parse("1,2,3\n4,x,5\n", {.header = false}),
                    contains("line 2: 'x' in column 2 is not a finite number"));
  CHECK_THROWS_WITH(parse("1,2,0.5\n", {.header = false}).labels("2"),
                    contains("row 1: 0.5 in column 3 is no class"));
  CHECK_THROWS_WITH(t.labels("a"), contains("row 2: -1"));
  CHECK_THROWS_WITH(nn::read_csv(std::filesystem::temp_directory_path().string()),
                    contains("is a folder; name a file in it"));
}

TEST_CASE("an endless file ends in an error") {
  CHECK_THROWS_WITH(nn::read_csv("/dev/zero"), contains("line 1 is longer than"));
}

TEST_CASE("argmax and accuracy") {
  const double nan = std::nan("");
  const Tensor rows = Tensor::from({{1., 3., 2.}, {5., 5., 4.}, {0., nan, 9.}});
  CHECK(nn::argmax(rows) == std::vector<std::int64_t>{1, 0, 1});
  CHECK(nn::argmax(transpose(Tensor::from({{1., 4.}, {2., 3.}}))) ==
        std::vector<std::int64_t>{1, 0});
  CHECK(nn::accuracy(rows, std::vector<std::int64_t>{1, 1, 1}) == Approx(2.0 / 3));
  CHECK(nn::accuracy(Value(rows), std::vector<std::int64_t>{1, 0, 1}) == 1);
  CHECK_THROWS_WITH(nn::argmax(Tensor::ones({3})), contains("reshape it to (rows, classes)"));
  CHECK_THROWS_WITH(nn::accuracy(rows, std::vector<std::int64_t>{1}),
                    contains("1 labels for 3 rows"));
  CHECK_THROWS_WITH(nn::accuracy(Tensor::ones({0, 2}), std::vector<std::int64_t>{}),
                    contains("no rows"));
}
