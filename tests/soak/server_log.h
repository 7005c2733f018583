// What the server's log says of registrations: one line for each end.
#ifndef RSCA_TESTS_SOAK_SERVER_LOG_H_
#define RSCA_TESTS_SOAK_SERVER_LOG_H_

#include <set>
#include <string>

#include "tests/soak/tally.h"

namespace rsca::soak {

// Each of `names` (`registrations/ID`) must have ended exactly once in the log, and no other.
void CheckEnds(const std::string& log_file, const std::set<std::string>& names, Tally* tally);

}  // namespace rsca::soak

#endif  // RSCA_TESTS_SOAK_SERVER_LOG_H_
