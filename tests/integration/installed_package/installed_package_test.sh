#!/bin/bash
# One step of the installed package's test; CMakeLists.txt says which and sets the variables.
set -euo pipefail

prefix=$WORK_DIR/prefix
here=$(dirname "$(readlink -f "$0")")
server=

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Runs a command that knows nothing of the build tree or of the caller's environment.
cleanly() {
  local kept=()
  local name
  for name in ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS; do
    if [[ -n ${!name-} ]]; then kept+=("$name=${!name}"); fi
  done
  env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/nonexistent "${kept[@]}" "$@"
}

# Configures and builds SOURCE into $WORK_DIR/NAME; further arguments are cmake's.
build() {
  local source=$1 name=$2
  shift 2
  local flags=${SANITIZE:+-fsanitize=$SANITIZE}
  cleanly "$CMAKE" -S "$source" -B "$WORK_DIR/$name" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_FLAGS="$flags" \
    -DCMAKE_BUILD_TYPE=Release "$@"
  cleanly "$CMAKE" --build "$WORK_DIR/$name" --verbose
}

Installs() {
  rm -rf "$WORK_DIR"
  "$CMAKE" --install "$BUILD_DIR" --prefix "$prefix"
  local file
  for file in bin/rscad bin/rsca libexec/rsca/rsca-worker \
    "$LIBDIR"/rsca/managers/{process,file,host,syslog}.so "$LIBDIR"/cmake/rsca/rscaConfig.cmake \
    include/rsca/{wpf_automation,wpf_types,wpframework,wpf_extensions,wpf_ptr}.h include/rsca/client/client.h \
    share/doc/rsca/wpframework/README.md share/doc/rsca/wpframework/example/example_plugin.cc; do
    [[ -s $prefix/$file ]] || fail "$file is not installed"
  done
  # It may be moved: nothing that is read later names the place where it was built.
  if grep -rlF -e "$SOURCE_DIR" -e "$BUILD_DIR" "$prefix/$LIBDIR/cmake" "$prefix/include"; then
    fail "these files name the build tree"
  fi
}

BuildsAPlugin() {
  rm -rf "$WORK_DIR/example"
  cp -r "$prefix/share/doc/rsca/wpframework/example" "$WORK_DIR/example"
  # A plug-in author need not have gRPC.
  local without=(-DCMAKE_DISABLE_FIND_PACKAGE_gRPC=ON -DCMAKE_DISABLE_FIND_PACKAGE_Protobuf=ON
    -DCMAKE_DISABLE_FIND_PACKAGE_absl=ON)
  build "$WORK_DIR/example" example_build "${without[@]}"
  local shown
  shown=$(nm -D --defined-only "$WORK_DIR/example_build/example.so" | awk '$2 == "T" {print $3}')
  [[ $shown == GetProtocolManager ]] || fail "the plug-in shows '$shown'"
  build "$here/plugin_check" plugin_check "${without[@]}"
  cleanly "$WORK_DIR/plugin_check/plugin_check" "$WORK_DIR/example_build/example.so"
}

BuildsAClient() {
  build "$here/client" client
}

# Leaves nothing behind, whatever happened.
finish() {
  if [[ -n $server ]]; then kill -KILL "$server"; fi
  cat "$1/rscad.log" >&2
  rm -rf "$1"
}

# The installed server with the plug-in that was built against it, and a client.
Works() {
  local dir
  dir=$(mktemp -d)
  cat >"$dir/rscad.yaml" <<YAML
runtime_dir: $dir/run
pools:
  - name: default
    protocol_managers:
      - name: process
      - name: file
      - name: host
  - name: example
    protocol_managers:
      - name: example
        library: $WORK_DIR/example_build/example.so
YAML
  cleanly "$prefix/bin/rscad" --check-config "$dir/rscad.yaml"
  # Not through `cleanly`, so that $! is the server itself.
  env -i PATH=/usr/bin:/bin HOME=/nonexistent ASAN_OPTIONS="${ASAN_OPTIONS-}" \
    LSAN_OPTIONS="${LSAN_OPTIONS-}" UBSAN_OPTIONS="${UBSAN_OPTIONS-}" \
    TSAN_OPTIONS="${TSAN_OPTIONS-}" "$prefix/bin/rscad" --config "$dir/rscad.yaml" \
    2>"$dir/rscad.log" &
  server=$!
  trap "finish '$dir'" EXIT
  cleanly "$WORK_DIR/client/installed_client" "unix:$dir/run/rscad.sock"
  cleanly "$prefix/bin/rsca" --help >/dev/null
  kill -TERM "$server"
  local status=0
  wait "$server" || status=$?
  server=
  [[ $status == 0 ]] || fail "rscad ended with status $status"
}

"$1"
