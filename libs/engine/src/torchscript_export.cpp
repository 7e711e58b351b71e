#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/passes/shape_analysis.h>

#include <sstream>

#include "cxrnet/engine/export.h"
#include "record.h"

namespace cxrnet::engine {

std::string to_torchscript(const ExportedNetwork& network) {
  const auto graph = record(network.function, network.size);
  torch::jit::EraseShapeInformation(graph);  // any number of images
  auto* outputs = graph->appendNode(graph->createTuple(graph->outputs()));
  while (!graph->outputs().empty()) graph->eraseOutput(0);
  graph->registerOutput(outputs->output());

  torch::jit::Module module("cxrnet");
  graph->insertInput(0, "self")->setType(module.type());
  graph->inputs()[1]->setDebugName("image");
  module.type()->addMethod(module._ivalue()->compilation_unit()->create_function(
      c10::QualifiedName(*module.type()->name(), "forward"), graph));

  torch::jit::ExtraFilesMap files;
  for (const auto& [key, value] : network.metadata) files[key] = value;
  std::ostringstream archive;
  module.save(archive, files);
  return archive.str();
}

}  // namespace cxrnet::engine
