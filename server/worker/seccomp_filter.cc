#include "server/worker/seccomp_filter.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace rsca::worker {
namespace {

// By name: some are not there on every processor, and are then left out.
constexpr const char* kRefused[] = {
    // The kernel.
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot",
    "bpf", "perf_event_open", "userfaultfd", "acct", "quotactl", "quotactl_fd", "nfsservctl",
    "uselib", "_sysctl", "lookup_dcookie", "swapon", "swapoff",
    // What is mounted.
    "mount", "umount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr",
    // Files by handle, past the permissions of the folders above them.
    "open_by_handle_at",
    // Other processes, and their namespaces.
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "setns",
    // The kernel's keys.
    "add_key", "request_key", "keyctl",
    // The clock.
    "settimeofday", "stime", "clock_settime", "clock_settime64", "adjtimex", "clock_adjtime",
    "clock_adjtime64",
    // The machine.
    "iopl", "ioperm", "modify_ldt", "vm86", "vm86old"};

constexpr scmp_datum_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                     CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
// Shares its bit with the signal that clone(2) sends at the end, so only unshare(2) has it.
constexpr scmp_datum_t kTimeNamespace = 0x80;

// These put characters into a terminal's input, as if its user had typed them.
constexpr scmp_datum_t kTerminalTricks[] = {TIOCSTI, TIOCLINUX};

// Debian runs programs of these processors, too; a filter that leaves one out would kill them.
void AddOlderProcessors(scmp_filter_ctx filter) {
  switch (seccomp_arch_native()) {
    case SCMP_ARCH_X86_64:
      seccomp_arch_add(filter, SCMP_ARCH_X86);
      seccomp_arch_add(filter, SCMP_ARCH_X32);
      break;
    case SCMP_ARCH_AARCH64:
      seccomp_arch_add(filter, SCMP_ARCH_ARM);
      break;
    default:
      break;
  }
}

int Refuse(scmp_filter_ctx filter, const char* name) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR) return 0;
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
}

// True for system calls whose argument has `value` in the bits of `mask`.
scmp_arg_cmp Argument(unsigned number, scmp_datum_t mask, scmp_datum_t value) {
  scmp_arg_cmp comparison = {};
  comparison.arg = number;
  comparison.op = SCMP_CMP_MASKED_EQ;
  comparison.datum_a = mask;
  comparison.datum_b = value;
  return comparison;
}

// One rule for each bit: a rule tells whether *all* bits are set, not whether one is.
int RefuseNamespaces(scmp_filter_ctx filter) {
  int result = 0;
  for (scmp_datum_t bit = 1; bit <= CLONE_NEWNET && result == 0; bit <<= 1) {
    if ((bit & (kNamespaces | kTimeNamespace)) == 0) continue;
    const scmp_arg_cmp flag = Argument(0, bit, bit);
    result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 1, &flag);
    if (result != 0 || bit == kTimeNamespace) continue;
    result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, &flag);
  }
  // The flags of clone3(2) lie in memory, where no filter sees them. The C library goes back to
  // clone(2).
  if (result == 0) {
    result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  }
  return result;
}

int Fill(scmp_filter_ctx filter) {
  AddOlderProcessors(filter);
  for (const char* name : kRefused) {
    if (const int result = Refuse(filter, name); result != 0) return result;
  }
  for (const scmp_datum_t request : kTerminalTricks) {
    const scmp_arg_cmp asked = Argument(1, 0xffffffff, request);
    const int result =
        seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1, &asked);
    if (result != 0) return result;
  }
  return RefuseNamespaces(filter);
}

absl::Status Failed(int result, const char* what) {
  return absl::ErrnoToStatus(
      -result, absl::StrCat(what,
                            "; does this kernel have CONFIG_SECCOMP_FILTER? Without it set "
                            "`sandbox: {seccomp: false}`"));
}

}  // namespace

absl::Status InstallSeccompFilter() {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (filter == nullptr) return Failed(-ENOMEM, "cannot make a seccomp filter");
  const auto release = absl::MakeCleanup([filter] { seccomp_release(filter); });
  // A search tree: each system call passes a few comparisons, not one for each rule.
  seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (const int result = Fill(filter); result != 0) {
    return Failed(result, "cannot make the seccomp filter");
  }
  if (const int result = seccomp_load(filter); result != 0) {
    return Failed(result, "cannot install the seccomp filter");
  }
  return absl::OkStatus();
}

}  // namespace rsca::worker
