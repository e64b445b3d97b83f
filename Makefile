.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
INSTALL = $(BIN)/pip install --quiet --constraint constraints.txt
export HF_HUB_OFFLINE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONDONTWRITEBYTECODE  # or every process would compile all of this anew

help:  ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

.venv/app: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) torch==2.13.0  # first, so that nothing asks for another build
	$(INSTALL) --editable .
	touch .venv/app

.venv/dev: .venv/app
	$(INSTALL) --editable '.[dev]'
	touch .venv/dev

demo: .venv/app  ## set up, index the sample company and search it as two of its people
	@$(BIN)/hone demo

test: .venv/dev  ## set up and run the tests, but the long ones and the browser's
	$(BIN)/pytest -m 'not proof and not browser' -n 2 --dist loadfile --no-loadscope-reorder  # a file's fixtures are built once

proofs: .venv/dev  ## run the tests that take long
	$(BIN)/pytest -m proof -n 2 --dist loadgroup  # each where there is room, but those that share what takes long to build

test-browser: .venv/dev  ## run the journeys through the pages in Chromium (Debian: apt-get install chromium)
	$(BIN)/pytest -m browser

quick: .venv/dev  ## run the tests that take no more than seconds each
	$(BIN)/pytest -m 'not slow and not proof and not browser'

check: lint wheel  ## format, lint, types, the CLI reference and the wheel, as CI checks them (make -j2 check)

lint: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/python docs/make_reference.py --check

wheel: .venv/dev
	bash .ci/smoke-wheel

fix: .venv/dev  ## format, mend what the linter can, and write the CLI reference anew
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python docs/make_reference.py

pins:  ## write constraints.txt anew from a fresh environment with the newest versions
	rm -rf .pins && $(PYTHON) -m venv .pins
	.pins/bin/pip install --quiet torch==2.13.0
	.pins/bin/pip install --quiet '.[dev,llm]'
	(grep '^#' constraints.txt; .pins/bin/pip freeze | grep -v '^hone @' | sed 's/^torch==.*/torch==2.13.0/') > .pins/constraints.txt
	mv .pins/constraints.txt constraints.txt && rm -rf .pins

clean:  ## remove what was built; `.hone` workspaces stay
	rm -rf .venv dist .pytest_cache .ruff_cache .hypothesis

.PHONY: help demo test proofs test-browser quick check lint wheel fix pins clean
