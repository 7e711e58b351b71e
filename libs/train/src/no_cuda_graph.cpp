// CudaGraph where libtorch has no CUDA, or is too old.
#include "cuda_graph.h"
#include "cxrnet/core/error.h"

namespace cxrnet::train {
namespace {

[[noreturn]] void refuse() {
  throw Error(ErrorCode::internal,
              "CUDA graphs: expected a build with libtorch 2.1 or later for CUDA, got another; "
              "report this");
}

}  // namespace

struct CudaGraph::State {};

bool CudaGraph::is_supported() { return false; }

CudaGraph::CudaGraph(at::Device) { refuse(); }
CudaGraph::~CudaGraph() = default;

void CudaGraph::run(const std::function<void()>&) { refuse(); }
void CudaGraph::record(const std::function<void()>&) { refuse(); }
bool CudaGraph::is_recorded() const { return false; }
void CudaGraph::replay() { refuse(); }
void CudaGraph::forget() { refuse(); }

}  // namespace cxrnet::train
