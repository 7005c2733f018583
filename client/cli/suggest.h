// "Did you mean ...?"
#ifndef RSCA_CLIENT_CLI_SUGGEST_H_
#define RSCA_CLIENT_CLI_SUGGEST_H_

#include <string>
#include <string_view>
#include <vector>

namespace rsca::cli {

// The known word that was most likely meant, or empty when none is near.
std::string NearestWord(std::string_view word, const std::vector<std::string>& known);

// `; did you mean `file.tail`?`, or empty.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);

}  // namespace rsca::cli

#endif  // RSCA_CLIENT_CLI_SUGGEST_H_
