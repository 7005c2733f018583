// Kills, stops, recycles and starves workers at random, and has the pools mended that it broke.
#ifndef RSCA_TESTS_SOAK_CHAOS_H_
#define RSCA_TESTS_SOAK_CHAOS_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "rsca/client/client.h"
#include "tests/soak/life.h"

namespace rsca::soak {

class Chaos {
 public:
  // `server`: the process whose workers they are.
  Chaos(World* world, client::Client client, pid_t server, std::uint64_t seed);

  // Ends it: nothing stays stopped, and every pool is started again.
  ~Chaos();
  Chaos(const Chaos&) = delete;
  Chaos& operator=(const Chaos&) = delete;

 private:
  using Action = void (Chaos::*)();

  void Run();
  Action Choose();

  void Kill();
  void Abort();
  void KillFast();  // so often that rapid-fail protection has to step in
  void Stop();      // for good: the ping has to find it
  void StopShortly();
  void Stutter();  // stopped and continued in quick turns
  void RecyclePool();
  void RecycleWorker();
  void StopPool();
  void StarveOfFiles();
  void StarveOfMemory();
  void HogMemory();
  void AbortInPlugin();

  std::string PickPool();
  std::optional<v1::Worker> PickWorker(const std::string& pool);
  std::optional<v1::Worker> PickReadyWorker(const std::string& pool);
  bool Signal(const v1::Worker& worker, int number);
  void KillOne(const std::string& pool, int number, Deed deed);
  void Starve(int resource, rlim_t limit, const v1::Worker& worker, absl::Duration time);
  void RunPlugin(const std::string& function, const std::string& arguments);
  void StartStoppedPools();
  void Expect(const absl::Status& status, const char* what,
              const std::vector<std::string>& allowed);

  // What is to be done later.
  void Later(absl::Duration delay, std::function<void()> action);
  void DoDue(absl::Time now);

  World* const world_;
  client::Client client_;
  const pid_t server_;
  Random random_;
  std::multimap<absl::Time, std::function<void()>> later_;
  std::vector<std::thread> runs_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace rsca::soak

#endif  // RSCA_TESTS_SOAK_CHAOS_H_
