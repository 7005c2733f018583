// Text that plug-ins pass in or are handed.
#ifndef RSCA_SERVER_WORKER_WIDE_TEXT_H_
#define RSCA_SERVER_WORKER_WIDE_TEXT_H_

#include <rsca/wpframework.h>

#include <optional>
#include <string>

namespace rsca::worker {

// Copies text into a plug-in's buffer as Windows' functions do: `*size` counts characters with the
// final zero, the room on the way in and what is needed on the way out; a null or too small buffer
// gets that and ERROR_INSUFFICIENT_BUFFER. E_POINTER for a null `size`.
HRESULT CopyOut(const std::wstring& text, PWSTR buffer, DWORD* size);

// A plug-in's text as UTF-8; nothing when it is no Unicode or has no end within 32 Ki characters.
// `text` is not null.
std::optional<std::string> TextFrom(PCWSTR text);

// The same for people: null is empty, what is no Unicode says so, and what is long is cut off.
std::string ReasonFrom(PCWSTR text);

}  // namespace rsca::worker

#endif  // RSCA_SERVER_WORKER_WIDE_TEXT_H_
