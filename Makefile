# What to run: `make demo` trains a tiny CLIP on real digits in about a minute, `make test` proves the code.
# Both make their own environments beside this file; Python 3.11 or newer, pip and make are all that must be there.

PYTHON ?= python3
SEED ?= 0
SEEDS ?= 0 1 2
SETUP = pyproject.toml constraints.txt
PIP = bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
TEST = .venv-test/bin/python -m pytest -n 2

.PHONY: demo scenes test test-all fuzz check format docs clean

# ---- trying it -------------------------------------------------------------------------------------------------

demo: .venv/.ready
	.venv/bin/python examples/digits/demo.py --seed $(SEED)

scenes: .venv/.ready
	.venv/bin/python examples/scenes/run.py --seeds $(SEEDS)

.venv/.ready: $(SETUP)
	$(PYTHON) -m venv .venv
	@echo "installing vfmc with what training needs (a minute or two) ..."
	.venv/$(PIP) --editable '.[train]'
	@touch $@

# ---- working on it ---------------------------------------------------------------------------------------------

test: .venv-test/.ready
	$(TEST) -m "not slow and not gpu"

test-all: .venv-test/.ready
	$(TEST) -m "not gpu"
	.venv-test/bin/python benchmarks/lint_startup.py

fuzz: .venv-test/.ready
	.venv-test/bin/python tests/fuzz.py --inputs 1000000

check: .venv-test/.ready
	.venv-test/bin/ruff format --check .
	.venv-test/bin/ruff check .
	.venv-test/bin/mypy vfmc
	$(TEST) -m "not slow and not gpu"

format: .venv-test/.ready
	.venv-test/bin/ruff format .
	.venv-test/bin/ruff check --fix .
	.venv-test/bin/vfmc fmt specs

# Libraries that we are compared with come in a second step: where one cannot be had, its tests are skipped and say so.
.venv-test/.ready: $(SETUP)
	$(PYTHON) -m venv .venv-test
	@echo "installing vfmc with what its tests need (a minute or two) ..."
	.venv-test/$(PIP) --editable '.[dev]'
	@echo "installing open_clip, timm, transformers and lightly, to compare numbers with ..."
	.venv-test/$(PIP) --editable '.[dev,peers]' || echo "not all of them can be installed: tests against them will be skipped"
	@touch $@

docs: .venv-test/.ready
	.venv-test/bin/python docs/refresh.py

clean:
	rm -rf .venv .venv-test .pytest_cache .ruff_cache .mypy_cache .hypothesis build dist
