"""On what it was measured."""

import datetime
import os
import pathlib
import platform
import re
import subprocess

PACKAGES = ["nats-server", "libnats-dev", "redis-server", "libhiredis-dev", "etcd-server",
            "openssh-server", "libgrpc++-dev", "librocksdb-dev"]


def output_of(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def processor():
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return match.group(1) if match else platform.machine()


def describe(root):
    versions = {name: output_of("dpkg-query", "-W", "-f=${Version}", name) for name in PACKAGES}
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "commit": output_of("git", "-C", str(root), "describe", "--always", "--dirty"),
        "load_at_start": os.getloadavg()[0],
        "versions": {name: version for name, version in versions.items() if version},
    }


def sentence(machine):
    return (f"{machine['date']}, {machine['processor']}, {machine['cores']} cores, "
            f"Linux {machine['kernel']}, commit {machine['commit'] or 'unknown'}")
