#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test.
set -euo pipefail
source "$(dirname "$0")/../common/cmake/setup.sh"

usage() {
  cat <<'END'
Usage: tests/run.sh [--release] [--asan] [--tsan] [--tidy] [--all]

Installs what is missing (Debian packages, with sudo when not root), builds, and runs every test.
Without a flag: --release.

  --release  the release build and its tests
  --asan     the tests under AddressSanitizer and UndefinedBehaviorSanitizer
  --tsan     the tests under ThreadSanitizer
  --tidy     formatting, clang's warnings and thread-safety analysis, clang-tidy, buf lint
  --all      all of these
  --help     this text

Builds lie in build/release, build/asan, build/tsan and build/tidy. Exit status: 0 if everything
passed, 1 if something failed.
END
}

summary=$(mktemp)
trap 'rm -f "$summary"' EXIT

# run_tests NAME DIRECTORY AT_ONCE: ctest, so many tests at a time, however many processors there are.
run_tests() {
  local log=$2/ctest.log status=0
  say "Testing $2"
  ctest --test-dir "$2" -j "$3" --output-on-failure --no-tests=error 2>&1 | tee "$log" || status=$?
  echo "$1: $(grep -E 'tests passed|No tests were found' "$log" || echo 'ctest did not finish')" \
    >>"$summary"
  return "$status"
}

release() {
  build_release
  run_tests release "$root/build/release" 4  # they wait more than they work
}

# sanitize NAME SANITIZERS
sanitize() {
  build "$root/build/$1" -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-g1" \
    "-DRSCA_SANITIZE=$2"
  run_tests "$1" "$root/build/$1" 2
}

asan() { sanitize asan address,undefined; }
tsan() { sanitize tsan thread; }

tidy() {
  local dir=$root/build/tidy
  say "Checking the formatting"
  find "$root"/{common,server,client,tests} \( -name '*.h' -o -name '*.cc' \) -print0 |
    xargs -0 clang-format --dry-run -Werror || return 1
  # clang-tidy needs the generated headers, and no more of a build.
  build "$dir" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -- \
    rsca_proto rsca_worker_proto rsca_config_proto rsca_google_rpc rsca_health_proto rsca_bench_proto \
    rsca_bench_etcd_proto
  say "Running clang-tidy"
  python3 -B "$root/tests/support/clang_tidy.py" "$root" "$dir" "$jobs" || return 1
  say "Checking the protos"
  "$root/tests/proto_lint.sh" || return 1
  echo "tidy: everything passed" >>"$summary"
}

stages=()
for argument in "$@"; do
  case $argument in
    --release | --asan | --tsan | --tidy) stages+=("${argument#--}") ;;
    --all) stages=(release tidy asan tsan) ;;
    --help | -h) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
done
[[ ${#stages[@]} == 0 ]] && stages=(release)

packages=("${build_packages[@]}")
[[ " ${stages[*]} " == *" tidy "* ]] && packages+=("${tidy_packages[@]}")
install_packages "${packages[@]}"

failed=()
for stage in "${stages[@]}"; do
  # In a subshell: what ends one stage does not keep the next from running.
  ("$stage") || failed+=("$stage")
done
say "Summary"
cat "$summary"
[[ ${#failed[@]} == 0 ]] || die "failed: ${failed[*]}"
