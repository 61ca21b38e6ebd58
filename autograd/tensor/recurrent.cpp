#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/ops/recurrent.hpp>
#include <autograd/tensor/elementwise.hpp>
#include <autograd/tensor/kept.hpp>
#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/product.hpp>
#include <autograd/tensor/recurrent.hpp>
#include <autograd/tensor/rows.hpp>
#include <autograd/tensor/structural.hpp>

namespace brickgrad {
namespace {

void check_cell(const Shape& x, const Shape& h, const Shape& c, const Shape& w_ih,
                const Shape& w_hh, const Shape& b) {
  if (x.rank() == 2 && h.rank() == 2 && c == h && x[0] == h[0]) {
    const std::int64_t gates = 4 * h[1];
    if (w_ih == Shape{x[1], gates} && w_hh == Shape{h[1], gates} &&
        (b == Shape{gates} || b == Shape{h[0], gates}))
      return;
  }
  fail(
      "lstm_cell: x of shape {}, h of shape {}, c of shape {}, weights of shapes {} and {} and a "
      "bias of shape {} are not (batch, inputs), (batch, hidden), (batch, hidden), (inputs, 4 "
      "hidden), (hidden, 4 hidden) and (4 hidden,) or (batch, 4 hidden)",
      x, h, c, w_ih, w_hh, b);
}

void check_gradient(const char* op, const Tensor& d, const Shape& wanted, DType dtype) {
  if (d.shape() != wanted || d.dtype() != dtype)
    fail("{}: a gradient of shape {} in {} is none of results of shape {} in {}", op, d.shape(),
         dtype_name(d.dtype()), wanted, dtype_name(dtype));
}

/// Whether these are gates that lstm_states() gave with these states and weights.
bool belong_together(const Tensor& gates, const Tensor& states, const Tensor& w) {
  const Shape &s = gates.shape(), &y = states.shape();
  return s.rank() == 3 && y.rank() == 4 && y[0] == 2 && y[1] == s[0] + 1 && y[2] == s[1] &&
         s[2] == 4 * y[3] && w.shape() == Shape{y[3], s[2]} && gates.dtype() == states.dtype() &&
         w.dtype() == states.dtype();
}

/// Some rows of a matrix: a copy is the same rows again, and what is assigned is written to them.
struct BatchRows {
  explicit BatchRows(Tensor t) : tensor(std::move(t)) {}
  BatchRows(const BatchRows&) = default;
  ~BatchRows() = default;
  // Of the same rows that is no change.  NOLINTNEXTLINE(bugprone-unhandled-self-assignment)
  BatchRows& operator=(const BatchRows& x) { return put(x.tensor, false); }
  BatchRows& operator+=(const BatchRows& x) { return put(x.tensor, true); }
  BatchRows& operator=(const Product& p) { return put(p, false); }
  BatchRows& operator+=(const Product& p) { return put(p, true); }

  Tensor tensor;

 private:
  BatchRows& put(const Tensor& x, bool add) {
    add_to(x, tensor, add);
    return *this;
  }
  BatchRows& put(const Product& p, bool add) {
    p.compute(tensor.raw(), tensor.dtype(), add);
    return *this;
  }
};

Product matmul(const BatchRows& x, const Tensor& w) { return product_of(x.tensor, w); }
Product linear(const BatchRows& x, const Tensor& w, const BatchRows& b) {
  return product_of(x.tensor, w, b.tensor);
}

/// A contiguous tensor, which is no single number, as matrices one after the other. It is small, as
/// a thread waits for each line of the cache that it must fetch before it begins; and it counts no
/// users, which threads do one at a time.
struct Matrices {
  Matrices(const Tensor& t)
      : data(static_cast<std::byte*>(t.raw())),
        rows(t.rank() > 1 ? t.shape()[t.rank() - 2] : 1),
        columns(t.shape().back()),
        dtype(t.dtype()),
        is_row(t.rank() == 1) {}
  /// Rows begin .. end of the matrix at some index.
  BatchRows part(std::int64_t index, std::int64_t begin, std::int64_t end) const {
    const std::int64_t start = (index * rows + begin) * columns,
                       size = static_cast<std::int64_t>(item_size(dtype));
    return BatchRows(
        Tensor::borrow(data + start * size, Shape::unchecked({end - begin, columns}), dtype));
  }
  /// The first one.
  Tensor whole() const { return part(0, 0, rows).tensor; }
  /// What is added to rows begin .. end: the same for all of them where it is one.
  BatchRows bias(std::int64_t begin, std::int64_t end) const {
    return is_row ? BatchRows(Tensor::borrow(data, Shape::unchecked({columns}), dtype))
                  : part(0, begin, end);
  }

  std::byte* data;
  std::int64_t rows, columns;
  DType dtype;
  bool is_row;
};

void* row_of(const BatchRows& r, std::int64_t i) {
  const Tensor& t = r.tensor;
  return static_cast<std::byte*>(t.raw()) +
         i * t.shape().back() * static_cast<std::int64_t>(item_size(t.dtype()));
}

/// Calls f(row, its length) for the rows of a state.
template <class F>
void for_state_rows(const BatchRows& state, const F& f) {
  const std::int64_t rows = state.tensor.shape()[0], n = state.tensor.shape()[1];
  // A gate costs as much as a few plain elements.
  for_rows(rows, 16 * n, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) f(i, n);
  });
}

/// Writes h' and c' for some rows of a batch.
void step(const BatchRows& gates, const BatchRows& c, const BatchRows& to_h,
          const BatchRows& to_c) {
  const auto lstm = kernels().of(c.tensor.dtype()).lstm;
  for_state_rows(c, [&](std::int64_t i, std::int64_t n) {
    lstm(n, row_of(gates, i), row_of(c, i), row_of(to_h, i), row_of(to_c, i));
  });
}

/// See ops::pull_back_gates.
void pull_back_gates(const BatchRows& dh, const BatchRows& dc, const BatchRows& gates,
                     const BatchRows& c, BatchRows& to_gates, BatchRows& to_c) {
  const auto lstm_gradient = kernels().of(c.tensor.dtype()).lstm_gradient;
  for_state_rows(c, [&](std::int64_t i, std::int64_t n) {
    lstm_gradient(n, row_of(gates, i), row_of(c, i), row_of(dh, i), row_of(dc, i),
                  row_of(to_gates, i), row_of(to_c, i));
  });
}

/// Calls f(begin, end) for parts of a batch, each of which takes its way through all steps: its
/// rows depend on no others, and several threads share the parts, which do not depend on them.
/// Where all `weights` of a step do not stay in the second-level cache meanwhile, the batch is one
/// part, and the threads share each step.
template <class F>
void for_parts_of_batch(std::int64_t rows, std::int64_t steps, std::int64_t weights, DType dtype,
                        const F& f) {
  constexpr std::int64_t part = 16, most_bytes = std::int64_t{1} << 19;
  constexpr double enough = 1 << 18;  // products of two numbers that are worth a thread
  const bool fit = weights * static_cast<std::int64_t>(item_size(dtype)) <= most_bytes;
  const std::int64_t parts = fit ? (rows + part - 1) / part : 1;
  if (parts <= 1) return f(std::int64_t{0}, rows);
  // Tiles of products have eight or four rows.
  const auto begin_of = [&](std::int64_t i) {
    return i == parts ? rows : (rows * i / parts + 3) / 4 * 4;
  };
  const double work = static_cast<double>(part) * static_cast<double>(steps) *
                      static_cast<double>(std::max<std::int64_t>(1, weights));
  parallel_for(parts, static_cast<std::int64_t>(std::max(1.0, enough / work)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) f(begin_of(i), begin_of(i + 1));
               });
}

/// Where the states h and c of a step are among all of them.
struct Place {
  std::int64_t h, c;
  Place(std::int64_t steps, std::int64_t t) : h(t), c(steps + 1 + t) {}
};

}  // namespace

Tensor lstm_state(const Tensor& x_, const Tensor& h_, const Tensor& c_, const Tensor& w_ih_,
                  const Tensor& w_hh_, const Tensor& b_, std::shared_ptr<Tensor>& gates) {
  check_cell(x_.shape(), h_.shape(), c_.shape(), w_ih_.shape(), w_hh_.shape(), b_.shape());
  const Tensor x = x_.contiguous(), h = h_.contiguous(), c = c_.contiguous(),
               w_ih = w_ih_.contiguous(), w_hh = w_hh_.contiguous(), b = b_.contiguous();
  const std::int64_t batch = c.shape()[0];
  make_room(gates, {batch, w_hh.shape()[1]}, c.dtype());
  Tensor out = Tensor::empty({2, batch, c.shape()[1]}, c.dtype());
  const std::int64_t weights = w_ih.numel() + w_hh.numel();
  const struct {
    Matrices gates, x, h, c, w_ih, w_hh, b, out;
  } m{*gates, x, h, c, w_ih, w_hh, b, out};
  for_parts_of_batch(batch, 1, weights, c.dtype(), [m](std::int64_t begin, std::int64_t end) {
    const auto rows = [=](const Matrices& t, std::int64_t i) { return t.part(i, begin, end); };
    BatchRows all = rows(m.gates, 0);
    all = linear(rows(m.x, 0), m.w_ih.whole(), m.b.bias(begin, end));
    all += matmul(rows(m.h, 0), m.w_hh.whole());
    step(all, rows(m.c, 0), rows(m.out, 0), rows(m.out, 1));
  });
  return out;
}

std::tuple<Tensor, Tensor> lstm_cell_gradients(const Tensor& d_, const Tensor& c_,
                                               const std::shared_ptr<Tensor>& gates) {
  const Shape& state = c_.shape();
  check_gradient("lstm_cell", d_, {2, state[0], state[1]}, c_.dtype());
  if (!gates || gates->shape() != Shape{state[0], 4 * state[1]} || gates->dtype() != c_.dtype())
    fail("lstm_cell: these are not the gates of a state of shape {}", state);
  const Tensor d = d_.contiguous(), c = c_.contiguous(),
               d_gates = Tensor::empty(gates->shape(), c.dtype()),
               d_c = Tensor::empty(state, c.dtype());
  const std::int64_t batch = state[0];
  const Matrices both(d);
  BatchRows to_gates(d_gates), to_c(d_c);
  pull_back_gates(both.part(0, 0, batch), both.part(1, 0, batch), BatchRows(*gates), BatchRows(c),
                  to_gates, to_c);
  return {d_gates, d_c};
}

Tensor lstm_states(const Tensor& inputs, const Tensor& weights, const Tensor& h, const Tensor& c,
                   std::shared_ptr<Tensor>& gates) {
  const Shape &s = inputs.shape(), &state = c.shape();
  if (s.rank() != 3 || s[0] == 0 || state.rank() != 2 || s[1] != state[0] || s[2] != 4 * state[1] ||
      weights.shape() != Shape{state[1], s[2]} || h.shape() != state)
    fail(
        "lstm: gates of shape {}, weights of shape {} and states of shapes {} and {} are not "
        "(steps, batch, 4 hidden) with a step at least, (hidden, 4 hidden), (batch, hidden) and "
        "(batch, hidden)",
        s, weights.shape(), h.shape(), state);
  const Tensor x = inputs.contiguous(), w = weights.contiguous();
  const std::int64_t steps = s[0], batch = s[1];
  make_room(gates, s, x.dtype());
  Tensor states = Tensor::empty({2, steps + 1, batch, state[1]}, x.dtype());
  const struct {
    Matrices gates, x, w, states;
    std::int64_t steps;
  } m{*gates, x, w, states, steps};
  for_parts_of_batch(
      batch, steps, w.numel(), w.dtype(), [&, m](std::int64_t begin, std::int64_t end) {
        const auto rows = [=](const Matrices& t, std::int64_t i) { return t.part(i, begin, end); };
        const Place first(m.steps, 0);
        add_to(sliced(h, 0, begin, end, 1), rows(m.states, first.h).tensor, false);
        add_to(sliced(c, 0, begin, end, 1), rows(m.states, first.c).tensor, false);
        for (std::int64_t t = 0; t < m.steps; ++t) {
          const Place before(m.steps, t), after(m.steps, t + 1);
          BatchRows all = rows(m.gates, t);
          all = linear(rows(m.states, before.h), m.w.whole(), rows(m.x, t));
          step(all, rows(m.states, before.c), rows(m.states, after.h), rows(m.states, after.c));
        }
      });
  return states;
}

namespace {

/// Some rows of a batch for ops::Lstm::pull_back.
struct RowsOfSteps {
  BatchRows d_h(std::int64_t t) const { return rows(d, Place(steps, t).h); }
  BatchRows d_c(std::int64_t t) const { return rows(d, Place(steps, t).c); }
  BatchRows gates(std::int64_t t) const { return rows(all_gates, t); }
  BatchRows c(std::int64_t t) const { return rows(states, Place(steps, t).c); }
  BatchRows d_gates(std::int64_t t) const { return rows(all_d_gates, t); }
  BatchRows rows(const Matrices& all, std::int64_t i) const { return all.part(i, begin, end); }

  std::int64_t steps, begin, end;
  Matrices d, all_gates, states, all_d_gates;
  Tensor w_turned;
  BatchRows dh, dc;
};

}  // namespace

std::tuple<Tensor, Tensor, Tensor> lstm_gradients(const Tensor& gradient, const Tensor& results,
                                                  const std::shared_ptr<Tensor>& gates,
                                                  const Tensor& weights) {
  check_gradient("lstm", gradient, results.shape(), results.dtype());
  if (!gates || !belong_together(*gates, results, weights))
    fail("lstm: these are not the gates of states of shape {} and weights of shape {}",
         results.shape(), weights.shape());
  const Tensor d = gradient.contiguous(), states = results.contiguous(), w = weights.contiguous();
  const Shape& s = gates->shape();
  const std::int64_t steps = s[0], batch = s[1], n = w.shape()[0];
  const Tensor d_gates = Tensor::empty(s, d.dtype()), d_h = Tensor::empty({batch, n}, d.dtype()),
               d_c = Tensor::empty({batch, n}, d.dtype());
  const struct {
    Matrices gates, states, d, w, d_gates, d_h, d_c;
    std::int64_t steps;
  } m{*gates, states, d, w, d_gates, d_h, d_c, steps};
  for_parts_of_batch(batch, steps, w.numel(), w.dtype(), [m](std::int64_t begin, std::int64_t end) {
    RowsOfSteps rows{m.steps,
                     begin,
                     end,
                     m.d,
                     m.gates,
                     m.states,
                     m.d_gates,
                     m.w.whole().swapped(),
                     m.d_h.part(0, begin, end),
                     m.d_c.part(0, begin, end)};
    ops::Lstm::pull_back(rows, m.steps);
  });
  return {d_gates, d[0][0], d_c};
}

namespace internal {

void check_lstm(const Shape& x, const Shape& h, const Shape& c, const Shape& w_ih,
                const Shape& w_hh, const Shape& b) {
  if (x.rank() == 3 && x[0] > 0 && h.rank() == 2 && c == h && x[1] == h[0] &&
      w_ih == Shape{x[2], 4 * h[1]} && w_hh == Shape{h[1], 4 * h[1]} && b == Shape{4 * h[1]})
    return;
  fail(
      "lstm: x of shape {}, h of shape {}, c of shape {}, weights of shapes {} and {} and a bias "
      "of shape {} are not (steps, batch, inputs) with a step at least, (batch, hidden), (batch, "
      "hidden), (inputs, 4 hidden), (hidden, 4 hidden) and (4 hidden,)",
      x, h, c, w_ih, w_hh, b);
}

}  // namespace internal

}  // namespace brickgrad
