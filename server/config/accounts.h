// Users and groups of this host.
#ifndef RSCA_SERVER_CONFIG_ACCOUNTS_H_
#define RSCA_SERVER_CONFIG_ACCOUNTS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rsca::config {

// Whom a process can become.
struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> supplementary_gids;  // the user's
};

// By name or number. An empty `user` is the one of this process, without supplementary groups; an
// empty `group` the user's. NOT_FOUND names what there is not: a user or a group; so does a number
// that is no account's, for it has no group.
absl::StatusOr<Account> FindAccount(const std::string& user, const std::string& group);

// A group's number. NOT_FOUND.
absl::StatusOr<gid_t> FindGroup(const std::string& group);

}  // namespace rsca::config

#endif  // RSCA_SERVER_CONFIG_ACCOUNTS_H_
