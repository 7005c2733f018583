#!/usr/bin/env bash
# From a fresh clone to results on the screen: builds rscad and rsca and runs them on real input.
set -euo pipefail
source "$(dirname "$0")/../common/cmake/setup.sh"

usage() {
  cat <<'END'
Usage: server/quickstart.sh [--serve]

Installs what is missing (Debian packages, with sudo when not root), builds, starts rscad on a unix
socket in a private directory, and shows what it does: lists the actions, follows a file while it is
written, runs a command, streams host metrics, unregisters an action from a second client.

  --serve   leave the server running until Ctrl-C
  --help    this text
END
}

serve=false
for argument in "$@"; do
  case $argument in
    --serve) serve=true ;;
    --help | -h) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
done

dir=
server=
follower=

clean_up() {
  trap - EXIT INT TERM
  local pid
  for pid in $follower $server; do
    kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
  done
  [[ -z $dir ]] || rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# step TEXT: what happens next, and why.
step() { printf '\n\033[1m%s\033[0m\n' "-- $*"; }
[[ -t 1 ]] || step() { printf '\n-- %s\n' "$*"; }

# show COMMAND...: as one would type it, then its output.
show() {
  printf '$ %s\n' "$*"
  "$@"
}

followed() { rsca registrations -o jsonl | grep -q file.tail; }

# until_true WHAT COMMAND...: waits for it, for half a minute at most.
until_true() {
  local what=$1 i
  shift
  for ((i = 0; i < 300; i++)); do
    "$@" >/dev/null 2>&1 && return
    [[ -z $server ]] || kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  [[ -z $dir ]] || tail -n 20 "$dir"/rscad.log >&2
  die "$what (the end of the server's log is above)"
}

install_packages "${build_packages[@]}"
build_release -- rscad rsca_worker rsca_cli rsca_manager_process rsca_manager_file rsca_manager_host
bin=$root/build/release/bin
PATH=$bin:$PATH

dir=$(mktemp -d)
export RSCA_SERVER=unix:$dir/run/rscad.sock
cat >"$dir/rscad.yaml" <<END
runtime_dir: $dir/run
END

step "Start the server on a unix socket that only you can reach"
echo "$ rscad --config $dir/rscad.yaml &"
rscad --config "$dir/rscad.yaml" 2>"$dir/rscad.log" &
server=$!
until_true "the server does not answer" rsca health
show rsca health

step "What can be called here"
show rsca actions

step "Follow a file while it is being written (file.tail)"
log=$dir/example.log
date '+%T a line from before' >"$log"
echo "$ rsca register file.tail path=$log &"
rsca register file.tail path="$log" > >(sed -u 's/^/  [first client] /') 2>&1 &
follower=$!
until_true "nobody follows the file" followed
for i in 1 2 3; do
  date "+%T line $i, written while file.tail follows" >>"$log"
  sleep 1
done

step "A second client unregisters it; both see the same final result"
show rsca unregister file.tail 2>&1 | sed -u '/^\$/!s/^/  [second client] /'
wait "$follower" || true
follower=

step "Run a command in a worker process (process.exec)"
show rsca register process.exec -- df -h /

step "Stream this host's metrics, one sample a second, the first 150 characters of each (host.metrics)"
show rsca register host.metrics interval_ms=1000 count=3 2>&1 | cut -c -150

if $serve; then
  step "The server goes on until Ctrl-C. In another terminal:"
  cat <<END
  export RSCA_SERVER=$RSCA_SERVER PATH=$bin:\$PATH
  rsca describe file.tail
  rsca register file.tail path=/var/log/dpkg.log
END
  wait "$server"
else
  step "Stop the server: it drains and ends"
  kill "$server"
  wait "$server" && echo "rscad has ended with exit status 0"
  server=
  step "Next, on your own:"
  cat <<END
  export PATH=$bin:\$PATH
  rscad &
  rsca register file.tail path=/var/log/dpkg.log
END
fi
