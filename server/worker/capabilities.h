// Capabilities of the calling thread, by number (capability.h of the kernel).
#ifndef RSCA_SERVER_WORKER_CAPABILITIES_H_
#define RSCA_SERVER_WORKER_CAPABILITIES_H_

#include <cstdint>

#include "absl/status/status.h"

namespace rsca::worker {

// A set of capabilities: bit N is capability N.
using CapabilitySet = uint64_t;

// Fails for one that this kernel does not know.
absl::Status AddCapability(uint32_t number, CapabilitySet* set);

// Makes capabilities outlive a change of the user id.
absl::Status KeepCapabilitiesOverUserChange();

// Drops all but `keep`, from all sets and from the bounding set. What is kept, programs get that
// plug-ins start. Fails if one of `keep` is not there.
absl::Status DropCapabilitiesBut(CapabilitySet keep);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_CAPABILITIES_H_
