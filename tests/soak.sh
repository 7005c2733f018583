#!/usr/bin/env bash
# The soak: half an hour of registrations that come and go on four pools while workers are killed,
# stopped, recycled and starved at random. See tests/soak/soak_main.cc.
set -euo pipefail
source "$(dirname "$0")/../common/cmake/setup.sh"

usage() {
  cat <<'END'
Usage: tests/soak.sh [--minutes N] [--seed N]

Installs what is missing (Debian packages, with sudo when not root), builds what the soak needs, and
runs it: many clients register, read, leave, join again and unregister custom actions on four pools
of a real server, while their workers are killed, stopped, recycled and starved at random. In the end
  - every registration has had exactly one final outcome, and one that what was done explains,
  - no sequence has had a gap or a duplicate, and no result that a plug-in reported is missing,
  - every worker's end is told once, with a reason that what was done explains,
  - no process, descriptor, socket, file or cgroup is left,
  - the server's memory is back.

  --minutes N  how long (default 30; decimals will do)
  --seed N     of the random choices; default: another one each time. Each run prints its seed, so that
               the choices of one that failed can be made again; how they fall in time is never the same
  --help       this text

Prints a line every ten seconds, a line for each promise that was broken, and a summary. Exit status: 0
if every promise was kept, 1 if one was broken; the server's log is then in build/release/soak.log.
END
}

minutes=30
seed=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --help | -h) usage && exit ;;
    --minutes) [[ ${2:-} =~ ^[0-9]+(\.[0-9]+)?$ ]] && minutes=$2 || { usage >&2 && exit 2; } ;;
    --seed) [[ ${2:-} =~ ^[0-9]+$ ]] && seed=(--seed "$2") || { usage >&2 && exit 2; } ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift 2
done
seconds=$(awk -v minutes="$minutes" 'BEGIN { printf "%d", minutes * 60 }')
((seconds > 0)) || { usage >&2 && exit 2; }

install_packages "${build_packages[@]}"
build_release -- rsca_soak
say "Running the soak for $minutes minutes"
exec "$root/build/release/tests/rsca_soak" --seconds "$seconds" "${seed[@]}" \
  --log "$root/build/release/soak.log"
