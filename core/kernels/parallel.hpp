// The one thread pool. Work is cut into chunks by size and never by the number of threads, and
// partial results are combined in the order of the chunks: results do not depend on the threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

namespace gradus {

// How many threads parallel_for uses; at first, as many as the process may run on.
int num_threads();
// Throws ValueError unless 1 <= threads <= 1024.
void set_num_threads(int threads);

// Whether the calling thread is running a chunk that parallel_for shares among threads.
bool inside_shared_loop();

// Calls fn(begin, end) for consecutive chunks [begin, end) of [0, range), each of `grain` elements
// (the last one may be shorter), on the pool; returns when all are done. A call from inside a chunk
// runs in its own thread. The first exception that a chunk throws is rethrown here.
void parallel_for(int64_t range, int64_t grain, const std::function<void(int64_t, int64_t)>& fn);

// Σ map(begin, end) over the same chunks, added up in their order.
template <class T, class Map>
T parallel_sum(int64_t range, int64_t grain, Map&& map) {
  std::vector<T> partial(static_cast<size_t>((range + grain - 1) / grain));
  parallel_for(range, grain, [&](int64_t begin, int64_t end) {
    partial[static_cast<size_t>(begin / grain)] = map(begin, end);
  });
  T total{};
  for (const T& part : partial) total += part;
  return total;
}

}  // namespace gradus
