#include "tests/unit/server/worker/worker_fixture.h"

#include <dlfcn.h>

#include <utility>

#include "absl/time/clock.h"

namespace rsca::worker {
namespace {

constexpr absl::Duration kFailureBound = absl::Seconds(60);

PuppetStrings* GetStrings() {
  void* library = dlopen(RSCA_PUPPET_PATH, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  return reinterpret_cast<PFN_GET_PUPPET_STRINGS>(dlsym(library, "GetPuppetStrings"))();
}

}  // namespace

HRESULT Report(const Callback& callback, std::string response, bool final, HRESULT status) {
  return callback->ReportResult(status, final ? TRUE : FALSE,
                                reinterpret_cast<PBYTE>(response.data()),
                                static_cast<DWORD>(response.size()));
}

std::vector<std::string> Texts(const std::vector<SentReport>& reports) {
  std::vector<std::string> texts;
  for (const SentReport& report : reports) {
    switch (report.kind) {
      case ReportKind::kUnregistered:
        texts.push_back("<unregistered>");
        break;
      case ReportKind::kDropped:
        texts.push_back("<dropped>");
        break;
      case ReportKind::kResultsLost:
        texts.push_back("<results lost>");
        break;
      default:
        texts.push_back(report.response);
    }
  }
  return texts;
}

void Flag::Set() {
  MutexLock lock(&mutex_);
  set_ = true;
  changed_.NotifyAll();
}

bool Flag::is_set() {
  MutexLock lock(&mutex_);
  return set_;
}

bool Flag::Wait() {
  const absl::Time deadline = absl::Now() + kFailureBound;
  MutexLock lock(&mutex_);
  while (!set_ && absl::Now() < deadline) changed_.WaitFor(&mutex_, deadline - absl::Now());
  return set_;
}

WorkerFixture::WorkerFixture() : strings_(GetStrings()) { *strings_ = PuppetStrings(); }

WorkerFixture::~WorkerFixture() {
  if (thread_.joinable()) StopWorker();
  {
    MutexLock lock(&mutex_);
    kept_ = nullptr;
  }
  worker_ = nullptr;
  EXPECT_EQ(strings_->alive, 0);
  *strings_ = PuppetStrings();
}

void WorkerFixture::AddPlugin(const std::string& name, const std::string& library,
                              const std::string& entry_point) {
  v1::ProtocolManager* manager = bootstrap_.add_protocol_managers();
  manager->set_name(name);
  manager->set_library(library);
  manager->set_entry_point(entry_point);
}

void WorkerFixture::AddPuppet(const std::string& entry_point) {
  AddPlugin("puppet", RSCA_PUPPET_PATH, entry_point);
  auto* functions = bootstrap_.mutable_protocol_managers()->rbegin()->mutable_functions();
  functions->Add()->set_name("many");
  functions->Add()->set_name("also");
  v1::FunctionInfo* once = functions->Add();
  once->set_name("once");
  once->set_answers(v1::FunctionInfo::ANSWERS_ONCE);
}

v1::Ready WorkerFixture::StartWorker() {
  strings_->fence = LinkServer::Fence;
  server_.ReleaseWorkersEnds();
  worker_ = std::make_unique<Worker>(bootstrap_, [this] { lost_.Set(); });
  thread_ = std::thread([this] { status_ = worker_->Run(); });
  return server_.WaitReady();
}

int WorkerFixture::StopWorker() {
  server_.Shutdown(true);
  return JoinWorker();
}

int WorkerFixture::JoinWorker() {
  thread_.join();
  return status_;
}

void WorkerFixture::KeepCallbacks() {
  strings_->on_register = [this](ULONGLONG, const std::wstring&, const std::wstring&,
                                 ICustomAction2ResultCallback* callback) {
    MutexLock lock(&mutex_);
    kept_ = Callback::Share(callback);
    changed_.NotifyAll();
    return S_OK;
  };
  strings_->on_unregister = [](ULONGLONG, const std::wstring&) { return S_OK; };
  strings_->on_shutdown = [this](bool) {
    Callback dropped;  // released after the lock
    MutexLock lock(&mutex_);
    dropped = std::exchange(kept_, nullptr);
    return S_OK;
  };
}

Callback WorkerFixture::WaitCallback() {
  const absl::Time deadline = absl::Now() + kFailureBound;
  MutexLock lock(&mutex_);
  while (!kept_ && absl::Now() < deadline) changed_.WaitFor(&mutex_, deadline - absl::Now());
  EXPECT_TRUE(kept_) << "the plug-in was never registered with";
  return std::exchange(kept_, nullptr);
}

}  // namespace rsca::worker
