// What an op is. An op is one struct with a name, a forward formula and its derivative; everything
// else (functions on Tensor and Value, kernels, higher orders, the gradient check, pictures) is
// made from that text. The parameters of the formulas are `auto`, so one text serves double, float,
// a SIMD batch and Value itself.
//
//   struct Tanh : Elementwise<1> {
//     static constexpr auto name = "tanh";
//     static constexpr Interval domain{-3, 3};
//     static auto forward(auto x) { return tanh(x); }
//     static auto partials(auto y, auto) { return std::tuple{1 - y * y}; }
//   };
#pragma once

#include <cstdint>
#include <tuple>
#include <type_traits>
#include <vector>

namespace brickgrad {

/// Where the gradient check samples the inputs of an op.
struct Interval {
  double low, high;
};

/// An op that maps each element on its own: `forward(x...)` and `partials(y, x...)`, the latter one
/// derivative per input, from the result and the inputs. It never sees shapes or broadcasting.
/// `domain` is one Interval, or an array of one per input. `static constexpr bool keeps_maxima =
/// true;` says that of several results, bit by bit, the largest is that of the largest x, NaN
/// counting as such; and, where its derivative is not 0, of no smaller one: what selects the
/// largest may then come first.
template <int N>
struct Elementwise {
  static constexpr int arity = N;
};

/// An op on whole tensors: `forward(x...)` and `pullback<I>(g, y, x...)`, which returns what the
/// result's gradient `g` contributes to input I (it may have the broadcast shape; the engine sums
/// it back), or returns nothing where it contributes nothing. Arity `variadic` receives one
/// std::span of inputs instead of a pack. Where the derivatives to several inputs share work, a
/// function `shared(g, y, x...)` does it once, and `pullback<I>` receives the std::tuple of tensors
/// or values that it returns in the place of `g`; one of these may become the gradient of an input
/// as it is, and products are computed before. `reads` says which values the pullback looks at, and
/// `samples()` lists what the gradient check tries. `static constexpr bool by_rows = true;` says
/// that row n of the result and of what input 0 receives (along the first axis) depends on row n of
/// input 0 and of `g`, and on the other inputs, and that these receive a sum over the rows. Where
/// such an op also has `result_shape(shapes...)`, which throws what `forward` does, large results
/// are put off. Where it has `selects()` and that is true, each element of the result is the
/// largest of a window of 2 x 2 of input 0, which alone receives its gradient: `select(x)` gives,
/// beside the result, the places of these elements in their windows, and `unselect(g, places, shape
/// of x)` is the pullback to x from them; and `selects_from(shape of x)` is the shape of what it
/// looks at, the first elements of x along its axes. An op by rows below one that selects may have
/// `forward_part(part, x...)`, which can leave out all of its result but such a part. Its pullback
/// to input 0 then takes a gradient `g` of that part, the others being zeros, and the texts of
/// those to other inputs serve for the gradients of what was selected and its places as well, a
/// `SelectedGradient` without a result (graph/functions.hpp). What forward finds, and the pullback
/// can use, an op may keep in members of its own, see kept.hpp: of the op that is recorded, which
/// nobody else uses.
template <int N>
struct Structural {
  static constexpr int arity = N;
};
inline constexpr int variadic = -1;

/// Which values a derivative reads: bit 0 is the result, bit 1 + i is input i. The engine refuses
/// to run a derivative whose values were changed in place after the op was recorded.
using Reads = std::uint32_t;
inline constexpr Reads reads_nothing = 0, reads_result = 1;
constexpr Reads reads_input(int i) { return Reads{2} << i; }

/// What the gradient check of a structural op tries: an op and the shapes of its inputs.
template <class Op>
struct Sample {
  Op op;
  std::vector<std::vector<std::int64_t>> shapes;
};

/// Tensors, values and what converts to them: the operands of the functions made from the ops.
template <class T>
concept TensorLike = requires {
  typename std::remove_cvref_t<T>::IsTensorLike;
};

template <class Op>
concept IsElementwise = std::is_base_of_v<Elementwise<Op::arity>, Op>;
template <class Op>
concept IsStructural = std::is_base_of_v<Structural<Op::arity>, Op>;

}  // namespace brickgrad
