#include "server/managers/process/spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace rsca::managers {
namespace {

enum Step : int32_t { kMeasured, kSetUp, kDirectory, kProgram };

// What the child tells before it becomes the program, through a pipe that exec closes.
struct Note {
  Step step;
  int32_t error;
  int64_t peak_kib;
};

// All that the child needs, made ready before fork: between fork and exec it may call
// async-signal-safe functions only, for other threads held locks when it was copied.
struct Plan {
  pid_t parent;
  const char* directory;  // null: stay
  char* const* programs;  // ends with null
  char* const* argv;
  char* const* environment;
  int in;
  int out;
  int err;
  int notes;
};

std::system_error Error(int error, const std::string& what) {
  return std::system_error(error, std::generic_category(), what);
}

// Out of the way of 0 to 2, which the child overwrites.
UniqueFd Checked(int fd, const char* what) {
  if (fd < 0) throw Error(errno, what);
  UniqueFd low(fd);
  if (fd > STDERR_FILENO) return low;
  const int high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (high < 0) throw Error(errno, what);
  return UniqueFd(high);
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;

  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw Error(errno, "pipe");
    UniqueFd spare(ends[1]);
    read = Checked(ends[0], "pipe");
    write = Checked(fcntl(spare.Get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1), "pipe");
  }
};

// A file in memory rather than a pipe: nobody has to feed it.
UniqueFd Input(const std::optional<std::string>& text) {
  if (!text) return Checked(open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null");
  UniqueFd file = Checked(memfd_create("stdin", MFD_CLOEXEC), "memfd_create");
  size_t written = 0;
  while (written < text->size()) {
    const ssize_t count = write(file.Get(), text->data() + written, text->size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(errno, "writing the standard input");
    written += static_cast<size_t>(count);
  }
  if (lseek(file.Get(), 0, SEEK_SET) != 0) throw Error(errno, "lseek");
  return file;
}

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  // exec takes them as writable and writes nothing.
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void Fail(const Plan& plan, Step step) {
  const Note note{step, errno, 0};
  (void)!write(plan.notes, &note, sizeof note);
  _exit(127);
}

// Handlers and ignored signals of the worker are no business of the command's.
void ResetSignals() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) (void)sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void BecomeProgram(const Plan& plan) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) Fail(plan, kSetUp);
  if (getppid() != plan.parent) _exit(127);
  if (setpgid(0, 0) != 0) Fail(plan, kSetUp);
  ResetSignals();
  if (dup2(plan.in, STDIN_FILENO) < 0 || dup2(plan.out, STDOUT_FILENO) < 0 ||
      dup2(plan.err, STDERR_FILENO) < 0 ||
      close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    Fail(plan, kSetUp);
  }
  if (plan.directory != nullptr && chdir(plan.directory) != 0) Fail(plan, kDirectory);
  struct rusage usage = {};
  (void)getrusage(RUSAGE_SELF, &usage);
  const Note note{kMeasured, 0, usage.ru_maxrss};
  (void)!write(plan.notes, &note, sizeof note);
  // A file that may not be run is worth telling only if none of the others can be.
  int error = ENOENT;
  for (char* const* program = plan.programs; *program != nullptr; ++program) {
    execve(*program, plan.argv, plan.environment);
    if (errno == EACCES) error = EACCES;
    if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) {
      error = errno;
      break;
    }
  }
  errno = error;
  Fail(plan, kProgram);
}

Failure Describe(const Note& note, const Command& command) {
  const std::string reason = std::generic_category().message(note.error);
  switch (note.step) {
    case kDirectory:
      return {note.error == ENOENT ? HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND)
                                   : HresultFromErrno(note.error),
              absl::StrCat("cannot run in the directory `", command.cwd, "`: ", reason)};
    case kProgram:
      return {HresultFromErrno(note.error),
              absl::StrCat("cannot run `", command.argv[0], "`: ", reason)};
    default:
      return {HresultFromErrno(note.error), absl::StrCat("cannot set up the command: ", reason)};
  }
}

void Reap(pid_t pid) {
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
}

// Whether the program runs; takes its notes down until exec has closed their pipe.
bool ReadNotes(int notes, const Command& command, Spawned* spawned, Failure* failure) {
  for (;;) {
    Note note;
    const ssize_t size = read(notes, &note, sizeof note);
    if (size < 0 && errno == EINTR) continue;
    if (size != static_cast<ssize_t>(sizeof note)) return true;
    if (note.step != kMeasured) {
      *failure = Describe(note, command);
      return false;
    }
    spawned->inherited_peak_bytes = static_cast<uint64_t>(note.peak_kib) * 1024;
  }
}

// No signal may be handled in the child before it has reset them.
pid_t ForkWithSignalsBlocked(const Plan& plan) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) BecomeProgram(plan);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) throw Error(error, "fork");
  return pid;
}

}  // namespace

std::optional<Spawned> Spawn(const Command& command, Failure* failure) {
  const UniqueFd input = Input(command.input);
  Pipe output;
  Pipe error;
  Pipe notes;
  for (const Pipe* pipe : {&output, &error}) {
    if (fcntl(pipe->read.Get(), F_SETFL, O_NONBLOCK) != 0) throw Error(errno, "fcntl");
  }
  const std::vector<std::string> candidates = ProgramCandidates(command);
  const std::vector<char*> programs = Pointers(candidates);
  const std::vector<char*> argv = Pointers(command.argv);
  const std::vector<char*> environment = Pointers(command.environment);
  const Plan plan{.parent = getpid(),
                  .directory = command.cwd.empty() ? nullptr : command.cwd.c_str(),
                  .programs = programs.data(),
                  .argv = argv.data(),
                  .environment = environment.data(),
                  .in = input.Get(),
                  .out = output.write.Get(),
                  .err = error.write.Get(),
                  .notes = notes.write.Get()};
  Spawned spawned;
  spawned.pid = ForkWithSignalsBlocked(plan);
  notes.write = UniqueFd();
  if (!ReadNotes(notes.read.Get(), command, &spawned, failure)) {
    Reap(spawned.pid);
    return std::nullopt;
  }
  spawned.pidfd = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, spawned.pid, 0)));
  if (!spawned.pidfd) {
    const int reason = errno;
    kill(-spawned.pid, SIGKILL);
    Reap(spawned.pid);
    throw Error(reason, "pidfd_open");
  }
  spawned.standard_output = std::move(output.read);
  spawned.standard_error = std::move(error.read);
  return spawned;
}

}  // namespace rsca::managers
