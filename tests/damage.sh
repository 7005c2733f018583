#!/usr/bin/env bash
# Damaged journals: hundreds of times a bit of a server's journal is flipped, or a file of it cut short.
# See tests/damage/damage_main.cc.
set -euo pipefail
source "$(dirname "$0")/../common/cmake/setup.sh"

usage() {
  cat <<'END'
Usage: tests/damage.sh [--rounds N] [--seed N]

Installs what is missing (Debian packages, with sudo when not root), builds what it needs, and has a
server make a journal. In each round a copy of that is damaged: one bit of one file, or a file that ends
too early; half of the times near the end of a file. Then
  - the server does not start and says that the journal is damaged, or it starts, and everything that a
    client had read is there with the same bytes, or an error says that it is not,
  - where `rsca-journal verify` finds nothing, nothing is missing,
  - `rsca-journal repair` leaves a sound journal and a server that starts, each registration without a
    gap, and what is missing of it is told.

  --rounds N  how many (default 300; about a second each)
  --seed N    of the random choices; default: another one each time. Each run prints its seed
  --help      this text

Prints a line every twenty rounds, and each damage that went unnoticed. Exit status: 0 if none did, 1 if
one did.
END
}

rounds=300
seed=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --help | -h) usage && exit ;;
    --rounds) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] && rounds=$2 || { usage >&2 && exit 2; } ;;
    --seed) [[ ${2:-} =~ ^[0-9]+$ ]] && seed=(--seed "$2") || { usage >&2 && exit 2; } ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift 2
done

install_packages "${build_packages[@]}"
build_release -- rsca_damage
say "Damaging a journal $rounds times"
exec "$root/build/release/tests/rsca_damage" --rounds "$rounds" "${seed[@]}"
