// What /proc says about processes, and signals to one of them.
#ifndef RSCA_TESTS_SUPPORT_PROC_H_
#define RSCA_TESTS_SUPPORT_PROC_H_

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace rsca::support {

// The children of a process, zombies included.
std::vector<pid_t> ChildrenOf(pid_t parent);

// The program's name, at most 15 characters; empty if there is no such process.
std::string ProcessName(pid_t pid);

// `R`, `S`, `T`, `Z` and so on as in proc(5); 0 if there is no such process.
char ProcessState(pid_t pid);

// Whether it was stopped by a signal, or with its cgroup (v2).
bool IsStopped(pid_t pid);

// Whether it is there and not a zombie.
bool IsRunning(pid_t pid);

// kill(2) of one process: 0 and numbers below it are whole process groups there, ctest's own among
// them, and end this program with a message here.
void SendSignal(pid_t pid, int number);

std::size_t OpenFileCount(pid_t pid);
std::size_t ThreadCount(pid_t pid);
std::size_t ResidentBytes(pid_t pid);

}  // namespace rsca::support

#endif  // RSCA_TESTS_SUPPORT_PROC_H_
