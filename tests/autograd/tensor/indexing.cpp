// Single elements and rows, and what is said about indices that do not exist.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("elements are read and set by index", "[tensor]") {
  for (const DType dtype : {float64, float32}) {
    Tensor t = reshape(Tensor::arange(0, 24, 1, dtype), {2, 3, 4});
    CHECK(t(1, 2, 3) == 23);
    CHECK(t(-1, 0, -4) == 12);
    CHECK(t.at({0, 1, 2}) == 6);
    t.set({0, -1, 0}, 100);
    CHECK(t(0, 2, 0) == 100);
    CHECK(transpose(t)(0, 0, 2) == 100);
    CHECK(Tensor(4.0)() == 4);
  }
}

TEST_CASE("rows are views", "[tensor]") {
  Tensor t = Tensor::from({{1., 2.}, {3., 4.}});
  Tensor row = t[-1];
  CHECK(identical(row, Tensor::from({3., 4.})));
  row.set({0}, 9);
  CHECK(t(1, 0) == 9);
  CHECK(t[0][1].item() == 2);
  CHECK(identical(transpose(t)[0], Tensor::from({1., 9.})));
}

TEST_CASE("wrong indices", "[tensor]") {
  Tensor t = Tensor::ones({2, 3});
  CHECK(message_of([&] { t(1); }) == "index (1,): a tensor of shape (2, 3) takes 2 indices");
  CHECK(message_of([&] { t(0, 1, 2); }) ==
        "index (0, 1, 2): a tensor of shape (2, 3) takes 2 indices");
  CHECK(message_of([&] { t(0, 3); }) ==
        "index (0, 3): 3 is out of range for dimension 1 of shape (2, 3)");
  CHECK(message_of([&] { t(-3, 0); }) ==
        "index (-3, 0): -3 is out of range for dimension 0 of shape (2, 3)");
  CHECK_THROWS_AS(t(largest, 0), Error);
  CHECK_THROWS_AS(t(least, 0), Error);
  CHECK_THROWS_AS(t[largest], Error);
  CHECK_THROWS_AS(t[least], Error);
  CHECK_THROWS_AS(t.set({2, 0}, 1), Error);
  CHECK(message_of([&] { t[2]; }) == "index [2] is out of range for dimension 0 of shape (2, 3)");
  CHECK(message_of([] { Tensor(1.0)[0]; }) ==
        "index [0]: a tensor of rank 0 has no rows; use item()");
  CHECK_THROWS_AS(Tensor::zeros({0, 3})[0], Error);
  CHECK(message_of([&] { t.item(); }) ==
        "item: a tensor of shape (2, 3) has 6 elements, not one; index it or reduce it");
  CHECK(message_of([] { Tensor::zeros({0}).item(); }) ==
        "item: a tensor of shape (0,) has 0 elements, not one; index it or reduce it");
}

TEST_CASE("memory is given out for the right type and layout", "[tensor]") {
  const Tensor t = Tensor::from({{1., 2.}, {3., 4.}});
  CHECK(t.span<double>()[3] == 4);
  CHECK(message_of([&] { t.data<float>(); }) ==
        "data: the tensor is float64, not float32; convert it with to(float32)");
  CHECK(
      message_of([&] { transpose(t).data<double>(); }) ==
      "data: a view of shape (2, 2) and strides (1, 2) is not contiguous; call contiguous() first");
  CHECK(transpose(t).contiguous().data<double>()[1] == 3);
}
