#!/usr/bin/env python3
"""Tries the rules on planted violations: a check that finds nothing would be no check."""

import pathlib
import tempfile
import unittest

import include_rules


class IncludeRules(unittest.TestCase):
    def found(self, path, text):
        with tempfile.TemporaryDirectory() as root:
            file = pathlib.Path(root) / path
            file.parent.mkdir(parents=True)
            file.write_text(text, encoding="utf-8")
            return include_rules.violations(root)

    def assert_refused(self, path, line):
        found = self.found(path, "// first line\n" + line + "\n")
        self.assertEqual(len(found), 1, f"{path}: {line}: {found}")
        self.assertTrue(found[0].startswith(f"{path}:2: "), found[0])

    def assert_allowed(self, path, line):
        self.assertEqual(self.found(path, line + "\n"), [])

    def test_lower_folders_do_not_see_higher_ones(self):
        for path, header in [
                ("server/actions/a.cc", "server/rpc/x.h"),
                ("server/actions/a.cc", "server/delivery/x.h"),
                ("server/delivery/a.cc", "server/actions/x.h"),
                ("server/delivery/a.cc", "server/workers/x.h"),
                ("server/journal/a.cc", "server/delivery/x.h"),
                ("server/journal/a.cc", "server/journal_tool/x.h"),
                ("server/journal_tool/a.cc", "server/actions/x.h"),
                ("server/workers/a.cc", "server/actions/x.h"),
                ("server/workers/a.cc", "server/worker/x.h"),
                ("server/worker/a.cc", "server/workers/x.h"),
                ("server/rpc/a.cc", "server/workers/x.h"),
                ("server/rpc/a.cc", "server/journal/x.h"),
                ("server/config/a.cc", "server/security/x.h"),
                ("server/rpc/a.cc", "server/server.h"),
                ("server/managers/file/a.cc", "server/worker/x.h"),
                ("server/managers/file/a.cc", "server/managers/process/x.h"),
                ("common/a.h", "server/config/x.h"),
                ("common/a.h", "client/cpp/x.h"),
                ("client/cpp/a.cc", "server/config/x.h"),
                ("client/cli/a.cc", "server/actions/x.h"),
                ("client/cli/a.cc", "client/cpp/x.h"),
                ("client/cpp/a.cc", "client/cli/x.h"),
                ("server/rpc/a.cc", "tests/support/x.h"),
                ("client/cli/deep/er/a.h", "tests/support/x.h")]:
            self.assert_refused(path, f'#include "{header}"')

    def test_protos_are_seen_by_their_own_folders_only(self):
        for path, header in [
                ("server/actions/a.cc", "rsca/v1/registration.pb.h"),
                ("server/workers/a.cc", "rsca/v1/registration.pb.h"),
                ("server/delivery/a.cc", "rsca/v1/custom_actions.grpc.pb.h"),
                ("server/server.cc", "rsca/v1/registration.pb.h"),
                ("server/rpc/a.cc", "rsca/worker/v1/worker_link.pb.h"),
                ("server/actions/a.cc", "rsca/worker/v1/worker_link.pb.h"),
                ("client/cpp/a.cc", "rsca/worker/v1/worker_link.pb.h"),
                ("client/cpp/a.cc", "rsca/config/v1/server_config.pb.h"),
                ("server/workers/a.cc", "rsca/config/v1/server_config.pb.h")]:
            self.assert_refused(path, f"#  include <{header}>")
        self.assert_refused("protos/rsca/v1/a.proto", 'import "rsca/worker/v1/worker_link.proto";')
        self.assert_refused("protos/rsca/worker/v1/a.proto", 'import public "rsca/v1/result.proto";')

    def test_framework_headers_and_names_stay_in_their_folders(self):
        for path in ["server/workers/a.cc", "server/actions/a.h", "server/rpc/a.h", "client/cpp/a.cc"]:
            self.assert_refused(path, "#include <rsca/wpframework.h>")
            self.assert_refused(path, "void F(HRESULT hr);")
            self.assert_refused(path, "IPmCustomActions2* actions;")
        self.assert_refused("common/a.h", "ICustomAction2ResultCallback* callback;")
        self.assert_refused("common/wpframework/include/rsca/a.h", "#include <grpcpp/grpcpp.h>")
        self.assert_refused("common/wpframework/include/rsca/a.h", "#include <unistd.h>")

    def test_comments_and_texts_may_name_anything(self):
        self.assert_allowed("client/cpp/a.h", "// An HRESULT, bit for bit.")
        self.assert_allowed("client/cpp/a.h", "/* IPmCustomActions2\n * HRESULT */ int x;")
        self.assert_allowed("client/cpp/a.cc", 'const char kText[] = "HRESULT \\" IPmCustomActions";')
        self.assert_allowed("client/cpp/a.cc", 'const char kText[] = R"(say "HRESULT")";')

    def test_what_comes_after_a_text_is_still_checked(self):
        self.assert_refused("client/cpp/a.cc", "char q = '\"'; HRESULT x; const char* t = \"\";")
        self.assert_refused("client/cpp/a.cc", "int n = 1'000; HRESULT x = 2'000;")

    def test_the_road_is_allowed(self):
        for path, header in [
                ("server/server.cc", "server/rpc/x.h"), ("server/main.cc", "server/config/config.h"),
                ("server/rpc/a.cc", "server/actions/x.h"), ("server/rpc/a.cc", "rsca/v1/result.pb.h"),
                ("server/actions/a.cc", "server/workers/x.h"),
                ("server/delivery/a.cc", "server/journal/x.h"),
                ("server/worker/a.cc", "rsca/wpf_ptr.h"),
                ("server/managers/file/a.cc", "server/managers/base/manager.h"),
                ("client/cli/a.cc", "rsca/client/client.h"), ("common/a.cc", "google/rpc/status.pb.h"),
                ("tests/unit/a.cc", "server/worker/x.h"), ("server/rpc/a.cc", "absl/status/status.h")]:
            self.assert_allowed(path, f'#include "{header}"')
        self.assert_allowed("protos/rsca/v1/a.proto", 'import "google/protobuf/duration.proto";')

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as root:
            with self.assertRaises(ValueError):
                include_rules.violations(root)


if __name__ == "__main__":
    unittest.main()
