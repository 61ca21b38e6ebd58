#include <autograd/autograd.hpp>
#include <nn/nn.hpp>
#include <tests/catch.hpp>

using namespace brickgrad;

namespace {

struct Residual : nn::Module {
  nn::Linear inner = child("inner", nn::Linear(3, 3, {.bias = false}));
  Value scale = parameter("scale", 0.5);
  Value forward(const Value& x) const override { return x + scale * inner(x); }
};

}  // namespace

TEST_CASE("a summary") {
  nn::Sequential net{nn::Linear(2, 3), nn::Sigmoid(), Residual(),
                     [](const Value& x) { return softmax(x); }};
  CHECK(nn::summary(net) == R"(layer    type                        parameters                count
-------  --------------------------  ------------------------  -----
(net)    Sequential
0        Linear(2, 3)                weight (2, 3), bias (3,)      9
1        Sigmoid
2        Residual                    scale ()                      1
2.inner  Linear(3, 3, bias = false)  weight (3, 3)                 9
3        Function
-------  --------------------------  ------------------------  -----
19 parameters
)");
}

TEST_CASE("a summary with the shapes of the results") {
  nn::Linear tied(2, 2);
  nn::Sequential net{tied, nn::Softmax(), tied};
  CHECK(nn::summary(net, {4, 2}) ==
        R"(layer  type                parameters                count  result
-----  ------------------  ------------------------  -----  ------
(net)  Sequential                                           (4, 2)
0      Linear(2, 2)        weight (2, 2), bias (2,)      6  (4, 2)
1      Softmax(axis = -1)                                   (4, 2)
2      Linear(2, 2)        weight (2, 2), bias (2,)      0  (4, 2)
-----  ------------------  ------------------------  -----  ------
6 parameters
)");
  CHECK_THROWS_WITH(nn::summary(net, {4, 3}), contains("its last extent must be 2"));
  CHECK(nn::summary(Residual(), {1, 3}).find("(net)  ") != std::string::npos);
  CHECK(nn::summary(Residual()).find("Residual") != std::string::npos);
}
