// Sums and maxima over the threads that share a row: a warp (LANES 32) or a block (LANES 256), in one fixed order.
#pragma once
#include "common.cuh"

template <typename A> __device__ __forceinline__ A larger(A a, A b) { return is_nan(a) ? a : is_nan(b) ? b : b > a ? b : a; }

template <typename A, bool MAX> __device__ __forceinline__ A both(A a, A b) { return MAX ? larger(a, b) : a + b; }

// Every thread gets the sum (or the largest) of what the threads of its row bring. All threads of the block call it.
template <typename A, bool MAX, int LANES> __device__ __forceinline__ A over_row(A v) {
#pragma unroll
  for (int o = 16; o > 0; o /= 2) v = both<A, MAX>(v, __shfl_xor_sync(0xFFFFFFFFu, v, o));
  if (LANES == 32) return v;
  __shared__ A parts[32];
  int warp = threadIdx.x / 32, warps = blockDim.x / 32;
  __syncthreads();  // the parts of the last call have been read
  if (threadIdx.x % 32 == 0) parts[warp] = v;
  __syncthreads();
  v = parts[0];
  for (int k = 1; k < warps; ++k) v = both<A, MAX>(v, parts[k]);
  return v;
}
