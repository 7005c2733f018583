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

  std::string command;  // `actions`, `describe`, `pool list`, ...

  // What the commands take.
  std::string function;  // describe, run, register; the protocol of channel start
  ArgumentWords arguments;
  std::string name;     // attach, unregister (a function, too), registrations (empty: all); a pool,
                        // a worker, a listener channel or an application
  std::string service;  // health
  std::string shell;    // completion

  // Options of single commands.
  std::optional<uint64_t> after_sequence;
  std::optional<uint64_t> from_sequence;  // results
  std::optional<uint64_t> to_sequence;    // results
  std::string request_id;
  std::optional<absl::Duration> detach_grace;
  bool durable = false;
  std::optional<absl::Duration> ttl;
  std::optional<uint32_t> batch;
  std::optional<absl::Duration> heartbeat;
  std::string pool;              // worker list, app: of this pool only; channel start
  std::string reason;            // pool stop, pool recycle, worker recycle
  bool watch = false;            // pool list, worker list, channel list
  std::string protocol_manager;  // channel start
  std::string blob_file;         // channel start; `-` for standard input
  bool detach = false;           // channel start
  bool immediate = false;        // channel stop

  // Each option of TLS asks for it.
  bool tls() const { return !ca_file.empty() || !certificate_file.empty() || !server_name.empty(); }
};

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_OPTIONS_H_
