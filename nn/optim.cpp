#include <algorithm>
#include <autograd/error.hpp>
#include <autograd/graph/adjoint.hpp>
#include <cmath>
#include <limits>
#include <nn/optim.hpp>
#include <unordered_set>

namespace brickgrad::nn {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

Optimizer::Optimizer(const char* name, std::vector<Value> parameters, double lr, int moments)
    : name_(name), lr_(lr) {
  check("lr", lr, 0, infinity);
  if (moments < 0 || moments > max_moments)
    fail("{}: {} moments; there are from 0 to {} beside a parameter", name, moments, max_moments);
  if (parameters.empty()) fail("{}: no parameters given; pass net.parameters()", name);
  std::unordered_set<const void*> seen;
  for (Value& p : parameters) {
    if (!p.is_leaf() || !p.requires_grad())
      fail("{}: parameter {} ({}) receives no gradient; pass leaves, made with Value(tensor)", name,
           &p - parameters.data(), brickgrad::internal::describe(*p.node()));
    if (!seen.insert(p.node()).second) continue;
    Memory memory;
    for (int i = 0; i < moments; ++i) {
      memory.owned.push_back(Tensor::zeros({p.numel()}, p.dtype()));
      memory.moments[static_cast<std::size_t>(i)] = memory.owned.back().raw();
    }
    memories_.push_back(std::move(memory));
    parameters_.push_back(std::move(p));
  }
}

void Optimizer::check(const char* option, double value, double low, double high) const {
  if (value >= low && value < high) return;
  if (high == infinity) fail("{}: {} is {}; it must be at least {}", name_, option, value, low);
  fail("{}: {} is {}; it must be at least {} and below {}", name_, option, value, low, high);
}

void Optimizer::zero_grad() const {
  for (const Value& p : parameters_) p.zero_grad();
}

void Optimizer::set_lr(double lr) {
  check("lr", lr, 0, infinity);
  lr_ = lr;
}

SGD::SGD(std::vector<Value> parameters, const SGDOptions& options)
    : Optimizer("SGD", std::move(parameters), options.lr, options.momentum != 0 ? 1 : 0),
      options_(options) {
  check("momentum", options.momentum, 0, infinity);
  check("weight_decay", options.weight_decay, 0, infinity);
  if (options.nesterov && (options.momentum <= 0 || options.dampening != 0))
    fail("SGD: nesterov needs a momentum above 0 and a dampening of 0, not {} and {}",
         options.momentum, options.dampening);
}

void SGD::step() {
  const SGDOptions& o = options_;
  if (o.momentum == 0)
    return update_all([&](auto p) {
      const auto rate = p.number(lr()), decay = p.number(o.weight_decay);
      return [rate, decay, to = p.value, from = p.gradient](std::int64_t begin, std::int64_t end) {
        auto* __restrict value = to;
        const auto* __restrict gradient = from;
        for (std::int64_t i = begin; i < end; ++i)
          value[i] -= rate * (gradient[i] + decay * value[i]);
      };
    });
  update_all([&](auto p) {
    const auto rate = p.number(lr()), decay = p.number(o.weight_decay),
               momentum = p.number(o.momentum), share = p.number(p.step == 1 ? 1 : 1 - o.dampening);
    return [=, nesterov = o.nesterov](std::int64_t begin, std::int64_t end) {
      auto* v = p.moments[0];
      for (std::int64_t i = begin; i < end; ++i) {
        const auto g = p.gradient[i] + decay * p.value[i];
        v[i] = momentum * v[i] + share * g;
        p.value[i] -= rate * (nesterov ? g + momentum * v[i] : v[i]);
      }
    };
  });
}

Adam::Adam(const char* name, std::vector<Value> parameters, const AdamOptions& options,
           bool decoupled)
    : Optimizer(name, std::move(parameters), options.lr, 2),
      options_(options),
      decoupled_(decoupled) {
  check("beta1", options.beta1, 0, 1);
  check("beta2", options.beta2, 0, 1);
  check("eps", options.eps, 0, infinity);
  check("weight_decay", options.weight_decay, 0, infinity);
}

Adam::Adam(std::vector<Value> parameters, const AdamOptions& options)
    : Adam("Adam", std::move(parameters), options, false) {}

AdamW::AdamW(std::vector<Value> parameters, const AdamWOptions& options)
    : Adam("AdamW", std::move(parameters),
           {options.lr, options.beta1, options.beta2, options.eps, options.weight_decay}, true) {}

void Adam::step() {
  const AdamOptions& o = options_;
  // Parameters mostly have the same count of steps, so that the powers are computed once.
  std::int64_t known = 0;
  double rate = 0, root = 1;
  update_all([&](auto p) {
    if (p.step != known) {
      known = p.step;
      const auto t = static_cast<double>(known);
      rate = lr() / (1 - std::pow(o.beta1, t));
      root = std::sqrt(1 - std::pow(o.beta2, t));
    }
    const auto step = p.number(rate), correction = p.number(root), eps = p.number(o.eps),
               new1 = p.number(1 - o.beta1), keep2 = p.number(o.beta2),
               new2 = p.number(1 - o.beta2),
               keep = p.number(1 - (decoupled_ ? lr() : 0) * o.weight_decay),
               decay = p.number(decoupled_ ? 0 : o.weight_decay);
    return [=](std::int64_t begin, std::int64_t end) {
      auto *m = p.moments[0], *v = p.moments[1];
      for (std::int64_t i = begin; i < end; ++i) {
        const auto w = keep * p.value[i];
        const auto g = p.gradient[i] + decay * w;
        m[i] += new1 * (g - m[i]);
        v[i] = keep2 * v[i] + new2 * g * g;
        p.value[i] = w - step * m[i] / (std::sqrt(v[i]) / correction + eps);
      }
    };
  });
}

RMSprop::RMSprop(std::vector<Value> parameters, const RMSpropOptions& options)
    : Optimizer("RMSprop", std::move(parameters), options.lr,
                1 + (options.centered ? 1 : 0) + (options.momentum > 0 ? 1 : 0)),
      options_(options) {
  check("alpha", options.alpha, 0, infinity);
  check("eps", options.eps, 0, infinity);
  check("weight_decay", options.weight_decay, 0, infinity);
  check("momentum", options.momentum, 0, infinity);
}

void RMSprop::step() {
  const RMSpropOptions& o = options_;
  update_all([&](auto p) {
    const auto rate = p.number(lr()), decay = p.number(o.weight_decay), keep = p.number(o.alpha),
               share = p.number(1 - o.alpha), eps = p.number(o.eps),
               momentum = p.number(o.momentum);
    auto* v = p.moments[0];
    auto* mean = o.centered ? p.moments[1] : nullptr;
    auto* sum = o.momentum > 0 ? p.moments[o.centered ? 2 : 1] : nullptr;
    return [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const auto g = p.gradient[i] + decay * p.value[i];
        v[i] = keep * v[i] + share * g * g;
        auto variance = v[i];
        if (mean) {
          mean[i] += share * (g - mean[i]);
          variance -= mean[i] * mean[i];
        }
        auto change = g / (std::sqrt(variance) + eps);
        if (sum) change = sum[i] = momentum * sum[i] + change;
        p.value[i] -= rate * change;
      }
    };
  });
}

double clip_grad_norm_(std::span<const Value> parameters, double max_norm) {
  namespace engine = brickgrad::internal;
  if (!(max_norm > 0)) fail("clip_grad_norm_: a largest norm of {} is not positive", max_norm);
  std::vector<engine::Node*> nodes;
  std::unordered_set<const engine::Node*> seen;
  for (const Value& p : parameters)
    if (p.node()->is(engine::has_adjoint) && seen.insert(p.node()).second)
      nodes.push_back(p.node());
  // Calls f with the elements of every gradient. One that is to change and that a user holds is
  // copied first: what was read stays.
  auto visit = [&](bool changes, const auto& f) {
    for (engine::Node* n : nodes) {
      void* data = &n->adjoint;
      if (n->is(engine::array)) data = changes ? engine::open_adjoint(*n).data : n->adjoint_data;
      with_dtype(n->dtype(), [&](auto zero) {
        f(std::span(static_cast<decltype(zero)*>(data), static_cast<std::size_t>(n->numel())));
      });
    }
  };
  const auto norm_in = [&](double unit) {
    double squares = 0;
    visit(false, [&](auto gradient) {
      for (auto g : gradient) {
        const double part = static_cast<double>(g) / unit;
        squares += part * part;
      }
    });
    return std::sqrt(squares) * unit;
  };
  double norm = norm_in(1);
  if (constexpr double smallest = 1e-150; !std::isfinite(norm) || norm < smallest) {
    // Squares overflow or vanish: in parts of the largest element they do not.
    double largest = 0;
    visit(false, [&](auto gradient) {
      for (auto g : gradient) largest = std::max(largest, std::abs(static_cast<double>(g)));
    });
    if (largest > 0 && std::isfinite(largest)) norm = norm_in(largest);
  }
  // PyTorch adds 1e-6 against a division by 0.
  const double scale = max_norm / (norm + 1e-6);
  if (scale < 1)
    visit(true, [&](auto gradient) {
      for (auto& g : gradient) g = static_cast<std::remove_reference_t<decltype(g)>>(g * scale);
    });
  return norm;
}

}  // namespace brickgrad::nn
