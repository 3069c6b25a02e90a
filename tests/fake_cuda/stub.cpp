// Preloaded into a process without a GPU: autograd's engine may then run nodes of tensors that say they are on cuda:0.
#include <ATen/detail/CUDAHooksInterface.h>

namespace at::detail {

struct FakeCudaHooks : CUDAHooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasCUDA() const override { return true; }
  void init() const override {}
  long versionCuDNN() const override { return 91000; }  // of any version: what is asked must not raise
  long versionRuntimeCuDNN() const override { return 91000; }
  bool hasPrimaryContext(DeviceIndex) const override { return false; }
};

__attribute__((visibility("default"))) const CUDAHooksInterface& getCUDAHooks() {
  static FakeCudaHooks* hooks = new FakeCudaHooks();
  return *hooks;
}

}  // namespace at::detail
