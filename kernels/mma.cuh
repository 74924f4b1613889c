// Tensor cores and asynchronous copies, for sm_80 and later: all PTX is here. In the simulator the same in plain C++.
//
// A fragment of mma.sync is spread over a warp: with g = lane / 4 and t = lane % 4, a thread has
//   A: words (row g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4)     B: words (t, column g), (t + 4, g)
//   D: (row g, columns 2t and 2t + 1), (row g + 8, the same)
// where a word is one float of 8 in a row (tf32), or two halves of 16, the earlier one low.
#pragma once
#include <cuda_bf16.h>
#include <cuda_fp16.h>

// Elements in a word of 32 bits
template <typename T> struct Word { static constexpr int elements = 4 / sizeof(T); };

#ifndef MG_SIM
#define MG_SHARED_WORDS(name) extern __shared__ __align__(16) unsigned name[]

#define MG_MMA(SHAPE, TYPES)                                                                            \
  asm volatile("mma.sync.aligned." SHAPE ".row.col.f32." TYPES ".f32 {%0,%1,%2,%3},{%4,%5,%6,%7},"      \
               "{%8,%9},{%0,%1,%2,%3};"                                                                 \
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])                                         \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))

// d += a b, of 16 rows and 8 columns
template <typename T> __device__ void mma(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]);
template <> __device__ __forceinline__ void mma<float>(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  MG_MMA("m16n8k8", "tf32.tf32");
}
template <> __device__ __forceinline__ void mma<__half>(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  MG_MMA("m16n8k16", "f16.f16");
}
template <>
__device__ __forceinline__ void mma<__nv_bfloat16>(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  MG_MMA("m16n8k16", "bf16.bf16");
}

// A float's bits as tf32: 10 bits of fraction, to nearest, ties away from zero
__device__ __forceinline__ unsigned as_tf32(unsigned x) {
  unsigned r;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(r) : "f"(__uint_as_float(x)));
  return r;
}

// Copies to shared memory that are there after copies_wait; zeros where ok is false
__device__ __forceinline__ void copy_4(unsigned* to, const void* from, bool ok) {
  unsigned s = (unsigned)__cvta_generic_to_shared(to);
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(s), "l"(from), "r"(ok ? 4 : 0) : "memory");
}
__device__ __forceinline__ void copy_16(unsigned* to, const void* from) {
  unsigned s = (unsigned)__cvta_generic_to_shared(to);
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(s), "l"(from) : "memory");
}
__device__ __forceinline__ void copies_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Until of the groups committed only the last N may be under way
template <int N> __device__ __forceinline__ void copies_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

#else
#define MG_SHARED_WORDS(name) MG_DYN_SHARED(unsigned, name)

template <typename T> inline float element(unsigned word, int k) {
  T v;
  memcpy(&v, (const char*)&word + k * sizeof(T), sizeof(T));
  return (float)v;
}
template <> inline float element<float>(unsigned word, int) { return __uint_as_float(word & 0xFFFFE000u); }

struct Fragments { unsigned a[4], b[2]; };
template <typename T> inline void mma(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  Fragments mine = {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
  auto all = mgsim::collect(MG_SITE("mma"), 0xFFFFFFFFu, &mine, sizeof mine);
  int g = mgsim::S.cur % 32 / 4, t = mgsim::S.cur % 4;
  for (int i = 0; i < 4; ++i) {
    int row = g + i / 2 * 8, column = 2 * t + i % 2;
    for (int w = 0; w < 8; ++w) {
      Fragments fa = mgsim::lane_value<Fragments>(all, row % 8 * 4 + w % 4);
      Fragments fb = mgsim::lane_value<Fragments>(all, column * 4 + w % 4);
      for (int k = 0; k < Word<T>::elements; ++k)
        d[i] += element<T>(fa.a[row / 8 + w / 4 * 2], k) * element<T>(fb.b[w / 4], k);
    }
  }
}

inline unsigned as_tf32(unsigned x) {
  return (x & 0x7F800000u) == 0x7F800000u ? x : (x + 0x1000u) & 0xFFFFE000u;
}

// A copy lands only at the wait, so that what is read too early is poison.
inline void copy_later(void* to, const void* from, unsigned size, unsigned filled) {
  if ((uintptr_t)to % size || (uintptr_t)from % size) mgsim::fail(MG_SITE("cp.async"), "an address is not aligned");
  mgsim::Thread& t = mgsim::S.th[mgsim::S.cur];
  t.copies.push_back({to, from, size, filled, t.group});
}
inline void copy_4(unsigned* to, const void* from, bool ok) { copy_later(to, from, 4, ok ? 4 : 0); }
inline void copy_16(unsigned* to, const void* from) { copy_later(to, from, 16, 16); }
inline void copies_commit() { ++mgsim::S.th[mgsim::S.cur].group; }
template <int N> inline void copies_wait() {
  mgsim::Thread& t = mgsim::S.th[mgsim::S.cur];
  size_t i = 0;
  for (; i < t.copies.size() && t.copies[i].group < t.group - N; ++i) {
    const mgsim::Copy& c = t.copies[i];
    memset(c.dst, 0, c.size);
    memcpy(c.dst, c.src, c.fill);
    if (c.fill) mgsim::moved(c.src, c.fill, false);
  }
  t.copies.erase(t.copies.begin(), t.copies.begin() + i);
}
#endif
