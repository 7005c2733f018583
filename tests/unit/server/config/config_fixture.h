// A directory with an installation of empty plug-ins, and configuration files written into it.
#ifndef RSCA_TESTS_UNIT_SERVER_CONFIG_CONFIG_FIXTURE_H_
#define RSCA_TESTS_UNIT_SERVER_CONFIG_CONFIG_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/config/config.h"

namespace rsca::config {

class ConfigFixture : public testing::Test {
 protected:
  ConfigFixture() {
    std::string name = testing::TempDir() + "rsca-config-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
    dir_ = name;
    std::filesystem::create_directories(dir_ / "bin");
    std::filesystem::create_directories(dir_ / "lib/rsca/managers");
    for (const absl::string_view manager : kBuiltInManagers) {
      Write(absl::StrCat("lib/rsca/managers/", manager, ".so"), "");
    }
    Write("bin/rsca-worker", "#!/bin/false\n");
    std::filesystem::permissions(dir_ / "bin/rsca-worker", std::filesystem::perms::owner_all);
  }
  ~ConfigFixture() override { std::filesystem::remove_all(dir_); }

  std::string Path(const std::string& name) const { return (dir_ / name).string(); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }

  Installation Installed() const { return {Path("bin")}; }

  absl::StatusOr<v1::ServerConfig> Load(const std::string& yaml) const {
    return LoadConfig(Write("rscad.yaml", yaml), Installed());
  }

  // The problems with a file, which is called FILE in them; empty if it is right.
  std::string Problems(const std::string& yaml) const {
    std::string text(Load(yaml).status().message());
    const std::string path = Path("rscad.yaml");
    for (size_t at = 0; (at = text.find(path, at)) != std::string::npos;) {
      text.replace(at, path.size(), "FILE");
    }
    return text;
  }

  std::filesystem::path dir_;
};

}  // namespace rsca::config

#endif  // RSCA_TESTS_UNIT_SERVER_CONFIG_CONFIG_FIXTURE_H_
