# Everything here sets up its own environment in .venv; Python 3.11 or later and make are all that must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
UV := build/uv/bin/uv
COMPILE := pip compile pyproject.toml --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types unit coverage format docs bench worlds long faults wheel package minimum constraints clean

help:  ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY)  ## The environment in .venv

# Dependency groups need a newer pip than a new environment has.
$(READY): pyproject.toml constraints.txt setup.py
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade "pip>=25.1"
	$(PIP) install --constraint constraints.txt --editable ".[all]" --group dev
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
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --durations 10 $(COVERAGE)

coverage:  ## The tests, and which branches of resolving, questions and reading they leave out
	$(MAKE) unit COVERAGE=--cov

format: $(READY)  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY)  ## The documentation as a site that can be searched: build/docs/index.html
	$(BIN)/python tools/make_reference.py
	$(BIN)/python -m sphinx -W --keep-going -b html docs build/docs

bench: $(READY)  ## Measure loads beside their rivals, questions and growth (needs 12 GB of disk and half an hour)
	$(PIP) install --constraint constraints.txt --requirement benchmark/rivals.txt
	$(BIN)/python -m benchmark
	$(BIN)/python -m benchmark.report
	$(BIN)/python -m benchmark.support_lookup
	$(BIN)/python -m benchmark.growth

long: $(READY)  ## Property tests with many more examples
	HYPOTHESIS_PROFILE=long SEEDS=20 FIELD_KINDS=all POLARS_MAX_THREADS=2 $(BIN)/python -m pytest --numprocesses 2 --dist worksteal --durations 10

worlds: $(READY)  ## Hold the claims of docs/numbers.md against invented worlds whose truth is known (half an hour)
	for claim in benchmark/worlds_*.py; do $(BIN)/python -m benchmark.$$(basename $$claim .py) || exit 1; done

faults: $(READY)  ## Kill loads at many moments, fill disks, load ruins and bombs
	KILLS=40 $(BIN)/python -m pytest -m "faults or not faults" tests/faults tests/commands/test_killed_loads.py

wheel: $(READY)  ## The package as it is released: dist/*.whl
	rm -rf build/lib dist
	$(PIP) wheel --no-deps --wheel-dir dist .

package: wheel  ## Install the wheel alone into an empty environment and look at what it can do there
	$(BIN)/python tools/check_package.py dist/*.whl

minimum: $(UV)  ## The smoke tests with the oldest libraries that pyproject.toml accepts
	rm -rf build/minimum
	$(UV) $(COMPILE) --extra all --resolution lowest-direct --output-file build/minimum.txt
	$(PYTHON) -m venv build/minimum
	$(UV) pip install --quiet --python build/minimum/bin/python --constraint build/minimum.txt --editable ".[all]" $(SMOKE_NEEDS)
	build/minimum/bin/python -m pytest $(SMOKE)

SMOKE_NEEDS := "pytest>=9" pytest-xdist hypothesis pypdf nbclient nbformat ipykernel
SMOKE := tests/text tests/config tests/database tests/charts/test_charts.py tests/questions/test_metrics.py tests/report/test_report.py \
	tests/report/test_report_workbook.py tests/reading/test_sources.py tests/commands/test_demo.py tests/cli/test_cli.py

constraints: $(UV)  ## constraints.txt anew: what is pinned there stays; make UPGRADE=--upgrade constraints for the newest of all
	$(UV) $(COMPILE) --all-extras --group dev $(UPGRADE) --output-file constraints.txt

$(UV):
	$(PYTHON) -m venv build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv

clean:  ## Remove the environment and what was made
	rm -rf $(VENV) out build dist .bench
