// Scans along the middle dim of (lead, n, rest). A block takes the n of one line in tiles of its threads.
#include "common.cuh"

// b -> y[l, :, r], l = b / rest, r = b % rest: the most extreme of all up to each; NaN is more extreme than any.
// The tile's values go through shared memory, doubling the reach each step (Hillis and Steele 1986).
template <typename T, int LARGEST>
__global__ void running_extreme(const T* x, T* y, index_t n, index_t rest) {
  __shared__ T tile[256];
  index_t l = blockIdx.x / rest, r = blockIdx.x % rest;
  const T* from = x + l * n * rest + r;
  T* to = y + l * n * rest + r;
  T carry = T(0.0f);
  for (index_t start = 0; start < n; start += blockDim.x) {
    index_t k = start + threadIdx.x;
    T v = k < n ? from[k * rest] : T(0.0f);
    tile[threadIdx.x] = v;
    __syncthreads();
    for (int reach = 1; reach < blockDim.x; reach *= 2) {
      bool has = threadIdx.x >= reach;
      T before = has ? tile[threadIdx.x - reach] : v;
      __syncthreads();
      if (has && (is_nan(before) || (!is_nan(v) && (LARGEST ? before > v : before < v)))) v = before;
      tile[threadIdx.x] = v;
      __syncthreads();
    }
    if (start && (is_nan(carry) || (!is_nan(v) && (LARGEST ? carry > v : carry < v)))) v = carry;
    if (k < n) to[k * rest] = v;
    index_t left = n - start < (index_t)blockDim.x ? n - start : (index_t)blockDim.x;
    tile[threadIdx.x] = v;
    __syncthreads();
    carry = tile[left - 1];
    __syncthreads();
  }
}

// i -> y[l, :, r]: y[k] = x[k] + a[k] y[k - 1], one thread a line
template <typename T>
__global__ void linear_scan(const T* x, const T* a, T* y, index_t lines, index_t n, index_t rest) {
  for (index_t i = thread_number(); i < lines; i += thread_count()) {
    index_t base = i / rest * n * rest + i % rest;
    typename Sum<T>::type s = 0;
    for (index_t k = 0; k < n; ++k) {
      index_t at = base + k * rest;
      s = wide(T(wide(x[at]) + wide(a[at]) * s));
      y[at] = T(s);
    }
  }
}

// i -> y[row, j]: how many of the sorted rows[row, :] lie before x[row, j] (RIGHT: or equal it); NaN is the largest
template <typename T, int RIGHT>
__global__ void search_rows(const T* rows, const T* x, index_t* y, index_t count, index_t n, index_t m) {
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    const T* row = rows + i / m * n;
    T v = x[i];
    index_t low = 0, high = n;
    while (low < high) {
      index_t mid = (low + high) / 2;
      T u = row[mid];
      bool before = is_nan(u) ? (RIGHT && is_nan(v)) : (is_nan(v) || (RIGHT ? u <= v : u < v));
      if (before) low = mid + 1; else high = mid;
    }
    y[i] = low;
  }
}
