// rsca: the command line of an rscad server.
#include <csignal>
#include <cstdlib>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/command_line.h"
#include "client/cli/commands.h"
#include "client/cli/completion.h"
#include "client/cli/exit_status.h"

namespace rsca::cli {
namespace {

int Main(const std::vector<std::string>& words) {
  // What gRPC has to say is in the errors of the calls. Who wants more sets it.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  // A closed output is an error of write, handled where it is written.
  std::signal(SIGPIPE, SIG_IGN);
  if (!words.empty() && words.front() == "__complete") {
    PrintCompletions({words.begin() + 1, words.end()});
    return kExitOk;
  }
  Options options;
  if (const std::optional<int> ended = ParseCommandLine(words, &options)) return *ended;
  Console console;
  Session session(&options, &console);
  if (options.command == "completion") return session.Finish(CompletionScript(options.shell));
  static const std::map<std::string, int (*)(Session*)> kCommands = {
      {"actions", ListActions},
      {"describe", DescribeAction},
      {"run", RunAction},
      {"register", RegisterAction},
      {"attach", AttachRegistration},
      {"results", PrintResults},
      {"unregister", Unregister},
      {"registrations", ShowRegistrations},
      {"health", CheckHealth},
      {"pool list", ListPools},
      {"pool show", ShowPool},
      {"pool start", StartPool},
      {"pool stop", StopPool},
      {"pool recycle", RecyclePool},
      {"pool watch", WatchPools},
      {"worker list", ListWorkers},
      {"worker show", ShowWorker},
      {"worker recycle", RecycleWorker},
      {"channel list", ListChannels},
      {"channel start", StartChannel},
      {"channel stop", StopChannel},
      {"app list", ListApplications},
      {"app preload", PreloadApplication},
  };
  return kCommands.at(options.command)(&session);
}

}  // namespace
}  // namespace rsca::cli

int main(int argc, char** argv) {
  try {
    return rsca::cli::Main(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  } catch (const std::exception& error) {
    rsca::cli::Console().Error(error.what());
    return rsca::cli::kExitCallFailed;
  }
}
