#!/usr/bin/env bash
# Counts what a result costs our own code on its road, in instructions: the same wherever and whenever it
# runs, unlike seconds. See tests/bench/road_load.cc.
set -euo pipefail
source "$(dirname "$0")/../../common/cmake/setup.sh"

usage() {
  cat <<'END'
Usage: tests/bench/guard.sh [--renew]

Installs what is missing (Debian packages, with sudo when not root), builds what it needs, and counts the
instructions of a result under valgrind, with one result a message and with 256. Fails when either has
grown by more than 10 % over what tests/bench/instructions_per_result.txt records.

  --renew  records the figures of now; commit the file with the change that explains them
  --help   this text

Exit status: 0 within 10 % of the record, 1 beyond it.
END
}

renew=
case ${1:-} in
  "") ;;
  --renew) renew=1 ;;
  --help | -h) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

record=$root/tests/bench/instructions_per_result.txt
program=$root/build/release/bin/rsca-road-load
install_packages "${build_packages[@]}" valgrind
build_release -- rsca_road_load

# instructions RESULTS BATCH: of the whole program.
instructions() {
  local log
  log=$(mktemp)
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" >"$log" 2>&1 ||
    { cat "$log" >&2; die "the load failed under valgrind (its output is above)"; }
  awk '/Collected/ { print $NF }' "$log"
  rm -f "$log"
}

say "Counting instructions for each result"
failed=
figures=
for batch in 1 256; do
  few=$(instructions 10000 "$batch")
  many=$(instructions 30000 "$batch")
  now=$(((many - few) / 20000))  # what starts and ends the program falls out
  figures+="$batch $now"$'\n'
  [[ -n $renew ]] && { echo "$batch in a message: $now"; continue; }
  before=$(awk -v batch="$batch" '$1 == batch { print $2 }' "$record")
  [[ -n $before ]] || die "$record has no figure for $batch results in a message; --renew makes it"
  echo "$batch in a message: $now instructions a result, recorded $before ($((100 * now / before)) %)"
  ((now * 10 <= before * 11)) || failed+=" $batch"
done
if [[ -n $renew ]]; then
  { echo "# Results in a message, instructions of a result; tests/bench/guard.sh --renew writes this."
    printf '%s' "$figures"; } >"$record"
  echo "recorded in $record"
fi
[[ -z $failed ]] || die "a result costs over 10 % more than recorded, with so many in a message:$failed
If that is what your change is worth, run tests/bench/guard.sh --renew and say why in the commit."
