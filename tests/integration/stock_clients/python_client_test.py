"""The real server through a client made by grpcio-tools. Run by python_client_test.sh."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import grpc
from google.rpc import error_details_pb2
from google.rpc import status_pb2

from rsca.v1 import custom_action_pb2
from rsca.v1 import custom_actions_pb2 as api
from rsca.v1 import custom_actions_pb2_grpc
from rsca.v1 import registration_pb2

SOURCE, BUILD = (pathlib.Path(argument) for argument in sys.argv[1:3])
BOUND = 60  # seconds; what never comes fails the test


class PythonClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        path = pathlib.Path(cls.directory.name)
        (path / "rscad.yaml").write_text(
            f"runtime_dir: {path}\n"
            "pools:\n"
            "- name: default\n"
            "  protocol_managers: [{name: file}, {name: host}]\n"
            "- name: test\n"
            "  protocol_managers:\n"
            f"  - {{name: counter, library: {BUILD}/tests/plugins/counter.so}}\n"
        )
        cls.log = open(path / "log", "wb")
        cls.server = subprocess.Popen(
            [BUILD / "bin/rscad", "--config", path / "rscad.yaml"], stderr=cls.log
        )
        cls.address = f"unix:{path}/rscad.sock"
        cls.channel = grpc.insecure_channel(cls.address)
        grpc.channel_ready_future(cls.channel).result(timeout=BOUND)
        cls.stub = custom_actions_pb2_grpc.CustomActionsStub(cls.channel)

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()
        cls.server.terminate()
        status = cls.server.wait(timeout=BOUND)
        cls.log.close()
        log = (pathlib.Path(cls.directory.name) / "log").read_text()
        cls.directory.cleanup()
        if status != 0:
            raise AssertionError(f"rscad ended with {status}\n{log}")

    def register(self, **fields):
        # The pool may still be starting.
        request = api.RegisterCustomActionRequest(**fields)
        return self.stub.RegisterCustomAction(request, timeout=BOUND, wait_for_ready=True)

    def test_every_result_of_a_stream_arrives_in_order(self):
        messages = list(self.register(function="counter", arguments='{"count": 1000}'))
        self.assertTrue(messages[0].HasField("registered"))
        results = [result for message in messages[1:] for result in message.results]
        self.assertEqual([result.sequence for result in results], list(range(1, 1002)))
        self.assertEqual(
            [result.response for result in results[:-1]],
            [str(number).encode() for number in range(1, 1001)],
        )
        self.assertEqual([result.final for result in results], [False] * 1000 + [True])
        self.assertEqual(results[-1].outcome.kind, registration_pb2.Outcome.KIND_COMPLETED)

    def test_a_second_stream_joins_and_a_third_ends_it(self):
        first = self.register(function="counter", arguments='{"interval_ms": 1}')
        name = next(first).registered.name
        for _ in range(20):
            next(first)
        joined = self.stub.AttachCustomAction(
            api.AttachCustomActionRequest(name=name, after_sequence=10), timeout=BOUND
        )
        next(joined)
        self.assertEqual(next(joined).results[0].sequence, 11)
        ended = list(
            self.stub.UnregisterCustomAction(
                api.UnregisterCustomActionRequest(name=name), timeout=BOUND
            )
        )
        final = ended[-1].results[-1]
        self.assertEqual(final.outcome.kind, registration_pb2.Outcome.KIND_UNREGISTERED)
        self.assertEqual(list(first)[-1].results[-1], final)
        self.assertEqual(list(joined)[-1].results[-1], final)

    def test_actions_are_listed_and_run(self):
        actions = {
            action.function: action
            for action in self.stub.ListCustomActions(
                api.ListCustomActionsRequest(), timeout=BOUND
            ).custom_actions
        }
        self.assertEqual(
            actions["host.info"].answers, custom_action_pb2.CustomAction.ANSWERS_ONCE
        )
        response = self.stub.RunCustomAction(
            api.RunCustomActionRequest(function="host.info"), timeout=BOUND
        )
        self.assertEqual(response.hr_status, 0)
        self.assertIn(os.uname().nodename.encode(), response.response)

    def test_errors_carry_their_details(self):
        with self.assertRaises(grpc.RpcError) as raised:
            list(self.register(function="counter", arguments='{"count": "many"}'))
        error = raised.exception
        self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
        status = status_pb2.Status.FromString(
            dict(error.trailing_metadata())["grpc-status-details-bin"]
        )
        info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        for detail in status.details:
            detail.Unpack(info)
            detail.Unpack(bad_request)
        self.assertEqual((info.domain, info.reason), ("rsca", "INVALID_ARGUMENTS"))
        self.assertEqual(bad_request.field_violations[0].field, "count")

    def test_the_example_follows_a_file_and_ends_with_its_outcome(self):
        path = pathlib.Path(self.directory.name) / "followed.log"
        path.write_text("old\n")
        example = subprocess.Popen(
            [
                sys.executable,
                SOURCE / "client/python/examples/follow.py",
                "--server",
                self.address,
                path,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.assertEqual(example.stdout.readline(), b"old\n")
        for number in range(100):
            with path.open("a") as file:
                file.write(f"line {number}\n")
        for number in range(100):
            self.assertEqual(example.stdout.readline(), f"line {number}\n".encode())
        example.send_signal(signal.SIGINT)
        output, errors = example.communicate(timeout=BOUND)
        self.assertEqual((example.returncode, output), (0, b""), errors)
        self.assertIn(b"KIND_UNREGISTERED", errors)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
