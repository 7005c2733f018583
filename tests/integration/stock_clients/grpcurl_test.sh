#!/usr/bin/env bash
# grpcurl, knowing nothing but the server's reflection. Needs Go and its module proxy for the first run.
#   grpcurl_test.sh BUILD_DIRECTORY
set -euo pipefail
build_dir=$1
grpcurl=$build_dir/tools/grpcurl
dir=$(mktemp -d)

skip() {
  echo "SKIPPED: $*"
  exit 77
}

fail() {
  printf 'FAILED: %s\n--- the answer\n%s\n--- the log\n' "$*" "${answer:-}" >&2
  cat "$dir/log" >&2
  exit 1
}

server=
clean_up() {
  [[ -z $server ]] || kill -KILL "$server" 2>/dev/null || true
  rm -rf "$dir"
}
trap clean_up EXIT

if [[ ! -x $grpcurl ]]; then
  command -v go >/dev/null || skip "go is not installed, and grpcurl is not in Debian 12"
  GOBIN=$build_dir/tools go install github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.8.7 \
    >"$dir/log" 2>&1 || skip "go cannot install grpcurl; is there a network? $(tail -n 1 "$dir/log")"
fi

cat >"$dir/rscad.yaml" <<END
runtime_dir: $dir
pools:
- name: default
  protocol_managers:
  - {name: counter, library: $build_dir/tests/plugins/counter.so}
  - {name: echo, library: $build_dir/tests/plugins/echo.so}
END
"$build_dir/bin/rscad" --config "$dir/rscad.yaml" 2>"$dir/log" &
server=$!

# ask ARGUMENT...: grpcurl's output, good or bad, in $answer.
ask() { answer=$("$grpcurl" -plaintext -unix -max-time 60 "$@" 2>&1); }
call() { ask "${@:2}" "$dir/rscad.sock" "$1"; }
expect() { [[ $answer == *"$1"* ]] || fail "there is no ${1}"; }

for ((i = 0; i < 600; ++i)); do
  call grpc.health.v1.Health/Check -d '{"service": "pool/default"}' && [[ $answer == *SERVING* ]] && break
  sleep 0.1
done
expect '"status": "SERVING"'

ask "$dir/rscad.sock" list || fail "list"
expect rsca.v1.CustomActions
expect grpc.health.v1.Health
ask "$dir/rscad.sock" describe rsca.v1.CustomActions || fail "describe"
expect "rpc RegisterCustomAction ( .rsca.v1.RegisterCustomActionRequest ) returns ( stream"

call rsca.v1.CustomActions/ListCustomActions || fail "ListCustomActions"
expect '"name": "customActions/counter"'
call rsca.v1.CustomActions/RunCustomAction -d '{"function": "echo", "arguments": "abc"}' || fail "run"
expect '"response": "YWJj"'
call rsca.v1.CustomActions/RegisterCustomAction \
  -d '{"function": "counter", "arguments": "{\"count\": 3}"}' || fail "register"
expect '"registered"'
expect '"sequence": "3"'
expect '"final": true'
expect '"kind": "KIND_COMPLETED"'
if call rsca.v1.CustomActions/RunCustomAction -d '{"function": "no.such"}'; then fail "an error"; fi
expect NotFound
expect ACTION_NOT_FOUND

kill -TERM "$server"
wait "$server" || fail "rscad ended with $?"
server=
echo "grpcurl lists, describes and calls by reflection"
