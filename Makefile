# Needs python3 (3.11 or newer) and make. Where the packages come from is pip's configuration or uv's, not ours.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
COMPILE = $(UV_LIKE_PIP) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(LOCK_FLAGS)
HASHED := --require-hashes --only-binary :all:

.DEFAULT_GOAL := help
.PHONY: help demo test crash lint types eval eval-spam eval-variants bench bench-extract bench-import bench-read bench-record bench-scale bench-threads fuzz-anchors lock clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.prod ## load the sample articles and serve them on 127.0.0.1:8000
	@$(BIN)/onrecord demo

test: lint types ## check style and types, then run every test, on SQLite and PostgreSQL
	@# Three on two cores too, as half of their time tests wait for disks and databases.
	$(BIN)/python -m pytest --quiet --numprocesses 3 --dist worksteal

KILLS ?= 200
crash: $(VENV)/.dev ## kill so many workers in the middle of their work, on each engine: make crash KILLS=1000
	KILLS=$(KILLS) $(BIN)/python -m pytest --quiet tests/webhooks/test_crash.py

lint: $(VENV)/.dev ## check style, format and which room imports which
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/lint-imports

types: $(VENV)/.dev ## check types
	$(BIN)/mypy

eval: $(VENV)/.dev ## compare the extraction with hand-made answers: make eval GOLD=file.json
	@$(BIN)/python -m bench.eval $(GOLD)

eval-variants: $(VENV)/.dev ## measure how quotes of one statement are compared, write the figures into docs/variants.md
	@$(BIN)/python -m bench.variants --write

eval-spam: $(VENV)/.dev ## measure the spam score on comments that nobody taught it, write the figures to docs/comments.md
	@$(BIN)/python -m bench.spam --write

N ?= 10000
bench: $(VENV)/.dev ## measure against bare uvicorn and a plain FastAPI + ORM app, write docs/benchmarks.md: make bench N=100000
	@$(BIN)/python -m bench.run --articles $(N) --engines sqlite postgresql

bench-import: $(VENV)/.dev ## compare the CPU of an import with that of its parts: make bench-import N=10000; or its memory: MB="10 100"
	@$(BIN)/python -m bench.importing $(if $(MB),--megabytes $(MB),--articles $(N))

bench-read: $(VENV)/.dev ## measure the memory that reading takes, format by format: make bench-read MB="10 100"
	@$(BIN)/python -m bench.reading $(MB)

bench-record: $(VENV)/.dev ## set quotes, facets, variants and reports beside a page of cards, write docs/searching.md: make bench-record N=20000
	@$(BIN)/python -m bench.record --articles $(N) --write

bench-scale: $(VENV)/.dev ## the same at 10,000, 100,000 and 1,000,000 articles; stops where disk or MINUTES run out
	@ROWS=100000 $(BIN)/python -m pytest --quiet tests/test_paging_under_writes.py
	@$(BIN)/python -m bench.run --articles 10000 100000 1000000 --engines sqlite postgresql --minutes $(or $(MINUTES),240)

bench-extract: $(VENV)/nlp/.done ## compare the extractor's speed and accuracy with textacy on spaCy's small model
	@OMP_NUM_THREADS=1 $(VENV)/nlp/bin/python -W ignore -m bench.peer $(GOLD)

bench-threads: $(VENV)/.dev ## page through 100,000 comments of one article, and set the cost of a comment beside an article's
	@$(BIN)/python -m bench.threads

fuzz-anchors: $(VENV)/.dev ## carry quotes through random edits of so many articles, and count the wrong: make fuzz-anchors N=10000
	@$(BIN)/python -m bench.anchors $(N)

lock: $(VENV)/.build ## write requirements/*.lock from pyproject.toml; LOCK_FLAGS=--upgrade takes newer versions
	@$(COMPILE) pyproject.toml --output-file requirements/prod.lock
	@$(COMPILE) pyproject.toml --extra mcp --constraint requirements/prod.lock --output-file requirements/mcp.lock
	@$(COMPILE) pyproject.toml --extra dev --constraint requirements/mcp.lock --output-file requirements/dev.lock
	@$(COMPILE) requirements/nlp.in --output-file requirements/nlp.lock
	@$(COMPILE) requirements/build.in --constraint requirements/dev.lock --output-file requirements/build.lock

clean: ## remove the environment and the tools' caches; data stays
	rm -rf $(VENV) build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# A stamp in .venv says up to which lock the environment is complete.
# uv is quick but does not read pip's settings: it is told pip's index, and where that is not enough pip does it.
PIP_INDEX = $$($(BIN)/python -m pip config list | sed -n "s/^[^=]*[.]index-url='\(.*\)'$$/\1/p" | head -n 1)
UV_LIKE_PIP = UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$(PIP_INDEX)}" $(UV)
PROJECT := $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .

$(VENV)/.prod: $(VENV)/.build requirements/prod.lock pyproject.toml
	@echo "Installing the packages of requirements/prod.lock ..."
	@$(UV_LIKE_PIP) pip install --quiet --python $(BIN)/python $(HASHED) -r requirements/prod.lock || \
	{ echo "uv could not; trying pip ..."; $(PIP) install $(HASHED) -r requirements/prod.lock; }
	@$(PROJECT)
	@touch $@

$(VENV)/.dev: $(VENV)/.build requirements/prod.lock requirements/dev.lock pyproject.toml
	@echo "Installing the packages of requirements/dev.lock ..."
	@$(UV_LIKE_PIP) pip sync --quiet --python $(BIN)/python $(HASHED) requirements/dev.lock requirements/build.lock || \
	{ echo "uv could not; trying pip ..."; $(PIP) install $(HASHED) -r requirements/dev.lock; }
	@$(PROJECT)
	@touch $(VENV)/.prod $@

# What the comparison needs is large and nothing else of ours uses it: it gets an environment of its own.
$(VENV)/nlp/.done: $(VENV)/.dev requirements/nlp.lock
	@echo "Installing the packages of requirements/nlp.lock ..."
	@$(PYTHON) -m venv --clear $(VENV)/nlp
	@$(UV_LIKE_PIP) pip sync --quiet --python $(VENV)/nlp/bin/python --require-hashes requirements/nlp.lock || \
	$(VENV)/nlp/bin/python -m pip install --quiet --quiet --require-hashes -r requirements/nlp.lock
	@touch $@

OLD := Onrecord needs Python 3.11 or newer, and $(PYTHON) is not; name another as in: make demo PYTHON=python3.12
BARE := This Python cannot make environments; on Debian or Ubuntu: apt install python3-venv
LOCKED := Onrecord cannot write into $(CURDIR), where it has to make $(VENV)
IS_NEW := sys.exit(sys.version_info < (3, 11))

$(VENV)/.build: requirements/build.lock
	@test -w . || { echo "$(LOCKED)" >&2; exit 1; }
	@$(BIN)/python -c 'import pip, sys; $(IS_NEW)' 2>/dev/null || { \
	$(PYTHON) -c 'import sys; $(IS_NEW)' 2>/dev/null || { echo "$(OLD)" >&2; exit 1; }; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(BARE)" >&2; exit 1; }; \
	echo "Making the environment in $(VENV) ..." && $(PYTHON) -m venv --clear $(VENV); }
	@$(PIP) install $(HASHED) -r requirements/build.lock
	@touch $@
