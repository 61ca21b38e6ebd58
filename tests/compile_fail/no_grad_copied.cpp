// expect: no_grad
#include <autograd/autograd.hpp>

int main() {
  brickgrad::no_grad outer;
  brickgrad::no_grad inner = outer;
}
