// Adding, writing and joining at repeated places: by runs of equal places in a sorted list, in the list's order.
#include "common.cuh"

// Element j of the list stands at place[j] (sorted); order[j] says which of the values it was.

// (j, c) -> y[place[j], c] where j begins a run: the sum of values[order[k], c] over the run, in order
template <typename T>
__global__ void segment_sum(const T* values, const index_t* order, const index_t* place, T* y, index_t count, index_t row,
                            index_t rows) {
  for (index_t i = thread_number(); i < count * row; i += thread_count()) {
    index_t j = i / row, c = i % row, at = place[j];
    if (at < 0 || at >= rows || (j > 0 && place[j - 1] == at)) continue;
    typename Sum<T>::type s = 0;
    for (index_t k = j; k < count && place[k] == at; ++k) s += wide(values[order[k] * row + c]);
    y[at * row + c] = T(s);
  }
}

// j -> y[place[j]] where j ends a run: values[order[j]]; lost[order[j]] for the others. values may be missing.
template <typename T>
__global__ void segment_last(const T* values, const index_t* order, const index_t* place, T* y, bool* lost, index_t count) {
  for (index_t j = thread_number(); j < count; j += thread_count()) {
    bool last = j + 1 == count || place[j + 1] != place[j];
    if (last && values) y[place[j]] = values[order[j]];
    if (lost) lost[order[j]] = !last;
  }
}

template <typename T, int KIND> __device__ __forceinline__ T joined(T a, T b) {
  if (KIND == 2) return T(wide(a) * wide(b));
  if (is_nan(a)) return a;
  if (is_nan(b)) return b;
  return (KIND == 0 ? b > a : b < a) ? b : a;
}

// j -> y[place[j]] where j begins a run: the largest (KIND 0), least (1) or product (2) of it and what is there
template <typename T, int KIND>
__global__ void segment_join(const T* values, const index_t* order, const index_t* place, T* y, index_t count) {
  for (index_t j = thread_number(); j < count; j += thread_count()) {
    index_t at = place[j];
    if (j > 0 && place[j - 1] == at) continue;
    T s = y[at];
    for (index_t k = j; k < count && place[k] == at; ++k) s = joined<T, KIND>(s, values[order[k]]);
    y[at] = s;
  }
}
