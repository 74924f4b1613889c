// Bytes between memory and a block: what misses a cache of 32 KB that each block begins empty, in sectors of 32 bytes.
//
// Threads run one after another up to a barrier, so a second pass of a thread counts only after one.
// Compiled with -fsanitize=thread and linked without its library: the compiler calls a function before every access to
// memory, and these are ours. Only accesses to the launch's arrays count. Lies inside namespace mgsim.

#define MGSIM_PLAIN __attribute__((no_sanitize("thread"), noinline))

struct Range { uintptr_t from, to; };
inline Range ranges[512];
inline int nranges = 0;
inline long traffic[2] = {0, 0};  // bytes read, bytes written

constexpr int kWays = 16, kSets = 64;
struct Line { uintptr_t sector; unsigned long used; bool dirty; };
inline Line lines[kSets][kWays];
inline unsigned long ticks = 0;

MGSIM_PLAIN inline void touch(uintptr_t sector, bool write) {
  Line* set = lines[(sector * 0x9E3779B97F4A7C15ull) >> 58];
  Line* oldest = set;
  for (int w = 0; w < kWays; ++w) {
    if (set[w].used && set[w].sector == sector) {
      if (write && !set[w].dirty) traffic[1] += 32, set[w].dirty = true;
      set[w].used = ++ticks;
      return;
    }
    if (set[w].used < oldest->used) oldest = set + w;
  }
  *oldest = {sector, ++ticks, write};
  traffic[write] += 32;
}

MGSIM_PLAIN inline void moved(const void* at, size_t size, bool write) {
  uintptr_t a = (uintptr_t)at;
  for (int i = 0; i < nranges; ++i)
    if (a >= ranges[i].from && a < ranges[i].to) {  // arrays begin at a sector, as a card's allocator has them
      uintptr_t at_array = (uintptr_t)(i + 1) << 48 | (a - ranges[i].from);
      for (uintptr_t s = at_array / 32; s <= (at_array + size - 1) / 32; ++s) touch(s, write);
      return;
    }
}

MGSIM_PLAIN inline void new_block() { __builtin_memset(lines, 0, sizeof lines); }
