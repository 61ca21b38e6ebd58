// Views share the elements of what they show, and refuse what cannot be shown.
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/structural.hpp>
#include <tests/autograd/compare.hpp>
#include <tuple>
#include <vector>

using namespace brickgrad;

namespace {

bool shares(const Tensor& a, const Tensor& b) { return a.storage().get() == b.storage().get(); }

}  // namespace

TEST_CASE("reshape", "[tensor]") {
  const Tensor t = Tensor::arange(24);
  const Tensor cube = reshape(t, {2, 3, -1});
  CHECK(cube.shape() == Shape{2, 3, 4});
  CHECK(shares(t, cube));
  CHECK(shares(cube, reshape(transpose(cube, {1, 0, 2}), {3, 2, 2, 2})));
  const Tensor copied = reshape(transpose(cube), {24});
  CHECK_FALSE(shares(cube, copied));
  CHECK(copied(1) == 4);
  CHECK(reshape(Tensor(5.0), {1, 1}).shape() == Shape{1, 1});
  CHECK(reshape(Tensor::ones({1}), {}).shape() == Shape{});
  CHECK(reshape(Tensor::zeros({0, 3}), {3, 0}).shape() == Shape{3, 0});
  CHECK(reshape(Tensor::zeros({0}), {-1, 2}).shape() == Shape{0, 2});
}

TEST_CASE("reshape of every kind of view equals the reshape of its copy", "[tensor]") {
  const Tensor base = reshape(Tensor::arange(120), {2, 3, 4, 5});
  std::vector<Tensor> views = {transpose(base, {1, 0, 2, 3}),
                               transpose(base, {3, 2, 1, 0}),
                               slice(base, 3, 0, 4),
                               slice(base, 0, 1, 2),
                               slice(base, 1, 0, 3, 2),
                               broadcast_to(base[0][0], {6, 4, 5}),
                               transpose(base)[1]};
  for (const Tensor& view : views)
    for (const Shape& shape : {Shape{view.numel()}, Shape{view.numel() / 2, 2},
                               Shape{1, 4, view.numel() / 4}, Shape{2, 1, view.numel() / 2}})
      CHECK(identical(reshape(view, shape), reshape(view.clone(), shape)));
}

TEST_CASE("reshape refuses what does not fit", "[tensor]") {
  const Tensor t = Tensor::ones({2, 3});
  CHECK(message_of([&] { reshape(t, {4}); }) ==
        "reshape: shape (2, 3) has 6 elements and cannot become (4,), which has 4");
  CHECK_THAT(message_of([&] { reshape(t, {-1, 4}); }), contains("reshape: "));
  CHECK_THROWS_AS(reshape(t, {-1, -1}), Error);
  CHECK_THROWS_AS(reshape(t, {-2, -3}), Error);
  CHECK_THROWS_AS(reshape(t, {-1, 0}), Error);
  CHECK_THROWS_AS(reshape(t, {-1, largest, 4}), Error);
  CHECK_THROWS_AS(reshape(t, {-1, largest, largest}), Error);
  CHECK_THROWS_AS(reshape(t, {-1, least}), Error);
  CHECK_THROWS_AS(reshape(t, {}), Error);
}

TEST_CASE("transpose", "[tensor]") {
  const Tensor t = reshape(Tensor::arange(24), {2, 3, 4});
  const Tensor swapped = transpose(t);
  CHECK(swapped.shape() == Shape{2, 4, 3});
  CHECK(swapped(1, 3, 2) == t(1, 2, 3));
  CHECK(transpose(t, {2, 0, 1})(3, 1, 2) == t(1, 2, 3));
  CHECK(transpose(t, {-1, 0, -2})(3, 1, 2) == t(1, 2, 3));
  CHECK(shares(t, swapped));
  CHECK(identical(transpose(swapped), t));
  CHECK(transpose(Tensor::ones({3})).shape() == Shape{3});
  CHECK(transpose(Tensor(1.0)).shape() == Shape{});
  CHECK(message_of([&] {
          transpose(t, {0, 1});
        }) ==
        "transpose: axes (0, 1) do not name each of the 3 dimensions of shape (2, 3, 4) once");
  CHECK(message_of([&] { transpose(t, {0, 1, 1}); }) == "transpose: axis 1 is named twice");
  CHECK(message_of([&] {
          transpose(t, {0, 1, 3});
        }) == "transpose: axis 3 is out of range for a tensor of 3 dimensions");
}

TEST_CASE("slice, as in NumPy", "[tensor]") {
  const Tensor t = Tensor::arange(10);
  CHECK(identical(slice(t, 0, 2, 5), Tensor::from({2., 3., 4.})));
  CHECK(identical(slice(t, 0, -3, -1), Tensor::from({7., 8.})));
  CHECK(identical(slice(t, 0, 1, 100, 4), Tensor::from({1., 5., 9.})));
  CHECK(identical(slice(t, -1, -100, 2), Tensor::from({0., 1.})));
  CHECK(slice(t, 0, 5, 5).numel() == 0);
  CHECK(slice(t, 0, 7, 3).numel() == 0);
  CHECK(identical(slice(t, 0, least, largest), t));
  CHECK(shares(t, slice(t, 0, 2, 5)));
  CHECK(identical(slice(transpose(reshape(t, {2, 5})), 0, 1, 5, 2),
                  Tensor::from({{1., 6.}, {3., 8.}})));
  CHECK(message_of([&] { slice(t, 0, 5, 0, -1); }) ==
        "slice: the step is -1; only steps of 1 and more are supported");
  CHECK_THROWS_AS(slice(t, 0, 0, 5, 0), Error);
  CHECK_THROWS_AS(slice(t, 1, 0, 5), Error);
  CHECK_THROWS_AS(slice(Tensor(1.0), 0, 0, 1), Error);
}

TEST_CASE("steps that lead far beyond the end take the first element alone", "[tensor]") {
  const Tensor t = Tensor::arange(5);
  for (const std::int64_t step : {std::int64_t{5}, std::int64_t{1} << 40, largest - 1, largest}) {
    CHECK(identical(slice(t, 0, 0, 5, step), Tensor::from({0.})));
    CHECK(identical(slice(reshape(Tensor::arange(6), {3, 2}), 0, 1, 3, step),
                    Tensor::from({{2., 3.}})));
    Value x{t};
    sum(slice(x, 0, 1, 5, step)).backward();
    CHECK(identical(x.grad(), Tensor::from({0., 1., 0., 0., 0.})));
  }
}

TEST_CASE("embed is what slice undoes", "[tensor]") {
  const Tensor part = Tensor::from({1., 2.});
  const Tensor whole = embed(part, Shape{6}, 0, 1, 3);
  CHECK(identical(whole, Tensor::from({0., 1., 0., 0., 2., 0.})));
  CHECK(identical(slice(whole, 0, 1, 6, 3), part));
  CHECK(identical(embed(Tensor::zeros({0}), Shape{3}, 0, 0), Tensor::zeros({3})));
  CHECK(message_of([&] { embed(part, Shape{3}, 0, 2); }) ==
        "embed: shape (2,) does not fit into (3,) along dimension 0 from 2 on in "
        "steps of 1");
  CHECK_THROWS_AS(embed(part, Shape{3, 3}, 0, 0), Error);
  CHECK_THROWS_AS(embed(part, Shape{3}, 0, -1), Error);
  CHECK_THROWS_AS(embed(part, Shape{3}, 0, 0, 0), Error);
  CHECK_THROWS_AS(embed(part, Shape{3}, 0, largest), Error);
  CHECK_THROWS_AS(embed(part, Shape{3}, 0, 0, largest), Error);
  CHECK_THROWS_AS(embed(Tensor::ones({3}), Shape{5}, 0, 1, largest / 2 + 1), Error);
}

TEST_CASE("embed writes all of the memory that it is given", "[tensor]") {
  struct Place {
    Shape part, whole;
    int axis;
    std::int64_t start, step;
  };
  const std::vector<Place> places{{{2, 3, 4}, {5, 3, 4}, 0, 0, 1},
                                  {{2, 3, 4}, {5, 3, 4}, 0, 2, 1},
                                  {{2, 3, 4}, {5, 3, 4}, 0, 3, 1},
                                  {{5, 3, 4}, {5, 3, 4}, 0, 0, 1},
                                  {{2, 3, 4}, {5, 3, 4}, 0, 1, 2},
                                  {{5, 2, 4}, {5, 3, 4}, 1, 1, 1},
                                  {{1, 2, 4}, {1, 3, 4}, 1, 1, 1},
                                  {{1, 1, 3}, {1, 1, 7}, 2, 4, 1},
                                  {{0, 4}, {3, 4}, 0, 1, 1},
                                  {{2, 0}, {3, 0}, 0, 1, 1},
                                  {{2, 200, 200}, {4, 200, 200}, 0, 1, 1},
                                  {{1, 2, 40000}, {1, 5, 40000}, 1, 3, 1}};
  for (const auto& [part, whole, axis, start, step] : places)
    for (const DType dtype : {float64, float32}) {
      const Tensor x = Tensor::randn(part, 1, dtype);
      const Tensor expected = Tensor::zeros(whole, dtype), sum = Tensor::full(whole, 7, dtype);
      const auto stop = start + (part[axis] > 0 ? (part[axis] - 1) * step + 1 : 0);
      Tensor written = sum.clone(), added = sum.clone();
      add_to(x, slice(expected, axis, start, stop, step), false);
      add_to(x, slice(sum, axis, start, stop, step), true);
      const auto placed = embedded(x, whole, axis, start, step);
      placed.compute(written.raw(), dtype, false);
      placed.compute(added.raw(), dtype, true);
      CAPTURE(whole, axis, start, step);
      CHECK(identical(written, expected));
      CHECK(identical(added, sum));
    }
}

TEST_CASE("broadcast_to repeats without copying", "[tensor]") {
  const Tensor row = Tensor::from({1., 2.});
  const Tensor many = broadcast_to(row, {1000, 2});
  CHECK(shares(row, many));
  CHECK(sum(many).item() == 3000);
  CHECK(broadcast_to(Tensor(1.0), {0, 3}).numel() == 0);
  CHECK(broadcast_to(Tensor(1.0), {std::int64_t{1} << 40}).numel() == std::int64_t{1} << 40);
  CHECK(message_of([&] {
          broadcast_to(row, {2, 3});
        }) ==
        "broadcast_to: shapes (2,) and (2, 3) cannot be broadcast: 2 against 3 in dimension 1");
  CHECK(message_of([&] {
          broadcast_to(Tensor::ones({3, 2}), {2});
        }) == "broadcast_to: shape (3, 2) does not broadcast to (2,)");
  CHECK(message_of([&] { broadcast_to(row, {1}); }) ==
        "broadcast_to: shape (2,) does not broadcast to (1,)");
}

TEST_CASE("concat", "[tensor]") {
  const Tensor a = Tensor::from({{1., 2.}}), b = Tensor::from({{3., 4.}, {5., 6.}});
  CHECK(identical(concat(std::vector{a, b}), Tensor::from({{1., 2.}, {3., 4.}, {5., 6.}})));
  CHECK(identical(concat(std::vector{b, transpose(b)}, -1),
                  Tensor::from({{3., 4., 3., 5.}, {5., 6., 4., 6.}})));
  CHECK(concat(std::vector{a, Tensor::zeros({0, 2}), a}).shape() == Shape{2, 2});
  CHECK(concat(std::vector{Tensor::ones({2}, float32), Tensor::ones({2})}).dtype() == float64);
  CHECK_FALSE(shares(a, concat(std::vector{a})));
  CHECK(message_of([] { concat(std::vector<Tensor>{}); }) == "concat: no parts were given");
  CHECK(message_of([&] {
          concat(std::vector{a, b}, 1);
        }) == "concat: shapes (1, 2) and (2, 2) differ in another dimension than 1");
  CHECK_THROWS_AS(concat(std::vector{a, Tensor::ones({2})}), Error);
  CHECK_THROWS_AS(concat(std::vector{Tensor(1.0), Tensor(2.0)}), Error);
}

TEST_CASE("as_strided shows the memory in any layout, and no more", "[tensor]") {
  const Tensor t = Tensor::arange(0, 12);
  CHECK(identical(t.as_strided({3, 2}, {4, 1}, 1), Tensor::from({{1., 2.}, {5., 6.}, {9., 10.}})));
  // Windows that overlap, one element for all, and back from a view to what lies before it.
  CHECK(identical(t.as_strided({2, 3}, {1, 1}), Tensor::from({{0., 1., 2.}, {1., 2., 3.}})));
  CHECK(identical(t.as_strided({2, 2}, {0, 0}, 11), Tensor::full({2, 2}, 11)));
  CHECK(identical(slice(t, 0, 4, 8).as_strided({3}, {2}, -4), Tensor::from({0., 2., 4.})));
  CHECK(t.as_strided({0, 5}, {1, 1}, 100).numel() == 0);
  CHECK_THROWS_WITH(Tensor::ones({8}).as_strided({9}, {1}),
                    contains("as_strided: elements of shape (9,) with strides (1,) from 0 on"));
  for (const auto& [shape, strides, offset] : {std::tuple{Shape{2}, Dims{1}, std::int64_t{7}},
                                               {Shape{2}, Dims{1}, -1},
                                               {Shape{2}, Dims{-1}, 4},
                                               {Shape{3, 2}, Dims{3, 2}, 0},
                                               {Shape{2}, Dims{largest}, 0},
                                               {Shape{2}, Dims{1}, largest},
                                               {Shape{2}, Dims{1}, least},
                                               {Shape{largest / 16}, Dims{16}, 0}})
    CHECK_THROWS_AS(Tensor::ones({8}).as_strided(shape, strides, offset), Error);
  CHECK_THROWS_AS(Tensor::ones({3}).as_strided({4}, {1}), Error);
  CHECK_THROWS_AS(Tensor(3.0).as_strided({}, Dims{}, 1), Error);
  CHECK_THROWS_AS((Tensor::empty({0, 5}).as_strided({1}, {1})), Error);
  // What overlaps is only read.
  Tensor windows = t.as_strided({4, 2}, {1, 1});
  CHECK_THROWS_WITH(windows.add_(Tensor::ones({4, 2})),
                    contains("add_: this view of shape (4, 2) shows one element in several"));
  CHECK_THROWS_AS(windows.set({0, 0}, 1), Error);
  Tensor columns = t.as_strided({2, 3}, {1, 4}, 1);
  columns.fill_(-1);
  CHECK(sum(t).item() == 66 - (1 + 2 + 5 + 6 + 9 + 10) - 6);
  CHECK_THROWS_WITH(t.as_strided({2, 2}, {1}), contains("2 extents, and there are 1 strides"));
  double few[4] = {};
  CHECK_THROWS_AS(Tensor::borrow(few, {4}, float64).as_strided({5}, {1}), Error);
}
