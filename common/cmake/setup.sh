# Sourced by server/quickstart.sh and tests/run.sh: the Debian packages, and how to build.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
jobs=$(nproc)

# The tests' packages, small ones, are among them: one build directory serves demonstration and tests.
build_packages=(ccache cmake g++ libabsl-dev libcli11-dev libgmock-dev libgrpc++-dev libgrpc-dev
  libgtest-dev libprotobuf-dev libre2-dev librocksdb-dev libseccomp-dev libspdlog-dev libssl-dev libvalijson-dev
  libyaml-cpp-dev make ninja-build nlohmann-json3-dev openssl pkg-config protobuf-compiler
  protobuf-compiler-grpc python3
  python3-venv)
tidy_packages=(clang clang-format clang-tidy)

# A cache that serves every clone and every build directory of the tree.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

say() { printf '\n== %s\n' "$*"; }

die() {
  printf '\n%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# as_root COMMAND...: with sudo when not root.
as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "installing packages needs root or sudo; as root run: ${*}"
  fi
}

# missing_packages NAME...: those that are not installed. Asks dpkg only, no network.
missing_packages() {
  local name
  for name in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || echo "$name"
  done
}

# install_packages NAME...: what is missing of them.
install_packages() {
  command -v dpkg-query >/dev/null || die "this script sets up Debian 12; elsewhere see README.md"
  local missing log
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} == 0 ]] && return
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  log=$(mktemp)
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends)
  if ! as_root apt-get update >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    die "cannot reach the package mirror (apt-get update failed); is there a network?"
  fi
  if ! as_root "${install[@]}" "${missing[@]}" >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    die "cannot install ${missing[*]} (the end of apt-get's output is above)"
  fi
  rm -f "$log"
}

# need_disk MIB DIRECTORY: before work that fails in odd ways on a full disk.
need_disk() {
  local free
  mkdir -p "$2" || die "cannot make the directory $2"
  free=$(df --output=avail -m "$2" | tail -n 1)
  ((free >= $1)) || die "not enough disk space: $free MiB are free in $2, $1 MiB are needed"
}

# Ninja's steps, one line each on a terminal and a line now and then elsewhere.
show_progress() {
  if [[ -t 1 ]]; then cat; else awk '!/^\[[0-9]+\/[0-9]+\]/ || NR % 25 == 1 { print; fflush() }'; fi
}

# build DIRECTORY CMAKE_ARGUMENT... -- TARGET...: configures once, then builds the targets (all without).
build() {
  local dir=$1 arguments=() log=$1/configure.log
  shift
  while [[ $# -gt 0 && $1 != -- ]]; do
    arguments+=("$1")
    shift
  done
  [[ ${1:-} == -- ]] && shift
  if [[ ! -e $dir/build.ninja ]]; then
    need_disk 5000 "$dir"
    say "Configuring $dir"
    cmake -S "$root" -B "$dir" -G Ninja -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "${arguments[@]}" \
      >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "cannot configure $dir (the end of $log is above)"; }
  fi
  say "Building $dir with $jobs jobs"
  local ninja=(ninja -C "$dir" -j "$jobs" "$@") status=0
  if [[ -t 1 ]]; then "${ninja[@]}" || status=$?; else "${ninja[@]}" | show_progress || status=$?; fi
  if ((status != 0)); then
    need_disk 100 "$dir"
    die "the build in $dir failed"
  fi
}

# With debug information: a crash on a customer's host is told by names and lines.
build_release() {
  build "$root/build/release" -DCMAKE_BUILD_TYPE=RelWithDebInfo "$@"
}
