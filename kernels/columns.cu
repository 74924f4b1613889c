// im2col and its adjoint over one to three dims: the explicit columns that a matrix product can take.
#include "common.cuh"

// i = (plane, o) -> columns[plane, k, o] for every tap k, o fastest; reads x[plane, o s - q + k d]: neighbours read and
// write neighbours, and what several taps read is still in the cache
template <typename T>
__global__ void im2col(const T* x, T* columns, index_t count, Window w) {
  index_t outs = w.out[0] * w.out[1] * w.out[2], taps = w.kernel[0] * w.kernel[1] * w.kernel[2];
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    index_t o = i % outs, plane = i / outs;
    index_t o2 = o % w.out[2], o1 = o / w.out[2] % w.out[1], o0 = o / w.out[2] / w.out[1];
    T* to = columns + plane * taps * outs + o;
    for (index_t k0 = 0; k0 < w.kernel[0]; ++k0) {
      index_t h0 = o0 * w.stride[0] - w.padding[0] + k0 * w.dilation[0];
      bool inside0 = h0 >= 0 && h0 < w.size[0];
      for (index_t k1 = 0; k1 < w.kernel[1]; ++k1) {
        index_t h1 = o1 * w.stride[1] - w.padding[1] + k1 * w.dilation[1];
        bool inside1 = inside0 && h1 >= 0 && h1 < w.size[1];
        for (index_t k2 = 0; k2 < w.kernel[2]; ++k2, to += outs) {
          index_t h2 = o2 * w.stride[2] - w.padding[2] + k2 * w.dilation[2];
          bool inside = inside1 && h2 >= 0 && h2 < w.size[2];
          *to = inside ? x[((plane * w.size[0] + h0) * w.size[1] + h1) * w.size[2] + h2] : T(0.0f);
        }
      }
    }
  }
}

// i -> x[n, c, h0, h1, h2]: the sum of the columns' elements that stand for it, tap by tap
template <typename T>
__global__ void col2im(const T* columns, T* x, index_t count, Window w) {
  index_t outs = w.out[0] * w.out[1] * w.out[2], taps = w.kernel[0] * w.kernel[1] * w.kernel[2];
  index_t size = w.size[0] * w.size[1] * w.size[2];
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    index_t here = i % size, plane = i / size;
    index_t h2 = here % w.size[2], h1 = here / w.size[2] % w.size[1], h0 = here / w.size[2] / w.size[1];
    typename Sum<T>::type s = 0;
    for (index_t k0 = 0; k0 < w.kernel[0]; ++k0) {
      index_t t0 = h0 + w.padding[0] - k0 * w.dilation[0];
      if (t0 < 0 || t0 % w.stride[0] || t0 / w.stride[0] >= w.out[0]) continue;
      for (index_t k1 = 0; k1 < w.kernel[1]; ++k1) {
        index_t t1 = h1 + w.padding[1] - k1 * w.dilation[1];
        if (t1 < 0 || t1 % w.stride[1] || t1 / w.stride[1] >= w.out[1]) continue;
        for (index_t k2 = 0; k2 < w.kernel[2]; ++k2) {
          index_t t2 = h2 + w.padding[2] - k2 * w.dilation[2];
          if (t2 < 0 || t2 % w.stride[2] || t2 / w.stride[2] >= w.out[2]) continue;
          index_t tap = (k0 * w.kernel[1] + k1) * w.kernel[2] + k2;
          index_t o = (t0 / w.stride[0] * w.out[1] + t1 / w.stride[1]) * w.out[2] + t2 / w.stride[2];
          s += wide(columns[(plane * taps + tap) * outs + o]);
        }
      }
    }
    x[i] = T(s);
  }
}
