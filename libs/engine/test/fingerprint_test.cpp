#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "cxrnet/engine/engine.h"
#include "cxrnet/engine/fusion.h"
#include "cxrnet/engine/graph.h"
#include "cxrnet/engine/trace.h"
#include "small_networks.h"

namespace cxrnet::engine {
namespace {

Graph fused_graph(nn::CxrNet network, Pair size = {64, 64}) {
  return fuse(trace(classifier_function(std::move(network)), size));
}

nn::CxrNet small_network() {
  return test::make_network(test::small_options(nn::Architecture::resnet34));
}

TEST(Fingerprint, IsThatOfTheSameNetworkTracedAgainSavedAsHalves) {
  const auto first = fingerprint(fused_graph(small_network()));
  EXPECT_EQ(first.size(), 16U);
  EXPECT_EQ(fingerprint(fused_graph(small_network())), first);
  auto stored = small_network();
  {
    const at::NoGradGuard no_grad;
    for (auto& parameter : stored->parameters())
      if (parameter.dim() > 1) parameter.copy_(parameter.to(at::kHalf));
  }
  EXPECT_EQ(fingerprint(fused_graph(stored)), first);
}

TEST(Fingerprint, LeavesRangesAside) {
  auto graph = fused_graph(small_network());
  const auto before = fingerprint(graph);
  graph.values[graph.input].range = Range{0.0, 1.0};
  EXPECT_EQ(fingerprint(graph), before);
}

TEST(Fingerprint, ChangesWithWhatRangesDependOn) {
  const auto edited = [](const char* name, const std::function<void(at::Tensor&)>& edit) {
    auto other = small_network();
    const at::NoGradGuard no_grad;
    for (auto& item : other->named_parameters())
      if (item.key() == name) edit(item.value());
    for (auto& item : other->named_buffers())
      if (item.key() == name) edit(item.value());
    return fingerprint(fused_graph(other));
  };
  const std::set<std::string> all{
      fingerprint(fused_graph(small_network())),
      edited("encoder.layer1.0.conv1.weight", [](at::Tensor& weight) { weight.mul_(1.5); }),
      edited("encoder.bn1.running_mean", [](at::Tensor& mean) { mean.add_(0.5); }),
      edited("head.fc.bias", [](at::Tensor& bias) { bias.add_(1.0); }),
      fingerprint(fused_graph(small_network(), {96, 96})),
      fingerprint(
          fused_graph(test::make_network(test::small_options(nn::Architecture::resnet50))))};
  EXPECT_EQ(all.size(), 6U);
}

}  // namespace
}  // namespace cxrnet::engine
