#include "server/worker/catalogue.h"

#include <algorithm>
#include <cwchar>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/hresult.h"
#include "common/utf.h"

namespace rsca::worker {
namespace {

// More than any plug-in has: beyond lies a broken one.
constexpr DWORD kMaxFunctions = 10'000;
constexpr size_t kMaxNameBytes = 256;
constexpr size_t kMaxText = size_t{1} << 20;

// Null is an empty text; no value is one that is too long or no Unicode.
std::optional<std::string> ReadText(PCWSTR text) {
  if (text == nullptr) return "";
  const size_t length = wcsnlen(text, kMaxText);
  if (length == kMaxText) return std::nullopt;
  return WideToUtf8(std::wstring_view(text, length));
}

// False and what is wrong.
bool ReadFunction(const RSCA_FUNCTION& function, v1::FunctionInfo* info, std::string* problem) {
  const auto read = [problem](PCWSTR text, const char* what, std::string* out) {
    std::optional<std::string> utf8 = ReadText(text);
    if (utf8.has_value()) {
      *out = std::move(*utf8);
    } else {
      *problem = absl::StrCat("its ", what, " is not Unicode text, or has no end");
    }
    return utf8.has_value();
  };
  if (!read(function.pszName, "name", info->mutable_name()) ||
      !read(function.pszSummary, "summary", info->mutable_summary()) ||
      !read(function.pszArgumentsSchema, "schema", info->mutable_arguments_schema()) ||
      !read(function.pszResponseContentType, "content type",
            info->mutable_response_content_type())) {
    return false;
  }
  if (!IsFunctionName(info->name())) {
    *problem = "its name must be 1 to 256 characters of [A-Za-z0-9_.-/]";
    return false;
  }
  if (function.dwAnswers != RSCA_ANSWERS_ONCE && function.dwAnswers != RSCA_ANSWERS_MANY) {
    *problem = absl::StrCat("dwAnswers is ", function.dwAnswers,
                            ", not RSCA_ANSWERS_ONCE or RSCA_ANSWERS_MANY");
    return false;
  }
  const DWORD semantics = function.dwSemantics;
  if ((semantics & RSCA_RESTARTABLE) != 0 && (semantics & RSCA_AT_MOST_ONCE) != 0) {
    *problem = "it cannot be both RSCA_RESTARTABLE and RSCA_AT_MOST_ONCE";
    return false;
  }
  info->set_answers(function.dwAnswers == RSCA_ANSWERS_ONCE ? v1::FunctionInfo::ANSWERS_ONCE
                                                            : v1::FunctionInfo::ANSWERS_MANY);
  info->set_read_only((semantics & RSCA_READ_ONLY) != 0);
  info->set_idempotent((semantics & RSCA_IDEMPOTENT) != 0);
  info->set_restartable((semantics & RSCA_RESTARTABLE) != 0);
  info->set_at_most_once((semantics & RSCA_AT_MOST_ONCE) != 0);
  return true;
}

std::string Failed(const char* method, const CallResult& result) {
  return absl::StrCat("the catalogue's ", method, " failed with ", HresultText(result.hresult),
                      result.exception.empty() ? "" : ": exception ", result.exception);
}

std::vector<v1::FunctionInfo> FromCatalogue(IRscaCatalogue* catalogue,
                                            std::vector<std::string>* refused) {
  DWORD count = 0;
  const CallResult counted = CallPlugin([&] { return catalogue->GetFunctionCount(&count); });
  if (FAILED(counted.hresult)) {
    refused->push_back(Failed("GetFunctionCount", counted));
    return {};
  }
  if (count > kMaxFunctions) {
    refused->push_back(absl::StrCat("the catalogue says that it has ", count,
                                    " functions; only the first ", kMaxFunctions, " are read"));
  }
  std::vector<v1::FunctionInfo> functions;
  for (DWORD i = 0; i < std::min(count, kMaxFunctions); ++i) {
    RSCA_FUNCTION function = {};
    const CallResult got = CallPlugin([&] { return catalogue->GetFunction(i, &function); });
    v1::FunctionInfo info;
    std::string problem;
    if (FAILED(got.hresult)) {
      refused->push_back(absl::StrCat("function number ", i, ": ", Failed("GetFunction", got)));
    } else if (!ReadFunction(function, &info, &problem)) {
      refused->push_back(absl::StrCat("function number ", i, " (`", absl::CHexEscape(info.name()),
                                      "`) is refused: ", problem));
    } else {
      functions.push_back(std::move(info));
    }
  }
  return functions;
}

std::vector<v1::FunctionInfo> FromConfiguration(const v1::ProtocolManager& config,
                                                std::vector<std::string>* refused) {
  std::vector<v1::FunctionInfo> functions;
  for (const v1::FunctionInfo& configured : config.functions()) {
    if (!IsFunctionName(configured.name())) {
      refused->push_back(absl::StrCat("function `", absl::CHexEscape(configured.name()),
                                      "` of the configuration is refused: its name must be 1 to "
                                      "256 characters of [A-Za-z0-9_.-/]"));
      continue;
    }
    functions.push_back(configured);
    if (configured.answers() == v1::FunctionInfo::ANSWERS_UNSPECIFIED) {
      functions.back().set_answers(v1::FunctionInfo::ANSWERS_MANY);
    }
  }
  return functions;
}

}  // namespace

bool IsFunctionName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' ||
                  c == '-' || c == '/';
         });
}

std::vector<v1::FunctionInfo> ReadFunctions(const v1::ProtocolManager& config,
                                            ProtocolManager* manager,
                                            std::vector<std::string>* refused) {
  const WpfPtr<IRscaCatalogue> catalogue = manager->GetCatalogue();
  std::vector<v1::FunctionInfo> functions =
      catalogue ? FromCatalogue(catalogue.Get(), refused) : FromConfiguration(config, refused);
  for (v1::FunctionInfo& function : functions) function.set_protocol_manager(config.name());
  return functions;
}

}  // namespace rsca::worker
