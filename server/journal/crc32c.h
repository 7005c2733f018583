// CRC-32C (Castagnoli), as RocksDB's files have it.
#ifndef RSCA_SERVER_JOURNAL_CRC32C_H_
#define RSCA_SERVER_JOURNAL_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace rsca::journal {

uint32_t Crc32c(absl::string_view bytes);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_CRC32C_H_
