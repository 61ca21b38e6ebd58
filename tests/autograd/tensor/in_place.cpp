// Changes in place, also where source and target overlap.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("arithmetic in place", "[tensor]") {
  for (const DType dtype : {float64, float32}) {
    Tensor t = Tensor::from({1., 2., 3.}, dtype);
    t.add_(Tensor::from({1., 1., 1.})).mul_(2.0).sub_(1.0, 3).div_(2.0);
    CHECK(identical(t, Tensor::from({0.5, 1.5, 2.5}, dtype)));
    t += 0.5;
    t *= t;
    t -= Tensor::ones({3}, float32);
    t /= 3;
    CHECK(identical(t, Tensor::from({0., 1., 8.0 / 3}, dtype)));
    t.add_(Tensor::from({1., 2., 3.}), -1);
    CHECK(distance(t, Tensor::from({-1., -1., -1.0 / 3}, dtype)) < 1e-7);
    t.zero_();
    CHECK(identical(t, Tensor::zeros({3}, dtype)));
  }
}

TEST_CASE("operands broadcast into the target, never the other way", "[tensor]") {
  Tensor t = Tensor::zeros({2, 3});
  t.add_(Tensor::from({1., 2., 3.})).add_(reshape(Tensor::from({10., 20.}), {2, 1})).add_(100);
  CHECK(identical(t, Tensor::from({{111., 112., 113.}, {121., 122., 123.}})));
  CHECK(message_of([&] { t.add_(Tensor::ones({4})); }) ==
        "add_: shapes (4,) and (2, 3) cannot be broadcast: 4 against 3 in dimension 1");
  CHECK(message_of([] {
          Tensor::ones({3}).mul_(Tensor::ones({2, 3}));
        }) == "mul_: shape (2, 3) does not fit into shape (3,)");
  CHECK(message_of([] { Tensor::ones({1}).copy_(Tensor::ones({3})); }) ==
        "copy_: shape (3,) does not fit into shape (1,)");
  Tensor none = Tensor::zeros({0, 3});
  none.add_(1).mul_(Tensor::ones({3})).fill_(2);
  CHECK(none.numel() == 0);
}

TEST_CASE("a tensor combined with views of itself", "[tensor]") {
  for (const std::int64_t n : {2, 3, 40}) {
    const Tensor start = Tensor::randn({n, n}, 1);
    Tensor a = start.clone();
    a.add_(transpose(a));
    CHECK(identical(a, start + transpose(start)));
    Tensor b = start.clone();
    transpose(b).mul_(b);
    CHECK(identical(b, start * transpose(start)));
    Tensor c = start.clone();
    c.sub_(c[0]);
    CHECK(identical(c, start - start[0]));
    Tensor d = start.clone();
    d.div_(slice(d, 1, 0, 1));
    CHECK(identical(d, start / slice(start, 1, 0, 1)));
    Tensor e = start.clone();
    e.add_(e, 2);
    CHECK(distance(e, start * 3) < 1e-15);
  }
}

TEST_CASE("copies within one tensor behave as if the source were read first", "[tensor]") {
  for (const std::int64_t n : {8, 2000}) {
    const Tensor start = Tensor::arange(static_cast<double>(n));
    Tensor up = start.clone(), down = start.clone(), back = start.clone();
    slice(up, 0, 1, n).copy_(slice(up, 0, 0, n - 1));
    CHECK(identical(slice(up, 0, 1, n), slice(start, 0, 0, n - 1)));
    slice(down, 0, 0, n - 1).copy_(slice(down, 0, 1, n));
    CHECK(identical(slice(down, 0, 0, n - 1), slice(start, 0, 1, n)));
    slice(back, 0, 0, n, 2).copy_(slice(back, 0, 1, n, 2));
    CHECK(back(n - 2) == static_cast<double>(n - 1));
    CHECK(back(n - 1) == static_cast<double>(n - 1));
  }
  Tensor square = Tensor::from({{1., 2.}, {3., 4.}});
  square.copy_(transpose(square));
  CHECK(identical(square, Tensor::from({{1., 3.}, {2., 4.}})));
  square.copy_(square[1]);
  CHECK(identical(square, Tensor::from({{2., 4.}, {2., 4.}})));
}

TEST_CASE("views write into what they show", "[tensor]") {
  Tensor t = Tensor::zeros({4, 5});
  slice(t, 1, 1, 5, 2).fill_(7);
  transpose(t)[0].copy_(Tensor::from({1., 2., 3., 4.}));
  CHECK(identical(t[2], Tensor::from({3., 7., 0., 7., 0.})));
  Tensor large = Tensor::zeros({60, 50});
  transpose(large).copy_(reshape(Tensor::arange(3000), {50, 60}));
  CHECK(large(7, 9) == 9 * 60 + 7);
  Tensor narrow = Tensor::zeros({3}, float32);
  narrow.copy_(Tensor::from({0.1, 0.2, 0.3}));
  CHECK(narrow(0) == static_cast<double>(0.1f));
}

TEST_CASE("copies share, clones do not", "[tensor]") {
  Tensor a = Tensor::ones({3});
  Tensor same = a;
  const Tensor own = a.clone();
  a.fill_(2);
  CHECK(same(0) == 2);
  CHECK(own(0) == 1);
  same = own;
  same.fill_(5);
  CHECK(a(0) == 2);
  CHECK(own(0) == 5);
  Tensor& again = same;
  same = again;
  CHECK(same(2) == 5);
}

TEST_CASE("an element that is seen many times cannot be written", "[tensor]") {
  Tensor t = Tensor::ones({1});
  CHECK_THROWS_AS(broadcast_to(t, {3}).add_(1), Error);
  CHECK_THROWS_AS(broadcast_to(t, {3}).copy_(Tensor::arange(3)), Error);
  CHECK_THROWS_AS(broadcast_to(Tensor::ones({2, 1}), {2, 3}).mul_(2), Error);
  Tensor three = broadcast_to(t, {3});
  CHECK_THROWS_WITH(three.set({0}, 5), contains("several places; clone() it first"));
  CHECK(t.item() == 1);
}
