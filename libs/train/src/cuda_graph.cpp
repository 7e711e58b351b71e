#include "cuda_graph.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/cuda/CUDACachingAllocator.h>

#include <exception>
#include <utility>

namespace cxrnet::train {
namespace {

c10::impl::VirtualGuardImpl cuda() { return c10::impl::VirtualGuardImpl(at::kCUDA); }

void let_wait(const c10::Stream& waiting, const c10::Stream& other) {
  c10::Event done(at::kCUDA);
  done.record(other);
  done.block(waiting);
}

void run_on(const c10::Stream& stream, const std::function<void()>& work) {
  const auto usual = cuda().getStream(stream.device());
  let_wait(stream, usual);
  {
    const c10::StreamGuard guard(stream);
    work();
  }
  let_wait(usual, stream);
}

// After an error while it was recorded, which tells more than the one that this may cause.
void end_recording(at::cuda::CUDAGraph& graph) {
  try {
    graph.capture_end();
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace

struct CudaGraph::State {
  explicit State(at::Device gpu) : stream(cuda().getStreamFromGlobalPool(gpu)) {}

  c10::Stream stream;
  std::unique_ptr<at::cuda::CUDAGraph> graph;
};

bool CudaGraph::is_supported() { return true; }

CudaGraph::CudaGraph(at::Device gpu) : state_(std::make_unique<State>(gpu)) {}
CudaGraph::~CudaGraph() = default;

void CudaGraph::run(const std::function<void()>& work) { run_on(state_->stream, work); }

void CudaGraph::record(const std::function<void()>& work) {
  c10::cuda::CUDACachingAllocator::emptyCache();  // a graph's tensors have memory of their own
  auto graph = std::make_unique<at::cuda::CUDAGraph>();
  run_on(state_->stream, [&] {
    // Threads that load images take page-locked memory meanwhile; only this one must not.
    graph->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      end_recording(*graph);
      throw;
    }
    graph->capture_end();
  });
  state_->graph = std::move(graph);
}

bool CudaGraph::is_recorded() const { return state_->graph != nullptr; }

void CudaGraph::replay() { state_->graph->replay(); }

void CudaGraph::forget() { state_->graph.reset(); }

}  // namespace cxrnet::train
