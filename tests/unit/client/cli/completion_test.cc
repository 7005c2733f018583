#include "client/cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rsca::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAre;

constexpr char kSchema[] = R"({"type": "object", "required": ["path"], "properties": {
  "path": {"type": "string", "description": "The file."},
  "follow": {"type": "boolean"},
  "mode": {"enum": ["fast", "slow"]},
  "argv": {"type": "array", "items": {"type": "string"}},
  "env": {"type": "object"}}})";

// What the server would say, and where it was asked.
class Completion : public testing::Test {
 protected:
  Completion() {
    source_.functions = [this](const Options& options) {
      server_ = options.server;
      return std::vector<Candidate>{{"file.tail", "Follows a file."}, {"file.read", "Reads."}};
    };
    source_.schema = [this](const Options& options, const std::string& function) {
      server_ = options.server;
      return function == "file.tail" ? kSchema : "";
    };
    source_.registrations = [](const Options&) {
      return std::vector<Candidate>{{"registrations/1", "file.tail"},
                                    {"registrations/2", "file.tail"}};
    };
    source_.pools = [](const Options&) {
      return std::vector<Candidate>{{"default", "running"}, {"jobs", "stopped"}};
    };
    source_.workers = [](const Options&) { return std::vector<Candidate>{{"default-1", "ready"}}; };
    source_.channels = [](const Options&) { return std::vector<Candidate>{{"7", "syslog.udp"}}; };
    source_.applications = [](const Options&) {
      return std::vector<Candidate>{{"/LM/W3SVC/1/ROOT", "loaded"}};
    };
  }

  std::vector<std::string> Words(const std::vector<std::string>& words) {
    std::vector<std::string> found;
    for (const Candidate& candidate : Complete(words, source_)) found.push_back(candidate.word);
    return found;
  }

  CompletionSource source_;
  std::string server_;
};

TEST_F(Completion, KnowsTheCommands) {
  EXPECT_THAT(Words({""}), IsSupersetOf({"actions", "register", "completion"}));
  EXPECT_THAT(Words({"re"}), UnorderedElementsAre("register", "registrations", "results"));
  EXPECT_THAT(Words({}), Contains("actions"));
}

TEST_F(Completion, KnowsTheOptionsOfTheCommand) {
  EXPECT_THAT(Words({"register", "--det"}), ElementsAre("--detach-grace"));
  EXPECT_THAT(Words({"actions", "--det"}), IsEmpty());
  EXPECT_THAT(Words({"--ser"}), ElementsAre("--server", "--server-name"));
}

TEST_F(Completion, KnowsTheValuesOfAnOption) {
  EXPECT_THAT(Words({"actions", "-o", ""}), ElementsAre("table", "json", "jsonl", "raw"));
  EXPECT_THAT(Words({"actions", "-o", "js"}), ElementsAre("json", "jsonl"));
  EXPECT_THAT(Words({"--server", ""}), IsEmpty());
}

TEST_F(Completion, AsksTheServerForFunctions) {
  EXPECT_THAT(Words({"register", ""}), ElementsAre("file.tail", "file.read"));
  EXPECT_THAT(Words({"describe", "file.r"}), ElementsAre("file.read"));
  EXPECT_EQ(Complete({"run", "file.t"}, source_).front().description, "Follows a file.");
}

TEST_F(Completion, AsksTheServerThatTheLineNames) {
  Words({"--server", "host:1", "register", ""});
  EXPECT_EQ(server_, "host:1");
  Words({"register", "--server=host:2", "-o", "json", "file.tail", ""});
  EXPECT_EQ(server_, "host:2");
}

TEST_F(Completion, KnowsTheArgumentsOfTheFunction) {
  EXPECT_THAT(Words({"register", "file.tail", ""}),
              ElementsAre("path=", "follow=", "mode=", "argv=", "env."));
  EXPECT_EQ(Complete({"register", "file.tail", "pa"}, source_).front().description,
            "string, required: The file.");
  EXPECT_THAT(Words({"register", "file.read", ""}), IsEmpty());
}

TEST_F(Completion, DoesNotOfferAnArgumentTwiceUnlessItIsAList) {
  EXPECT_THAT(Words({"register", "file.tail", "path=/x", "-o", "json", "argv=a", ""}),
              ElementsAre("follow=", "mode=", "argv=", "env."));
}

TEST_F(Completion, KnowsTheValuesThatTheSchemaNames) {
  EXPECT_THAT(Words({"register", "file.tail", "mode="}), ElementsAre("mode=fast", "mode=slow"));
  EXPECT_THAT(Words({"register", "file.tail", "follow=t"}), ElementsAre("follow=true"));
  EXPECT_THAT(Words({"register", "file.tail", "path=/"}), IsEmpty());
}

TEST_F(Completion, KnowsTheRegistrations) {
  EXPECT_THAT(Words({"attach", ""}), ElementsAre("registrations/1", "registrations/2"));
  EXPECT_THAT(Words({"unregister", ""}),
              UnorderedElementsAre("registrations/1", "registrations/2", "file.tail"));
  EXPECT_THAT(Words({"attach", "registrations/1", ""}), IsEmpty());
}

TEST_F(Completion, KnowsTheCommandsOfACommand) {
  EXPECT_THAT(Words({"pool", ""}),
              ElementsAre("list", "show", "start", "stop", "recycle", "watch"));
  EXPECT_THAT(Words({"pool", "st"}), ElementsAre("start", "stop"));
  EXPECT_THAT(Words({"pool", "--ser"}), ElementsAre("--server", "--server-name"));
  EXPECT_THAT(Words({"worker", "recycle", "--rea"}), ElementsAre("--reason"));
}

TEST_F(Completion, KnowsPoolsAndWorkers) {
  for (const char* command : {"show", "start", "stop", "recycle", "watch"}) {
    EXPECT_THAT(Words({"pool", command, ""}), ElementsAre("default", "jobs")) << command;
  }
  EXPECT_THAT(Words({"pool", "list", ""}), IsEmpty());
  EXPECT_THAT(Words({"pool", "stop", "--reason", "x", "j"}), ElementsAre("jobs"));
  EXPECT_THAT(Words({"pool", "stop", "jobs", ""}), IsEmpty());
  EXPECT_THAT(Words({"worker", "list", "--pool", ""}), ElementsAre("default", "jobs"));
  EXPECT_THAT(Words({"worker", "show", ""}), ElementsAre("default-1"));
  EXPECT_THAT(Words({"worker", "recycle", ""}), ElementsAre("default-1"));
  EXPECT_THAT(Words({"worker", "list", ""}), IsEmpty());
}

TEST_F(Completion, KnowsListenerChannelsAndApplications) {
  EXPECT_THAT(Words({"channel", "stop", ""}), ElementsAre("7"));
  EXPECT_THAT(Words({"channel", "start", ""}), IsEmpty());
  EXPECT_THAT(Words({"channel", "start", "syslog.udp", "--pool", ""}),
              ElementsAre("default", "jobs"));
  EXPECT_THAT(Words({"app", "preload", "/L"}), ElementsAre("/LM/W3SVC/1/ROOT"));
}

TEST_F(Completion, SaysNothingAfterTheMark) {
  EXPECT_THAT(Words({"register", "file.tail", "--", ""}), IsEmpty());
}

TEST_F(Completion, BearsWordsThatMakeNoSense) {
  EXPECT_THAT(Words({"nonsense", ""}), Contains("actions"));
  EXPECT_THAT(Words({"register", "--nonsense", "file.tail", "pa"}), IsEmpty());
}

}  // namespace
}  // namespace rsca::cli
