// Smooth activations in one pass, where CuPy's operations would take several: values, and the gradient of the input.
#include "common.cuh"

enum { SIGMOID, SILU, LOGSIGMOID, SOFTPLUS, ELU };

__device__ __forceinline__ float e_to(float x) { return expf(x); }
__device__ __forceinline__ double e_to(double x) { return exp(x); }
__device__ __forceinline__ float e_to_less_1(float x) { return expm1f(x); }
__device__ __forceinline__ double e_to_less_1(double x) { return expm1(x); }
__device__ __forceinline__ float log_1_and(float x) { return log1pf(x); }
__device__ __forceinline__ double log_1_and(double x) { return log1p(x); }

// 1 / (1 + exp(-v)), without overflow
template <typename A> __device__ __forceinline__ A sigmoid(A v) {
  A e = e_to(v < 0 ? v : -v);
  return (v < 0 ? e : (A)1) / ((A)1 + e);
}

// v between -800 and 800, where sigmoid is 0 and 1: no infinity meets a zero; NaN stays
template <typename A> __device__ __forceinline__ A held(A v) { return v < (A)-800 ? (A)-800 : v > (A)800 ? (A)800 : v; }

// The numbers a, b, c: softplus beta and threshold; elu alpha scale, scale, input_scale
template <typename A, int KIND> __device__ __forceinline__ A value(A v, A a, A b, A c) {
  if (KIND == SIGMOID) return sigmoid(v);
  if (KIND == SILU) return v > (A)800 ? v : held(v) * sigmoid(held(v));
  if (KIND == LOGSIGMOID) return (v < 0 ? v : (A)0) - log_1_and(e_to(v < 0 ? v : -v));
  if (KIND == SOFTPLUS) return v * a > b ? v : log_1_and(e_to(v * a)) / a;
  return v > 0 ? v * b : e_to_less_1(v * c) * a;
}

// The slope at v; SIGMOID from its value
template <typename A, int KIND> __device__ __forceinline__ A slope(A v, A a, A b, A c) {
  if (KIND == SIGMOID) return v * ((A)1 - v);
  if (KIND == SILU) return sigmoid(held(v)) * (held(v) * ((A)1 - sigmoid(held(v))) + (A)1);
  if (KIND == LOGSIGMOID) return sigmoid(-v);
  if (KIND == SOFTPLUS) return v * a > b ? (A)1 : sigmoid(v * a);
  return v <= 0 ? e_to(v * c) * (a * c) : b;
}

// i -> y[i]
template <typename T, int KIND>
__global__ void activation(const T* x, T* y, index_t count, double a, double b, double c) {
  typedef typename Sum<T>::type A;
  for (index_t i = thread_number(); i < count; i += thread_count())
    y[i] = T(value<A, KIND>(wide(x[i]), (A)a, (A)b, (A)c));
}

// i -> gx[i]
template <typename T, int KIND>
__global__ void activation_input(const T* g, const T* x, T* gx, index_t count, double a, double b, double c) {
  typedef typename Sum<T>::type A;
  for (index_t i = thread_number(); i < count; i += thread_count())
    gx[i] = T(wide(g[i]) * slope<A, KIND>(wide(x[i]), (A)a, (A)b, (A)c));
}
