# `make demo`, `make run`, `make test`: each does its own set-up from nothing. PYTHON=... chooses the interpreter.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# So many files of tests are run at a time; most wait for other processes. JOBS=1 shows one after the other.
JOBS ?= 2

.PHONY: help demo run test lint format bench chaos clean system-packages
help:
	@echo "make demo   see the whole service at work on sample feeds, for about a minute"
	@echo "make run    run the service with settings.toml"
	@echo "make test   everything that CI runs"
	@echo "make chaos  the long failure tests; make bench: the benchmarks (CORPUS=items.jsonl.gz matches those items too)"

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "the venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(STAMP)
	@$(BIN)/news-monitor demo

run: $(STAMP)
	@$(BIN)/news-monitor run

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What tests need beside Python: systemd-analyze checks the units. As root on Debian it is installed.
system-packages:
	@command -v systemd-analyze >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get -qq update && apt-get -qq install -y --no-install-recommends systemd >/dev/null; } || echo "systemd-analyze is missing: tests of the units are skipped (on Debian: apt-get install systemd)" >&2

test: system-packages lint
	$(BIN)/pytest -m "not chaos" --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

chaos: $(STAMP)
	$(BIN)/pytest -m chaos tests/chaos

bench: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m benchmarks

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build dist *.egg-info
