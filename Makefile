# The whole developer manual: `make demo`, `make test`, `make test-thorough`, `make check`, `make docs`, `make bench`.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check

.PHONY: demo test test-thorough check docs bench clean

## The whole job on the bundled sample against the sandbox; results in ./out.
demo: .venv/.core
	$(BIN)/gsprep demo --out out

## Formatting, lint, types, import contract, then every test.
test: check
	$(BIN)/python -m pytest -n auto --dist worksteal

## The same with ten times the examples of every law: before a release.
test-thorough: check
	HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest -n auto --dist worksteal

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

## The pages as a site in build/docs; a warning ends it.
docs: .venv/.dev
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs

## The measurements; results and how to read them in benchmarks/README.md.
bench: .venv/.dev
	$(BIN)/python benchmarks/prepare.py
	$(BIN)/python benchmarks/validation.py

clean:
	rm -rf .venv out build dist

.venv/.core: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) --constraint constraints.txt --editable .
	touch $@

.venv/.dev: .venv/.core
	$(PIP) --constraint constraints.txt --editable '.[dev]'
	touch $@
