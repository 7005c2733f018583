// Random choices that a seed makes again.
#ifndef RSCA_TESTS_SOAK_RANDOM_H_
#define RSCA_TESTS_SOAK_RANDOM_H_

#include <random>

namespace rsca::soak {

using Random = std::mt19937_64;

// From `least` to `most`, both included.
inline int Pick(Random* random, int least, int most) {
  return std::uniform_int_distribution<int>(least, most)(*random);
}
inline bool Chance(Random* random, int percent) { return Pick(random, 1, 100) <= percent; }

}  // namespace rsca::soak

#endif  // RSCA_TESTS_SOAK_RANDOM_H_
