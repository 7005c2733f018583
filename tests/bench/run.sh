#!/usr/bin/env bash
# Measures our road, raw gRPC and what people would use instead, and tells how they compare.
set -euo pipefail
source "$(dirname "$0")/../../common/cmake/setup.sh"

usage() {
  cat <<'END_OF_USAGE'
Usage: tests/bench/run.sh [--rounds N] [--seconds S] [--quick] [--only REGEX] [--list]

Installs what is missing (Debian packages, with sudo when not root), builds rsca-bench, and measures,
round by round, every measurement once a round: machines are noisy, and what is measured minutes apart
cannot be compared. Takes about 20 minutes; nothing else should run on the machine meanwhile.

  --rounds N    how many rounds (default 5)
  --seconds S   of each measurement, after a warm-up (default 2)
  --quick       one short round: whether everything works, not how fast it is
  --only REGEX  the measurements whose name matches, such as '64-batch|nats'
  --list        the names and what they measure
  --help        this text

Prints a line for each measurement, then two tables: all medians with the least and the most, and what is
to be reached with what is, as ratios within a round. They are in build/release/bench, too: results.md,
results.json with every round, results.svg. Without --only the parts of the road are measured at the end,
each alone, with Google Benchmark (parts.json). tests/bench/README.md explains the figures. Ctrl-C ends it with
the tables of what was measured. A peer that is not installed is skipped. Exit status: 0, or 1 if a
measurement failed; targets that are not reached are told, and are no failure.
END_OF_USAGE
}

bench_packages=(gnuplot-nox libbenchmark-dev strace valgrind)
peer_packages=(etcd-server libhiredis-dev libnats-dev nats-server openssh-client openssh-server redis-server)

# Measurements start servers of their own. Those that Debian's packages start stay off where they were not
# there before: they would take processor time, and sshd would listen to the network.
install_peers() {
  local missing package
  mapfile -t missing < <(missing_packages "${peer_packages[@]}")
  install_packages "${peer_packages[@]}"
  [[ -d /run/systemd/system ]] || return 0
  for package in "${missing[@]}"; do
    case $package in
      etcd-server) as_root systemctl disable --quiet --now etcd ;;
      nats-server | redis-server) as_root systemctl disable --quiet --now "$package" ;;
      openssh-server) as_root systemctl disable --quiet --now ssh ;;
    esac
  done
}

list=
only=
parts_seconds=0.5
arguments=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --help | -h) usage && exit ;;
    --list) list=--list && shift ;;
    --quick) arguments+=(--rounds 1 --seconds 0.5 --warm-up 0.2) && parts_seconds=0.05 && shift ;;
    --rounds | --seconds | --only)
      [[ -n ${2:-} ]] || { usage >&2 && exit 2; }
      [[ $1 == --only ]] && only=$2
      arguments+=("$1" "$2")
      shift 2
      ;;
    *) usage >&2 && exit 2 ;;
  esac
done

report=(python3 -B "$root/tests/bench/report.py")
[[ -n $list ]] && exec "${report[@]}" "${arguments[@]}" --list
install_packages "${build_packages[@]}" "${bench_packages[@]}"
install_peers
# Finds what was installed just now.
[[ ! -e $root/build/release/build.ninja ]] || cmake -S "$root" -B "$root/build/release" >/dev/null
build_release -- rsca_bench rsca_parts_bench rscad rsca_worker
say "Measuring"
status=0
"${report[@]}" "${arguments[@]}" || status=$?
if [[ -z $only && $status == 0 ]]; then
  say "Measuring the parts"
  "$root/build/release/bin/rsca-parts-bench" "--benchmark_min_time=$parts_seconds" \
    "--benchmark_out=$root/build/release/bench/parts.json" || status=1
fi
exit "$status"
