// Where the running rscad finds what was built or installed with it.
#ifndef RSCA_SERVER_CONFIG_INSTALLATION_H_
#define RSCA_SERVER_CONFIG_INSTALLATION_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rsca::config {

// Names of the built-in protocol managers.
inline constexpr absl::string_view kBuiltInManagers[] = {"process", "file", "host", "syslog"};

// Those that the default pool loads, in this order.
inline constexpr absl::string_view kDefaultManagers[] = {"process", "file", "host"};

struct Installation {
  // Directory of the rscad program; absolute.
  std::string program_dir;

  // The shared library of a built-in protocol manager, in `../lib/rsca/managers` or the installed
  // `../<libdir>/rsca/managers`. The first of them when neither has it.
  std::string BuiltInLibrary(absl::string_view name) const;

  // The rsca-worker program: beside rscad, else `../libexec/rsca/rsca-worker`.
  std::string WorkerProgram() const;
};

// Of the running program.
Installation RunningInstallation();

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_INSTALLATION_H_
