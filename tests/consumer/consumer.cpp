#include <cxrnet/nn/cxr_net.h>
#include <cxrnet/nn/labels.h>

#include <cstdio>

int main() {
  using namespace cxrnet::nn;
  CxrNet network(
      CxrNetOptions{.encoder = {.architecture = Architecture::resnet34, .width = 0.125}});
  network->eval();
  const auto probabilities = network->classify(at::rand({1, 1, 64, 64})).softmax(1);
  for (int64_t i = 0; i < kClasses; ++i) {
    std::printf("%s %.3f\n", kLabels[i].data(), probabilities[0][i].item<double>());
  }
}
