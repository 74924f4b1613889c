// softmax, log_softmax and cross entropy along the middle dim of (lead, n, rest), forward and backward in one pass.
#include "reduce.cuh"

__device__ __forceinline__ float exponential(float x) { return expf(x); }
__device__ __forceinline__ double exponential(double x) { return exp(x); }
__device__ __forceinline__ float logarithm(float x) { return logf(x); }
__device__ __forceinline__ double logarithm(double x) { return log(x); }

// Row = blockIdx.x (256 / LANES) + threadIdx.x / LANES; lane k of it holds elements k, k + LANES, ...: PER of them in
// registers, so that x is read once. rest is 1: a row is dense.
template <typename T, int LOG, int LANES, int PER>
__global__ void softmax_rows(const T* x, T* y, index_t rows, index_t n) {
  typedef typename Sum<T>::type A;
  index_t row = (index_t)blockIdx.x * (256 / LANES) + threadIdx.x / LANES;
  int lane = threadIdx.x % LANES;
  bool live = row < rows;
  const T* from = x + row * n;
  A v[PER], top = -(A)MG_INF, total = 0;
#pragma unroll
  for (int k = 0; k < PER; ++k) {
    index_t c = lane + (index_t)k * LANES;
    v[k] = live && c < n ? wide(from[c]) : -(A)MG_INF;
    top = larger(top, v[k]);
  }
  top = over_row<A, true, LANES>(top);
#pragma unroll
  for (int k = 0; k < PER; ++k) {
    v[k] -= top;
    if (live && lane + (index_t)k * LANES < n) total += exponential(v[k]);
  }
  total = over_row<A, false, LANES>(total);
  A scale = LOG ? logarithm(total) : total;
#pragma unroll
  for (int k = 0; k < PER; ++k) {
    index_t c = lane + (index_t)k * LANES;
    if (live && c < n) y[row * n + c] = T(LOG ? v[k] - scale : exponential(v[k]) / scale);
  }
}

template <typename T, int LOG, int LANES, int PER>
__global__ void softmax_rows_input(const T* g, const T* y, T* x, index_t rows, index_t n) {
  typedef typename Sum<T>::type A;
  index_t row = (index_t)blockIdx.x * (256 / LANES) + threadIdx.x / LANES;
  int lane = threadIdx.x % LANES;
  bool live = row < rows;
  A u[PER], v[PER], total = 0;
#pragma unroll
  for (int k = 0; k < PER; ++k) {
    index_t c = lane + (index_t)k * LANES;
    bool here = live && c < n;
    u[k] = here ? wide(g[row * n + c]) : (A)0;
    v[k] = here ? wide(y[row * n + c]) : (A)0;
    if (here) total += LOG ? u[k] : u[k] * v[k];
  }
  total = over_row<A, false, LANES>(total);
#pragma unroll
  for (int k = 0; k < PER; ++k) {
    index_t c = lane + (index_t)k * LANES;
    if (live && c < n) x[row * n + c] = T(LOG ? u[k] - exponential(v[k]) * total : v[k] * (u[k] - total));
  }
}

// Thread i = (l, r) takes the n elements x[l, :, r] alone; neighbours in r read neighbours. For rest > 1, or long rows.
template <typename T, int LOG>
__global__ void softmax_lines(const T* x, T* y, index_t lines, index_t n, index_t rest) {
  typedef typename Sum<T>::type A;
  for (index_t i = thread_number(); i < lines; i += thread_count()) {
    index_t base = i / rest * n * rest + i % rest;
    A top = -(A)MG_INF, total = 0;
    for (index_t k = 0; k < n; ++k) top = larger(top, wide(x[base + k * rest]));
    for (index_t k = 0; k < n; ++k) total += exponential(wide(x[base + k * rest]) - top);
    A scale = LOG ? logarithm(total) : total;
    for (index_t k = 0; k < n; ++k) {
      A v = wide(x[base + k * rest]) - top;
      y[base + k * rest] = T(LOG ? v - scale : exponential(v) / scale);
    }
  }
}

template <typename T, int LOG>
__global__ void softmax_lines_input(const T* g, const T* y, T* x, index_t lines, index_t n, index_t rest) {
  typedef typename Sum<T>::type A;
  for (index_t i = thread_number(); i < lines; i += thread_count()) {
    index_t base = i / rest * n * rest + i % rest;
    A total = 0;
    for (index_t k = 0; k < n; ++k) {
      index_t at = base + k * rest;
      total += LOG ? wide(g[at]) : wide(g[at]) * wide(y[at]);
    }
    for (index_t k = 0; k < n; ++k) {
      index_t at = base + k * rest;
      A u = wide(g[at]), v = wide(y[at]);
      x[at] = T(LOG ? u - exponential(v) * total : v * (u - total));
    }
  }
}

// Thread i = (l, r): the scores x[l, :, r] against the class want[i]: the loss times each[i], the largest score and the
// sum of exponentials above it, which backward starts from.
template <typename T>
__global__ void cross_entropy(const T* x, const index_t* want, const typename Sum<T>::type* each, typename Sum<T>::type* loss,
                              typename Sum<T>::type* tops, typename Sum<T>::type* totals, index_t lines, index_t n,
                              index_t rest) {
  typedef typename Sum<T>::type A;
  for (index_t i = thread_number(); i < lines; i += thread_count()) {
    index_t base = i / rest * n * rest + i % rest;
    A top = -(A)MG_INF, total = 0;
    for (index_t k = 0; k < n; ++k) top = larger(top, wide(x[base + k * rest]));
    for (index_t k = 0; k < n; ++k) total += exponential(wide(x[base + k * rest]) - top);
    bool known = want[i] >= 0 && want[i] < n;  // others are told of by guard.cu
    A v = known ? logarithm(total) - (wide(x[base + want[i] * rest]) - top) : (A)MG_NAN;
    loss[i] = !each ? v : each[i] == 0 ? (A)0 : v * each[i];
    tops[i] = top;
    totals[i] = total;
  }
}

// i -> gx[l, k, r]: softmax less 1 for the class that is wanted, times g of the line (one g for all: steps 0)
template <typename T>
__global__ void cross_entropy_input(const T* x, const index_t* want, const typename Sum<T>::type* g,
                                    const typename Sum<T>::type* tops, const typename Sum<T>::type* totals, T* gx,
                                    index_t count, index_t n, index_t rest, index_t step) {
  typedef typename Sum<T>::type A;
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    index_t line = i / (n * rest) * rest + i % rest, k = i / rest % n;
    A p = exponential(wide(x[i]) - tops[line]), scale = g[line * step];
    A v = p * (scale / totals[line]);
    gx[i] = T(k == want[line] ? v - scale : v);
  }
}
