// What all objects that the worker gives to plug-ins share: their reference count.
#ifndef RSCA_SERVER_WORKER_COUNTED_H_
#define RSCA_SERVER_WORKER_COUNTED_H_

#include <rsca/wpf_ptr.h>
#include <rsca/wpframework.h>

#include <atomic>
#include <utility>

namespace rsca::worker {

template <typename Interface>
class Counted : public Interface {
 public:
  virtual ~Counted() = default;
  ULONG AddRef() final { return references_.fetch_add(1, std::memory_order_relaxed) + 1; }
  ULONG Release() final {
    const ULONG left = references_.fetch_sub(1, std::memory_order_acq_rel) - 1;
    if (left == 0) delete this;
    return left;
  }

 private:
  std::atomic<ULONG> references_{1};
};

template <typename Interface, typename Class, typename... Arguments>
WpfPtr<Interface> MakeCounted(Arguments&&... arguments) {
  return WpfPtr<Interface>::Adopt(new Class(std::forward<Arguments>(arguments)...));
}

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_COUNTED_H_
