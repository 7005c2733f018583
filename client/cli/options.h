// What the command line says.
#ifndef RSCA_CLIENT_CLI_OPTIONS_H_
#define RSCA_CLIENT_CLI_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "client/cli/arguments.h"

namespace rsca::cli {

enum class Format { kTable, kJson, kJsonLines, kRaw };

struct Options {
  // For every command.
  std::string server;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string server_name;
  Format format = Format::kTable;
  std::optional<absl::Duration> timeout;

  std::string command;  // `actions`, `describe`, ...

  // What the commands take.
  std::string function;  // describe, run, register
  ArgumentWords arguments;
  std::string name;     // attach, unregister (a function, too), registrations (empty: all)
  std::string service;  // health
  std::string shell;    // completion

  // Options of single commands.
  std::optional<uint64_t> after_sequence;
  std::string request_id;
  std::optional<absl::Duration> detach_grace;
  bool durable = false;
  std::optional<absl::Duration> ttl;
  std::optional<uint32_t> batch;
  std::optional<absl::Duration> heartbeat;

  // Each option of TLS asks for it.
  bool tls() const { return !ca_file.empty() || !certificate_file.empty() || !server_name.empty(); }
};

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_OPTIONS_H_
