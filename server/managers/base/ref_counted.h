// AddRef and Release for the manager's own objects.
#ifndef RSCA_SERVER_MANAGERS_BASE_REF_COUNTED_H_
#define RSCA_SERVER_MANAGERS_BASE_REF_COUNTED_H_

#include <rsca/wpframework.h>

#include <atomic>

namespace rsca::managers {

// Begins with one reference, which belongs to whoever calls `new`.
template <typename Interface>
class RefCounted : public Interface {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;

  ULONG AddRef() final { return references_.fetch_add(1, std::memory_order_relaxed) + 1; }
  ULONG Release() final {
    const ULONG left = references_.fetch_sub(1, std::memory_order_acq_rel) - 1;
    if (left == 0) delete this;
    return left;
  }

 protected:
  virtual ~RefCounted() = default;

 private:
  std::atomic<ULONG> references_{1};
};

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_BASE_REF_COUNTED_H_
