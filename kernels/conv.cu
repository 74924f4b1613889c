// Convolution as a matrix product whose columns are made as they are read (implicit GEMM), over one to three dims.
//
// Forward, the input's gradient and the weight's are three products with one loop. They differ in what m, n and q stand
// for, and in where an element is read:
//
//   KIND         m (rows)      n (columns)          q (summed)           A[m, q]     B[q, n]
//   0 forward    out channel   image, window        in channel, tap      weight      x under the window's tap
//   1 input      in channel    image, position      out channel, tap     weight      g of the window that saw it, or 0
//   2 weight     out channel   in channel, tap      image, window        g           x under the window's tap
//
// channels are counted within their group. Numbers of elements fit I, int where they can.
#include "common.cuh"

template <typename I> struct Conv {
  I images, channels, outs, groups;  // outs: of channels, in all; channels, outs per group below
  I size[3], out[3], kernel[3], stride[3], padding[3], dilation[3];
  I splits;                          // in how many parts q is summed; each writes a result of its own
};


// A column number apart: (image, o0, o1, o2) for positions of these extents.
template <typename I> __device__ __forceinline__ void place(I n, const I* extents, I& image, I* o) {
  o[2] = n % extents[2]; n /= extents[2];
  o[1] = n % extents[1]; n /= extents[1];
  o[0] = n % extents[0];
  image = n / extents[0];
}

// A row of columns apart: (channel, k0, k1, k2).
template <typename I> __device__ __forceinline__ void tap(I q, const I* kernel, I& c, I* k) { place(q, kernel, c, k); }

// x under tap k of window o, 0 in the padding
template <typename T, typename I>
__device__ __forceinline__ T under(const T* x, const Conv<I>& s, I image, I channel, const I* o, const I* k) {
  I h0 = o[0] * s.stride[0] - s.padding[0] + k[0] * s.dilation[0];
  I h1 = o[1] * s.stride[1] - s.padding[1] + k[1] * s.dilation[1];
  I h2 = o[2] * s.stride[2] - s.padding[2] + k[2] * s.dilation[2];
  if (h0 < 0 || h0 >= s.size[0] || h1 < 0 || h1 >= s.size[1] || h2 < 0 || h2 >= s.size[2]) return T(0.0f);
  return x[(((image * s.channels + channel) * s.size[0] + h0) * s.size[1] + h1) * s.size[2] + h2];
}

// g of the window whose tap k lies on position h, 0 if there is none
template <typename T, typename I>
__device__ __forceinline__ T over(const T* g, const Conv<I>& s, I image, I channel, const I* h, const I* k) {
  I o[3];
  for (int d = 0; d < 3; ++d) {
    I t = h[d] + s.padding[d] - k[d] * s.dilation[d];
    o[d] = t / s.stride[d];
    if (t < 0 || o[d] * s.stride[d] != t || o[d] >= s.out[d]) return T(0.0f);
  }
  return g[(((image * s.outs + channel) * s.out[0] + o[0]) * s.out[1] + o[1]) * s.out[2] + o[2]];
}

// Block (x, y, z): BM x BN elements of group z % groups, part z / groups of the sum; thread t: TM x TN of them.
// a: weight (KIND 0, 1) or g (2); b: x (0, 2) or g (1). Sums in float, double for double.
template <typename T, typename I, int KIND, int BM, int BN, int BK, int TM, int TN>
__global__ void __launch_bounds__((BM / TM) * (BN / TN), 2)
conv_gemm(const T* __restrict__ a, const T* __restrict__ b, const T* bias, typename Sum<T>::type* parts, T* y, Conv<I> s) {
  typedef typename Sum<T>::type A;
  constexpr int threads = (BM / TM) * (BN / TN);
  __shared__ A sa[BK][BM + 1];
  __shared__ A sb[BK][BN + 1];
  I group = (I)blockIdx.z % s.groups, part = (I)blockIdx.z / s.groups;
  I cg = s.channels / s.groups, kg = s.outs / s.groups;
  I taps = s.kernel[0] * s.kernel[1] * s.kernel[2];
  I outs = s.out[0] * s.out[1] * s.out[2], size = s.size[0] * s.size[1] * s.size[2];
  I M = KIND == 1 ? cg : kg;
  I N = KIND == 0 ? s.images * outs : KIND == 1 ? s.images * size : cg * taps;
  I Q = KIND == 0 ? cg * taps : KIND == 1 ? kg * taps : s.images * outs;
  I m0 = (I)blockIdx.y * BM, n0 = (I)blockIdx.x * BN;
  I each = (Q + s.splits - 1) / s.splits;
  I q_from = part * each, q_to = q_from + each < Q ? q_from + each : Q;
  int t = threadIdx.x, tm = t / (BN / TN) * TM, tn = t % (BN / TN) * TN;
  A acc[TM][TN] = {};
  for (I q0 = q_from; q0 < q_to; q0 += BK) {
    for (int e = t; e < BM * BK; e += threads) {  // A: q fastest, as it lies in memory
      int i = e / BK, k = e % BK;
      I m = m0 + i, q = q0 + k;
      T v = T(0.0f);
      if (m < M && q < q_to) {
        if (KIND == 0) v = a[(group * kg + m) * Q + q];
        if (KIND == 1) v = a[((group * kg + q / taps) * cg + m) * taps + q % taps];
        if (KIND == 2) v = a[(q / outs * s.outs + group * kg + m) * outs + q % outs];
      }
      sa[k][i] = wide(v);
    }
    for (int e = t; e < BN * BK; e += threads) {  // B: n fastest, so that a warp reads neighbours
      int j = e % BN, k = e / BN;
      I n = n0 + j, q = q0 + k;
      T v = T(0.0f);
      if (n < N && q < q_to) {
        I image, c, o[3], w[3];
        place(KIND == 2 ? q : n, KIND == 1 ? s.size : s.out, image, o);
        tap(KIND == 2 ? n : q, s.kernel, c, w);
        v = KIND == 1 ? over(b, s, image, group * kg + c, o, w) : under(b, s, image, group * cg + c, o, w);
      }
      sb[k][j] = wide(v);
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < BK; ++k) {
      A va[TM], vb[TN];
#pragma unroll
      for (int i = 0; i < TM; ++i) va[i] = sa[k][tm + i];
#pragma unroll
      for (int j = 0; j < TN; ++j) vb[j] = sb[k][tn + j];
#pragma unroll
      for (int i = 0; i < TM; ++i)
#pragma unroll
        for (int j = 0; j < TN; ++j) acc[i][j] += va[i] * vb[j];
    }
    __syncthreads();
  }
  for (int i = 0; i < TM; ++i)
    for (int j = 0; j < TN; ++j) {
      I m = m0 + tm + i, n = n0 + tn + j;
      if (m >= M || n >= N) continue;
      I at;
      if (KIND == 0) at = (n / outs * s.outs + group * kg + m) * outs + n % outs;
      if (KIND == 1) at = (n / size * s.channels + group * cg + m) * size + n % size;
      if (KIND == 2) at = (group * kg + m) * N + n;
      if (s.splits > 1) {
        parts[(index_t)part * s.groups * M * N + (KIND == 2 ? at : (group * M + m) * N + n)] = acc[i][j];
      } else {
        y[at] = T(KIND == 0 && bias ? acc[i][j] + wide(bias[group * kg + m]) : acc[i][j]);
      }
    }
}

// i -> y[i]: the sum of the parts, in their order
template <typename T>
__global__ void sum_parts(const typename Sum<T>::type* parts, T* y, index_t count, index_t splits) {
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    typename Sum<T>::type v = 0;
    for (index_t k = 0; k < splits; ++k) v += parts[k * count + i];
    y[i] = T(v);
  }
}

// Depthwise: a group of one channel in, with few out: no product to tile. i -> y[image, k, o0, o1, o2]
template <typename T, typename I>
__global__ void depthwise(const T* x, const T* w, const T* bias, T* y, index_t count, Conv<I> s) {
  I taps = s.kernel[0] * s.kernel[1] * s.kernel[2], kg = s.outs / s.groups;
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    I image, o[3], k[3];
    place((I)i, s.out, image, o);
    I channel = image % s.outs;
    image /= s.outs;
    typename Sum<T>::type v = bias ? wide(bias[channel]) : 0;
    I q = 0;
    for (k[0] = 0; k[0] < s.kernel[0]; ++k[0])
      for (k[1] = 0; k[1] < s.kernel[1]; ++k[1])
        for (k[2] = 0; k[2] < s.kernel[2]; ++k[2], ++q)
          v += wide(w[channel * taps + q]) * wide(under(x, s, image, channel / kg, o, k));
    y[i] = T(v);
  }
}

// i -> x[image, c, h0, h1, h2]
template <typename T, typename I>
__global__ void depthwise_input(const T* g, const T* w, T* x, index_t count, Conv<I> s) {
  I taps = s.kernel[0] * s.kernel[1] * s.kernel[2], kg = s.outs / s.groups;
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    I image, h[3], k[3];
    place((I)i, s.size, image, h);
    I c = image % s.channels;
    image /= s.channels;
    typename Sum<T>::type v = 0;
    for (I channel = c * kg; channel < (c + 1) * kg; ++channel) {
      I q = 0;
      for (k[0] = 0; k[0] < s.kernel[0]; ++k[0])
        for (k[1] = 0; k[1] < s.kernel[1]; ++k[1])
          for (k[2] = 0; k[2] < s.kernel[2]; ++k[2], ++q)
            v += wide(w[channel * taps + q]) * wide(over(g, s, image, channel, h, k));
    }
    x[i] = T(v);
  }
}

// Block b -> w[channel, q], b = channel taps + q: its threads take windows in turn, and add up through shared memory.
template <typename T, typename I>
__global__ void depthwise_weight(const T* g, const T* x, T* w, Conv<I> s) {
  __shared__ typename Sum<T>::type sums[256];
  I taps = s.kernel[0] * s.kernel[1] * s.kernel[2], kg = s.outs / s.groups;
  I outs = s.out[0] * s.out[1] * s.out[2], channel = (I)blockIdx.x / taps;
  I c, k[3], o[3], image;
  tap((I)blockIdx.x % taps, s.kernel, c, k);
  typename Sum<T>::type v = 0;
  for (I n = threadIdx.x; n < s.images * outs; n += blockDim.x) {
    place(n, s.out, image, o);
    v += wide(g[(image * s.outs + channel) * outs + n % outs]) * wide(under(x, s, image, channel / kg, o, k));
  }
  sums[threadIdx.x] = v;
  __syncthreads();
  for (int half = 128; half > 0; half /= 2) {
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) w[blockIdx.x] = T(sums[0]);
}
