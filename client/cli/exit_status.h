// How rsca ends. `rsca --help` says the same.
#ifndef RSCA_CLIENT_CLI_EXIT_STATUS_H_
#define RSCA_CLIENT_CLI_EXIT_STATUS_H_

namespace rsca::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitActionFailed = 1;  // the action ran, and says that it failed
inline constexpr int kExitUsage = 2;         // nothing was asked of the plug-in
inline constexpr int kExitCallFailed = 3;    // the server refused, or could not be reached
inline constexpr int kExitResultsLost = 4;   // some results cannot be had any more
inline constexpr int kExitSignal = 128;      // plus the signal's number: 130 for Ctrl-C

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_EXIT_STATUS_H_
