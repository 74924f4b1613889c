// Optimizer steps over all parameters at once: each parameter, its gradient and its state are read and written once.
//
// A job is a row of 64-bit words: addresses of arrays, their length, numbers as bits of doubles. Block b takes CHUNK
// elements of one job: chunks[b] is the job's number and, in the lower 32 bits, which part of it.
#include "common.cuh"

constexpr index_t CHUNK = 1 << 16;

__device__ __forceinline__ float root(float x) { return sqrtf(x); }
__device__ __forceinline__ double root(double x) { return sqrt(x); }

__device__ __forceinline__ double number(const index_t* job, int k) { return __longlong_as_double(job[k]); }

__device__ __forceinline__ const index_t* my_job(const index_t* jobs, const index_t* chunks, int words, index_t& from) {
  from = (chunks[blockIdx.x] & 0xFFFFFFFF) * CHUNK;
  return jobs + (chunks[blockIdx.x] >> 32) * words;
}

// p -= lr d, d = sign g + decay p; with a buffer b = momentum b + fresh d, and d = b, or d + momentum b (nesterov)
template <typename T>
__global__ void sgd(const index_t* jobs, const index_t* chunks) {
  typedef typename Sum<T>::type A;
  index_t from;
  const index_t* job = my_job(jobs, chunks, 10, from);
  T* p = (T*)job[0];
  const T* g = (const T*)job[1];
  A* buffer = (A*)job[2];
  index_t count = job[3], to = from + CHUNK < count ? from + CHUNK : count;
  A lr = (A)number(job, 4), momentum = (A)number(job, 5), fresh = (A)number(job, 6), decay = (A)number(job, 7);
  A sign = (A)number(job, 8);
  bool nesterov = number(job, 9) != 0.0;
  for (index_t i = from + threadIdx.x; i < to; i += blockDim.x) {
    A v = wide(p[i]), d = sign * wide(g[i]) + decay * v;
    if (buffer) {
      A b = momentum * buffer[i] + fresh * d;
      buffer[i] = b;
      d = nesterov ? d + momentum * b : b;
    }
    p[i] = T(v - lr * d);
  }
}

// Adam (Kingma and Ba 2015, algorithm 1, in the form of section 2's end): m and v are running means of g and g g,
// root = sqrt(1 - b2^t), rate = lr root / (1 - b1^t); decay: of the gradient, shrink: of the weight itself (AdamW)
template <typename T>
__global__ void adam(const index_t* jobs, const index_t* chunks) {
  typedef typename Sum<T>::type A;
  index_t from;
  const index_t* job = my_job(jobs, chunks, 13, from);
  T* p = (T*)job[0];
  const T* g = (const T*)job[1];
  A *mean = (A*)job[2], *square = (A*)job[3], *top = (A*)job[4];
  index_t count = job[5], to = from + CHUNK < count ? from + CHUNK : count;
  double b1 = number(job, 7), b2 = number(job, 8);
  A rate = (A)number(job, 6), eps = (A)number(job, 9), decay = (A)number(job, 10), shrink = (A)number(job, 11);
  A sign = (A)number(job, 12);
  for (index_t i = from + threadIdx.x; i < to; i += blockDim.x) {
    A w = wide(p[i]) * shrink, d = sign * wide(g[i]) + decay * w;
    A m = (A)b1 * mean[i] + (A)(1.0 - b1) * d, v = (A)b2 * square[i] + (A)(1.0 - b2) * d * d;
    mean[i] = m;
    square[i] = v;
    if (top) {
      v = top[i] > v ? top[i] : v;
      top[i] = v;
    }
    p[i] = T(w - rate * (m / (root(v) + eps)));
  }
}
