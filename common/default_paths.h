// Where server and clients meet when nobody says otherwise.
#ifndef RSCA_COMMON_DEFAULT_PATHS_H_
#define RSCA_COMMON_DEFAULT_PATHS_H_

#include <string>

namespace rsca {

// `/run/rsca` for root, else `$XDG_RUNTIME_DIR/rsca`, else `/tmp/rsca-UID`.
std::string DefaultRuntimeDir();

// `/var/lib/rsca` for root, else `$XDG_STATE_HOME/rsca`, else `~/.local/state/rsca`, else the
// runtime directory.
std::string DefaultStateDir();

// `unix:` and `rscad.sock` in the runtime directory.
std::string DefaultServerAddress();

}  // namespace rsca

#endif  // RSCA_COMMON_DEFAULT_PATHS_H_
