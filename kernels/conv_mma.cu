// Convolution on tensor cores: the products of conv.cu, in tf32 (from float) or halves, summed in float.
//
// Where an element of x (or g) lies is a sum of what its column and its tap say, so it is looked up rather than
// computed: a Spot for each position of each dim, a Tap for each (channel, tap), both made on the host once for a shape.
// A column has a mask of the taps that fall on an element; the others are in the padding, or between strides.
//
//   KIND         A[m, q]                          B[q, n]
//   0 forward    weight, packed by pack_weight    x; the column is a window, q a tap
//   1 input      weight, packed by pack_weight    g; the column is a position of x, q a tap
//   2 weight     g; q is a window                 x; the column is a tap, q a window
//
// Shared memory holds STAGES tiles of A and B in words of 32 bits, copied while earlier ones are multiplied.
#include "common.cuh"
#include "mma.cuh"

constexpr int STAGES = 3;
constexpr int BK = 16;  // words of q in a tile

struct Spot { unsigned long long taps[2]; index_t at; };  // which taps are inside, and the position's share of an index
struct Tap { int at, tap; };                              // its share of an index, and its bit

struct Shape {
  int images, groups, m, n, q;   // of each group: rows, columns, and what is summed, in multiples of a tile's q
  int places[3];                 // extents of the positions that Spots stand for
  int read_image, read_group;    // strides in what B is read from
  int y_image, y_group, y_row;   // strides in y
  int y_columns;                 // how many columns one image has; KIND 2: all
  int g_image, g_group, g_row;   // KIND 2: strides in g, and how many windows an image has
  int splits, relu;
};

// Where position number p is: its share of an index, and its taps
__device__ __forceinline__ Spot spot(const Spot* spots, const Shape& s, int p, int& image) {
  int o2 = p % s.places[2]; p /= s.places[2];
  int o1 = p % s.places[1]; p /= s.places[1];
  int o0 = p % s.places[0];
  image = p / s.places[0];
  Spot a = spots[o0], b = spots[s.places[0] + o1], c = spots[s.places[0] + s.places[1] + o2];
  return {{a.taps[0] & b.taps[0] & c.taps[0], a.taps[1] & b.taps[1] & c.taps[1]}, a.at + b.at + c.at};
}

constexpr int NOWHERE = 127;  // the tap of what is beyond the last: no mask has its bit
__device__ __forceinline__ bool inside(const Spot& s, int tap) {
  return (tap < 64 ? s.taps[0] : s.taps[1]) >> (tap & 63) & 1;
}

template <typename T> __device__ __forceinline__ unsigned bits(T v);
template <> __device__ __forceinline__ unsigned bits(float v) { return __float_as_uint(v); }
template <> __device__ __forceinline__ unsigned bits(__half v) { return *(unsigned short*)&v; }
template <> __device__ __forceinline__ unsigned bits(__nv_bfloat16 v) { return *(unsigned short*)&v; }

// i -> words[group, q / elements, m], zeros beyond the weight: what A reads, m fastest, m and q whole tiles
template <typename T, int KIND>
__global__ void pack_weight(const T* __restrict__ w, unsigned* words, index_t count, int groups, int kg, int cg, int taps,
                            int rows, int q_words) {
  constexpr int E = Word<T>::elements;
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    int m = i % rows, q = i / rows % q_words * E, group = i / rows / q_words;
    unsigned word = 0;
    for (int e = 0; e < E; ++e) {
      int c = KIND == 0 ? (q + e) / taps : m, k = KIND == 0 ? m : (q + e) / taps, tap = (q + e) % taps;
      if (c < cg && k < kg) word |= bits(w[((index_t)(group * kg + k) * cg + c) * taps + tap]) << 16 * e;
    }
    words[i] = sizeof(T) == 4 ? as_tf32(word) : word;
  }
}

// Block (x, y, z): BM x BN elements of group z % groups, part z / groups of the sum; a warp has WM x WN of them.
template <typename T, int KIND, int BM, int BN, int WM, int WN>
__global__ void __launch_bounds__(32 * (BM / WM) * (BN / WN), 2)
conv_mma(const void* __restrict__ a, const T* __restrict__ b, const T* bias, float* parts, T* y,
         const void* __restrict__ spot_table, const void* __restrict__ tap_table, Shape s) {
  const Spot* spots = (const Spot*)spot_table;
  const Tap* taps = (const Tap*)tap_table;
  const T* g_values = (const T*)a;           // KIND 2; else words of pack_weight
  constexpr int threads = 32 * (BM / WM) * (BN / WN), E = Word<T>::elements;
  constexpr bool later = E == 2;             // halves are gathered in registers, and stored when a tile is multiplied
  constexpr int LA = KIND == 2 ? BK + 4 : BM + 8, LB = KIND == 2 ? BK + 4 : BN + 8;  // no bank is read twice at once
  constexpr int TA = KIND == 2 ? BM * LA : BK * LA, TB = KIND == 2 ? BN * LB : BK * LB;
  constexpr int A_EACH = BM * BK / threads, B_EACH = BN * BK / threads;
  constexpr int TAPS = KIND == 2 ? 2 * BN : 2 * BK * E;  // words of one slice of Taps
  MG_SHARED_WORDS(shared);
  unsigned* sa = shared;
  unsigned* sb = sa + STAGES * TA;
  Tap* st = (Tap*)(sb + STAGES * TB);        // KIND 2: one slice, of columns; else a ring of four, of q
  int t = threadIdx.x, lane = t % 32, warp = t / 32;
  int group = blockIdx.z % s.groups, part = blockIdx.z / s.groups;
  int m0 = blockIdx.y * BM, n0 = blockIdx.x * BN;
  int tiles = (s.q + BK * E - 1) / (BK * E), each = (tiles + s.splits - 1) / s.splits;
  int first = part * each, last = first + each < tiles ? first + each : tiles;
  b += (index_t)group * s.read_group;

  // what does not change from tile to tile
  Spot column = {};
  int columns = s.images * s.places[0] * s.places[1] * s.places[2];  // or, in KIND 2, windows
  const unsigned* packed = (const unsigned*)a;
  int rows = (s.m + BM - 1) / BM * BM;
  if (KIND == 2) {
    for (int i = t; i < BN; i += threads) st[i] = n0 + i < s.n ? taps[n0 + i] : Tap{0, NOWHERE};
  } else {
    if (n0 + t % BN < columns) {
      int image;
      column = spot(spots, s, n0 + t % BN, image);
      column.at += (index_t)image * s.read_image;
    }
    for (int i = t; i < 4 * BK * E; i += threads)
      if (first + i / (BK * E) < tiles) st[i] = taps[first * BK * E + i];
  }
  __syncthreads();

  unsigned held_a[KIND == 2 && later ? A_EACH : 1], held_b[later ? B_EACH : 1];
  auto fetch = [&](int tile, int stage, int slice) {
    unsigned* ta = sa + stage * TA;
    unsigned* tb = sb + stage * TB;
    if (KIND != 2) {
      for (int i = t; i < BK * BM / 4; i += threads) {
        int k = i / (BM / 4), m = i % (BM / 4) * 4;
        copy_16(ta + k * LA + m, packed + ((index_t)group * tiles * BK + tile * BK + k) * rows + m0 + m);
      }
#pragma unroll
      for (int i = 0; i < B_EACH; ++i) {
        int k = t / BN + i * (threads / BN), n = t % BN;
        if (later) {
          held_b[i] = 0;
          for (int e = 0; e < E; ++e) {
            Tap p = st[slice * BK * E + k * E + e];
            if (inside(column, p.tap)) held_b[i] |= bits(b[column.at + p.at]) << 16 * e;
          }
        } else {
          Tap p = st[slice * BK + k];
          bool ok = inside(column, p.tap);
          copy_4(tb + k * LB + n, ok ? b + column.at + p.at : b, ok);
        }
      }
    } else {  // neighbouring threads take neighbouring windows, which lie side by side
      int k = t % BK;
      Spot seen[E];
      index_t g_at[E];
      for (int e = 0; e < E; ++e) {
        int q = (tile * BK + k) * E + e, image = 0;
        seen[e] = {};
        g_at[e] = -1;
        if (q < columns) {
          seen[e] = spot(spots, s, q, image);
          seen[e].at += (index_t)image * s.read_image;
          g_at[e] = (index_t)image * s.g_image + (index_t)group * s.g_group + q % s.g_row;
        }
      }
#pragma unroll
      for (int i = 0; i < A_EACH; ++i) {
        int m = t / BK + i * (threads / BK);
        if (later) held_a[i] = 0;
        for (int e = 0; e < E; ++e) {
          bool ok = g_at[e] >= 0 && m0 + m < s.m;
          const T* from = ok ? g_values + g_at[e] + (index_t)(m0 + m) * s.g_row : g_values;
          if (!later) copy_4(ta + m * LA + k, from, ok);
          else if (ok) held_a[i] |= bits(*from) << 16 * e;
        }
      }
#pragma unroll
      for (int i = 0; i < B_EACH; ++i) {
        int n = t / BK + i * (threads / BK);
        Tap p = st[n];
        if (later) held_b[i] = 0;
        for (int e = 0; e < E; ++e) {
          bool ok = inside(seen[e], p.tap);
          const T* from = ok ? b + seen[e].at + p.at : b;
          if (!later) copy_4(tb + n * LB + k, from, ok);
          else if (ok) held_b[i] |= bits(*from) << 16 * e;
        }
      }
    }
  };
  auto store = [&](int stage) {  // what `fetch` has left in registers
    unsigned* ta = sa + stage * TA;
    unsigned* tb = sb + stage * TB;
#pragma unroll
    for (int i = 0; i < (KIND == 2 ? A_EACH : 0); ++i) ta[(t / BK + i * (threads / BK)) * LA + t % BK] = held_a[i];
#pragma unroll
    for (int i = 0; i < B_EACH; ++i) {
      if (KIND == 2) tb[(t / BK + i * (threads / BK)) * LB + t % BK] = held_b[i];
      else tb[(t / BN + i * (threads / BN)) * LB + t % BN] = held_b[i];
    }
  };

  float acc[WM / 16][WN / 8][4] = {};
  int wm = warp / (BN / WN) * WM, wn = warp % (BN / WN) * WN, g = lane / 4, l = lane % 4;
  auto multiply = [&](int stage) {
    const unsigned* ta = sa + stage * TA;
    const unsigned* tb = sb + stage * TB;
#pragma unroll
    for (int k = 0; k < BK; k += 8) {
      unsigned fa[WM / 16][4], fb[WN / 8][2];
#pragma unroll
      for (int i = 0; i < WM / 16; ++i)
#pragma unroll
        for (int r = 0; r < 4; ++r) {
          int m = wm + i * 16 + g + r % 2 * 8, w = k + l + r / 2 * 4;
          unsigned v = ta[KIND == 2 ? m * LA + w : w * LA + m];
          fa[i][r] = KIND == 2 && !later ? as_tf32(v) : v;
        }
#pragma unroll
      for (int j = 0; j < WN / 8; ++j)
#pragma unroll
        for (int r = 0; r < 2; ++r) {
          int n = wn + j * 8 + g, w = k + l + r * 4;
          unsigned v = tb[KIND == 2 ? n * LB + w : w * LB + n];
          fb[j][r] = later ? v : as_tf32(v);
        }
#pragma unroll
      for (int i = 0; i < WM / 16; ++i)
#pragma unroll
        for (int j = 0; j < WN / 8; ++j) mma<T>(acc[i][j], fa[i], fb[j]);
    }
  };

#pragma unroll
  for (int p = 0; p < STAGES - 1; ++p) {
    if (first + p < last) fetch(first + p, p, p);
    copies_commit();
    if (later && first + p < last) store(p);
  }
  for (int tile = first; tile < last; ++tile) {
    int stage = (tile - first) % STAGES, ahead = tile + STAGES - 1, free_stage = (tile - first + STAGES - 1) % STAGES;
    copies_wait<STAGES - 2>();
    __syncthreads();
    if (ahead < last) fetch(ahead, free_stage, (ahead - first) % 4);
    if (KIND != 2 && ahead + 2 < last)
      for (int i = t; i < TAPS / 4; i += threads)
        copy_16((unsigned*)(st + (ahead + 2 - first) % 4 * BK * E) + 4 * i,
                (const unsigned*)(taps + (ahead + 2) * BK * E) + 4 * i);
    copies_commit();
    multiply(stage);
    if (later && ahead < last) store(free_stage);
  }
  copies_wait<0>();

#pragma unroll
  for (int i = 0; i < WM / 16; ++i)
#pragma unroll
    for (int j = 0; j < WN / 8; ++j)
#pragma unroll
      for (int r = 0; r < 4; ++r) {
        int m = m0 + wm + i * 16 + g + r / 2 * 8, n = n0 + wn + j * 8 + 2 * l + r % 2;
        if (m >= s.m || n >= s.n) continue;
        float v = acc[i][j][r];
        if (s.splits > 1) {
          parts[(((index_t)part * s.groups + group) * s.m + m) * s.n + n] = v;
          continue;
        }
        if (KIND == 0 && bias) v += wide(bias[group * s.m + m]);
        if (KIND == 0 && s.relu && !(v > 0.0f) && v == v) v = 0.0f;
        index_t at = (index_t)group * s.y_group + (index_t)m * s.y_row;
        y[at + (index_t)(n / s.y_columns) * s.y_image + n % s.y_columns] = T(v);
      }
}

// i -> y: the sum of the parts of row m, column n of a group, in their order; i = (group m + row) n + column
template <typename T>
__global__ void join_parts(const float* parts, const T* bias, T* y, index_t count, Shape s) {
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    int n = i % s.n, row = i / s.n % s.m, group = i / s.n / s.m;
    float v = 0.0f;
    for (int k = 0; k < s.splits; ++k) v += parts[k * count + i];
    if (bias) v += wide(bias[group * s.m + row]);
    if (s.relu && !(v > 0.0f) && v == v) v = 0.0f;
    index_t at = (index_t)group * s.y_group + (index_t)row * s.y_row + (index_t)(n / s.y_columns) * s.y_image + n % s.y_columns;
    y[at] = T(v);
  }
}
