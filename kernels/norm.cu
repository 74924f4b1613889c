// Mean and variance over a part of each of B groups, and what follows: batch, layer, group, instance, rms norm.
//
// x is (A, B, C): group b holds x[:, b, :], n = A C elements (layer norm: A = 1, a group is a row; batch norm: A images,
// B channels, C pixels). A short row (A = 1) is kept in registers, so that memory is read once: the kernels _rows. Longer
// groups are cut into parts for many blocks; a part's sums are joined in their order by whoever needs them.
#include "reduce.cuh"

// Which weight belongs to element (a, b, c): number (b mod b_mod) b_step + c / c_div % c_mod, for weights that lie so.
struct Weight {
  index_t b_div, b_mod, b_step, c_div, c_mod;
};

__device__ __forceinline__ index_t weight_at(const Weight& w, index_t b, index_t c) {
  return b / w.b_div % w.b_mod * w.b_step + c / w.c_div % w.c_mod;
}

// Extents, and into how many parts a group is cut
struct Groups { index_t outer, groups, inner, parts; };

__device__ __forceinline__ index_t element(index_t e, index_t b, const Groups& s) {
  return (e / s.inner * s.groups + b) * s.inner + e % s.inner;
}

__device__ __forceinline__ float root(float x) { return sqrtf(x); }
__device__ __forceinline__ double root(double x) { return sqrt(x); }

template <typename T, typename A>
__device__ __forceinline__ T affine(A unit, const T* weight, const T* bias, const Weight& at, index_t b, index_t c) {
  if (weight || bias) {
    index_t w = weight_at(at, b, c);
    if (weight) unit *= wide(weight[w]);
    if (bias) unit += wide(bias[w]);
  }
  return T(unit);
}

// ---- rows in registers: 256 / LANES rows a block, thread k of a row has elements k, k + LANES, ... ------------------
// Row b -> y[b, :] = (x - mean) scale weight + bias; CENTRED 0: mean is 0, the variance that of squares
template <typename T, int CENTRED, int LANES, int PER>
__global__ void normalize_rows(const T* x, const T* weight, const T* bias, T* y, typename Sum<T>::type* means,
                               typename Sum<T>::type* vars, typename Sum<T>::type* scales, Groups s, Weight at, double eps) {
  typedef typename Sum<T>::type A;
  index_t b = (index_t)blockIdx.x * (256 / LANES) + threadIdx.x / LANES, n = s.inner;
  int lane = threadIdx.x % LANES;
  bool live = b < s.groups;
  A v[PER], mean = 0, var = 0;
#pragma unroll
  for (int k = 0; k < PER; ++k) {
    index_t c = lane + (index_t)k * LANES;
    v[k] = live && c < n ? wide(x[b * n + c]) : (A)0;
    mean += v[k];
  }
  mean = CENTRED ? over_row<A, false, LANES>(mean) / (A)n : (A)0;
#pragma unroll
  for (int k = 0; k < PER; ++k) {
    v[k] -= mean;
    if (lane + (index_t)k * LANES < n) var += v[k] * v[k];
  }
  var = over_row<A, false, LANES>(var) / (A)n;
  A scale = (A)1 / root(var + (A)eps);
#pragma unroll
  for (int k = 0; k < PER; ++k) {
    index_t c = lane + (index_t)k * LANES;
    if (live && c < n) y[b * n + c] = affine(v[k] * scale, weight, bias, at, b, c);
  }
  if (live && lane == 0) {
    if (CENTRED) { means[b] = mean; vars[b] = var; }
    scales[b] = scale;
  }
}

// Row b -> gx[b, :] = (h - mean(h) - unit mean(h unit)) scale, h = g weight, unit = (x - mean) scale
template <typename T, int CENTRED, int LANES, int PER>
__global__ void normalize_rows_input(const T* g, const T* x, const T* weight, const typename Sum<T>::type* means,
                                     const typename Sum<T>::type* scales, T* gx, Groups s, Weight at) {
  typedef typename Sum<T>::type A;
  index_t b = (index_t)blockIdx.x * (256 / LANES) + threadIdx.x / LANES, n = s.inner;
  int lane = threadIdx.x % LANES;
  bool live = b < s.groups;
  A h[PER], unit[PER], along = 0, centre = 0;
  A mean = CENTRED && live ? means[b] : (A)0, scale = live ? scales[b] : (A)0;
#pragma unroll
  for (int k = 0; k < PER; ++k) {
    index_t c = lane + (index_t)k * LANES;
    bool here = live && c < n;
    h[k] = here ? wide(g[b * n + c]) : (A)0;
    unit[k] = here ? (wide(x[b * n + c]) - mean) * scale : (A)0;
    if (here && weight) h[k] *= wide(weight[weight_at(at, b, c)]);
    along += h[k] * unit[k];
    centre += h[k];
  }
  along = over_row<A, false, LANES>(along) / (A)n;
  centre = CENTRED ? over_row<A, false, LANES>(centre) / (A)n : (A)0;
#pragma unroll
  for (int k = 0; k < PER; ++k) {
    index_t c = lane + (index_t)k * LANES;
    if (live && c < n) gx[b * n + c] = T((h[k] - centre - unit[k] * along) * scale);
  }
}

// ---- groups in parts: block b parts + part takes elements [part each, (part + 1) each) of group b ------------------------
__device__ __forceinline__ void part_of(index_t n, const Groups& s, index_t part, index_t& from, index_t& to) {
  index_t each = (n + s.parts - 1) / s.parts;
  from = part * each;
  to = from + each < n ? from + each : n;
}

// (mean, sum of squares about it) of m numbers and of k more: Chan, Golub and LeVeque 1983
template <typename A> __device__ __forceinline__ void join(A& m, A& mean, A& squares, A k, A other, A its_squares) {
  if (k == 0) return;
  A d = other - mean, all = m + k;
  squares += its_squares + d * d * (m * k / all);
  mean += d * (k / all);
  m = all;
}

// -> moments[b, part] = (how many, mean, sum of squares about it). A thread takes 8 at a time, and joins these.
template <typename T, int CENTRED>
__global__ void part_moments(const T* x, typename Sum<T>::type* moments, Groups s) {
  typedef typename Sum<T>::type A;
  index_t b = blockIdx.x / s.parts, from, to;
  part_of(s.outer * s.inner, s, blockIdx.x % s.parts, from, to);
  A m = 0, mean = 0, squares = 0;
  for (index_t e = from + threadIdx.x; e < to; e += 8 * 256) {
    A v[8], k = 0, sum = 0, near = 0;
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      bool here = e + j * 256 < to;
      v[j] = here ? wide(x[element(e + j * 256, b, s)]) : (A)0;
      k += here ? (A)1 : (A)0;
      sum += v[j];
    }
    sum = CENTRED ? sum / k : (A)0;
#pragma unroll
    for (int j = 0; j < 8; ++j)
      if (e + j * 256 < to) near += (v[j] - sum) * (v[j] - sum);
    if (CENTRED) join(m, mean, squares, k, sum, near);
    else squares += near;
  }
  __shared__ A all[3][256];
  all[0][threadIdx.x] = m;
  all[1][threadIdx.x] = mean;
  all[2][threadIdx.x] = squares;
  for (int half = 128; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) {
      int t = threadIdx.x, u = t + half;
      if (CENTRED) join(all[0][t], all[1][t], all[2][t], all[0][u], all[1][u], all[2][u]);
      else all[2][t] += all[2][u];
    }
  }
  __syncthreads();
  if (threadIdx.x < 3) moments[(index_t)blockIdx.x * 3 + threadIdx.x] = all[threadIdx.x][0];
}

// b -> means[b], vars[b], scales[b]
template <typename A, int CENTRED>
__global__ void join_moments(const A* moments, A* means, A* vars, A* scales, index_t count, Groups s, double eps) {
  for (index_t b = thread_number(); b < count; b += thread_count()) {
    A m = 0, mean = 0, squares = 0;
    for (index_t k = 0; k < s.parts; ++k) {
      const A* part = moments + (b * s.parts + k) * 3;
      if (CENTRED) join(m, mean, squares, part[0], part[1], part[2]);
      else squares += part[2];
    }
    A var = squares / (A)(s.outer * s.inner);
    if (CENTRED) { means[b] = mean; vars[b] = var; }
    scales[b] = (A)1 / root(var + (A)eps);
  }
}

// i -> y[i]
template <typename T, int CENTRED>
__global__ void normalize_each(const T* x, const T* weight, const T* bias, T* y, const typename Sum<T>::type* means,
                               const typename Sum<T>::type* scales, index_t count, Groups s, Weight at) {
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    index_t c = i % s.inner, b = i / s.inner % s.groups;
    typename Sum<T>::type v = wide(x[i]);
    if (CENTRED) v -= means[b];
    y[i] = affine(v * scales[b], weight, bias, at, b, c);
  }
}

// -> sums[b, part] = (sum of h unit, sum of h)
template <typename T, int CENTRED>
__global__ void part_slopes(const T* g, const T* x, const T* weight, const typename Sum<T>::type* means,
                            const typename Sum<T>::type* scales, typename Sum<T>::type* sums, Groups s, Weight at) {
  typedef typename Sum<T>::type A;
  index_t b = blockIdx.x / s.parts, from, to;
  part_of(s.outer * s.inner, s, blockIdx.x % s.parts, from, to);
  A mean = CENTRED ? means[b] : (A)0, scale = scales[b], along = 0, centre = 0;
  for (index_t e = from + threadIdx.x; e < to; e += 256) {
    index_t i = element(e, b, s);
    A h = wide(g[i]);
    if (weight) h *= wide(weight[weight_at(at, b, e % s.inner)]);
    along += h * ((wide(x[i]) - mean) * scale);
    centre += h;
  }
  along = over_row<A, false, 256>(along);
  centre = over_row<A, false, 256>(centre);
  if (threadIdx.x == 0) {
    sums[(index_t)blockIdx.x * 2] = along;
    sums[(index_t)blockIdx.x * 2 + 1] = centre;
  }
}

// b -> sums[b, 0] = those of all parts
template <typename A> __global__ void join_slopes(A* sums, A* along, A* centre, index_t count, index_t parts) {
  for (index_t b = thread_number(); b < count; b += thread_count()) {
    A u = 0, v = 0;
    for (index_t k = 0; k < parts; ++k) {
      u += sums[(b * parts + k) * 2];
      v += sums[(b * parts + k) * 2 + 1];
    }
    along[b] = u;
    centre[b] = v;
  }
}

// i -> gx[i]
template <typename T, int CENTRED>
__global__ void normalize_each_input(const T* g, const T* x, const T* weight, const typename Sum<T>::type* means,
                                     const typename Sum<T>::type* scales, const typename Sum<T>::type* along,
                                     const typename Sum<T>::type* centre, T* gx, index_t count, Groups s, Weight at) {
  typedef typename Sum<T>::type A;
  A n = (A)(s.outer * s.inner);
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    index_t c = i % s.inner, b = i / s.inner % s.groups;
    A h = wide(g[i]), unit = (wide(x[i]) - (CENTRED ? means[b] : (A)0)) * scales[b];
    if (weight) h *= wide(weight[weight_at(at, b, c)]);
    gx[i] = T((h - (CENTRED ? centre[b] / n : (A)0) - unit * (along[b] / n)) * scales[b]);
  }
}

// Block w parts + part -> sums[w, part] = sums of (g unit, g) over the elements whose weight is number w. Elements are
// (a, b, c); those of weight w: every b with b / b_div % b_mod == w / b_step (all, if b_step is 0), every c with
// c / c_div % c_mod == w % b_step or w.
template <typename T, int CENTRED>
__global__ void part_weights(const T* g, const T* x, const typename Sum<T>::type* means,
                             const typename Sum<T>::type* scales, typename Sum<T>::type* sums, Groups s, Weight at) {
  typedef typename Sum<T>::type A;
  index_t w = blockIdx.x / s.parts, wb = at.b_step ? w / at.b_step : 0, wc = at.b_step ? w % at.b_step : w;
  index_t bs = s.groups / (at.b_div * at.b_mod) * at.b_div, cs = s.inner / (at.c_div * at.c_mod) * at.c_div, from, to;
  if (!at.b_step) bs = s.groups;
  part_of(s.outer * bs * cs, s, blockIdx.x % s.parts, from, to);
  A w_sum = 0, b_sum = 0;
  for (index_t e = from + threadIdx.x; e < to; e += 256) {
    index_t kc = e % cs, r = e / cs, kb = r % bs, a = r / bs;
    index_t b = at.b_step ? (kb / at.b_div * at.b_mod + wb) * at.b_div + kb % at.b_div : kb;
    index_t c = (kc / at.c_div * at.c_mod + wc) * at.c_div + kc % at.c_div;
    index_t i = (a * s.groups + b) * s.inner + c;
    A v = wide(g[i]);
    w_sum += v * ((wide(x[i]) - (CENTRED ? means[b] : (A)0)) * scales[b]);
    b_sum += v;
  }
  w_sum = over_row<A, false, 256>(w_sum);
  b_sum = over_row<A, false, 256>(b_sum);
  if (threadIdx.x == 0) {
    sums[(index_t)blockIdx.x * 2] = w_sum;
    sums[(index_t)blockIdx.x * 2 + 1] = b_sum;
  }
}

// The same for a weight for each column of short rows (b_step 0, c_div 1, c_mod the row): a block takes 32 columns, and
// of its part of the rows every eighth with each warp, so that neighbours read neighbours.
template <typename T, int CENTRED>
__global__ void part_columns(const T* g, const T* x, const typename Sum<T>::type* means,
                             const typename Sum<T>::type* scales, typename Sum<T>::type* sums, Groups s) {
  typedef typename Sum<T>::type A;
  __shared__ A all[2][8][33];
  index_t c = (index_t)(blockIdx.x / s.parts) * 32 + threadIdx.x % 32, from, to;
  int warp = threadIdx.x / 32;
  part_of(s.outer * s.groups, s, blockIdx.x % s.parts, from, to);
  A w_sum = 0, b_sum = 0;
  for (index_t r = from + warp; r < to && c < s.inner; r += 8) {
    index_t b = r % s.groups;
    A v = wide(g[r * s.inner + c]);
    w_sum += v * ((wide(x[r * s.inner + c]) - (CENTRED ? means[b] : (A)0)) * scales[b]);
    b_sum += v;
  }
  all[0][warp][threadIdx.x % 32] = w_sum;
  all[1][warp][threadIdx.x % 32] = b_sum;
  __syncthreads();
  if (threadIdx.x < 64) {
    index_t mine = (index_t)(blockIdx.x / s.parts) * 32 + threadIdx.x % 32;
    A v = 0;
    for (int k = 0; k < 8; ++k) v += all[threadIdx.x / 32][k][threadIdx.x % 32];
    if (mine < s.inner) sums[(mine * s.parts + blockIdx.x % s.parts) * 2 + threadIdx.x / 32] = v;
  }
}
