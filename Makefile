# Two commands are enough on a fresh machine: make book, make test.
# Needs: Python >= 3.11 with venv, and make. Without make: see "Sans make" in README.fr.md.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help book test lint lab bench lock messages tables clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml hatch_build.py $(wildcard src/actes/locale/*/LC_MESSAGES/*.po)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Actes needs Python 3.11 or later: make PYTHON=python3.11 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

book: $(READY) ## set up, validate, run, publish: the book is _book/index.html
	$(BIN)/actes validate
	$(BIN)/actes build

test: $(READY) ## run the tests
	$(BIN)/python -m pytest -n auto

lint: $(READY) ## check style (ruff), types (mypy) and architecture (import-linter)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lab: $(READY) ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir=. --LabApp.news_url=None

bench: $(READY) ## measure against named peers
	$(BIN)/python bench/run.py

lock: $(READY) ## choose the versions again and write requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --extra cluster --extra postgresql --group dev \
	  --generate-hashes --no-header --no-emit-index-url --no-annotate --upgrade --quiet \
	  --output-file requirements.lock pyproject.toml

messages: $(READY) ## collect the sentences to translate into the catalogues
	$(BIN)/pybabel --quiet extract --no-location --sort-output --omit-header -k N_ -k NP_:1,2 -k _counted:2,3 -o .messages.pot src/actes
	$(BIN)/pybabel --quiet update --no-fuzzy-matching --omit-header --ignore-obsolete \
	  -D actes -d src/actes/locale -l fr -i .messages.pot
	rm .messages.pot
	touch hatch_build.py

tables: $(READY) ## write the verification tables of docs/etudes
	$(BIN)/python docs/verification.py

clean: ## remove what was made (the store and the book included)
	rm -rf $(VENV) .actes _book dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
