# make reports: set up and build the sample district.  make test: set up and test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SET_UP := pyproject.toml constraints.txt
export PYTHONDONTWRITEBYTECODE :=# every process of a test would compile every module again

.PHONY: reports test lab check lint soak bench clean
.DEFAULT_GOAL := check

reports: $(VENV)/.core
	$(BIN)/gktools records import --sample
	$(BIN)/gktools build

test: $(VENV)/.test
	$(BIN)/pytest --numprocesses 3 --dist loadgroup --no-loadscope-reorder

lab: $(VENV)/.test
	$(BIN)/gktools lab

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test

soak: $(VENV)/.test
	$(BIN)/pytest -m soak

bench: $(VENV)/.test
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/python $(SET_UP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[charts]'
	touch $@

$(VENV)/.test: $(VENV)/bin/python $(SET_UP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@ $(VENV)/.core

clean:
	rm -rf $(VENV) output/[0-9]* records.db*
