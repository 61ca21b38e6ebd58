// The two element types, float64 (the default, what a C++ literal is) and float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace brickgrad {

enum class DType : std::uint8_t { float64, float32 };
inline constexpr DType float64 = DType::float64, float32 = DType::float32;

template <class T>
concept Scalar = std::is_same_v<T, double> || std::is_same_v<T, float>;

template <Scalar T>
inline constexpr DType dtype_of = std::is_same_v<T, double> ? float64 : float32;

constexpr std::size_t item_size(DType t) { return t == float64 ? sizeof(double) : sizeof(float); }
constexpr std::string_view dtype_name(DType t) { return t == float64 ? "float64" : "float32"; }

/// The type that holds values of both: float64 wherever it takes part.
constexpr DType promote(DType a, DType b) { return a == float64 ? a : b; }

/// Calls f with a zero of the element type.
template <class F>
decltype(auto) with_dtype(DType t, F&& f) {
  return t == float64 ? f(double{}) : f(float{});
}

}  // namespace brickgrad
