#!/usr/bin/env python3
"""Follows a file on an rsca server as `tail -f` does: writes every line that is added to it.

    follow.py [--server ADDRESS] [--lines N] FILE

A lost connection is made again, and the stream goes on after the last line that was written: none is
missing and none comes twice. Ctrl-C unregisters the action and says how it ended.
"""

import argparse
import json
import os
import signal
import sys
import time

import grpc

from rsca.v1 import custom_actions_pb2 as api
from rsca.v1 import custom_actions_pb2_grpc
from rsca.v1 import registration_pb2

MAX_TRIES = 10


def default_server():
    """The address that rscad serves on unless it is told otherwise."""
    if os.geteuid() == 0:
        directory = "/run/rsca"
    elif os.environ.get("XDG_RUNTIME_DIR"):
        directory = os.environ["XDG_RUNTIME_DIR"] + "/rsca"
    else:
        directory = f"/tmp/rsca-{os.geteuid()}"
    return f"unix:{directory}/rscad.sock"


class Follower:
    """One registration of `file.tail`, and how much of it has been seen."""

    def __init__(self, stub):
        self._stub = stub
        self._stream = None
        self._name = ""
        self._last_sequence = 0
        self._stopping = False

    def follow(self, path, lines):
        """Writes lines until the action ends; returns its outcome."""
        request = api.RegisterCustomActionRequest(
            function="file.tail", arguments=json.dumps({"path": path, "lines": lines})
        )
        self._stream = self._stub.RegisterCustomAction(request)
        tries = 0
        while not self._stopping:
            before = self._last_sequence
            try:
                return self._write()
            except grpc.RpcError as error:
                if not self._name:
                    raise
                if self._stopping:
                    break
                if error.code() != grpc.StatusCode.UNAVAILABLE:
                    raise
                tries = 1 if self._last_sequence > before else tries + 1
                if tries > MAX_TRIES:
                    raise
                time.sleep(0.1 * tries)
            self._stream = self._stub.AttachCustomAction(
                api.AttachCustomActionRequest(
                    name=self._name, after_sequence=self._last_sequence
                )
            )
        self._stream = self._stub.UnregisterCustomAction(
            api.UnregisterCustomActionRequest(
                name=self._name, after_sequence=self._last_sequence
            )
        )
        return self._write()

    def stop(self):
        """Ends the registration; `follow` returns. For signal handlers."""
        self._stopping = True
        if self._stream:
            self._stream.cancel()

    def _write(self):
        for message in self._stream:
            if message.HasField("registered"):
                self._name = message.registered.name
            for result in message.results:
                sys.stdout.buffer.write(result.response)
                sys.stdout.buffer.flush()
                self._last_sequence = result.sequence
                if result.final:
                    return result.outcome
        raise RuntimeError("the stream ended without a final result")


def main():
    parser = argparse.ArgumentParser(description="Follows a file on an rsca server.")
    parser.add_argument("--server", default=default_server(), help="default: %(default)s")
    parser.add_argument("--lines", type=int, default=10, help="old lines to begin with")
    parser.add_argument("file", help="absolute path on the server")
    options = parser.parse_args()

    with grpc.insecure_channel(options.server) as channel:
        follower = Follower(custom_actions_pb2_grpc.CustomActionsStub(channel))
        signal.signal(signal.SIGINT, lambda number, frame: follower.stop())
        try:
            outcome = follower.follow(options.file, options.lines)
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            return 1
    kind = registration_pb2.Outcome.Kind.Name(outcome.kind)
    print(f"{kind}: {outcome.message}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
