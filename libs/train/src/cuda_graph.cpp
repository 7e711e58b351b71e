#include "cuda_graph.h"

#include "cxrnet/core/error.h"

#ifdef CXRNET_CUDA_GRAPHS
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/cuda/CUDACachingAllocator.h>
#endif

namespace cxrnet::train {

#ifdef CXRNET_CUDA_GRAPHS

namespace {

const at::Device kGpu(at::kCUDA, 0);  // the only one that training takes (device.cpp)

// Begins work on another stream while it lives, between what comes before and after on the usual
// one.
class Detour {
 public:
  explicit Detour(const c10::Stream& stream)
      : usual_(c10::impl::VirtualGuardImpl(at::kCUDA).getStream(kGpu)), stream_(stream) {
    let_wait(stream_, usual_);
    guard_ = std::make_unique<c10::StreamGuard>(stream_);
  }
  ~Detour() {
    guard_.reset();
    let_wait(usual_, stream_);
  }
  Detour(const Detour&) = delete;
  Detour& operator=(const Detour&) = delete;

 private:
  static void let_wait(const c10::Stream& waiting, const c10::Stream& other) {
    c10::Event done(at::kCUDA);
    done.record(other);
    done.block(waiting);
  }

  c10::Stream usual_, stream_;
  std::unique_ptr<c10::StreamGuard> guard_;
};

void end_quietly(at::cuda::CUDAGraph& graph) {
  try {
    graph.capture_end();
  } catch (
      const std::exception&) {  // says that the recording failed, which the caller tells better
  }
}

}  // namespace

struct CudaGraph::State {
  c10::Stream stream = c10::impl::VirtualGuardImpl(at::kCUDA).getStreamFromGlobalPool(kGpu);
  std::unique_ptr<at::cuda::CUDAGraph> graph;
};

bool CudaGraph::is_supported() { return true; }

CudaGraph::CudaGraph() : state_(std::make_unique<State>()) {}
CudaGraph::~CudaGraph() = default;

void CudaGraph::run(const std::function<void()>& work) {
  const Detour detour(state_->stream);
  work();
}

void CudaGraph::record(const std::function<void()>& work) {
  c10::cuda::CUDACachingAllocator::emptyCache();  // a graph's tensors have memory of their own
  const Detour detour(state_->stream);
  auto graph = std::make_unique<at::cuda::CUDAGraph>();
  // Threads that load images take page-locked memory meanwhile; only this one must not.
  graph->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
  try {
    work();
  } catch (...) {
    end_quietly(*graph);  // or the stream would go on recording
    throw;
  }
  graph->capture_end();
  state_->graph = std::move(graph);
}

bool CudaGraph::is_recorded() const { return state_->graph != nullptr; }

void CudaGraph::replay() { state_->graph->replay(); }

void CudaGraph::forget() { state_->graph.reset(); }

#else

struct CudaGraph::State {};

namespace {

[[noreturn]] void refuse() {
  throw Error(ErrorCode::internal,
              "CUDA graphs: expected a build with libtorch for CUDA, got another; report this");
}

}  // namespace

bool CudaGraph::is_supported() { return false; }

CudaGraph::CudaGraph() { refuse(); }
CudaGraph::~CudaGraph() = default;

void CudaGraph::run(const std::function<void()>&) { refuse(); }
void CudaGraph::record(const std::function<void()>&) { refuse(); }
bool CudaGraph::is_recorded() const { return false; }
void CudaGraph::replay() { refuse(); }
void CudaGraph::forget() { refuse(); }

#endif

}  // namespace cxrnet::train
