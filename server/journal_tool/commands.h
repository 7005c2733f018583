// What the program does. Each returns its exit status.
#ifndef RSCA_SERVER_JOURNAL_TOOL_COMMANDS_H_
#define RSCA_SERVER_JOURNAL_TOOL_COMMANDS_H_

#include <string>
#include <vector>

namespace rsca::journal {

// `format`: table, json or jsonl.
int ListRegistrations(const std::string& directory, const std::string& format);
int VerifyJournal(const std::string& directory);
int DumpRegistration(const std::string& directory, const std::string& id);
// Without ids all of them.
int ExportRegistrations(const std::string& directory, const std::vector<std::string>& ids);
int RepairJournal(const std::string& directory);

}  // namespace rsca::journal

#endif  // RSCA_SERVER_JOURNAL_TOOL_COMMANDS_H_
