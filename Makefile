# `make demo` and `make test` need Python 3.11 or newer and nothing else. They make .venv first, once.
#   PYTHON=/path/to/python3   use this Python
#   TORCH=                    test without PyTorch (it is only compared with)

VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2
export PYTHON

.PHONY: help demo test test-slow test-all docs bench format clean
.NOTPARALLEL:

help:
	@echo "make demo      train LeNet-5 on handwritten digits, twice: two ways to split the scans"
	@echo "make test      lint, types, and every test that takes no more than a few seconds"
	@echo "make test-all  the slow tests too"
	@echo "make docs      the documentation, in site/"
	@echo "make bench     what an op, an import and a convolution cost"
	@echo "make format    format the code and put the imports in order"
	@echo "make clean     remove the environment and what the tools have left"

# A stamp is of this folder and of a working environment, or it is none.
ifneq ($(shell $(BIN)/python -c "import sys; print(sys.prefix)" 2>/dev/null),$(CURDIR)/$(VENV))
$(shell rm -f $(VENV)/.demo $(VENV)/.test $(VENV)/.nvrtc $(VENV)/.docs)
endif

$(VENV)/.demo: pyproject.toml tools/environment.sh
	@sh tools/environment.sh $(VENV)
	$(PIP) --editable ".[cli]"
	@touch $@

$(VENV)/.test: pyproject.toml tools/environment.sh Makefile
	@sh tools/environment.sh $(VENV)
	$(PIP) --editable ".[test]"
	@test -z "$(TORCH)" || $(PIP) $(TORCH) || echo "minigrad: $(TORCH) cannot be installed here"
	@touch $@

$(VENV)/.nvrtc: $(VENV)/.test
	@$(PIP) --editable ".[nvrtc]" || echo "minigrad: NVRTC cannot be installed here; kernels are not compiled by it"
	@touch $@

$(VENV)/.docs: pyproject.toml tools/environment.sh
	@sh tools/environment.sh $(VENV)
	$(PIP) --editable ".[docs]"
	@touch $@

demo: $(VENV)/.demo
	$(BIN)/minigrad train lenet5 --data digits --split stratified --out runs/demo/stratified --overwrite
	$(BIN)/minigrad train lenet5 --data digits --split file-order --out runs/demo/file-order --overwrite

test: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(BIN)/python -c "import torch" 2>/dev/null || echo "minigrad: without PyTorch the tests that compare with it are skipped"
	$(PYTEST) -m "not slow and not cuda"

test-slow: $(VENV)/.test $(VENV)/.nvrtc
	$(PYTEST) -m "slow and not cuda"

test-all: test test-slow

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

bench: $(VENV)/.test
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/import_time.py
	$(BIN)/python benchmarks/conv.py

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
