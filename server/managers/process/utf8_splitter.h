// Cuts a stream of bytes so that no character of UTF-8 is cut.
#ifndef RSCA_SERVER_MANAGERS_PROCESS_UTF8_SPLITTER_H_
#define RSCA_SERVER_MANAGERS_PROCESS_UTF8_SPLITTER_H_

#include <string>
#include <string_view>

namespace rsca::managers {

// Keeps back the beginning of a character (three bytes at most) until the rest of it comes. Bytes
// that are no UTF-8 anyway are never kept back.
class Utf8Splitter {
 public:
  // What can be passed on now: all of the bytes so far, less what is kept back.
  std::string Add(std::string_view bytes);

  // What was kept back, at the end of the stream.
  std::string Rest();

 private:
  std::string kept_;
};

}  // namespace rsca::managers

#endif  // RSCA_SERVER_MANAGERS_PROCESS_UTF8_SPLITTER_H_
