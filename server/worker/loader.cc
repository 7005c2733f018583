#include "server/worker/loader.h"

#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/log.h"
#include "server/worker/plugin_library.h"

namespace rsca::worker {
namespace {

namespace fs = std::filesystem;

// The same for all ways to write the path of a file.
std::string FileOf(const std::string& library) {
  if (!absl::StrContains(library, '/')) return library;
  std::error_code error;
  const fs::path file = fs::canonical(library, error);
  return error ? library : file.string();
}

// Windows looks for a library without a path beside others first.
std::string BesideOf(const std::string& user_library, const std::string& library) {
  if (absl::StrContains(library, '/') || !absl::StrContains(user_library, '/')) return library;
  const fs::path beside = fs::path(user_library).replace_filename(library);
  std::error_code error;
  return fs::exists(beside, error) ? beside.string() : library;
}

HRESULT HresultOf(const v1::LoadFailure& failure) {
  return FAILED(failure.hresult()) ? failure.hresult() : HRESULT_FROM_WIN32(ERROR_MOD_NOT_FOUND);
}

}  // namespace

Loader::Loader(const v1::Bootstrap& bootstrap, FrameworkServices services)
    : services_(std::move(services)) {
  for (const v1::ProtocolManager& config : bootstrap.protocol_managers()) {
    Entry& entry = entries_.emplace_back();
    entry.config = config;
    entry.file = FileOf(config.library());
  }
}

std::shared_ptr<ProtocolManager> Loader::LoadConfigured(size_t place, v1::LoadFailure* failure) {
  WaitLoaded(place);
  MutexLock lock(&mutex_);
  *failure = entries_[place].failure;
  return entries_[place].manager;
}

std::vector<std::shared_ptr<ProtocolManager>> Loader::managers() {
  MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<ProtocolManager>> managers;
  for (const Entry& entry : entries_) {
    if (entry.manager != nullptr && !entry.shut_down) managers.push_back(entry.manager);
  }
  return managers;
}

// Loads it, or waits for whoever does.
void Loader::WaitLoaded(size_t index) {
  {
    MutexLock lock(&mutex_);
    while (entries_[index].state == State::kLoading) changed_.Wait(&mutex_);
    Entry& entry = entries_[index];
    if (entry.state != State::kNew) return;
    if (shutting_down_) {
      entry.state = State::kFailed;
      entry.failure.set_protocol_manager(entry.config.name());
      entry.failure.set_message("the worker is shutting down");
      entry.failure.set_hresult(kHrShuttingDown);
      return;
    }
    entry.state = State::kLoading;
  }
  Load(index);
}

void Loader::Load(size_t index) {
  v1::ProtocolManager config;
  WpfPtr<IWorkerProcessFramework> framework;
  {
    MutexLock lock(&mutex_);
    Entry& entry = entries_[index];
    config = entry.config;
    framework = MakeWorkerProcessFramework(
        services_, config.name(),
        [weak = weak_from_this(), index](const std::string& library, const std::string& entry_point,
                                         DWORD id, PVOID* answer) {
          const auto self = weak.lock();
          return self == nullptr
                     ? kHrShuttingDown
                     : self->GetCustomInterface(index, library, entry_point, id, answer);
        });
    entry.framework = framework;
  }
  v1::LoadFailure failure;
  std::shared_ptr<ProtocolManager> manager;
  WpfPtr<IProtocolManager> loaded = LoadPluginLibrary(config, framework.Get(), &failure);
  if (loaded) {
    manager = std::make_shared<ProtocolManager>(config.name(), std::move(loaded));
    failure.Clear();
  } else {
    LogError("a protocol manager cannot be loaded",
             {{"protocol_manager", config.name()}, {"why", failure.message()}});
  }
  MutexLock lock(&mutex_);
  Entry& entry = entries_[index];
  entry.state = manager == nullptr ? State::kFailed : State::kLoaded;
  entry.manager = std::move(manager);
  entry.failure = std::move(failure);
  changed_.NotifyAll();
}

HRESULT Loader::GetCustomInterface(size_t user, const std::string& library,
                                   const std::string& entry_point, DWORD id, PVOID* answer) {
  size_t used = 0;
  HRESULT hresult = BeginUse(user, library, entry_point, &used);
  if (FAILED(hresult)) return hresult;
  WaitLoaded(used);
  std::shared_ptr<ProtocolManager> manager;
  {
    MutexLock lock(&mutex_);
    manager = entries_[used].manager;
    if (manager == nullptr) hresult = HresultOf(entries_[used].failure);
  }
  if (manager != nullptr) {
    hresult = manager->GetCustomInterface(id, answer).hresult;
    if (SUCCEEDED(hresult) && *answer == nullptr) hresult = E_NOINTERFACE;
  }
  if (FAILED(hresult)) {
    *answer = nullptr;  // what a failed call left there is not the caller's
    MutexLock lock(&mutex_);
    uses_.Remove(user, used);
  }
  return hresult;
}

HRESULT Loader::BeginUse(size_t user, const std::string& library, const std::string& entry_point,
                         size_t* used) {
  MutexLock lock(&mutex_);
  if (shutting_down_) return kHrShuttingDown;
  *used = FindOrAdd(BesideOf(entries_[user].config.library(), library), entry_point);
  const std::vector<size_t> cycle = uses_.Add(user, *used);
  if (cycle.empty()) return S_OK;
  LogCycle(cycle);
  return HRESULT_FROM_WIN32(ERROR_CIRCULAR_DEPENDENCY);
}

size_t Loader::FindOrAdd(const std::string& library, const std::string& entry_point) {
  const std::string file = FileOf(library);
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].file == file && entries_[i].config.entry_point() == entry_point) return i;
  }
  Entry& entry = entries_.emplace_back();
  entry.config.set_name(fs::path(library).filename().string());
  entry.config.set_library(library);
  entry.config.set_entry_point(entry_point);
  entry.file = file;
  return entries_.size() - 1;
}

void Loader::LogCycle(const std::vector<size_t>& cycle) {
  std::string names;
  for (const size_t index : cycle) {
    absl::StrAppend(&names, names.empty() ? "" : " uses ", entries_[index].config.name());
  }
  LogError("protocol managers use each other in a cycle, which is refused", {{"cycle", names}});
}

bool Loader::IsUsed(size_t index) {
  for (size_t user = 0; user < entries_.size(); ++user) {
    if (!entries_[user].shut_down && uses_.Uses(user, index)) return true;
  }
  return false;
}

void Loader::Shutdown(bool immediate) {
  std::vector<size_t> order;
  {
    MutexLock lock(&mutex_);
    shutting_down_ = true;
    for (Entry& entry : entries_) {
      if (entry.state == State::kNew || entry.state == State::kFailed) entry.shut_down = true;
    }
    order = uses_.UsersFirst(entries_.size());
  }
  std::vector<std::thread> threads;
  threads.reserve(order.size());
  for (const size_t index : order) {
    try {
      threads.emplace_back([this, index, immediate] { ShutDownInTurn(index, immediate); });
    } catch (const std::system_error&) {
      // No thread to be had: then here. Those that it waits for came before.
      ShutDownInTurn(index, immediate);
    }
  }
  for (std::thread& thread : threads) thread.join();
}

void Loader::ShutDownInTurn(size_t index, bool immediate) {
  std::shared_ptr<ProtocolManager> manager;
  {
    MutexLock lock(&mutex_);
    const Entry& entry = entries_[index];
    while (!entry.shut_down && (entry.state == State::kLoading || IsUsed(index))) {
      changed_.Wait(&mutex_);
    }
    if (!entry.shut_down) manager = entry.manager;
  }
  if (manager != nullptr) {
    const CallResult result = manager->Shutdown(immediate);
    if (FAILED(result.hresult)) {
      LogWarning("a protocol manager did not shut down cleanly",
                 {{"protocol_manager", manager->name()}, {"hresult", HresultText(result.hresult)}});
    }
  }
  MutexLock lock(&mutex_);
  entries_[index].shut_down = true;
  changed_.NotifyAll();
}

}  // namespace rsca::worker
