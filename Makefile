# What a person types. GNU make 3.81 and a POSIX shell are enough; everything lands in .venv.
#   make run     install what is locked, then serve the page (ARGS="--port 9000" passes options)
#   make test    every test            make lint   style, types, import directions, spelling
#   make fast    also install what compiles the matcher's loops, for many subscriptions
#   make bench   the README's figures  make lock   resolve the lock files again
#   make bench-million   the figures and plots of a million subscriptions (half an hour)

VENV ?= .venv
ARGS ?=
TESTS ?= tests
PYTEST_ARGS ?= -n 2 -q
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
BENCHMARKS := match_all ingest latency search
CODE := bot adapters tests benchmarks tools
# tests and benchmarks are full of slips made on purpose
SPELLED := bot adapters tools README.md Makefile Dockerfile docker-compose.yml pyproject.toml

.PHONY: run install fast test lint format readme bench bench-million lock clean

install: $(VENV)/.installed

run: $(VENV)/.installed
	@exec $(BIN)/paperwire run $(ARGS)

fast: $(VENV)/.installed-fast

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest $(PYTEST_ARGS) $(TESTS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell $(SPELLED)

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

readme: $(VENV)/.installed
	$(BIN)/python tools/readme.py

bench: $(VENV)/.installed-bench
	@for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done
	@echo "== million"; $(BIN)/python benchmarks/million.py 1_000 10_000 100_000

bench-million: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/million.py --write
	$(BIN)/python benchmarks/day.py --write
	$(BIN)/python benchmarks/startup.py --write
	$(BIN)/python benchmarks/plots.py

lock: $(VENV)/.usable
	$(PIP) install -q uv
	$(BIN)/uv pip compile $(LOCK) --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(LOCK) --extra build --extra fast pyproject.toml \
		-o requirements-fast.lock
	$(BIN)/uv pip compile $(LOCK) --extra build --extra fast --extra dev pyproject.toml \
		-o requirements-dev.lock
	$(BIN)/uv pip compile $(LOCK) --extra build --extra fast --extra dev --extra bench \
		pyproject.toml -o requirements-bench.lock

LOCK := -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Each stamp says which lock the environment holds. The larger locks contain the smaller ones.
$(VENV)/.installed: requirements.lock pyproject.toml $(VENV)/.usable
	@echo "Installing what paperwire needs into $(VENV) (once, about a minute)"
	@$(PIP) install -q --require-hashes -r requirements.lock
	@$(PIP) install -q --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-fast: requirements-fast.lock pyproject.toml $(VENV)/.usable
	@echo "Installing numba, which compiles the matcher's loops (once, some 200 MB)"
	@$(PIP) install -q --require-hashes -r requirements-fast.lock
	@$(PIP) install -q --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.installed $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml $(VENV)/.usable
	$(PIP) install -q --require-hashes -r requirements-dev.lock
	$(PIP) install -q --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.installed $@

$(VENV)/.installed-bench: requirements-bench.lock pyproject.toml $(VENV)/.usable
	$(PIP) install -q --require-hashes -r requirements-bench.lock
	$(PIP) install -q --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.installed $(VENV)/.installed-dev $@

$(VENV)/.usable:
	@sh tools/make-venv $(VENV)
	@touch $@
