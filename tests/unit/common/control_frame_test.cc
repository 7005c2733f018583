#include "common/control_frame.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <thread>

#include "common/unique_fd.h"
#include "google/rpc/error_details.pb.h"

namespace rsca {
namespace {

// Any message does.
using Message = google::rpc::ErrorInfo;

Message Saying(const std::string& text) {
  Message message;
  message.set_reason(text);
  return message;
}

std::string Bytes(const std::string& text) {
  std::string bytes;
  AppendControl(Saying(text), &bytes);
  return bytes;
}

std::string Header(uint32_t size) {
  return std::string(reinterpret_cast<const char*>(&size), sizeof(size));
}

TEST(ControlFrame, ComesBackAsItWas) {
  for (const char* text : {"", "a", "message"}) {
    const std::string bytes = Bytes(text) + "next";
    absl::string_view rest = bytes;
    Message message = Saying("before");
    ASSERT_EQ(ConsumeControl(&rest, &message), FrameStatus::kComplete);
    EXPECT_EQ(message.reason(), text);
    EXPECT_EQ(rest, "next");
  }
}

TEST(ControlFrame, ThatIsCutOffAnywhereIsIncompleteAndStays) {
  const std::string bytes = Bytes("message");
  for (size_t size = 0; size < bytes.size(); ++size) {
    absl::string_view rest = absl::string_view(bytes).substr(0, size);
    Message message;
    EXPECT_EQ(ConsumeControl(&rest, &message), FrameStatus::kIncomplete) << size;
    EXPECT_EQ(rest.size(), size);
  }
}

TEST(ControlFrame, OfNoMessageOrTooLargeIsBroken) {
  const std::string garbage = Header(3) + "\xff\xff\xff";
  absl::string_view rest = garbage;
  Message message;
  EXPECT_EQ(ConsumeControl(&rest, &message), FrameStatus::kBroken);
  const std::string header = Header(kMaxControlBytes + 1);
  rest = header;
  EXPECT_EQ(ConsumeControl(&rest, &message), FrameStatus::kBroken) << "it is not waited for";
}

TEST(ControlFrame, OfATooLargeMessageIsItsSizeAlone) {
  const std::string bytes = Bytes(std::string(kMaxControlBytes, 'x'));
  EXPECT_EQ(bytes.size(), 4u);
  absl::string_view rest = bytes;
  Message message;
  EXPECT_EQ(ConsumeControl(&rest, &message), FrameStatus::kBroken);
}

class ControlReaderTest : public testing::Test {
 protected:
  ControlReaderTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours_ = UniqueFd(ends[0]);
    theirs_ = UniqueFd(ends[1]);
  }

  UniqueFd ours_;
  UniqueFd theirs_;
  Message message_;
};

TEST_F(ControlReaderTest, BringsAllThatWasSentBeforeTheEnd) {
  for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(SendControl(theirs_.Get(), Saying(text)));
  ASSERT_TRUE(SendAll(theirs_.Get(), Header(100)));
  theirs_ = UniqueFd();
  ControlReader reader(ours_.Get());
  for (const char* text : {"a", "b", "c"}) {
    ASSERT_EQ(reader.Read(&message_), FrameStatus::kComplete);
    EXPECT_EQ(message_.reason(), text);
  }
  EXPECT_EQ(reader.Read(&message_), FrameStatus::kIncomplete);
  EXPECT_EQ(reader.Read(&message_), FrameStatus::kIncomplete);
}

TEST_F(ControlReaderTest, BringsWhatNoSocketHoldsAtOnce) {
  const std::string large(size_t{5} << 20, 'x');
  std::thread sender([&] {
    EXPECT_TRUE(SendControl(theirs_.Get(), Saying("a")));
    EXPECT_TRUE(SendControl(theirs_.Get(), Saying(large)));
    EXPECT_TRUE(SendControl(theirs_.Get(), Saying("b")));
  });
  ControlReader reader(ours_.Get());
  for (const std::string& text : {std::string("a"), large, std::string("b")}) {
    EXPECT_EQ(reader.Read(&message_), FrameStatus::kComplete);
    EXPECT_EQ(message_.reason().size(), text.size());
  }
  sender.join();
}

TEST_F(ControlReaderTest, StopsAtWhatIsNoMessageAndKeepsWhatCameBefore) {
  ASSERT_TRUE(SendAll(theirs_.Get(), Bytes("a") + Header(~uint32_t{0}) + Bytes("b")));
  ControlReader reader(ours_.Get());
  EXPECT_EQ(reader.Read(&message_), FrameStatus::kComplete);
  EXPECT_EQ(reader.Read(&message_), FrameStatus::kBroken);
  EXPECT_EQ(reader.Read(&message_), FrameStatus::kBroken);
}

TEST_F(ControlReaderTest, SendingToNobodyFails) {
  ours_ = UniqueFd();
  EXPECT_FALSE(SendControl(theirs_.Get(), Saying("a")));
}

}  // namespace
}  // namespace rsca
