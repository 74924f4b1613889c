// What all kernels share: numbers of each dtype, indices, windows. NVRTC has no headers of the C++ library.
#pragma once
#include <cuda_bf16.h>
#include <cuda_fp16.h>

typedef long long index_t;  // extents may pass 2^31

#define MG_NAN __int_as_float(0x7fc00000)
#define MG_INF __int_as_float(0x7f800000)

// In what a dtype is summed: float for halves, double for double, 64 bits for integers.
template <typename T> struct Sum { typedef T type; };
template <> struct Sum<__half> { typedef float type; };
template <> struct Sum<__nv_bfloat16> { typedef float type; };
template <> struct Sum<bool> { typedef index_t type; };
template <> struct Sum<unsigned char> { typedef index_t type; };
template <> struct Sum<signed char> { typedef index_t type; };
template <> struct Sum<short> { typedef index_t type; };
template <> struct Sum<int> { typedef index_t type; };

template <typename T> __device__ __forceinline__ typename Sum<T>::type wide(T x) {
  return (typename Sum<T>::type)x;
}

template <typename T> __device__ __forceinline__ bool is_nan(T x) { return x != x; }
template <> __device__ __forceinline__ bool is_nan(__half x) { return (float)x != (float)x; }
template <> __device__ __forceinline__ bool is_nan(__nv_bfloat16 x) { return (float)x != (float)x; }

// The number of this thread in a grid of one dim.
__device__ __forceinline__ index_t thread_number() { return (index_t)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ __forceinline__ index_t thread_count() { return (index_t)gridDim.x * blockDim.x; }

// Windows over one to three dims; what has fewer has extents of 1 in front.
struct Window {
  index_t size[3];      // of the input
  index_t out[3];       // how many windows
  index_t kernel[3];
  index_t stride[3];
  index_t padding[3];   // in front
  index_t dilation[3];
};
