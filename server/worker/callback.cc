#include "server/worker/callback.h"

#include <atomic>
#include <utility>

namespace rsca::worker {
namespace {

// What both kinds share: counting, and the word to the conversation when nobody can report any
// more.
template <typename Interface>
class Callback : public Interface {
 public:
  explicit Callback(std::shared_ptr<Conversation> conversation)
      : conversation_(std::move(conversation)) {}
  virtual ~Callback() = default;

  ULONG AddRef() final { return references_.fetch_add(1, std::memory_order_relaxed) + 1; }

  ULONG Release() final {
    const ULONG left = references_.fetch_sub(1, std::memory_order_acq_rel) - 1;
    if (left == 0) {
      conversation_->Dropped();
      delete this;
    }
    return left;
  }

 protected:
  HRESULT Report(HRESULT status, bool final, const BYTE* response, size_t size) {
    return conversation_->Report(status, final, response, size);
  }

 private:
  const std::shared_ptr<Conversation> conversation_;
  std::atomic<ULONG> references_{1};
};

class RegistrationCallback final : public Callback<ICustomAction2ResultCallback> {
 public:
  using Callback::Callback;
  HRESULT ReportResult(HRESULT hrStatus, BOOL fFinalResponse, PBYTE pbResponse,
                       DWORD cbResponse) override {
    return Report(hrStatus, fFinalResponse != FALSE, pbResponse, cbResponse);
  }
};

class RunCallback final : public Callback<ICustomActionResultCallback> {
 public:
  using Callback::Callback;
  HRESULT ReportResult(HRESULT hrStatus, PBYTE pbResponse, DWORD cbResponse) override {
    return Report(hrStatus, true, pbResponse, cbResponse);
  }
};

}  // namespace

WpfPtr<ICustomAction2ResultCallback> MakeRegistrationCallback(
    std::shared_ptr<Conversation> conversation) {
  return WpfPtr<ICustomAction2ResultCallback>::Adopt(
      new RegistrationCallback(std::move(conversation)));
}

WpfPtr<ICustomActionResultCallback> MakeRunCallback(std::shared_ptr<Conversation> conversation) {
  return WpfPtr<ICustomActionResultCallback>::Adopt(new RunCallback(std::move(conversation)));
}

}  // namespace rsca::worker
