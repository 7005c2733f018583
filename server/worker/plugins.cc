#include "server/worker/plugins.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/utf.h"
#include "server/worker/catalogue.h"
#include "server/worker/plain_text.h"

namespace rsca::worker {
namespace {

void Refuse(const std::string& manager, const std::string& message, v1::Ready* ready) {
  LogWarning("a function is refused", {{"protocol_manager", manager}, {"why", message}});
  v1::LoadFailure* failure = ready->add_failures();
  failure->set_protocol_manager(manager);
  failure->set_message(PlainText(message));
}

}  // namespace

Plugins::Plugins(const v1::Bootstrap& bootstrap, FrameworkServices services)
    : configs_(bootstrap.protocol_managers().begin(), bootstrap.protocol_managers().end()),
      loader_(std::make_shared<Loader>(bootstrap, std::move(services))) {}

v1::Ready Plugins::Load() {
  v1::Ready ready;
  Functions functions;
  for (size_t i = 0; i < configs_.size(); ++i) {
    v1::LoadFailure failure;
    const auto manager = loader_->LoadConfigured(i, &failure);
    if (manager == nullptr) {
      *ready.add_failures() = failure;
    } else {
      AddFunctions(configs_[i], manager, &functions, &ready);
    }
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

}  // namespace rsca::worker
