#include <autograd/draw/dot.hpp>
