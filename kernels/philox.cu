// Random numbers from a counter: Philox4x32-10 (Salmon et al. 2011), the same bits as minigrad/backend/_philox.py.
// Compiled without fused multiply-adds; floats use only +, -, *, /, sqrt and exact scaling in double, in that file's order.
#include "common.cuh"

typedef unsigned long long word_t;

// The four words of a block of the counter.
__device__ __forceinline__ void philox(word_t seed, word_t low, word_t high, unsigned* w) {
  unsigned a0 = (unsigned)low, b0 = (unsigned)(low >> 32), a1 = (unsigned)high, b1 = (unsigned)(high >> 32);
  unsigned k0 = (unsigned)seed, k1 = (unsigned)(seed >> 32);
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    word_t p0 = (word_t)a0 * 0xD2511F53u, p1 = (word_t)a1 * 0xCD9E8D57u;
    a0 = (unsigned)(p1 >> 32) ^ b0 ^ k0;
    a1 = (unsigned)(p0 >> 32) ^ b1 ^ k1;
    b0 = (unsigned)p1;
    b1 = (unsigned)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  w[0] = a0; w[1] = b0; w[2] = a1; w[3] = b1;
}

// Number i from here on: W words of it, from word W (i % (4 / W)) of block i / (4 / W).
template <int W> __device__ __forceinline__ word_t number(const unsigned* w, int k) {
  return W == 1 ? w[k] : (word_t)w[2 * k] | (word_t)w[2 * k + 1] << 32;
}

__device__ __forceinline__ double natural_log(double x) {
  int e;
  double m = frexp(x, &e);
  bool small = m < 0.70710678118654757;
  if (small) m *= 2.0;
  double s = (m - 1.0) / (m + 1.0), z = s * s;
  const double c[11] = {1.0, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
  double y = z * c[10];
#pragma unroll
  for (int k = 9; k > 0; --k) { y += c[k]; y *= z; }
  y += c[0];
  y *= 2.0 * s;
  y += (double)(e - (small ? 1 : 0)) * 0.69314718055994529;
  return y;
}

__device__ __forceinline__ double horner(const double* c, double x) {
  double y = x * c[7];
#pragma unroll
  for (int k = 6; k > 0; --k) { y += c[k]; y *= x; }
  return y + c[0];
}

// The z that a standard normal number stays below with probability q + 1/2 (Wichura 1988, AS 241).
__device__ __forceinline__ double quantile(double q) {
  const double cp[8] = {3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
                        45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727};
  const double cq[8] = {1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
                        21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610};
  const double tp[8] = {1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
                        1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4};
  const double tq[8] = {1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
                        0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9};
  const double fp[8] = {6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 0.296560571828504891230,
                        0.0265321895265761230930, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
  const double fq[8] = {1.0, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525,
                        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15};
  double z = 0.180625 - q * q;
  if (!(fabs(q) > 0.425)) {
    z = horner(cp, z) / horner(cq, z);
    return z * q;
  }
  double r = sqrt(-natural_log(0.5 - fabs(q)));
  double tail = r > 5.0 ? horner(fp, r - 5.0) / horner(fq, r - 5.0) : horner(tp, r - 1.6) / horner(tq, r - 1.6);
  return copysign(tail, q);
}

template <typename T> __device__ __forceinline__ T narrow(double v) { return (T)v; }
template <> __device__ __forceinline__ __half narrow(double v) { return __double2half(v); }
template <> __device__ __forceinline__ __nv_bfloat16 narrow(double v) { return __float2bfloat16((float)v); }

enum Kind { BITS, UNIFORM, NORMAL, EXPONENTIAL, RANDINT, WORDS };

// Thread b makes the numbers of block b; count numbers in all. digits, span and start: see the kinds.
template <typename T, int KIND, int W>
__global__ void random(T* y, index_t count, word_t seed, word_t low, word_t high, int digits, word_t span, word_t start) {
  constexpr int per = 4 / W;
  for (index_t b = thread_number(); b * per < count; b += thread_count()) {
    unsigned w[4];
    word_t at = low + (word_t)b;
    philox(seed, at, high + (at < low ? 1 : 0), w);
#pragma unroll
    for (int k = 0; k < per; ++k) {
      index_t i = b * per + k;
      if (i >= count) break;
      word_t v = number<W>(w, k);
      if (KIND == BITS || KIND == WORDS) y[i] = (T)v;
      if (KIND == UNIFORM) y[i] = narrow<T>((double)(v >> (32 * W - digits)) * ldexp(1.0, -digits));
      if (KIND == NORMAL) {
        int n = W == 2 ? 52 : 32;
        double q = (double)(W == 2 ? v >> 12 : v);
        q += 0.5 - ldexp(1.0, n - 1);
        y[i] = narrow<T>(quantile(q * ldexp(1.0, -n)));
      }
      if (KIND == EXPONENTIAL) {
        double q = (double)(v >> 12);
        q += 0.5;
        y[i] = narrow<T>(-natural_log(q * 2.220446049250313e-16));
      }
      if (KIND == RANDINT) y[i] = (T)(long long)(__umul64hi(v, span) + start);
    }
  }
}

// i -> y[i] = x[i] scale where number i is at least p, else 0: dropout, its mask made as it is used
template <typename T>
__global__ void dropout(const T* x, T* y, index_t count, word_t seed, word_t low, word_t high, double p, double scale) {
  for (index_t b = thread_number(); b * 4 < count; b += thread_count()) {
    unsigned w[4];
    word_t at = low + (word_t)b;
    philox(seed, at, high + (at < low ? 1 : 0), w);
    for (int k = 0; k < 4 && b * 4 + k < count; ++k) {
      index_t i = b * 4 + k;
      float u = (float)(w[k] >> 8) * 5.9604644775390625e-08f;
      y[i] = u >= (float)p ? T(wide(x[i]) * (typename Sum<T>::type)scale) : T(0.0f);
    }
  }
}
