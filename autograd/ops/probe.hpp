// Which inputs a formula reads, found by running its text on a number that only remembers where it
// came from: every operation on Probes unites what their operands depend on.
#pragma once

#include <autograd/ops/contract.hpp>
#include <concepts>
#include <tuple>
#include <utility>

namespace brickgrad {

struct Probe {
  Reads reads = reads_nothing;
  constexpr explicit Probe(Reads r) : reads(r) {}
  template <class T>
  requires std::is_arithmetic_v<T>
  constexpr Probe(T) {}

  friend constexpr Probe unite(Probe a, Probe b) { return Probe(Reads{a.reads | b.reads}); }
  friend constexpr Probe operator+(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe operator-(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe operator*(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe operator/(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe operator-(Probe a) { return a; }
  friend constexpr Probe operator<(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe operator<=(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe operator>(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe operator>=(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe operator==(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe operator!=(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe where(Probe c, Probe a, Probe b) { return unite(c, unite(a, b)); }
  friend constexpr Probe pow(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe atan2(Probe a, Probe b) { return unite(a, b); }
  friend constexpr Probe abs(Probe a) { return a; }
  friend constexpr Probe acos(Probe a) { return a; }
  friend constexpr Probe acosh(Probe a) { return a; }
  friend constexpr Probe asin(Probe a) { return a; }
  friend constexpr Probe asinh(Probe a) { return a; }
  friend constexpr Probe atan(Probe a) { return a; }
  friend constexpr Probe atanh(Probe a) { return a; }
  friend constexpr Probe cbrt(Probe a) { return a; }
  friend constexpr Probe cos(Probe a) { return a; }
  friend constexpr Probe cosh(Probe a) { return a; }
  friend constexpr Probe erf(Probe a) { return a; }
  friend constexpr Probe erfc(Probe a) { return a; }
  friend constexpr Probe exp(Probe a) { return a; }
  friend constexpr Probe exp2(Probe a) { return a; }
  friend constexpr Probe expm1(Probe a) { return a; }
  friend constexpr Probe log(Probe a) { return a; }
  friend constexpr Probe log10(Probe a) { return a; }
  friend constexpr Probe log1p(Probe a) { return a; }
  friend constexpr Probe log2(Probe a) { return a; }
  friend constexpr Probe sin(Probe a) { return a; }
  friend constexpr Probe sinh(Probe a) { return a; }
  friend constexpr Probe sqrt(Probe a) { return a; }
  friend constexpr Probe tan(Probe a) { return a; }
  friend constexpr Probe tanh(Probe a) { return a; }
};

/// What partial I of an elementwise op reads.
template <class Op, int I>
constexpr Reads reads_of_partial() {
  return []<int... J>(std::integer_sequence<int, J...>) {
    auto partials = Op{}.partials(Probe(reads_result), Probe(reads_input(J))...);
    return Probe(std::get<I>(partials)).reads;
  }
  (std::make_integer_sequence<int, Op::arity>{});
}

}  // namespace brickgrad
