// Checks whose answer is read later, when something is copied to the host anyway.
#include "common.cuh"

// i -> flags[slot] = 1 where index[i] is outside of least to n - 1; whichever thread writes, it writes the same
template <typename T>
__global__ void outside(const T* index, int* flags, index_t slot, index_t count, index_t least,
                        index_t n) {
  for (index_t i = thread_number(); i < count; i += thread_count())
    if ((index_t)index[i] < least || (index_t)index[i] >= n) flags[slot] = 1;
}
