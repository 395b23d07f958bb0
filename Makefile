# Everything here sets up its own environment in .venv; Python 3.11 or later and make are all that must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types unit format docs bench long faults clean

help:  ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY)  ## The environment in .venv

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $(READY)

demo: $(READY)  ## Load the sample logs, print rates, reasons and gaps, write the tables to out/
	$(BIN)/sms-analytics demo --out out

test: lint types unit  ## Lint, types and tests

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

unit: $(READY)
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --durations 10

format: $(READY)  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY)  ## The documentation as a site that can be searched: build/docs/index.html
	$(BIN)/python tools/make_reference.py
	$(BIN)/python -m sphinx -W --keep-going -b html docs build/docs

bench: $(READY)  ## Measure reports, support and loading against their limits (needs about 6 GB of disk and ten minutes)
	$(BIN)/python -m benchmark.report
	$(BIN)/python -m benchmark.support_lookup
	$(BIN)/python -m benchmark

long: $(READY)  ## Property tests with many more examples
	HYPOTHESIS_PROFILE=long SEEDS=20 POLARS_MAX_THREADS=2 $(BIN)/python -m pytest --numprocesses 2 --dist worksteal --durations 10

faults: $(READY)  ## Kill loads at many moments, fill disks, load ruins and bombs
	KILLS=40 $(BIN)/python -m pytest -m "faults or not faults" tests/faults tests/commands/test_killed_loads.py

clean:  ## Remove the environment and what was made
	rm -rf $(VENV) out build .bench
