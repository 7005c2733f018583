#include "server/worker/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace rsca::worker {
namespace {

constexpr uint32_t kMaxCapabilities = 64;

constexpr CapabilitySet Bit(uint32_t number) { return CapabilitySet{1} << number; }

// What capget and capset take: each set as two halves.
struct Capabilities {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct halves[2] = {};

  CapabilitySet permitted() const {
    return halves[0].permitted | CapabilitySet{halves[1].permitted} << 32;
  }
  CapabilitySet effective() const {
    return halves[0].effective | CapabilitySet{halves[1].effective} << 32;
  }
};

absl::Status Get(Capabilities* capabilities) {
  if (syscall(SYS_capget, &capabilities->header, capabilities->halves) == 0) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, "capget");
}

absl::Status Set(CapabilitySet permitted, CapabilitySet effective, CapabilitySet inheritable) {
  Capabilities capabilities;
  for (int half = 0; half < 2; ++half) {
    capabilities.halves[half] = {static_cast<uint32_t>(effective >> (32 * half)),
                                 static_cast<uint32_t>(permitted >> (32 * half)),
                                 static_cast<uint32_t>(inheritable >> (32 * half))};
  }
  if (syscall(SYS_capset, &capabilities.header, capabilities.halves) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "capset");
}

// Without CAP_SETPCAP the bounding set stays, and is of no use to anybody: `no_new_privs` lets no
// program gain what its parent has not.
absl::Status DropBoundingSet(CapabilitySet keep, CapabilitySet permitted) {
  if ((permitted & Bit(CAP_SETPCAP)) == 0) return absl::OkStatus();
  absl::Status status = Set(permitted, permitted, 0);
  for (uint32_t number = 0; status.ok() && number < kMaxCapabilities; ++number) {
    if ((keep & Bit(number)) != 0 || prctl(PR_CAPBSET_READ, number) != 1) continue;
    if (prctl(PR_CAPBSET_DROP, number) != 0) {
      status = absl::ErrnoToStatus(errno, absl::StrCat("PR_CAPBSET_DROP of capability ", number));
    }
  }
  return status;
}

absl::Status RaiseAmbient(CapabilitySet keep) {
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    return absl::ErrnoToStatus(errno, "PR_CAP_AMBIENT_CLEAR_ALL");
  }
  for (unsigned long number = 0; number < kMaxCapabilities; ++number) {
    if ((keep & Bit(static_cast<uint32_t>(number))) == 0) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0) {
      return absl::ErrnoToStatus(errno,
                                 absl::StrCat("PR_CAP_AMBIENT_RAISE of capability ", number));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AddCapability(uint32_t number, CapabilitySet* set) {
  if (number >= kMaxCapabilities || prctl(PR_CAPBSET_READ, number) < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("this kernel has no capability ", number, "; correct `keep_capabilities`"));
  }
  *set |= Bit(number);
  return absl::OkStatus();
}

absl::Status KeepCapabilitiesOverUserChange() {
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "PR_SET_KEEPCAPS");
}

absl::Status DropCapabilitiesBut(CapabilitySet keep) {
  Capabilities before;
  absl::Status status = Get(&before);
  if (!status.ok()) return status;
  const CapabilitySet missing = keep & ~before.permitted();
  if (missing != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("the server itself lacks capability ", __builtin_ctzll(missing),
                     "; take it out of `keep_capabilities`, or start the server with it"));
  }
  status = DropBoundingSet(keep, before.permitted());
  if (status.ok()) status = Set(keep, keep, keep);
  if (status.ok()) status = RaiseAmbient(keep);
  Capabilities after;
  if (status.ok()) status = Get(&after);
  if (status.ok() && (after.permitted() != keep || after.effective() != keep)) {
    status = absl::InternalError("the kernel has not dropped what it was told to drop");
  }
  return status;
}

}  // namespace rsca::worker
