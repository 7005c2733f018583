#include "server/workers/confinement.h"

#include <sys/resource.h>

namespace rsca::workers {
namespace {

void AddLimit(int resource, uint64_t value, worker::v1::Confinement* confinement) {
  worker::v1::ResourceLimit* limit = confinement->add_resource_limits();
  limit->set_resource(resource);
  limit->set_value(value);
}

}  // namespace

worker::v1::Confinement MakeConfinement(const PoolOptions& options, bool processes_by_cgroup) {
  worker::v1::Confinement confinement;
  const ResourceLimitOptions& limits = options.resource_limits;
  AddLimit(RLIMIT_CORE, limits.core_size_kib * 1024, &confinement);
  if (limits.open_files > 0) AddLimit(RLIMIT_NOFILE, limits.open_files, &confinement);
  if (limits.processes > 0 && !processes_by_cgroup) {
    AddLimit(RLIMIT_NPROC, limits.processes, &confinement);
  }
  if (options.user.has_value()) {
    confinement.set_uid(options.user->uid);
    confinement.set_gid(options.user->gid);
    for (const uint32_t gid : options.user->supplementary_gids) {
      confinement.add_supplementary_gids(gid);
    }
  }
  const SandboxOptions& sandbox = options.sandbox;
  confinement.set_drop_capabilities(sandbox.drop_capabilities);
  for (const uint32_t capability : sandbox.keep_capabilities) {
    confinement.add_keep_capabilities(capability);
  }
  confinement.set_seccomp(sandbox.seccomp);
  for (const std::string& path : sandbox.read_paths) confinement.add_read_paths(path);
  for (const std::string& path : sandbox.write_paths) confinement.add_write_paths(path);
  return confinement;
}

}  // namespace rsca::workers
