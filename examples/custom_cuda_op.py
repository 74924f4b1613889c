"""An op with CUDA kernels of its own, checked on both devices.

    python examples/custom_cuda_op.py

The op squares what is positive and multiplies the rest by a slope, which each row has of its own and which is learnt.
Forward is one kernel, backward another. Where there is no card they run on the CPU: docs/gpu.md says how.
"""

import functools
import os

import minigrad as mg
from minigrad.errors import DTypeError, ShapeError
from minigrad.testing import gradcheck, gradgradcheck

THREADS = 128  # of a block: a power of two, for `gradients` adds in halves
KERNELS = """
// i = row * n + column -> y[i]; reads x[i], slope[row]
template <typename T>
__global__ void values(const T* x, const T* slope, T* y, long long count, long long n) {
  long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) y[i] = x[i] > 0 ? x[i] * x[i] : slope[i / n] * x[i];
}

// Block b -> gx[b, :], gslope[b]; thread t takes columns t, t + THREADS ... Their sums are added in one order, always:
// with atomics the last bits would differ from run to run.
template <typename T>
__global__ void gradients(const T* g, const T* x, const T* slope, T* gx, T* gslope, long long n) {
  __shared__ T sums[THREADS];
  int t = threadIdx.x;
  T sum = 0;
  for (long long k = t; k < n; k += THREADS) {
    long long i = blockIdx.x * n + k;
    gx[i] = g[i] * (x[i] > 0 ? 2 * x[i] : slope[blockIdx.x]);
    if (!(x[i] > 0)) sum += g[i] * x[i];
  }
  sums[t] = sum;
  for (int half = THREADS / 2; half > 0; half /= 2) {
    __syncthreads();
    if (t < half) sums[t] += sums[t + half];
  }
  if (t == 0) gslope[blockIdx.x] = sums[0];
}
"""
NAMES = {"float32": "float", "float64": "double"}


@functools.cache
def compiled(xp, expression, device):
    """A kernel of KERNELS for one dtype and device, compiled once; `xp` has CuPy's names."""
    options = ("-std=c++17", f"-DTHREADS={THREADS}")
    return xp.RawModule(code=KERNELS, options=options, name_expressions=[expression]).get_function(expression)


def launch(xp, name, blocks, *args):
    """Run a kernel; arrays have to lie without gaps, and Python's ints go as `long long`."""
    if (dtype := args[0].dtype.name) not in NAMES:
        raise DTypeError(f"squared_prelu: {dtype} on a GPU, where {' or '.join(NAMES)} is wanted")
    if blocks:  # a grid of none is an error
        kernel = compiled(xp, f"{name}<{NAMES[dtype]}>", xp.cuda.Device().id)
        kernel((blocks,), (THREADS,), args)


@mg.op(None, None, None, outputs="gx gslope")
def squared_prelu_gradients(xp, g, x, slope):
    """For x and slope. It is an op in order to be given `xp`, which a plain rule is not."""
    if xp.device == "cpu":
        on = x > 0
        return g * xp.where(on, 2.0 * x, slope[:, None]), xp.where(on, 0.0, g * x).sum(1)
    g, x, slope = map(xp.ascontiguousarray, (g, x, slope))
    gx, gslope = xp.empty_like(x), xp.empty_like(slope)
    launch(xp, "gradients", len(x), g, x, slope, gx, gslope, x.shape[1])
    return gx, gslope


def composed(x, slope):
    """The same, of minigrad's ops: the CPU's path, and under `create_graph` what is differentiated."""
    return mg.where(x > 0, x * x, slope[:, None] * x)


@mg.op(joint=squared_prelu_gradients, composite=composed, floating=True)
def squared_prelu(xp, x, slope):
    """x (rows, n) squared where it is positive, else times slope (rows)."""
    if len(x.shape) != 2 or slope.shape != x.shape[:1]:
        raise ShapeError(f"squared_prelu: x {x.shape}, slope {slope.shape}: (rows, n) and (rows,) are wanted")
    if xp.device == "cpu":
        return composed(x, slope)
    x, slope = map(xp.ascontiguousarray, (x, slope))
    y = xp.empty_like(x)
    launch(xp, "values", -(-x.size // THREADS), x, slope, y, x.size, x.shape[1])
    return y


def results(device, order="forward"):
    """y and both gradients: of odd extents, more columns than threads, and an x that does not lie row by row."""
    os.environ["MINIGRAD_CUDASIM_ORDER"] = order  # in which a simulated block's threads run
    mg.manual_seed(0)  # the same numbers on both devices
    x, slope, w = (mg.randn(*size, device=device) for size in ((300, 7), (7,), (7, 300)))
    y = squared_prelu(x.requires_grad_().T, slope.requires_grad_())
    (y * w).sum().backward()
    return [t.detach().cpu() for t in (y, x.grad, slope.grad)]


if __name__ == "__main__":
    if not mg.cuda.is_available():  # it is from here on
        os.environ["MINIGRAD_CUDASIM"] = "1"
        print("no CUDA device: g++ compiles the kernels, the CPU runs them")
    print("cuda is", mg.cuda.get_device_name())
    mg.manual_seed(0)
    inputs = [mg.randn(*size, dtype=mg.float64, requires_grad=True) for size in ((3, 5), (3,))]
    for device in ("cpu", "cuda"):
        for check in (gradcheck, gradgradcheck):  # they make their tensors on the CPU and want results there
            found = check(lambda x, slope, to=device: squared_prelu(x.to(to), slope.to(to)).cpu(), inputs)
            print(f"{device}: {check.__name__}: {found.message}")
    cpu, first, *others = results("cpu"), *(results("cuda", order) for order in ("forward", "reverse", "7"))
    apart = max((a - b).abs().max().item() for a, b in zip(cpu, first, strict=True))
    print("the devices agree to 0.0001:", apart < 1e-4)
    same = [(a == b).all().item() for other in others for a, b in zip(first, other, strict=True)]
    print("the same bits in every order of threads:", all(same))
