#include "server/config/yaml_document.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/utf.h"

namespace rsca::config {
namespace {

Place PlaceOf(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// The parser takes a control character for the end of the file, and would drop what follows.
bool HasOnlyText(const std::string& text, Problems* problems) {
  if (!IsUtf8(text)) {
    problems->AddAt(Place{}, "", "is not UTF-8 text");
    return false;
  }
  Place place{1, 1};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < ' ' && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f) {
      problems->AddAt(place, "",
                      absl::StrCat("control character 0x", absl::Hex(byte, absl::kZeroPad2),
                                   "; a configuration file is plain text"));
      return false;
    }
    place = c == '\n' ? Place{place.line + 1, 1} : Place{place.line, place.column + 1};
  }
  return true;
}

// Refuses what would make one value appear in several places, or in none of the file's.
class StrictEvents : public YAML::EventHandler {
 public:
  explicit StrictEvents(Problems* problems) : problems_(*problems) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) {
      problems_.AddAt(PlaceOf(mark), "",
                      "a second document begins; the file must be a single one (`---`)");
    }
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Check(mark, "", anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    problems_.AddAt(PlaceOf(mark), "", "aliases (`*name`) are not supported; repeat the value");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& /*value*/) override {
    Check(mark, tag, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Check(mark, tag, anchor);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Check(mark, tag, anchor);
  }
  void OnMapEnd() override {}

 private:
  void Check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      problems_.AddAt(PlaceOf(mark), "", "anchors (`&name`) are not supported; repeat the value");
    }
    // `?` stands for no tag, `!` for a quoted value.
    if (!tag.empty() && tag != "?" && tag != "!") {
      problems_.AddAt(PlaceOf(mark), "", absl::StrCat("tags (`", tag, "`) are not supported"));
    }
  }

  Problems& problems_;
  int documents_ = 0;
};

void AddSyntaxError(const YAML::Exception& error, const std::string& text, Problems* problems) {
  const Place place = PlaceOf(error.mark);
  std::istringstream lines(text);
  std::string line;
  for (int i = 0; i < place.line && std::getline(lines, line); ++i) {
  }
  const size_t tab = line.find('\t');
  if (tab != std::string::npos && line.find_first_not_of(" \t") > tab) {
    problems->AddAt({place.line, static_cast<int>(tab) + 1}, "",
                    "a tab in the indentation; YAML wants spaces");
  } else {
    problems->AddAt(place, "", absl::StrCat("is not valid YAML: ", error.msg));
  }
}

}  // namespace

std::optional<YAML::Node> ParseDocument(const std::string& text, Problems* problems) {
  if (!HasOnlyText(text, problems)) return std::nullopt;
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    StrictEvents events(problems);
    while (parser.HandleNextDocument(events)) {
    }
    if (!problems->empty()) return std::nullopt;
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    AddSyntaxError(error, text, problems);
    return std::nullopt;
  }
}

}  // namespace rsca::config
