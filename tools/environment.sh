#!/bin/sh
# Make the virtual environment $1, unless it is there and works, from a Python of at least 3.11:
# $PYTHON if it is set, else the first that is found. Needs neither root nor anything installed beside Python.
set -u
target=${1:?environment.sh: the folder of the environment is missing}
least='import sys; sys.exit(sys.version_info < (3, 11))'

say() { printf 'minigrad: %s\n' "$*" >&2; }

works() { "$target/bin/python" -c "$least" 2>/dev/null && "$target/bin/python" -m pip --version >/dev/null 2>&1; }

choose() {
    if [ -n "${PYTHON:-}" ]; then
        if "$PYTHON" -c "$least" 2>/dev/null; then python=$PYTHON; return; fi
        say "PYTHON=$PYTHON is not a Python of at least 3.11: name another, or leave it out."
        exit 1
    fi
    for python in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$python" -c "$least" 2>/dev/null; then return; fi
    done
    say "needs Python 3.11 or newer and finds none on PATH: install one, or name it: make PYTHON=/path/to/python3 ..."
    exit 1
}

# Debian keeps ensurepip in a package of its own, python3-venv. Without it another pip, or uv, can do the same.
make_venv() {
    "$python" -m venv --clear "$target" || "$python" -m virtualenv --clear "$target" ||
        { "$python" -m venv --clear --without-pip "$target" &&
            "$python" -m pip --python "$target/bin/python" install pip; } ||
        uv venv --clear --seed --python "$python" "$target"
}

if works; then exit 0; fi
if [ -e "$target" ] && [ ! -e "$target/pyvenv.cfg" ]; then
    say "$target is there and is no virtual environment: move it away."
    exit 1
fi
choose
say "making $target with $("$python" --version 2>&1)"
log=$(make_venv 2>&1) && works && exit 0
printf '%s\n' "$log" >&2
say "$python cannot make a virtual environment: install its venv module (on Debian and Ubuntu: apt install python3-venv)."
exit 1
