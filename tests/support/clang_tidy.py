#!/usr/bin/env python3
"""clang-tidy over every source of a build, in parallel; sources that were clean and have not changed
since are skipped.

    clang_tidy.py ROOT BUILD_DIR JOBS      BUILD_DIR holds compile_commands.json; exit status 1 on findings
"""

import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)
GENERATED = re.compile(r"(\.grpc)?\.pb\.h$")
# The compiler's own warnings are checked in the same pass, -Wthread-safety among them.
CHECKS = "--checks=clang-diagnostic-*"


class Sources:
    """What a source's outcome depends on: its text and that of every file of the tree it includes."""

    def __init__(self, root):
        self.folders = [root, root / "common/wpframework/include", root / "client/cpp/include"]
        self.protos = root / "protos"
        self.texts = {}

    def text(self, path):
        if path not in self.texts:
            self.texts[path] = path.read_text(encoding="utf-8", errors="replace")
        return self.texts[path]

    def resolve(self, name, including):
        if GENERATED.search(name):
            name, folders = GENERATED.sub(".proto", name), [self.protos]
        else:
            folders = [including.parent, *self.folders]
        return next((folder / name for folder in folders if (folder / name).is_file()), None)

    def digest(self, path, command):
        seen, waiting = set(), [path]
        while waiting:
            file = waiting.pop().resolve()
            if file not in seen:
                seen.add(file)
                found = (self.resolve(name, file) for name in INCLUDE.findall(self.text(file)))
                waiting += [include for include in found if include is not None]
        digest = hashlib.sha256(command.encode())
        for file in sorted(seen):
            digest.update(f"{file}\0{self.text(file)}\0".encode())
        return digest.hexdigest()


def tidy(build_dir, path):
    done = subprocess.run(["clang-tidy", "--quiet", CHECKS, "-p", build_dir, path], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stdout, done.stderr


def main():
    root, build_dir, jobs = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], int(sys.argv[3])
    stamps = pathlib.Path(build_dir) / "stamps"
    stamps.mkdir(exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True, text=True)
    configurations = [root / ".clang-tidy", root / "tests/.clang-tidy"]
    settings = version.stdout + "".join(file.read_text(encoding="utf-8") for file in configurations)
    sources = Sources(root)
    waiting = {}
    commands = json.loads((pathlib.Path(build_dir) / "compile_commands.json").read_text())
    ours = [entry for entry in commands if not entry["file"].endswith(".pb.cc")]
    for entry in ours:
        stamp = stamps / sources.digest(pathlib.Path(entry["file"]), settings + entry["command"])
        if not stamp.exists():
            waiting[entry["file"]] = stamp
    print(f"clang-tidy: {len(waiting)} of {len(ours)} sources to check", flush=True)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(tidy, build_dir, path): path for path in waiting}
        for number, done in enumerate(concurrent.futures.as_completed(running), 1):
            status, output, errors = done.result()
            path = running[done]
            if status == 0:
                waiting[path].touch()
            else:
                failed += 1
                print(f"{path}:\n{output}{errors}", flush=True)
            if number % 20 == 0:
                print(f"clang-tidy: {number} of {len(waiting)}", flush=True)
    print(f"clang-tidy: {failed} of {len(ours)} sources have findings")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
