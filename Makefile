# make reports: set up and build the sample district.  make check: lint and unit tests.  make test: all tests but soak.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SET_UP := pyproject.toml constraints.txt
export PYTHONDONTWRITEBYTECODE :=# every process of a test would compile every module again

PYTEST := $(BIN)/pytest --numprocesses 3 --dist loadgroup --no-loadscope-reorder

.PHONY: reports test lab check unit lint soak bench pictures bundle clean
.DEFAULT_GOAL := check

reports: $(VENV)/.core
	$(BIN)/gktools records import --sample
	$(BIN)/gktools build

test: $(VENV)/.test
	$(PYTEST)

lab: $(VENV)/.test
	$(BIN)/gktools lab

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy .ci/bundle/*.py

check: lint unit

unit: $(VENV)/.test
	$(PYTEST) -m "not integration and not soak"

soak: $(VENV)/.hub
	$(BIN)/pytest -m soak
	GKTOOLS_EXAMPLES=200 $(BIN)/pytest $$(grep -rlF 'max_examples=examples(' tests --include='test_*.py')

pictures: $(VENV)/.test
	GKTOOLS_HANDBOOK=docs/images $(BIN)/pytest tests/end_to_end/test_clerks_walk.py

bench: $(VENV)/.test
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

# make bundle: archives for machines without internet, under dist/.  PYTHON='FILE …': Pythons to carry along, as .tar.gz
bundle: $(VENV)/.test
	$(BIN)/python .ci/bundle/bundle.py $(if $(filter command line,$(origin PYTHON)),$(patsubst %,--python '%',$(PYTHON)))

$(VENV)/bin/python:
	$(if $(filter bundle,$(MAKECMDGOALS)),python3,$(PYTHON)) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/python $(SET_UP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[charts]'
	touch $@

$(VENV)/.test: $(VENV)/bin/python $(SET_UP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@ $(VENV)/.core

$(VENV)/.hub: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,hub]'
	touch $@

clean:
	rm -rf $(VENV) output/[0-9]* records.db* records.head
