#include "layout.h"

namespace cxrnet::engine {

const dnnl::engine& processor() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
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
  dnnl::reorder(source, packed).execute(stream, source, packed);
  stream.wait();
  return packed;
}

}  // namespace cxrnet::engine
