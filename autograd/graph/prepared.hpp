// The work of a node that is done again and again on memory that stays where it is, with what can
// be found out once found out: its products, whose operands lie in the values and the adjoint of
// the node and its inputs. For tables.cpp alone.
#pragma once

#include <autograd/graph/first_order.hpp>
#include <limits>
#include <optional>
#include <vector>

namespace brickgrad::internal {

/// Where the values of some nodes lie.
class Places {
 public:
  /// Numbers without a shape have no place of their own.
  bool add(const Node& n) {
    if (!n.is(array) || is_put_off(n)) return false;
    places_[static_cast<std::size_t>(count_++)] = {&n, n.part->value.raw()};
    return true;
  }
  /// Whether they still lie there.
  bool hold() const {
    for (int i = 0; i < count_; ++i) {
      const auto& [node, place] = places_[static_cast<std::size_t>(i)];
      if (node->part->value.raw() != place) return false;
    }
    return true;
  }
  bool contain(const void* p) const {
    return std::any_of(places_.begin(), places_.begin() + count_, [p](const Place& place) {
      return lies_in(p, place.start, place.node->part->value);
    });
  }

 private:
  struct Place {
    const Node* node;
    const void* start;
  };
  std::array<Place, max_arity + 1> places_;
  int count_ = 0;
};

/// The value of a node whose forward text is a product.
class PreparedValue : public Prepared {
 public:
  PreparedValue(const Places& places, Product product, Node& n)
      : places_(places),
        product_(std::move(product)),
        out_(n.part->value.raw()),
        dtype_(n.dtype()) {}
  bool run() const override {
    if (!places_.hold()) return false;
    product_.compute(out_, dtype_, false);
    return true;
  }

 private:
  Places places_;
  Product product_;
  void* out_;
  DType dtype_;
};

template <class Op, int... I>
std::unique_ptr<Prepared> prepared_value(Node& n, std::integer_sequence<int, I...> all) {
  Places places;
  Node* const x[] = {n.input(I)...};
  if (!(places.add(n) && (places.add(*x[I]) && ...))) return nullptr;
  auto product = run_forward<Op>(n.attributes(), x, seen_value, all);
  if (!product.reads_only([&](const void* p) { return places.contain(p); })) return nullptr;
  return std::make_unique<PreparedValue>(places, std::move(product), n);
}

/// What the inputs of a node receive: each a product, or the adjoint itself.
class PreparedPullback : public Prepared {
 public:
  PreparedPullback(Node& n, const Places& places) : node_(n), places_(places), g_(adjoint_of(n)) {}
  /// False when it is nothing that can be prepared.
  bool add(Node& input, const Seen& contribution) {
    if (!parts_.empty() && parts_.back().product && g_.rank() == 2 &&
        parts_.back().product->sums_rows_of(g_))
      summed_ = parts_.size() - 1;
    parts_.push_back({&input, std::nullopt});
    return contribution.raw() == g_.raw() && contribution.shape() == g_.shape() &&
           contribution.strides() == g_.strides();
  }
  bool add(Node& input, Product contribution) {
    // Small ones are not worth asking, and may sum rows instead.
    if (beside_ == parts_.size() && beside_ < 2 &&
        contribution.work() > static_cast<double>(most_summed))
      ++beside_;
    parts_.push_back({&input, std::move(contribution)});
    return parts_.back().product->reads_only(
        [&](const void* p) { return places_.contain(p) || lies_in(p, g_.raw(), g_); });
  }
  bool run() const override {
    if (!node_.is(has_adjoint)) return true;
    if (!places_.hold() || node_.adjoint_data != g_.raw()) return false;
    for (const Part& part : parts_)
      if (!part.input->is(requires_grad)) return false;
    check_unchanged(node_);
    std::size_t i = 0;
    if (beside_ > 0) {
      ProductTo products[2];
      for (; i < beside_; ++i) products[i] = {parts_[i].input, &*parts_[i].product};
      accumulate_together({products, i}, node_);
    }
    for (; i < parts_.size(); ++i) {
      const auto& [input, product] = parts_[i];
      if (i == summed_ && accumulate_with_sums(*input, *product, *parts_[i + 1].input, g_))
        ++i;
      else if (product)
        accumulate(*input, *product);
      else
        accumulate(*input, g_);
    }
    return true;
  }

 private:
  struct Part {
    Node* input;
    std::optional<Product> product;
  };
  Node& node_;
  Places places_;
  Seen g_;
  std::vector<Part> parts_;
  std::size_t beside_ = 0;  // how many of the first parts are products that may run side by side
  std::size_t summed_ = std::numeric_limits<std::size_t>::max();  // a product before what sums g
};

/// The type of the pullback to input K.
template <class Op, int K, int... I>
auto contribution_type(std::integer_sequence<int, I...>) {
  return std::type_identity<
      std::remove_cvref_t<decltype(std::declval<const Op&>().template pullback<K>(
          std::declval<const Seen&>(), std::declval<const Seen&>(),
          std::declval<const std::conditional_t<I >= 0, Seen, void>&>()...))>>();
}
template <class Op, int K, class T, class All>
inline constexpr bool contributes =
    std::is_same_v<typename decltype(contribution_type<Op, K>(All()))::type, T>;

/// Whether all pullbacks are products, or may be the adjoint itself.
template <class Op, int... I>
constexpr bool pulls_back_products(std::integer_sequence<int, I...>) {
  using All = std::integer_sequence<int, I...>;
  if constexpr (shares_work<Op, Seen, std::conditional_t<I >= 0, Seen, void>...>) {
    return false;
  } else {
    return (contributes<Op, I, Product, All> || ...) &&
           ((contributes<Op, I, Product, All> || contributes<Op, I, Seen, All> ||
             contributes<Op, I, void, All>)&&...);
  }
}

template <class Op, int... I>
std::unique_ptr<Prepared> prepared_pullback(Node& n, std::integer_sequence<int, I...>) {
  Places places;
  Node* const inputs[] = {n.input(I)...};
  if (!n.is(has_adjoint) || !(places.add(n) && (places.add(*inputs[I]) && ...))) return nullptr;
  const Op& op = *static_cast<const Op*>(static_cast<const void*>(n.attributes()));
  auto out = std::make_unique<PreparedPullback>(n, places);
  const Seen g = adjoint_of(n);
  const SeenValue y(n), x[] = {SeenValue(*inputs[I])...};
  const auto add = [&]<int K>(std::integral_constant<int, K>) {
    if constexpr (!std::is_void_v<decltype(op.template pullback<K>(g, *y, *x[I]...))>)
      return !inputs[K]->is(requires_grad) ||
             out->add(*inputs[K], op.template pullback<K>(g, *y, *x[I]...));
    else
      return true;
  };
  if (!(add(std::integral_constant<int, I>{}) && ...)) return nullptr;
  return out;
}

}  // namespace brickgrad::internal
