#!/usr/bin/env bash
# On a machine with an NVIDIA GPU: tests, sanitizer, benchmarks, in under 9 minutes and without a network.
#
#   benchmarks/gpu.sh OUTDIR
#
# Needs numpy, cupy, pytest and hypothesis; compares with PyTorch where it is installed. Works from a bare checkout.
# Writes tests.txt, sanitizer.txt, gpu.jsonl, gpu.txt and PNG pictures to OUTDIR, and goes on where a part fails.
set -uo pipefail
out=$(realpath -m "${1:?an output folder}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p "$out"
export PYTHONPATH=$PWD CUPY_CACHE_DIR=${CUPY_CACHE_DIR:-$out/cupy-cache}
shards=${SHARDS:-$(( $(nproc) < 8 ? $(nproc) : 8 ))}
failed=0

nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | tee "$out/card.txt"
python -c "import cupy, numpy; print('cupy', cupy.__version__, 'numpy', numpy.__version__)" | tee -a "$out/card.txt"

echo "== tests: parity of every op with NumPy, equal bits twice, training, bad input"
for k in $(seq 0 $((shards - 1))); do
    MINIGRAD_SHARD=$k/$shards timeout 200 python -m pytest tests/cuda -q -p no:cacheprovider -m "not slow" \
        >"$out/tests-$k.txt" 2>&1 &
done
wait
tail -qn 1 "$out"/tests-*.txt
grep -h "^FAILED\|^ERROR" "$out"/tests-*.txt | sort >"$out/failed.txt"
cat "$out"/tests-*.txt >"$out/tests.txt" && rm "$out"/tests-*.txt
[ -s "$out/failed.txt" ] && failed=1 && head -40 "$out/failed.txt"

if command -v compute-sanitizer >/dev/null; then
    echo "== compute-sanitizer"
    timeout 90 compute-sanitizer --tool memcheck --error-exitcode 1 python -m pytest tests/cuda/test_large.py -q -x \
        -p no:cacheprovider >"$out/sanitizer.txt" 2>&1 || failed=1
    tail -n 3 "$out/sanitizer.txt"
fi

echo "== benchmarks"
timeout 240 python benchmarks/gpu.py "$out" || failed=1
rm -rf "$out/cupy-cache"
exit $failed
