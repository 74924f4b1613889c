// Pooling over one to three dims, forward and backward. Each thread owns the element that it writes.
#include "common.cuh"

// The more extreme of two: v, if it is larger than the best so far, or NaN.
template <typename T> __device__ __forceinline__ bool beats(T v, T best, bool first) {
  return first || v > best || is_nan(v);
}

// i -> y[p, o0, o1, o2], o2 fastest; reads x[p, o s - q + k d]. at: where in its plane the largest is.
template <typename T>
__global__ void max_pool(const T* x, T* y, index_t* at, index_t planes, Window w) {
  index_t outs = w.out[0] * w.out[1] * w.out[2], plane = w.size[0] * w.size[1] * w.size[2];
  for (index_t i = thread_number(); i < planes * outs; i += thread_count()) {
    index_t o2 = i % w.out[2], r = i / w.out[2];
    index_t o1 = r % w.out[1]; r /= w.out[1];
    index_t o0 = r % w.out[0], p = r / w.out[0];
    const T* from = x + p * plane;
    T best = T(0.0f);
    index_t place = 0;
    bool first = true;
    for (index_t a = 0; a < w.kernel[0]; ++a) {
      index_t h0 = o0 * w.stride[0] - w.padding[0] + a * w.dilation[0];
      if (h0 < 0 || h0 >= w.size[0]) continue;
      for (index_t b = 0; b < w.kernel[1]; ++b) {
        index_t h1 = o1 * w.stride[1] - w.padding[1] + b * w.dilation[1];
        if (h1 < 0 || h1 >= w.size[1]) continue;
        for (index_t c = 0; c < w.kernel[2]; ++c) {
          index_t h2 = o2 * w.stride[2] - w.padding[2] + c * w.dilation[2];
          if (h2 < 0 || h2 >= w.size[2]) continue;
          index_t here = (h0 * w.size[1] + h1) * w.size[2] + h2;
          T v = from[here];
          if (beats(v, best, first)) { best = v; place = here; first = false; }
        }
      }
    }
    y[i] = best;
    at[i] = place;
  }
}

// The first window of a dim that sees position h, and the one after the last.
__device__ __forceinline__ void seen_by(const Window& w, int d, index_t h, index_t& from, index_t& to) {
  index_t reach = (w.kernel[d] - 1) * w.dilation[d], t = h + w.padding[d];
  from = t > reach ? (t - reach + w.stride[d] - 1) / w.stride[d] : 0;
  to = t / w.stride[d] + 1;
  if (to > w.out[d]) to = w.out[d];
}

// i -> x[p, h0, h1, h2]: the sum of g over the windows whose largest element stands there
template <typename T>
__global__ void max_pool_input(const T* g, const index_t* at, T* x, index_t planes, Window w) {
  index_t outs = w.out[0] * w.out[1] * w.out[2], plane = w.size[0] * w.size[1] * w.size[2];
  for (index_t i = thread_number(); i < planes * plane; i += thread_count()) {
    index_t here = i % plane, first = i / plane * outs, from[3], to[3];
    seen_by(w, 2, here % w.size[2], from[2], to[2]);
    seen_by(w, 1, here / w.size[2] % w.size[1], from[1], to[1]);
    seen_by(w, 0, here / w.size[2] / w.size[1], from[0], to[0]);
    typename Sum<T>::type s = 0;
    for (index_t a = from[0]; a < to[0]; ++a)
      for (index_t b = from[1]; b < to[1]; ++b)
        for (index_t c = from[2]; c < to[2]; ++c) {
          index_t o = first + (a * w.out[1] + b) * w.out[2] + c;
          if (at[o] == here) s += wide(g[o]);
        }
    x[i] = T(s);
  }
}

// How many elements window o of a dim holds between low and high.
__device__ __forceinline__ index_t held(const Window& w, int d, index_t o, index_t low, index_t high) {
  index_t a = o * w.stride[d] - w.padding[d], b = a + w.kernel[d];
  if (a < low) a = low;
  if (b > high) b = high;
  return b > a ? b - a : 0;
}

struct Share {          // by what a window's sum is divided
  index_t low[3];       // where a dim begins and ends, padding counted or not
  index_t high[3];
  index_t always;       // a fixed divisor; 0 for none
};

__device__ __forceinline__ index_t divisor(const Window& w, const Share& s, index_t o0, index_t o1, index_t o2) {
  if (s.always) return s.always;
  return held(w, 0, o0, s.low[0], s.high[0]) * held(w, 1, o1, s.low[1], s.high[1]) * held(w, 2, o2, s.low[2], s.high[2]);
}

// i -> y[p, o0, o1, o2]; reads x[p, o s - q + k]
template <typename T>
__global__ void avg_pool(const T* x, T* y, index_t planes, Window w, Share share) {
  index_t outs = w.out[0] * w.out[1] * w.out[2], plane = w.size[0] * w.size[1] * w.size[2];
  for (index_t i = thread_number(); i < planes * outs; i += thread_count()) {
    index_t o2 = i % w.out[2], r = i / w.out[2];
    index_t o1 = r % w.out[1]; r /= w.out[1];
    index_t o0 = r % w.out[0], p = r / w.out[0];
    const T* from = x + p * plane;
    typename Sum<T>::type s = 0;
    for (index_t a = 0; a < w.kernel[0]; ++a) {
      index_t h0 = o0 * w.stride[0] - w.padding[0] + a;
      if (h0 < 0 || h0 >= w.size[0]) continue;
      for (index_t b = 0; b < w.kernel[1]; ++b) {
        index_t h1 = o1 * w.stride[1] - w.padding[1] + b;
        if (h1 < 0 || h1 >= w.size[1]) continue;
        for (index_t c = 0; c < w.kernel[2]; ++c) {
          index_t h2 = o2 * w.stride[2] - w.padding[2] + c;
          if (h2 >= 0 && h2 < w.size[2]) s += wide(from[(h0 * w.size[1] + h1) * w.size[2] + h2]);
        }
      }
    }
    y[i] = T(s / (typename Sum<T>::type)divisor(w, share, o0, o1, o2));
  }
}

// i -> x[p, h0, h1, h2]: the sum of the shares of all windows that see it
template <typename T>
__global__ void avg_pool_input(const T* g, T* x, index_t planes, Window w, Share share) {
  index_t outs = w.out[0] * w.out[1] * w.out[2], plane = w.size[0] * w.size[1] * w.size[2];
  for (index_t i = thread_number(); i < planes * plane; i += thread_count()) {
    index_t here = i % plane, p = i / plane;
    index_t h2 = here % w.size[2], h1 = here / w.size[2] % w.size[1], h0 = here / w.size[2] / w.size[1];
    index_t a0, b0, a1, b1, a2, b2;
    seen_by(w, 0, h0, a0, b0);
    seen_by(w, 1, h1, a1, b1);
    seen_by(w, 2, h2, a2, b2);
    typename Sum<T>::type s = 0;
    for (index_t o0 = a0; o0 < b0; ++o0)
      for (index_t o1 = a1; o1 < b1; ++o1)
        for (index_t o2 = a2; o2 < b2; ++o2)
          s += wide(g[p * outs + (o0 * w.out[1] + o1) * w.out[2] + o2]) /
               (typename Sum<T>::type)divisor(w, share, o0, o1, o2);
    x[i] = T(s);
  }
}

// i -> y[p, o0, o1, o2]: the largest of the box from begin[o] to before end[o] in each dim; where per_plane is 1 each
// plane p has a row of its own in begin and end.
template <typename T>
__global__ void max_boxes(const T* x, T* y, index_t* at, index_t planes, const index_t* begin0, const index_t* begin1,
                          const index_t* begin2, const index_t* end0, const index_t* end1, const index_t* end2,
                          Window w, index_t per_plane) {
  index_t outs = w.out[0] * w.out[1] * w.out[2], plane = w.size[0] * w.size[1] * w.size[2];
  for (index_t i = thread_number(); i < planes * outs; i += thread_count()) {
    index_t o2 = i % w.out[2], r = i / w.out[2];
    index_t o1 = r % w.out[1]; r /= w.out[1];
    index_t o0 = r % w.out[0], p = r / w.out[0];
    index_t row = per_plane ? p : 0;
    index_t i0 = row * w.out[0] + o0, i1 = row * w.out[1] + o1, i2 = row * w.out[2] + o2;
    const T* from = x + p * plane;
    T best = T(0.0f);
    index_t place = 0;
    bool first = true;
    for (index_t h0 = begin0[i0]; h0 < end0[i0]; ++h0)
      for (index_t h1 = begin1[i1]; h1 < end1[i1]; ++h1)
        for (index_t h2 = begin2[i2]; h2 < end2[i2]; ++h2) {
          index_t here = (h0 * w.size[1] + h1) * w.size[2] + h2;
          T v = from[here];
          if (beats(v, best, first)) { best = v; place = here; first = false; }
        }
    y[i] = best;
    at[i] = place;
  }
}

// i -> y[p, o]: x[p, at[p, o]]
template <typename T>
__global__ void pool_take(const T* x, const index_t* at, T* y, index_t count, index_t outs, index_t plane) {
  for (index_t i = thread_number(); i < count; i += thread_count()) y[i] = at[i] >= 0 && at[i] < plane ? x[i / outs * plane + at[i]] : T(0.0f);
}
