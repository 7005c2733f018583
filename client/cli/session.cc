#include "client/cli/session.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/exit_status.h"
#include "client/cli/json_object.h"
#include "client/cli/suggest.h"
#include "client/cli/text.h"
#include "common/status.h"
#include "rsca/client/errors.h"

namespace rsca::cli {
namespace {

// What the user can do about a connection that cannot be made; empty if it is not that.
std::string ConnectionAdvice(const std::string& reason, const Options& options) {
  if (reason == "SERVER_NOT_TRUSTED") {
    return absl::StrCat("name the authority's certificate with --ca; ",
                        options.ca_file.empty() ? "the system's authorities are used without it"
                                                : absl::StrCat("it is ", options.ca_file, " now"));
  }
  if (reason == "SERVER_NAME_MISMATCH") {
    return options.server_name.empty()
               ? "name the server as its certificate does, in the address or with --server-name"
               : absl::StrCat("--server-name is ", options.server_name, ", which it does not hold");
  }
  if (reason == "SERVER_WITHOUT_TLS") {
    return "leave out --ca, --cert, --key and --server-name, or name a listener with TLS";
  }
  if (reason == "HOST_NOT_FOUND") {
    return "name the server as unix:PATH or HOST:PORT, with --server or RSCA_SERVER";
  }
  if (reason != "CONNECTION_CLOSED") return "";
  if (!options.tls()) return "it may want TLS: name the authority of its certificate with --ca";
  return options.certificate_file.empty()
             ? "it may want a certificate of yours: name it with --cert, and its key with --key"
             : absl::StrCat("it may not accept ", options.certificate_file,
                            ": an authority that the server knows must have signed it");
}

// What the user can do about it; empty if the error says it all.
std::string Advice(const absl::Status& status, const Options& options) {
  const std::string reason = client::ErrorReason(status);
  if (absl::IsUnavailable(status) && reason.empty()) {
    return absl::StrCat("\n  no server answers at ", options.server,
                        "; start one with `rscad`, or name another with --server or RSCA_SERVER");
  }
  const std::string connecting = ConnectionAdvice(reason, options);
  if (!connecting.empty()) return absl::StrCat("\n  ", connecting);
  if (reason == "RESULTS_TRUNCATED") {
    const auto oldest = client::ErrorMetadata(status, "oldest_sequence");
    if (oldest.has_value()) {
      return absl::StrCat("\n  the oldest result that the server still has is ", *oldest,
                          "; without --after you get all that it has");
    }
  }
  if (reason == "REGISTRATION_NOT_FOUND" && absl::IsNotFound(status)) {
    return "\n  `rsca registrations` lists them";
  }
  if (reason == "ACTION_NOT_FOUND") return "\n  `rsca actions` lists them";
  if (reason == "ANSWERS_ONCE" || reason == "ANSWERS_MANY") {
    return absl::StrCat("\n  write `rsca ", reason == "ANSWERS_ONCE" ? "run " : "register ",
                        options.function, "`");
  }
  if (options.command == "health" && absl::IsNotFound(status)) {
    return "\n  name a pool as pool/NAME, the journal as journal, or nothing for the whole server";
  }
  if (reason == "EVENTS_TRUNCATED") {
    const std::string oldest = client::ErrorMetadata(status, "oldest_sequence").value_or("");
    return absl::StrCat("\n  the oldest event that the server still has is ", oldest);
  }
  if (reason == "PLUGIN_REFUSED" && options.command == "channel start") {
    return "\n  what the protocol manager printed about it is in the server's log";
  }
  if (reason == "POOL_NOT_FOUND") return "\n  `rsca pool list` lists them";
  if (reason == "LISTENER_NOT_FOUND") return "\n  `rsca channel list` lists them";
  if (reason == "APPLICATION_NOT_FOUND") return "\n  `rsca app list` lists them";
  if (reason == "WORKER_NOT_FOUND") return "\n  `rsca worker list` lists them";
  if (const auto delay = RetryDelay(status); delay.has_value() && *delay > absl::ZeroDuration()) {
    // Rounded up: sooner would be too soon.
    return absl::StrCat("\n  try again in ", HumanDuration(absl::Ceil(*delay, absl::Seconds(1))));
  }
  return "";
}

// The error, with the name that was most likely meant.
absl::Status WithGuess(const absl::Status& status, const std::string& word,
                       const std::vector<std::string>& known) {
  absl::Status better(status.code(),
                      absl::StrCat(std::string(status.message()), DidYouMean(word, known)));
  status.ForEachPayload([&better](absl::string_view type, const absl::Cord& payload) {
    better.SetPayload(type, payload);
  });
  return better;
}

bool LostResults(const absl::Status& status) {
  const std::string reason = client::ErrorReason(status);
  return absl::IsDataLoss(status) || reason == "RESULTS_TRUNCATED" || reason == "EVENTS_TRUNCATED";
}

}  // namespace

absl::Status Session::ConnectQuietly() {
  client::ConnectOptions connect;
  connect.address = options_.server;
  if (options_.tls()) {
    connect.tls.emplace();
    connect.tls->server_name = options_.server_name;
    connect.tls->ca_file = options_.ca_file;
    connect.tls->certificate_file = options_.certificate_file;
    connect.tls->private_key_file = options_.key_file;
  }
  absl::StatusOr<client::Client> client = client::Client::Connect(connect);
  if (!client.ok()) return client.status();
  client_ = *std::move(client);
  return absl::OkStatus();
}

std::optional<int> Session::Connect() {
  const absl::Status connected = ConnectQuietly();
  if (connected.ok()) return std::nullopt;
  console_.Error(client::DescribeError(connected));
  return kExitUsage;  // a file that cannot be read, an address that is none
}

client::CallOptions Session::CallOptions() const {
  client::CallOptions call;
  call.timeout = options_.timeout.value_or(absl::Seconds(30));
  return call;
}

absl::StatusOr<v1::CustomAction> Session::FindAction(const std::string& function) {
  absl::StatusOr<v1::CustomAction> action = client().GetCustomAction(function, CallOptions());
  if (action.ok() || client::ErrorReason(action.status()) != "ACTION_NOT_FOUND") return action;
  const auto actions = client().ListCustomActions(CallOptions());
  if (!actions.ok()) return action;
  std::vector<std::string> names;
  for (const v1::CustomAction& known : *actions) names.push_back(known.function());
  return WithGuess(action.status(), function, names);
}

std::optional<int> Session::FindArguments(std::string* arguments) {
  const absl::StatusOr<v1::CustomAction> action = FindAction(options_.function);
  if (!action.ok()) return Fail(action.status());
  absl::StatusOr<std::string> built =
      ArgumentsFor(options_.function, action->arguments_schema(), options_.arguments);
  if (!built.ok()) {
    console_.Error(std::string(built.status().message()));
    return kExitUsage;
  }
  *arguments = *std::move(built);
  return std::nullopt;
}

int Session::Fail(const absl::Status& status) {
  console_.Error(absl::StrCat(client::DescribeError(status), Advice(status, options_)));
  return LostResults(status) ? kExitResultsLost : kExitCallFailed;
}

int Session::FailFor(const absl::Status& status, std::string_view reason, const std::string& name,
                     const std::vector<std::string>& known) {
  return Fail(client::ErrorReason(status) == reason ? WithGuess(status, name, known) : status);
}

std::string Session::RenderList(const std::string& table, const std::vector<std::string>& objects,
                                const std::vector<std::string>& names) const {
  switch (options_.format) {
    case Format::kJson:
      return JsonArray(objects);
    case Format::kJsonLines:
      return JsonLines(objects);
    case Format::kRaw:
      return JsonLines(names);
    case Format::kTable:
      break;
  }
  return table;
}

int Session::Finish(std::string_view output, int status) {
  console_.Write(output);
  return Finish(status);
}

int Session::Finish(int status) {
  const int error = console_.write_error();
  if (error == 0) return status;
  if (error == EPIPE) return kExitSignal + SIGPIPE;
  console_.Error(absl::StrCat("cannot write to standard output: ", strerror(error)));
  return kExitCallFailed;
}

}  // namespace rsca::cli
