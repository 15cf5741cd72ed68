# make demo    train the first example, export it, lower it with heir-opt, check it, report
# make test    pytest and lit; test-all adds the slow tests
# make docs    the documentation as a site, in build/site
# Both set up everything they need in .venv; nothing else has to be installed but Python 3.11 and, for the
# tests, a Python that OpenFHE's wheels import on: 3.10, in .venv-openfhe; and Chromium, its driver and
# graphviz, which apt-get installs where it may.

BIN := .venv/bin
STAMP := .venv/.installed
OPENFHE_STAMP := .venv-openfhe/.installed
BROWSER_STAMP := build/.browser
PEERS_STAMP := .venv-peers/.installed
JOBS ?= 2
CODE := hetorch_heir dialects tests tools benchmarks examples lit_tests/lit.cfg.py

# Several processes run at a time: one thread each is faster than all of them fighting for the cores.
export OMP_NUM_THREADS := 1

.PHONY: help setup setup-openfhe setup-browser setup-peers demo test test-all lint format docs benchmark clean

help:
	@sed -n '/^# make/s/^# //p' Makefile
	@echo "also: setup, setup-openfhe, setup-browser, setup-peers, lint, format, benchmark, clean"

setup: $(STAMP)

$(STAMP): pyproject.toml dialects/pyproject.toml constraints.txt tools/set_up.sh
	@PYTHON="$(PYTHON)" tools/set_up.sh

setup-openfhe: $(OPENFHE_STAMP)

$(OPENFHE_STAMP): constraints-openfhe.txt tools/set_up_openfhe.sh
	@OPENFHE_PYTHON="$(OPENFHE_PYTHON)" tools/set_up_openfhe.sh

setup-browser: $(BROWSER_STAMP)

# Without a browser the tests of reports fail, and all others run.
$(BROWSER_STAMP): tools/set_up_browser.sh
	-@CHROMIUM="$(CHROMIUM)" CHROMEDRIVER="$(CHROMEDRIVER)" tools/set_up_browser.sh

setup-peers: $(PEERS_STAMP)

$(PEERS_STAMP): constraints-peers.txt tools/set_up_peers.sh
	@PEERS_PYTHON="$(PEERS_PYTHON)" tools/set_up_peers.sh

demo: $(STAMP)
	@$(BIN)/python tools/demo.py

test: SELECTION := -m "not slow"
test test-all: $(STAMP) $(OPENFHE_STAMP) $(BROWSER_STAMP)
	@status=0; \
	$(BIN)/python -m pytest $(SELECTION) -n $(JOBS) || status=1; \
	$(BIN)/lit -s -j $(JOBS) lit_tests || status=1; \
	exit $$status

lint: $(STAMP)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/pyright
	$(BIN)/pyright --project dialects

format: $(STAMP)
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

docs: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

benchmark: $(STAMP) $(OPENFHE_STAMP)
	$(BIN)/python -m benchmarks.export_mlp --write
	$(BIN)/python -m benchmarks.examples --write
	$(BIN)/python -m benchmarks.planner --write
	$(BIN)/python -m benchmarks.polynomial_evaluation --write
	$(BIN)/python -m benchmarks.approximation --write
	$(BIN)/python -m benchmarks.encrypted_models --write
	$(BIN)/python -m benchmarks.encrypted_examples --write
	$(BIN)/python -m benchmarks.encrypted_bootstrap --write
	$(BIN)/python -m benchmarks.parse_speed --write
	$(BIN)/python -m benchmarks.caching --write
	$(BIN)/python -m benchmarks.bootstrapping --write
	$(BIN)/python -m benchmarks.noise --write
	$(BIN)/python -m benchmarks.latency --write
	$(BIN)/python -m benchmarks.key_memory --write
