#!/usr/bin/env bash
# A Python client made by grpcio-tools, as client/python/README.md says. Needs PyPI for the first run.
#   python_client_test.sh SOURCE_DIRECTORY BUILD_DIRECTORY
set -euo pipefail
source_dir=$1 build_dir=$2
venv=$build_dir/tools/python generated=$build_dir/tools/python-generated

skip() {
  echo "SKIPPED: $*"
  exit 77
}

if [[ ! -e $venv/complete ]]; then
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  python3 -m venv --clear "$venv" >"$log" 2>&1 || skip "python3 -m venv fails: $(tail -n 1 "$log")"
  "$venv/bin/pip" install --quiet grpcio grpcio-tools googleapis-common-protos >"$log" 2>&1 ||
    skip "pip cannot install grpcio-tools; is there a network? $(tail -n 1 "$log")"
  touch "$venv/complete"
fi
mkdir -p "$generated"
(cd "$source_dir" &&
  "$venv/bin/python" -m grpc_tools.protoc -Iprotos --python_out="$generated" \
    --grpc_python_out="$generated" protos/rsca/v1/*.proto)
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$generated exec "$venv/bin/python" \
  "$source_dir/tests/integration/stock_clients/python_client_test.py" "$source_dir" "$build_dir"
