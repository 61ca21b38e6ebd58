// Tensors as JSON: nested arrays; what JSON has no number for becomes "nan", "inf" or "-inf".
#pragma once

#include <autograd/tensor/tensor.hpp>
#include <nlohmann/json.hpp>

namespace tools {

nlohmann::ordered_json to_json(const brickgrad::Tensor& t);

}  // namespace tools
