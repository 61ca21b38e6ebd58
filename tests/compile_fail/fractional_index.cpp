// expect: constraints not satisfied
#include <autograd/autograd.hpp>

int main() { brickgrad::Tensor::ones({3})(1.5); }
