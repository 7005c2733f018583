#!/usr/bin/env bash
# `buf lint` over protos/, with buf from npm. Says so and succeeds where npm cannot be had.
set -euo pipefail
source "$(dirname "$0")/../common/cmake/setup.sh"

version=1.75.0
tools=$root/build/tools
buf=$tools/node_modules/.bin/buf

skip() {
  echo "buf lint is skipped: $*"
  exit 0
}

if [[ $("$buf" --version 2>/dev/null) != "$version" ]]; then
  command -v npm >/dev/null || skip "npm is not installed (Debian package npm)"
  mkdir -p "$tools"
  npm install --prefix "$tools" --no-save --no-audit --no-fund "@bufbuild/buf@$version" \
    >"$tools/npm.log" 2>&1 || skip "npm cannot install it; see $tools/npm.log"
fi
cd "$root/protos"
"$buf" lint
echo "buf lint: the protos are clean"
