// expect: no member named
#include <autograd/autograd.hpp>

int main() { sum(brickgrad::Tensor::ones({3})).backward(); }
