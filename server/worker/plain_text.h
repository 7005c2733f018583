// Text for messages to the server, whose strings must be UTF-8: what plug-ins, the dynamic linker
// and parsers say may be anything.
#ifndef RSCA_SERVER_WORKER_PLAIN_TEXT_H_
#define RSCA_SERVER_WORKER_PLAIN_TEXT_H_

#include <string>
#include <string_view>

namespace rsca::worker {

// The text, cut off where it is very long; with escapes in place of bytes if it is not UTF-8.
std::string PlainText(std::string_view text);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_PLAIN_TEXT_H_
