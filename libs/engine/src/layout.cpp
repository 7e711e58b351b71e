#include "layout.h"

#include "cxrnet/core/instruction_set.h"
#include "cxrnet/core/memory.h"

namespace cxrnet::engine {
namespace {

dnnl::engine make_engine() {
  allowed_instruction_set();  // oneDNN looks at its limit once
  return {dnnl::engine::kind::cpu, 0};
}

}  // namespace

const dnnl::engine& processor() {
  static const dnnl::engine engine = make_engine();
  return engine;
}

void require_memory_for_kernel() {
  constexpr std::size_t kBytes = 32U << 20U;  // a kernel takes some 256 KiB for each of its loops
  require_memory(kBytes);
}

dnnl::memory wrap(const at::Tensor& contiguous) {
  const dnnl::memory::desc desc(contiguous.sizes().vec(), DataType::f32,
                                contiguous.strides().vec());
  return {desc, processor(), contiguous.data_ptr()};
}

dnnl::memory pack(const at::Tensor& weight, const dnnl::memory::desc& desc) {
  const auto contiguous = weight.detach().to(at::kFloat).contiguous();
  auto source = wrap(contiguous);
  dnnl::memory packed(desc, processor());
  dnnl::stream stream(processor());
  require_memory_for_kernel();
  dnnl::reorder(source, packed).execute(stream, source, packed);
  stream.wait();
  return packed;
}

}  // namespace cxrnet::engine
