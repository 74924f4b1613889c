// Optimizer steps in one pass over a parameter: p, its gradient and its state are read and written once.
#include "common.cuh"

__device__ __forceinline__ float root(float x) { return sqrtf(x); }
__device__ __forceinline__ double root(double x) { return sqrt(x); }

// i -> p[i] -= lr d, d = sign g + decay p; with a buffer b = momentum b + fresh d, and d = b, or d + momentum b (nesterov)
template <typename T>
__global__ void sgd(T* p, const T* g, typename Sum<T>::type* buffer, index_t count, double lr, double momentum,
                    double fresh, double decay, double sign, int nesterov) {
  typedef typename Sum<T>::type A;
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    A v = wide(p[i]), d = (A)sign * wide(g[i]) + (A)decay * v;
    if (buffer) {
      A b = (A)momentum * buffer[i] + (A)fresh * d;
      buffer[i] = b;
      d = nesterov ? d + (A)momentum * b : b;
    }
    p[i] = T(v - (A)lr * d);
  }
}

// i -> Adam (Kingma and Ba 2015, algorithm 1, in the form of section 2's end): m and v are running means of g and g g,
// root = sqrt(1 - b2^t), rate = lr root / (1 - b1^t); decay: of the gradient, shrink: of the weight itself (AdamW)
template <typename T>
__global__ void adam(T* p, const T* g, typename Sum<T>::type* mean, typename Sum<T>::type* square,
                     typename Sum<T>::type* top, index_t count, double rate, double b1, double b2, double eps,
                     double decay, double shrink, double sign) {
  typedef typename Sum<T>::type A;
  for (index_t i = thread_number(); i < count; i += thread_count()) {
    A w = wide(p[i]) * (A)shrink, d = (A)sign * wide(g[i]) + (A)decay * w;
    A m = (A)b1 * mean[i] + (A)(1.0 - b1) * d, v = (A)b2 * square[i] + (A)(1.0 - b2) * d * d;
    mean[i] = m;
    square[i] = v;
    if (top) {
      v = top[i] > v ? top[i] : v;
      top[i] = v;
    }
    p[i] = T(w - (A)rate * (m / (root(v) + (A)eps)));
  }
}
