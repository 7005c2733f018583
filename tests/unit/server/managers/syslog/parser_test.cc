#include "server/managers/syslog/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "common/utf.h"
#include "server/managers/syslog/record.h"

namespace rsca::managers::syslog {
namespace {

using testing::HasSubstr;
using std::string_literals::operator""s;

Message Parse(std::string_view text) { return ParseMessage(text, Host::kNamed); }

void ExpectPriority(const Message& message, const char* facility, const char* severity) {
  ASSERT_TRUE(message.facility && message.severity);
  EXPECT_EQ(FacilityName(*message.facility), facility);
  EXPECT_EQ(SeverityName(*message.severity), severity);
}

TEST(Rfc5424, UnderstandsItsFirstExample) {
  const Message message = Parse(
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xEF\xBB\xBF'su root' "
      "failed for lonvick on /dev/pts/8");
  EXPECT_EQ(message.format, Format::kRfc5424);
  ExpectPriority(message, "auth", "crit");
  EXPECT_EQ(message.timestamp, "2003-10-11T22:14:15.003Z");
  EXPECT_EQ(message.host, "mymachine.example.com");
  EXPECT_EQ(message.app, "su");
  EXPECT_EQ(message.procid, "");
  EXPECT_EQ(message.msgid, "ID47");
  EXPECT_TRUE(message.structured_data.empty());
  EXPECT_EQ(message.text, "'su root' failed for lonvick on /dev/pts/8");
  EXPECT_EQ(message.problem, "");
}

TEST(Rfc5424, UnderstandsItsSecondExample) {
  const Message message = Parse(
      "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the "
      "do-nuts.");
  EXPECT_EQ(message.format, Format::kRfc5424);
  ExpectPriority(message, "local4", "notice");
  EXPECT_EQ(message.timestamp, "2003-08-24T05:14:15.000003-07:00");
  EXPECT_EQ(message.host, "192.0.2.1");
  EXPECT_EQ(message.app, "myproc");
  EXPECT_EQ(message.procid, "8710");
  EXPECT_EQ(message.msgid, "");
  EXPECT_EQ(message.text, "%% It's time to make the do-nuts.");
}

TEST(Rfc5424, UnderstandsItsExampleWithStructuredData) {
  const Message message = Parse(
      "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 "
      "iut=\"3\" eventSource=\"Application\" eventID=\"1011\"] \xEF\xBB\xBF"
      "An application event log entry...");
  ASSERT_EQ(message.structured_data.size(), 1u);
  EXPECT_EQ(message.structured_data[0].id, "exampleSDID@32473");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"iut", "3"}, {"eventSource", "Application"}, {"eventID", "1011"}};
  EXPECT_EQ(message.structured_data[0].parameters, expected);
  EXPECT_EQ(message.text, "An application event log entry...");
}

TEST(Rfc5424, UnderstandsItsExampleOfStructuredDataAlone) {
  const Message message = Parse(
      "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 "
      "iut=\"3\" eventSource=\"Application\" eventID=\"1011\"][examplePriority@32473 "
      "class=\"high\"]");
  EXPECT_EQ(message.format, Format::kRfc5424);
  ASSERT_EQ(message.structured_data.size(), 2u);
  EXPECT_EQ(message.structured_data[1].id, "examplePriority@32473");
  EXPECT_EQ(message.text, "");
}

TEST(Rfc5424, TakesWhatFollowsASpaceBehindStructuredDataAsText) {
  const Message message = Parse("<1>1 - - - - - [a b=\"c\"] [d e=\"f\"]");
  ASSERT_EQ(message.structured_data.size(), 1u);
  EXPECT_EQ(message.text, "[d e=\"f\"]");
}

TEST(Rfc5424, UnescapesThreeCharactersInValuesAndNoOther) {
  const Message message = Parse(R"(<1>1 - - - - - [a q="\"" b="\\" c="\]" n="\n"])");
  ASSERT_EQ(message.structured_data.size(), 1u) << message.problem;
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"q", "\""}, {"b", "\\"}, {"c", "]"}, {"n", "\\n"}};
  EXPECT_EQ(message.structured_data[0].parameters, expected);
}

TEST(Rfc5424, TakesNilForAllFields) {
  const Message message = Parse("<0>1 - - - - - -");
  EXPECT_EQ(message.format, Format::kRfc5424) << message.problem;
  ExpectPriority(message, "kern", "emerg");
  EXPECT_EQ(message.timestamp + message.host + message.app + message.procid + message.msgid, "");
}

TEST(Rfc5424, NamesWhatIsWrongAndKeepsTheText) {
  const struct {
    const char* text;
    const char* problem;
  } cases[] = {
      {"<34>1 yesterday host app - - - text", "time stamp"},
      {"<34>1 2003-08-24T05:14:15.000000003-07:00 192.0.2.1 myproc 8710 - - seven digits",
       "time stamp"},
      {"<34>1 2003-13-24T05:14:15Z h a - - - month", "time stamp"},
      {"<34>1 2003-08-24t05:14:15z h a - - - lower case", "time stamp"},
      {"<34>1 -", "host name"},
      {"<34>1 - h\xc3\xb6st a - - - x", "host name"},
      {"<34>1 - h a p", "message id"},
      {"<34>1 - h a p m", "structured data: neither - nor an element"},
      {"<34>1 - h a p m [ a=\"b\"] x", "no name after the bracket"},
      {"<34>1 - h a p m [a b] x", "the parameter b has no quoted value"},
      {"<34>1 - h a p m [a b=\"c] x", "the parameter b has no quoted value"},
      {"<34>1 - h a p m [a  b=\"c\"] x", "no parameter name"},
      {"<34>1 - h a p m [a b=\"c\" x", "the parameter x"},
      {"<34>1 - h a p m [a", "the element a has no end"},
      {"<34>1 - h a p m [a][a] x", "the element a comes twice"},
      {"<34>1 - h a p m -x", "no space after the structured data"},
  };
  for (const auto& each : cases) {
    const Message message = Parse(each.text);
    EXPECT_EQ(message.format, Format::kRaw) << each.text;
    EXPECT_THAT(message.problem, HasSubstr(each.problem)) << each.text;
    ExpectPriority(message, "auth", "crit");
    EXPECT_EQ(message.host + message.app + message.msgid, "");
    EXPECT_TRUE(message.text == each.text || !message.valid_utf8) << message.text;
  }
}

TEST(Rfc3164, UnderstandsItsFirstExample) {
  const Message message =
      Parse("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8");
  EXPECT_EQ(message.format, Format::kRfc3164);
  ExpectPriority(message, "auth", "crit");
  EXPECT_EQ(message.timestamp, "Oct 11 22:14:15");
  EXPECT_EQ(message.host, "mymachine");
  EXPECT_EQ(message.app, "su");
  EXPECT_EQ(message.procid, "");
  EXPECT_EQ(message.text, "'su root' failed for lonvick on /dev/pts/8");
}

TEST(Rfc3164, TakesAMessageWithoutPriorityAsRaw) {
  const Message message = Parse("Use the BFG!");
  EXPECT_EQ(message.format, Format::kRaw);
  EXPECT_FALSE(message.facility || message.severity);
  EXPECT_EQ(message.text, "Use the BFG!");
  EXPECT_THAT(message.problem, HasSubstr("priority"));
}

TEST(Rfc3164, UnderstandsWhatARelayMakesOfIt) {
  const Message message = Parse("<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!");
  ExpectPriority(message, "user", "notice");
  EXPECT_EQ(message.timestamp, "Feb  5 17:32:18");
  EXPECT_EQ(message.host, "10.0.0.99");
  EXPECT_EQ(message.app, "");
  EXPECT_EQ(message.text, "Use the BFG!");
}

TEST(Rfc3164, UnderstandsItsExampleWithAZoneAndAYear) {
  const Message message = Parse(
      "<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time to make the do-nuts.");
  EXPECT_EQ(message.format, Format::kRfc3164);
  EXPECT_EQ(message.host, "CST");
  EXPECT_EQ(message.text, "1987 mymachine myproc[10]: %% It's time to make the do-nuts.");
}

TEST(Rfc3164, TakesAnUnknownTimeStampAsText) {
  const Message message =
      Parse("<0>1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That's All");
  EXPECT_EQ(message.format, Format::kRfc3164);
  EXPECT_EQ(message.timestamp, "");
  EXPECT_EQ(message.host, "");
  EXPECT_THAT(message.text, testing::StartsWith("1990 Oct 22"));
}

TEST(Rfc3164, UnderstandsWhatSyslog3Sends) {
  for (const Host host : {Host::kNamed, Host::kNone}) {
    const Message message = ParseMessage("<30>Nov  9 03:04:05 cron[4711]: it ran\n", host);
    EXPECT_EQ(message.host, "");
    EXPECT_EQ(message.app, "cron");
    EXPECT_EQ(message.procid, "4711");
    EXPECT_EQ(message.text, "it ran");
  }
  const Message no_tag = ParseMessage("<30>Nov  9 03:04:05 plain words", Host::kNone);
  EXPECT_EQ(no_tag.host, "");
  EXPECT_EQ(no_tag.text, "plain words");
}

TEST(Rfc3164, UnderstandsWhatPythonAndRsyslogSend) {
  const Message python = Parse("<14>myapp: hello\0"s);
  EXPECT_EQ(python.app, "myapp");
  EXPECT_EQ(python.text, "hello");
  const Message rsyslog = Parse("<30>2024-01-02T03:04:05.678901+01:00 web1 nginx[7]: GET /");
  EXPECT_EQ(rsyslog.format, Format::kRfc3164);
  EXPECT_EQ(rsyslog.timestamp, "2024-01-02T03:04:05.678901+01:00");
  EXPECT_EQ(rsyslog.host, "web1");
  EXPECT_EQ(rsyslog.app, "nginx");
  EXPECT_EQ(rsyslog.procid, "7");
}

TEST(Priority, IsAtMost191AndHasNoLeadingZeros) {
  for (const char* text : {"<192>x", "<999>x", "<0191>x", "<01>x", "<>x", "<-1>x", "<1x", "<1 >x",
                           "<", "<1", "1>x", " <1>x", "<1234>x"}) {
    EXPECT_EQ(Parse(text).format, Format::kRaw) << text;
    EXPECT_EQ(Parse(text).text, text);
  }
  ExpectPriority(Parse("<191>x"), "local7", "debug");
  ExpectPriority(Parse("<0>"), "kern", "emerg");
}

TEST(Message, ThatIsNotUtf8IsShownWithReplacements) {
  const Message message = Parse("<13>Feb  5 17:32:18 h\xf6st \xe4pp[1]: gr\xfc\xdf\n");
  EXPECT_FALSE(message.valid_utf8);
  EXPECT_EQ(message.host, "h\xEF\xBF\xBDst");
  EXPECT_EQ(message.app, "\xEF\xBF\xBDpp");
  EXPECT_EQ(message.text, "gr\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Message, ThatIsEmptyIsRaw) {
  EXPECT_EQ(Parse("").problem, "it is empty");
  EXPECT_EQ(Parse("\n").problem, "it is empty");
}

// One that has been damaged in some places.
std::string Damaged(std::string text, std::mt19937* random) {
  const int changes = static_cast<int>((*random)() % 6);
  for (int i = 0; i < changes && !text.empty(); ++i) {
    const size_t at = (*random)() % text.size();
    switch ((*random)() % 4) {
      case 0:
        text[at] = static_cast<char>((*random)());
        break;
      case 1:
        text.erase(at, (*random)() % 5);
        break;
      case 2:
        text.insert(at, 1, "<>[]\" \\=:-\n\0"[(*random)() % 12]);
        break;
      default:
        text += text.substr(at);
    }
  }
  return text;
}

TEST(Message, OfAnyBytesBecomesValidJson) {
  const std::vector<std::string> seeds = {
      "<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [x@1 iut=\"3\\]\" e=\"\\\"A\"][y] text",
      "<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed", "<13>myapp: hello", ""};
  std::mt19937 random(5424);
  int raw = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = Damaged(seeds[random() % seeds.size()], &random);
    if (i % 10 == 0) {
      bytes.resize(random() % 300);
      for (char& byte : bytes) byte = static_cast<char>(random());
    }
    const Message message = Parse(bytes);
    EXPECT_EQ(message.format == Format::kRaw, !message.problem.empty());
    EXPECT_TRUE(IsUtf8(message.text) && IsUtf8(message.host) && IsUtf8(message.app));
    const auto json = nlohmann::json::parse(MessageJson(1, Origin{}, message, bytes));
    EXPECT_EQ(json["message"], message.text);
    EXPECT_EQ(json.contains("raw_base64"), !IsUtf8(bytes));
    raw += message.format == Format::kRaw ? 1 : 0;
  }
  // Both ways were taken.
  EXPECT_GT(raw, 1000);
  EXPECT_LT(raw, 19'000);
}

TEST(MessageJson, HasAllValuesOfAParameterThatComesAgain) {
  const Message message = Parse(R"(<1>1 - - - - - [o ip="1" ip="2" ip="3" x="y"][e])");
  const auto json = nlohmann::json::parse(MessageJson(1, Origin{}, message, ""));
  EXPECT_EQ(json["structured_data"],
            nlohmann::json::parse(R"({"o": {"ip": ["1", "2", "3"], "x": "y"}, "e": {}})"));
}

}  // namespace
}  // namespace rsca::managers::syslog
