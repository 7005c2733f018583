// WpfPtr: a smart pointer for IWpfReferencedObject and what derives from it.
//
//   WpfPtr<ICustomAction2ResultCallback> kept =
//   WpfPtr<ICustomAction2ResultCallback>::Share(borrowed); WpfPtr<IPmCustomActions2> owned;
//   manager->GetPmInterface(PM_CUSTOM_ACTIONS_2_ID, owned.PutVoid());
//
// One WpfPtr is used by one thread at a time, like any pointer; the object that it points to may be
// shared.
#ifndef RSCA_WPF_PTR_H_
#define RSCA_WPF_PTR_H_

#include <rsca/wpframework.h>

#include <cstddef>
#include <utility>

template <typename T>
class WpfPtr {
 public:
  WpfPtr() = default;
  WpfPtr(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): null is a pointer value
  WpfPtr(const WpfPtr& other) : pointer_(other.pointer_) {
    if (pointer_ != nullptr) pointer_->AddRef();
  }
  WpfPtr(WpfPtr&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
  WpfPtr& operator=(WpfPtr other) noexcept {
    std::swap(pointer_, other.pointer_);
    return *this;
  }
  ~WpfPtr() {
    if (pointer_ != nullptr) pointer_->Release();
  }

  // Takes over a reference that the caller owns, such as one that `new` or an OUT parameter gave.
  static WpfPtr Adopt(T* owned) {
    WpfPtr result;
    result.pointer_ = owned;
    return result;
  }

  // Adds a reference to a borrowed pointer, such as an IN parameter. Null stays null.
  static WpfPtr Share(T* borrowed) {
    if (borrowed != nullptr) borrowed->AddRef();
    return Adopt(borrowed);
  }

  T* Get() const { return pointer_; }
  T* operator->() const { return pointer_; }
  T& operator*() const { return *pointer_; }
  explicit operator bool() const { return pointer_ != nullptr; }

  // Gives the reference to the caller.
  T* Detach() { return std::exchange(pointer_, nullptr); }

  // Drops what it holds and offers itself as an OUT parameter.
  T** Put() {
    *this = WpfPtr();
    return &pointer_;
  }
  PVOID* PutVoid() { return reinterpret_cast<PVOID*>(Put()); }

 private:
  T* pointer_ = nullptr;
};

#endif  // RSCA_WPF_PTR_H_
