#include "server/worker/plugins.h"

#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/log.h"
#include "common/utf.h"
#include "server/worker/catalogue.h"
#include "server/worker/plain_text.h"
#include "server/worker/plugin_library.h"
#include "server/worker/worker_process_framework.h"

namespace rsca::worker {
namespace {

void Refuse(const std::string& manager, const std::string& message, v1::Ready* ready) {
  LogWarning("a function is refused", {{"protocol_manager", manager}, {"why", message}});
  v1::LoadFailure* failure = ready->add_failures();
  failure->set_protocol_manager(manager);
  failure->set_message(PlainText(message));
}

void ShutDown(ProtocolManager* manager, bool immediate) {
  const CallResult result = manager->Shutdown(immediate);
  if (SUCCEEDED(result.hresult)) return;
  LogWarning("a protocol manager did not shut down cleanly",
             {{"protocol_manager", manager->name()}, {"hresult", HresultText(result.hresult)}});
}

}  // namespace

v1::Ready Plugins::Load(const v1::Bootstrap& bootstrap) {
  v1::Ready ready;
  const WpfPtr<IWorkerProcessFramework> framework = MakeWorkerProcessFramework(bootstrap.pool());
  {
    MutexLock lock(&mutex_);
    framework_ = framework;
  }
  Functions functions;
  for (const v1::ProtocolManager& config : bootstrap.protocol_managers()) {
    v1::LoadFailure failure;
    WpfPtr<IProtocolManager> loaded = LoadPluginLibrary(config, framework.Get(), &failure);
    if (!loaded) {
      LogError("a protocol manager cannot be loaded",
               {{"protocol_manager", config.name()}, {"why", failure.message()}});
      *ready.add_failures() = failure;
      continue;
    }
    const auto manager = std::make_shared<ProtocolManager>(config.name(), std::move(loaded));
    {
      MutexLock lock(&mutex_);
      managers_.push_back(manager);
    }
    AddFunctions(config, manager, &functions, &ready);
  }
  for (const auto& [name, function] : functions) *ready.add_functions() = function->info;
  MutexLock lock(&mutex_);
  functions_ = std::move(functions);
  return ready;
}

void Plugins::AddFunctions(const v1::ProtocolManager& config,
                           const std::shared_ptr<ProtocolManager>& manager, Functions* functions,
                           v1::Ready* ready) {
  std::vector<std::string> refused;
  size_t added = 0;
  for (v1::FunctionInfo& info : ReadFunctions(config, manager.get(), &refused)) {
    auto function = std::make_shared<Function>();
    std::string error;
    if (!info.arguments_schema().empty()) {
      function->schema = ArgumentSchema::Parse(info.arguments_schema(), &error);
    }
    const auto twin = functions->find(info.name());
    if (!error.empty()) {
      refused.push_back(absl::StrCat("function `", info.name(),
                                     "` is refused: its arguments' schema is ", error));
    } else if (twin != functions->end()) {
      refused.push_back(absl::StrCat("function `", info.name(), "` is refused: `",
                                     twin->second->manager->name(),
                                     "` offers one of that name already"));
    } else {
      function->name = Utf8ToWide(info.name()).value_or(std::wstring());
      function->manager = manager;
      function->info = std::move(info);
      const std::string& name = function->info.name();
      functions->emplace(name, std::move(function));
      ++added;
    }
  }
  for (const std::string& message : refused) Refuse(config.name(), message, ready);
  LogInfo(
      "protocol manager loaded",
      {{"protocol_manager", config.name()}, {"library", config.library()}, {"functions", added}});
}

std::shared_ptr<const Function> Plugins::Find(const std::string& name) {
  MutexLock lock(&mutex_);
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : found->second;
}

void Plugins::Shutdown(bool immediate) {
  std::vector<std::shared_ptr<ProtocolManager>> managers;
  {
    MutexLock lock(&mutex_);
    managers = managers_;
  }
  std::vector<std::thread> threads;
  threads.reserve(managers.size());
  for (const auto& manager : managers) {
    try {
      threads.emplace_back([manager, immediate] { ShutDown(manager.get(), immediate); });
    } catch (const std::system_error&) {
      ShutDown(manager.get(), immediate);  // no thread to be had: then one after the other
    }
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace rsca::worker
