// Everything of the engine: tensors, values, gradients, pictures.
#pragma once

#include <autograd/draw/dot.hpp>
#include <autograd/draw/module_trace.hpp>
#include <autograd/draw/page.hpp>
#include <autograd/draw/render.hpp>
#include <autograd/draw/snapshot.hpp>
#include <autograd/error.hpp>
#include <autograd/graph/compile.hpp>
#include <autograd/graph/functions.hpp>
#include <autograd/graph/value.hpp>
#include <autograd/tensor/cpu_features.hpp>
#include <autograd/tensor/parallel.hpp>
#include <autograd/tensor/tensor.hpp>
#include <autograd/transform/grad.hpp>
#include <autograd/transform/gradcheck.hpp>
