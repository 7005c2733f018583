// Where server and clients meet when nobody says otherwise.
#ifndef RSCA_COMMON_DEFAULT_PATHS_H_
#define RSCA_COMMON_DEFAULT_PATHS_H_

#include <string>

namespace rsca {

// `/run/rsca` for root, else `$XDG_RUNTIME_DIR/rsca`, else `/tmp/rsca-UID`.
std::string DefaultRuntimeDir();

// `unix:` and `rscad.sock` in that directory.
std::string DefaultServerAddress();

}  // namespace rsca

#endif  // RSCA_COMMON_DEFAULT_PATHS_H_
