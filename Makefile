# `make help` lists the targets. Each makes the environment it needs; nothing has to be prepared but Python 3.11 or newer.

VENV ?= .venv
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13 python3.14 python; do \
	"$$name" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$name" && break; done)
ARGS ?=
WORKERS ?= 2
SUITE ?= speed
BASE ?= python:3.11-slim

BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

# Without bytecode on disk each start of Python compiles every module again.
unexport PYTHONDONTWRITEBYTECODE
# Tools compute with one thread, as they do in the sandbox; two test processes with more would wait for one another.
test test-full: export OMP_NUM_THREADS = 1
test test-full: export OPENBLAS_NUM_THREADS = 1

.DEFAULT_GOAL := help
.PHONY: help env python demo run ui image test test-full check bench screenshots clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) \
		| while IFS='|' read -r name does; do printf '  make %-11s %s\n' "$$name" "$$does"; done

env: $(READY) ## make the environment in .venv; the other targets do this by themselves

python:
	@echo "$(PYTHON)"

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer with venv was found. On Debian and Ubuntu: apt-get install python3-venv. One elsewhere can be named: make demo PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making the environment in $(VENV); the first time this takes about two minutes." >&2
	@"$(PYTHON)" -m venv "$(VENV)"
	@"$(BIN)/python" -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[dev,postgres]'
	@touch "$@"

demo: $(READY) ## the whole job on real heart disease data, into ./climbdc-demo
	@$(BIN)/climbdc demo $(ARGS)

run: $(READY) ## clean your own file: make run FILE=patients.csv ARGS="--target died"
	@test -n "$(FILE)" || { echo 'Name a file: make run FILE=patients.csv ARGS="--target died"' >&2; exit 2; }
	@$(BIN)/climbdc run "$(FILE)" $(ARGS)

ui: $(READY) ## open the web chat
	@$(BIN)/climbdc ui $(ARGS)

image: $(READY) ## build the Docker images of the sandbox and of the page, on BASE, which must be there
	@$(BIN)/climbdc sandbox build --base "$(BASE)" --web

test: $(READY) ## the tests
	@$(PYTEST) -m "not full" $(ARGS)

test-full: $(READY) ## the tests with full counts and sizes
	@$(PYTEST) -m "full or not full" $(ARGS)

check: $(READY) ## style, types, import rules and generated pages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m climbdc_taxonomy.docs --check docs/taxonomy
	@$(BIN)/python .ci/licences.py --check docs/licences.md

bench: $(READY) ## time and memory of the main commands, into ./bench-results
	@$(BIN)/climbdc bench $(SUITE) --out bench-results $(ARGS)

screenshots: $(READY) ## take the pictures of the guide anew, into docs/images
	@CLIMBDC_SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/ui/browser/test_tour.py tests/ui/browser/test_model.py $(ARGS)

clean: ## remove the environment, caches and the demo's results
	rm -rf "$(VENV)" .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist climbdc-demo bench-results
	find climbdc tools ui taxonomy tests docs .ci -name __pycache__ -type d -prune -exec rm -rf {} +
