#include "tests/unit/server/managers/file/file_manager_test.h"

namespace rsca {
namespace {

using testing::HasSubstr;

class FileRead : public FileManagerTest {
 protected:
  RecordedResult Read(const std::string& path, nlohmann::json more = {}) {
    return plugin().Run(L"file.read", Arguments(path, std::move(more)));
  }
};

TEST_F(FileRead, AnswersWithTheBytesAsTheyAre) {
  const std::string bytes("a\0b\r\n\xff\xfe", 7);
  Append(dir_ / "f", bytes);
  const RecordedResult result = Read(dir_ / "f");
  EXPECT_EQ(result.status, S_OK);
  EXPECT_EQ(result.response, bytes);
}

TEST_F(FileRead, AnswersWithARange) {
  Append(dir_ / "f", "0123456789");
  EXPECT_EQ(Read(dir_ / "f", {{"offset", 3}, {"length", 4}}).response, "3456");
  EXPECT_EQ(Read(dir_ / "f", {{"offset", 8}, {"length", 4}}).response, "89");
  EXPECT_EQ(Read(dir_ / "f", {{"length", 0}}).response, "");
  EXPECT_EQ(Read(dir_ / "f", {{"offset", 8}}).response, "89");
}

TEST_F(FileRead, IsEmptyPastTheEnd) {
  Append(dir_ / "f", "0123456789");
  for (const int64_t offset : {int64_t{10}, int64_t{11}, int64_t{9007199254740991}}) {
    const RecordedResult result = Read(dir_ / "f", {{"offset", offset}});
    EXPECT_EQ(result.status, S_OK);
    EXPECT_EQ(result.response, "");
  }
}

TEST_F(FileRead, AnswersWithAMebibyteAtMost) {
  Append(dir_ / "f", std::string(3 << 20, 'x'));
  EXPECT_EQ(Read(dir_ / "f").response.size(), size_t{1} << 20);
}

TEST_F(FileRead, ReadsFilesWhoseSizeTheKernelDoesNotKnow) {
  EXPECT_THAT(Read("/proc/self/status").response, HasSubstr("Pid:"));
}

TEST_F(FileRead, FollowsSymbolicLinks) {
  Append(dir_ / "f", "x");
  std::filesystem::create_symlink(dir_ / "f", dir_ / "link");
  EXPECT_EQ(Read(dir_ / "link").response, "x");
}

TEST_F(FileRead, RefusesWhatIsNoRegularFile) {
  ASSERT_EQ(mkfifo((dir_ / "fifo").c_str(), 0600), 0);
  const struct {
    std::string path;
    const char* kind;
  } cases[] = {{dir_.path(), "a directory"}, {dir_ / "fifo", "a FIFO"}, {"/dev/null", "a device"}};
  for (const auto& c : cases) {
    const RecordedResult result = Read(c.path);
    EXPECT_EQ(result.status, E_INVALIDARG) << c.path;
    EXPECT_THAT(result.response, HasSubstr(c.kind));
  }
}

TEST_F(FileRead, SaysWhatIsWrongWithAPath) {
  EXPECT_EQ(Read(dir_ / "none").status, HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
  EXPECT_THAT(Read(dir_ / "none").response, HasSubstr(dir_ / "none"));
  EXPECT_EQ(Read("relative").status, E_INVALIDARG);
  EXPECT_EQ(Read(std::string("/etc/passwd\0x", 13)).status, E_INVALIDARG);
}

TEST_F(FileRead, IsDeniedWhatTheServerMayNotRead) {
  Append(dir_ / "f", "secret");
  ASSERT_EQ(chmod((dir_ / "f").c_str(), 0), 0);
  const AsNobody nobody;
  EXPECT_EQ(Read(dir_ / "f").status, E_ACCESSDENIED);
}

TEST_F(FileRead, IsInTheCatalogueWithItsFellows) {
  std::vector<std::wstring> names;
  for (const RSCA_FUNCTION& function : plugin().Functions()) {
    names.emplace_back(function.pszName);
    const auto schema = nlohmann::json::parse(WideToUtf8(function.pszArgumentsSchema).value());
    EXPECT_EQ(schema["additionalProperties"], false);
    for (const auto& [name, property] : schema["properties"].items()) {
      EXPECT_TRUE(property.contains("description")) << name;
      EXPECT_TRUE(name == "path" || property.contains("default")) << name;
      EXPECT_FALSE(property.contains("pattern")) << name;
    }
  }
  EXPECT_THAT(names, testing::ElementsAre(L"file.tail", L"file.watch", L"file.read"));
}

}  // namespace
}  // namespace rsca
