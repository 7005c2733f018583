#!/usr/bin/env python3
"""Who may include whom. Prints FILE:LINE: what, for each include that the rules forbid.

    include_rules.py ROOT      exit status 1 if there is one, else 0

A part is a folder; what it sees is what stands beside its name. A part always sees itself.
"""

import pathlib
import re
import sys

# The first name that a path begins with is its part: longer names stand first.
FOLDERS = [
    "common/wpframework", "common",
    "server/rpc", "server/actions", "server/workers", "server/worker", "server/journal_tool",
    "server/journal",
    "server/delivery", "server/security", "server/observability", "server/config",
    "server/managers", "server",
    "client/cpp", "client/cli",
    "tests",
]

# What an include names, where that is not a folder of the tree.
INCLUDED = [
    (r"rsca/(wpf_\w+|wpframework)\.h$", "common/wpframework"),
    (r"rsca/client/", "client/cpp"),
    (r"rsca/v1/", "proto/public"),
    (r"rsca/worker/v1/", "proto/worker"),
    (r"rsca/config/v1/", "proto/config"),
    (r"rsca/journal/v1/", "proto/journal"),
    (r"google/rpc/", "proto/google_rpc"),
    (r"grpc/health/v1/", "proto/health"),
]

SERVER_FOLDERS = {name for name in FOLDERS if name.startswith("server/")}

SEES = {
    "common/wpframework": set(),
    "common": {"common/wpframework", "proto/google_rpc"},
    "server/journal": {"common"},
    "server/journal_tool": {"server/journal", "common", "proto/public", "proto/journal"},
    "server/workers": {"common", "proto/worker"},
    "server/worker": {"common", "common/wpframework", "proto/worker"},
    "server/managers": {"common", "common/wpframework"},
    "server/delivery": {"server/journal", "common"},
    "server/actions": {"server/workers", "server/journal", "common", "proto/journal"},
    "server/security": {"common", "proto/config"},
    "server/observability": {"common"},
    "server/config": {"common", "proto/config"},
    "server/rpc": {"server/actions", "server/delivery", "server/observability", "server/security",
                   "common", "proto/public", "proto/google_rpc", "proto/health"},
    "server": SERVER_FOLDERS | {"common", "proto/config", "proto/health"},
    "client/cpp": {"common", "proto/public", "proto/google_rpc", "proto/health"},
    "client/cli": {"client/cpp", "common", "proto/public", "proto/google_rpc", "proto/health"},
    # The .proto files themselves; `proto/google` has no imports of ours.
    "proto/public": {"proto/google_rpc"},
    "proto/worker": set(),
    "proto/config": set(),
    "proto/journal": set(),
}

# Where the framework's names may stand, beside tests. hresult.cc maps its numbers to gRPC's codes.
FRAMEWORK_FOLDERS = {"common/wpframework", "server/worker", "server/managers", "tests"}
FRAMEWORK_FILES = {"common/hresult.cc"}
FRAMEWORK_NAME = re.compile(
    r"\b(HRESULT|IPm[A-Z]\w*|IWpf[A-Z]\w*|IProtocolManager|IWorkerProcessFramework"
    r"|ICustomAction2?ResultCallback|IHealthStatusCallback)\b")

# Of common/wpframework, which is standard C++ only: what is no header of the standard library.
NOT_STANDARD = re.compile(r"[./]")

INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]')
IMPORT = re.compile(r'^\s*import\s+(?:public\s+|weak\s+)?"([^"]+)"')
# Comments and texts, which may name anything.
NO_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
    r"|(?<!\w)'(?:\\.|[^'\\\n])+'",  # not the ' within 10'000
    re.DOTALL)


def part_of(path):
    """The part that a path of the tree, or of an include, belongs to; None if it is not ours."""
    for folder in FOLDERS:
        if path.startswith(folder + "/"):
            return folder
    for pattern, part in INCLUDED:
        if re.match(pattern, path):
            return part
    return None


def subfolder(path):
    """`server/managers/file` for a file in it: managers see each other's `base` only."""
    return "/".join(path.split("/")[:3])


def is_allowed(path, part, included):
    seen = part_of(included)
    if seen is None or part == "tests":
        return True
    if part == "server/managers" and seen == part:
        return subfolder(included) in (subfolder(path), "server/managers/base")
    if part == "client/cli" and included.startswith("client/cpp/"):
        return False  # the library's own files; its public headers are rsca/client/...
    return seen == part or seen in SEES[part]


def blank(match):
    """The text's line breaks alone, so that lines keep their numbers."""
    return "\n" * match.group(0).count("\n")


def source_violations(path, text):
    part = part_of(path)
    if part is None:
        return
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match and not is_allowed(path, part, match.group(1)):
            yield number, f"{part} must not include {match.group(1)} ({part_of(match.group(1))})"
        elif match and path.startswith("common/wpframework/include/"):
            if part_of(match.group(1)) != part and NOT_STANDARD.search(match.group(1)):
                yield number, f"{part} is standard C++ only and must not include {match.group(1)}"
    if part in FRAMEWORK_FOLDERS or path in FRAMEWORK_FILES:
        return
    for number, line in enumerate(NO_CODE.sub(blank, text).splitlines(), 1):
        match = FRAMEWORK_NAME.search(line)
        if match:
            yield number, f"{part} must not use the framework's name {match.group(0)}"


def proto_violations(path, text):
    inner = path[len("protos/"):]
    part = part_of(inner)
    for number, line in enumerate(text.splitlines(), 1):
        match = IMPORT.match(line)
        seen = part_of(match.group(1)) if match else None
        if seen is not None and seen != part and seen not in SEES.get(part, set()):
            yield number, f"{part} must not import {match.group(1)} ({seen})"


def violations(root):
    """All of a tree, as texts. Raises ValueError when there is nothing to check."""
    root = pathlib.Path(root)
    checked = 0
    found = []
    for top in ("common", "server", "client", "tests", "protos"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".hpp", ".cc", ".cpp", ".proto") or not file.is_file():
                continue
            path = file.relative_to(root).as_posix()
            text = file.read_text(encoding="utf-8", errors="replace")
            checked += 1
            # What tests have of their own imports what it wants, as their sources do.
            is_contract = top == "protos" and file.suffix == ".proto"
            check = proto_violations if is_contract else source_violations
            found += [f"{path}:{number}: {what}" for number, what in check(path, text)]
    if checked == 0:
        raise ValueError(f"no sources below {root}")
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = violations(sys.argv[1])
    for violation in found:
        print(violation)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
