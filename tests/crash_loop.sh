#!/usr/bin/env bash
# The crash loop: hundreds of times a server with durable registrations is killed and started again.
# See tests/crash_loop/crash_loop_main.cc.
set -euo pipefail
source "$(dirname "$0")/../common/cmake/setup.sh"

usage() {
  cat <<'END'
Usage: tests/crash_loop.sh [--rounds N] [--sync always|interval|off] [--seed N]

Installs what is missing (Debian packages, with sudo when not root), builds what the crash loop needs,
and runs it. In each round clients register durable actions, read, leave, join again and unregister
while the server is killed (SIGKILL) at a random moment, at times with its workers before it or while
it stops. After each restart
  - everything that a client has read is there, with the same bytes,
  - no sequence has a gap or a duplicate, and no result that a plug-in reported is missing between two,
  - restartable actions go on in the same sequence, others have ended with an outcome that what was
    done explains,
  - an unregister that was agreed to stays done, and a retried register joins what it made.
In the end every registration has had exactly one final outcome, and the server shows it.

  --rounds N     how often the server is killed (default 300), with each policy
  --sync POLICY  of the journal; default: all three, one after the other
  --seed N       of the random choices; default: another one each time. Each run prints its seed, so
                 that the choices of one that failed can be made again; how they fall in time is never
                 the same
  --help         this text

Prints a line every ten rounds, a line for each promise that was broken, and a summary. Exit status: 0
if every promise was kept, 1 if one was broken; the server's log is then in
build/release/crash_loop.log.
END
}

rounds=300
policies=(always interval off)
seed=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --help | -h) usage && exit ;;
    --rounds) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] && rounds=$2 || { usage >&2 && exit 2; } ;;
    --sync) [[ ${2:-} =~ ^(always|interval|off)$ ]] && policies=("$2") || { usage >&2 && exit 2; } ;;
    --seed) [[ ${2:-} =~ ^[0-9]+$ ]] && seed=(--seed "$2") || { usage >&2 && exit 2; } ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift 2
done

install_packages "${build_packages[@]}"
build_release -- rsca_crash_loop
for sync in "${policies[@]}"; do
  say "Killing a server $rounds times, with sync: $sync"
  "$root/build/release/tests/rsca_crash_loop" --rounds "$rounds" --sync "$sync" "${seed[@]}" \
    --log "$root/build/release/crash_loop.log"
done
