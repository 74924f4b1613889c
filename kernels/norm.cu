// Mean and variance over a part of each of B groups, and what follows: batch, layer, group, instance, rms norm.
//
// x is (A, B, C): group b holds x[:, b, :], A C elements (layer norm: A = 1, a group is a row; batch norm: A images,
// B channels, C pixels). A block of 256 threads takes a group; thread t elements t, t + 256, ... in that order.
#include "reduce.cuh"

// Which weight belongs to element (a, b, c): number (b mod b_mod) b_step + c / c_div % c_mod, for weights that lie so.
struct Weight {
  index_t b_div, b_mod, b_step, c_div, c_mod;
};

__device__ __forceinline__ index_t weight_at(const Weight& w, index_t b, index_t c) {
  return b / w.b_div % w.b_mod * w.b_step + c / w.c_div % w.c_mod;
}

__device__ __forceinline__ index_t element(index_t e, index_t b, index_t groups, index_t inner) {
  return (e / inner * groups + b) * inner + e % inner;
}

__device__ __forceinline__ float root(float x) { return sqrtf(x); }
__device__ __forceinline__ double root(double x) { return sqrt(x); }

// Block b -> y[:, b, :] = (x - mean) scale weight + bias; CENTRED 0: mean is 0, the variance that of squares.
template <typename T, int CENTRED>
__global__ void normalize(const T* x, const T* weight, const T* bias, T* y, typename Sum<T>::type* means,
                          typename Sum<T>::type* vars, typename Sum<T>::type* scales, index_t outer, index_t groups,
                          index_t inner, Weight at, double eps) {
  typedef typename Sum<T>::type A;
  index_t b = blockIdx.x, n = outer * inner;
  A mean = 0, var = 0;
  if (CENTRED) {
    for (index_t e = threadIdx.x; e < n; e += blockDim.x) mean += wide(x[element(e, b, groups, inner)]);
    mean = over_row<A, false, 256>(mean) / (A)n;
  }
  for (index_t e = threadIdx.x; e < n; e += blockDim.x) {
    A d = wide(x[element(e, b, groups, inner)]) - mean;
    var += d * d;
  }
  var = over_row<A, false, 256>(var) / (A)n;
  A scale = (A)1 / root(var + (A)eps);
  for (index_t e = threadIdx.x; e < n; e += blockDim.x) {
    index_t i = element(e, b, groups, inner);
    A v = (wide(x[i]) - mean) * scale;
    if (weight || bias) {
      index_t w = weight_at(at, b, e % inner);
      if (weight) v *= wide(weight[w]);
      if (bias) v += wide(bias[w]);
    }
    y[i] = T(v);
  }
  if (threadIdx.x == 0) {
    if (CENTRED) { means[b] = mean; vars[b] = var; }
    scales[b] = scale;
  }
}

// Block b -> gx[:, b, :] = (h - mean(h) - unit mean(h unit)) scale, h = g weight, unit = (x - mean) scale
template <typename T, int CENTRED>
__global__ void normalize_input(const T* g, const T* x, const T* weight, const typename Sum<T>::type* means,
                                const typename Sum<T>::type* scales, T* gx, index_t outer, index_t groups, index_t inner,
                                Weight at) {
  typedef typename Sum<T>::type A;
  index_t b = blockIdx.x, n = outer * inner;
  A mean = CENTRED ? means[b] : (A)0, scale = scales[b], along = 0, centre = 0;
  for (index_t e = threadIdx.x; e < n; e += blockDim.x) {
    index_t i = element(e, b, groups, inner);
    A h = weight ? wide(g[i]) * wide(weight[weight_at(at, b, e % inner)]) : wide(g[i]);
    along += h * ((wide(x[i]) - mean) * scale);
    centre += h;
  }
  along = over_row<A, false, 256>(along) / (A)n;
  if (CENTRED) centre = over_row<A, false, 256>(centre) / (A)n;
  for (index_t e = threadIdx.x; e < n; e += blockDim.x) {
    index_t i = element(e, b, groups, inner);
    A h = weight ? wide(g[i]) * wide(weight[weight_at(at, b, e % inner)]) : wide(g[i]);
    gx[i] = T((h - (CENTRED ? centre : (A)0) - (wide(x[i]) - mean) * scale * along) * scale);
  }
}

// Block w -> gw[w], gb[w]: the sums of g unit and g over all elements whose weight is number w. Elements are (a, b, c);
// those of weight w: every b with b / b_div % b_mod == w / b_step (all, if b_step is 0), every c with c / c_div % c_mod
// == w % b_step or w. Threads take them in turn.
template <typename T, int CENTRED>
__global__ void normalize_weight(const T* g, const T* x, const typename Sum<T>::type* means,
                                 const typename Sum<T>::type* scales, T* gw, T* gb, index_t outer, index_t groups,
                                 index_t inner, Weight at) {
  typedef typename Sum<T>::type A;
  index_t w = blockIdx.x, wb = at.b_step ? w / at.b_step : 0, wc = at.b_step ? w % at.b_step : w;
  index_t bs = groups / (at.b_div * at.b_mod) * at.b_div, cs = inner / (at.c_div * at.c_mod) * at.c_div;
  if (!at.b_step) bs = groups;
  A w_sum = 0, b_sum = 0;
  for (index_t e = threadIdx.x; e < outer * bs * cs; e += blockDim.x) {
    index_t kc = e % cs, r = e / cs, kb = r % bs, a = r / bs;
    index_t b = at.b_step ? (kb / at.b_div * at.b_mod + wb) * at.b_div + kb % at.b_div : kb;
    index_t c = (kc / at.c_div * at.c_mod + wc) * at.c_div + kc % at.c_div;
    index_t i = (a * groups + b) * inner + c;
    A v = wide(g[i]);
    w_sum += v * ((wide(x[i]) - (CENTRED ? means[b] : (A)0)) * scales[b]);
    b_sum += v;
  }
  if (gw) {
    w_sum = over_row<A, false, 256>(w_sum);
    if (threadIdx.x == 0) gw[w] = T(w_sum);
  }
  if (gb) {
    b_sum = over_row<A, false, 256>(b_sum);
    if (threadIdx.x == 0) gb[w] = T(b_sum);
  }
}
