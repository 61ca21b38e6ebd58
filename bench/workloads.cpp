#include <algorithm>

#include "workload.hpp"

namespace bench {

namespace {

bool wanted(const Workload& w, const std::vector<std::string>& filters) {
  const auto in = [&w](const std::string& f) {
    return w.name.find(f) != std::string::npos || w.title.find(f) != std::string::npos;
  };
  return filters.empty() || std::any_of(filters.begin(), filters.end(), in);
}

}  // namespace

Workloads workloads_like(const std::vector<std::string>& filters) {
  Workloads all;
  for (const auto add : {xor_step, regression_step, mlp, elementwise, gemm, conv, lstm, attention,
                         memory_bound, scalar_chain})
    add(all);
  Workloads chosen;
  for (const Workload& w : all)
    if (wanted(w, filters)) chosen.push_back(w);
  return chosen;
}

}  // namespace bench
