// expect: brickgrad::Value
#include <autograd/autograd.hpp>

int main() {
  brickgrad::Value x = 2.0;
  double y = x;
}
