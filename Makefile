# The whole developer manual: `make demo`, `make test`, `make check`, `make docs`, `make bench` …

PYTHON ?= python3
# Each process would compile what it imports where this is set, as in many containers.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check
# Each release that a lock names has its hashes; gsprep itself is built by what the lock installed.
LOCKED := $(PIP) --require-hashes --requirement
SELF := $(PIP) --no-deps --no-build-isolation --editable .
UV := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-annotate --custom-compile-command 'make lock'
COMPILE := $(UV) pyproject.toml requirements/build.in

.PHONY: demo test test-thorough pytest check docs bench sbom lock clean

## The whole job on the bundled sample against the sandbox; results in ./out.
demo: .venv/.core
	$(BIN)/gsprep demo --out out

## Formatting, lint, types and import contract, and at the same time every test.
test: .venv/.dev
	$(MAKE) --no-print-directory --jobs=2 check pytest

## The same with many more examples of every law, and the slowest tests: before a release.
test-thorough: export HYPOTHESIS_PROFILE := thorough
test-thorough: test

pytest: .venv/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

## The pages as a site in build/docs, with the notebooks as they ran; a warning ends it.
docs: .venv/.dev
	$(BIN)/python docs/_tools/gallery.py docs/gallery
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs

## gsprep and its peers on the same data; writes the tables of benchmarks/README.md.
bench: .venv/.dev
	$(BIN)/python benchmarks/bench.py

## The components of gsprep with versions and licences, as CycloneDX, in build/sbom.json.
sbom: .venv/.core
	$(BIN)/python requirements/sbom.py build/sbom.json

## New locks after a change of pyproject.toml; UPGRADE=--upgrade takes the newest releases.
lock: .venv/.core
	$(PIP) uv
	$(COMPILE) --output-file requirements/core.txt $(UPGRADE)
	$(COMPILE) --output-file requirements/dev.txt $(UPGRADE) --extra dev --constraint requirements/core.txt
	$(UV) requirements/spark.in --no-deps --output-file requirements/spark.txt $(UPGRADE)

clean:
	rm -rf .venv out build dist

.venv/.core: pyproject.toml requirements/core.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(LOCKED) requirements/core.txt
	$(SELF)
	touch $@

.venv/.dev: .venv/.core requirements/dev.txt
	$(LOCKED) requirements/dev.txt
	touch $@

# Spark, for tests/spark, in an environment of its own on top of this one: where pyspark is
# installed, every command starts slower.
.venv/.spark: .venv/.dev requirements/spark.txt
	$(BIN)/python -m venv --without-pip .venv/spark
	$(BIN)/python -m pip --python .venv/spark/bin/python install --quiet --no-compile \
		--disable-pip-version-check --no-deps --require-hashes --requirement requirements/spark.txt
	$(BIN)/python -c "import site; print(site.getsitepackages()[0], '$(CURDIR)', sep='\n')" \
		> $$(.venv/spark/bin/python -c "import site; print(site.getsitepackages()[0])")/dev.pth
	touch $@
