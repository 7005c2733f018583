#include <fstream>

#include "tests/unit/server/managers/file/file_manager_test.h"

namespace rsca {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class FileWatch : public FileManagerTest {
 protected:
  ~FileWatch() override { plugin().Unregister(1); }

  void Start(nlohmann::json more = {}) {
    ASSERT_EQ(plugin().Register(1, L"file.watch", Arguments(root_, std::move(more)), results_),
              S_OK);
  }

  // `create a/b`, with paths below the root; `move new < old`. Directories end with a slash.
  std::string Describe(const RecordedResult& result) const {
    const auto json = nlohmann::json::parse(result.response);
    const auto below = [&](const char* key) {
      std::string path = json[key];
      return path == root_ ? "." : path.substr(root_.size() + 1);
    };
    std::string text = json["event"].get<std::string>() + " " + below("path");
    if (json["is_directory"]) text += "/";
    if (json.contains("old_path")) text += " < " + below("old_path");
    return text;
  }

  // All changes, up to the creation of a file of this name at the root, which is made now: what
  // happened before has been reported by then.
  std::vector<std::string> Changes(const std::string& marker = "marker") {
    Append(root_ + "/" + marker, "");
    results_->WaitFor([&](const Results& all) {
      return !all.empty() && (all.back().final || Describe(all.back()) == "create " + marker);
    });
    std::vector<std::string> changes;
    for (const RecordedResult& result : results_->results()) changes.push_back(Describe(result));
    if (!changes.empty()) changes.pop_back();
    return changes;
  }

  const std::string root_ = dir_ / "root";
  const bool made_ = std::filesystem::create_directory(root_);
  const RecorderPtr results_ = MakeRecorder();
};

TEST_F(FileWatch, ReportsWhatIsCreatedModifiedMovedAndDeleted) {
  Append(root_ + "/old", "");
  Start();
  Append(root_ + "/a", "");
  Append(root_ + "/a", "x");
  Rename(root_ + "/a", root_ + "/b");
  ASSERT_EQ(unlink((root_ + "/b").c_str()), 0);
  ASSERT_EQ(unlink((root_ + "/old").c_str()), 0);
  EXPECT_THAT(Changes(),
              ElementsAre("create a", "modify a", "move b < a", "delete b", "delete old"));
}

TEST_F(FileWatch, SaysWhenInUtc) {
  Start();
  Changes();
  const auto json = nlohmann::json::parse(results_->results().front().response);
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, json["time"].get<std::string>(), &time, &error))
      << error;
  EXPECT_EQ(json["time"].get<std::string>().back(), 'Z');
  EXPECT_EQ(results_->results().front().status, S_OK);
}

TEST_F(FileWatch, WatchesDirectoriesThatExistAlready) {
  std::filesystem::create_directories(root_ + "/a/b");
  Start();
  Append(root_ + "/a/b/f", "");
  EXPECT_THAT(Changes(), ElementsAre("create a/b/f"));
}

TEST_F(FileWatch, WatchesNothingBelowUnlessRecursive) {
  std::filesystem::create_directories(root_ + "/a");
  Start({{"recursive", false}});
  Append(root_ + "/a/f", "");
  std::filesystem::create_directories(root_ + "/b");
  Append(root_ + "/b/f", "");
  EXPECT_THAT(Changes(), ElementsAre("create b/"));
}

TEST_F(FileWatch, MissesNothingInDirectoriesThatAreMade) {
  Start();
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    std::string path = "tree" + std::to_string(i);
    for (const char* name : {"a", "b", "c"}) {
      std::filesystem::create_directory(root_ + "/" + path);
      expected.push_back("create " + path + "/");
      Append(root_ + "/" + path + "/f", "");
      expected.push_back("create " + path + "/f");
      path += std::string("/") + name;
    }
  }
  std::vector<std::string> changes = Changes();
  EXPECT_THAT(changes, testing::UnorderedElementsAreArray(expected));
}

TEST_F(FileWatch, TellsOfADirectoryBeforeWhatIsInIt) {
  Start();
  std::filesystem::create_directories(root_ + "/a/b/c");
  Append(root_ + "/a/b/c/f", "");
  EXPECT_THAT(Changes(),
              ElementsAre("create a/", "create a/b/", "create a/b/c/", "create a/b/c/f"));
}

TEST_F(FileWatch, ForgetsDirectoriesThatAreDeletedAndWatchesThemAgain) {
  Start();
  for (int i = 0; i < 2; ++i) {
    std::filesystem::create_directory(root_ + "/a");
    Append(root_ + "/a/f", "");
    Changes("marker" + std::to_string(i));
    std::filesystem::remove_all(root_ + "/a");
  }
  EXPECT_THAT(Changes(),
              ElementsAre("create a/", "create a/f", "create marker0", "delete a/f", "delete a/",
                          "create a/", "create a/f", "create marker1", "delete a/f", "delete a/"));
}

TEST_F(FileWatch, KnowsTheNewPathsInADirectoryThatHasMoved) {
  std::filesystem::create_directories(root_ + "/a/b");
  std::filesystem::create_directories(root_ + "/ab");
  Start();
  Rename(root_ + "/a", root_ + "/z");
  Append(root_ + "/z/b/f", "");
  Append(root_ + "/ab/f", "");
  EXPECT_THAT(Changes(), ElementsAre("move z/ < a", "create z/b/f", "create ab/f"));
}

TEST_F(FileWatch, TakesMovesAcrossItsBorderForCreationAndDeletion) {
  std::filesystem::create_directories(dir_ / "outside/in");
  Append(dir_ / "outside/in/f", "");
  Append(dir_ / "g", "");
  Start();
  Rename(dir_ / "outside/in", root_ + "/in");
  Rename(dir_ / "g", root_ + "/g");
  Changes("first");
  Append(root_ + "/in/h", "");
  Changes("second");
  Rename(root_ + "/in", dir_ / "outside/in");
  Rename(root_ + "/g", dir_ / "g");
  Append(dir_ / "outside/in/i", "");
  EXPECT_THAT(Changes(), ElementsAre("create in/", "create in/f", "create g", "create first",
                                     "create in/h", "create second", "delete in/", "delete g"));
}

TEST_F(FileWatch, FollowsNoLinksBelowItsRoot) {
  std::filesystem::create_directory(dir_ / "outside");
  Start();
  std::filesystem::create_directory_symlink(dir_ / "outside", root_ + "/link");
  Append(root_ + "/link/f", "");
  EXPECT_THAT(Changes(), ElementsAre("create link"));
}

TEST_F(FileWatch, SurvivesADirectoryThatIsMovedWhileItIsFilled) {
  results_->Hold();
  Start();
  // All of it is done before any of it is handled.
  Append(root_ + "/first", "");
  ASSERT_TRUE(results_->WaitForBlocked());
  std::filesystem::create_directory(root_ + "/a");
  Rename(root_ + "/a", root_ + "/b");
  std::filesystem::create_directory(root_ + "/b/c");
  Append(root_ + "/b/c/f", "");
  results_->Resume();
  Changes("marker1");
  Append(root_ + "/b/c/g", "");
  const std::vector<std::string> changes = Changes("marker2");
  EXPECT_THAT(changes, testing::IsSupersetOf({"create a/", "move b/ < a", "create b/c/f"}));
  EXPECT_EQ(changes.back(), "create b/c/g");
}

TEST_F(FileWatch, ShowsNamesThatAreNotUtf8Exactly) {
  Start();
  const std::string path = root_ + "/\xff";
  Append(path, "");
  Changes();
  const auto json = nlohmann::json::parse(results_->results().front().response);
  EXPECT_EQ(json["path"], root_ + "/\xef\xbf\xbd");
  EXPECT_TRUE(json.contains("path_base64"));
}

TEST_F(FileWatch, EndsWhenItsRootIsDeleted) {
  Append(root_ + "/f", "");
  Start();
  std::filesystem::remove_all(root_);
  ASSERT_TRUE(results_->WaitForFinal());
  const Results results = results_->results();
  EXPECT_EQ(Describe(results.front()), "delete f");
  EXPECT_EQ(Describe(results.back()), "root_deleted ./");
  EXPECT_EQ(results.back().status, S_OK);
  EXPECT_TRUE(results_->WaitForRelease());
}

TEST_F(FileWatch, EndsWhenItsRootIsDeletedThatSomeoneHasOpen) {
  const int fd = open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Start();
  std::filesystem::remove_all(root_);
  EXPECT_TRUE(results_->WaitForFinal());
  close(fd);
}

TEST_F(FileWatch, EndsWhenItsRootIsMoved) {
  Start();
  Rename(root_, dir_ / "elsewhere");
  ASSERT_TRUE(results_->WaitForFinal());
  EXPECT_EQ(Describe(results_->results().back()), "root_moved ./");
}

TEST_F(FileWatch, SaysWhenTheKernelHasDroppedEventsAndWatchesOn) {
  results_->Hold();
  Start();
  int queue = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queue;
  for (int i = 0; i <= queue; ++i) {
    // Two events that differ, so that the kernel does not join them.
    Append(root_ + "/busy", "");
    ASSERT_EQ(unlink((root_ + "/busy").c_str()), 0);
  }
  std::filesystem::create_directory(root_ + "/unseen");
  results_->Resume();
  ASSERT_TRUE(results_->WaitFor(
      [&](const Results& all) { return !all.empty() && Describe(all.back()) == "overflow ./"; }));
  EXPECT_EQ(results_->results().back().status, S_FALSE);
  Append(root_ + "/unseen/f", "");
  EXPECT_EQ(Changes().back(), "create unseen/f");
}

TEST_F(FileWatch, SaysWhichDirectoryItMayNotWatch) {
  for (const std::string& path : {dir_.path(), root_}) chmod(path.c_str(), 0777);
  std::filesystem::create_directory(root_ + "/closed");
  ASSERT_EQ(chmod((root_ + "/closed").c_str(), 0), 0);
  {
    const AsNobody nobody;
    Start();
  }
  ASSERT_TRUE(results_->WaitFor([](const Results& all) { return !all.empty(); }));
  const RecordedResult result = results_->results().front();
  EXPECT_EQ(Describe(result), "unwatched closed/");
  EXPECT_EQ(result.status, S_FALSE);
  EXPECT_THAT(result.response, HasSubstr("Permission denied"));
  EXPECT_THAT(Changes(), ElementsAre("unwatched closed/"));
}

TEST_F(FileWatch, ReportsWhatHappenedBeforeTheUnregister) {
  Start();
  for (int i = 0; i < 100; ++i) Append(root_ + "/" + std::to_string(i), "");
  EXPECT_EQ(plugin().Unregister(1), S_OK);
  EXPECT_EQ(results_->results().size(), 100u);
  EXPECT_EQ(results_->late(), 0);
}

TEST_F(FileWatch, EndsWhenNobodyWantsItsResults) {
  results_->Refuse();
  Start();
  Append(root_ + "/f", "");
  EXPECT_TRUE(results_->WaitForRelease());
}

TEST_F(FileWatch, RefusesWhatIsNoDirectory) {
  const auto start = [&](const std::string& path) {
    return plugin().Register(2, L"file.watch", Arguments(path), MakeRecorder());
  };
  Append(root_ + "/f", "");
  EXPECT_EQ(start(root_ + "/f"), E_INVALIDARG);
  EXPECT_EQ(start(root_ + "/none"), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
  EXPECT_EQ(start("relative"), E_INVALIDARG);
  ASSERT_EQ(chmod(root_.c_str(), 0), 0);
  const AsNobody nobody;
  EXPECT_EQ(start(root_), E_ACCESSDENIED);
}

}  // namespace
}  // namespace rsca
