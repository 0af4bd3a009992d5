# SPDX-License-Identifier: EUPL-1.2
# On a fresh machine with Python 3.11 or newer (with venv) and make: `make demo` or `make test`.

VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/installed
PORT ?= 8000
DATA ?= melayani-data
SEED ?= $(shell date +%s)
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
LOCK := cd requirements && ../$(VENV)/bin/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --allow-unsafe --strip-extras --no-header
HAS_POSTGRES := -c 'from tests.postgres_server import can_start; raise SystemExit(not can_start())'

# The tests once more on a PostgreSQL of their own; one loud line where its server is missing.
define on_postgres
@if $(PY) $(HAS_POSTGRES); then \
	echo 'MELAYANI_TEST_DB=postgres $(PY) -m pytest -q -n 3 $(1)'; \
	MELAYANI_TEST_DB=postgres MELAYANI_SEED=$(SEED) $(PY) -m pytest -q -n 3 $(1); \
else \
	echo "=== NOT TESTED ON POSTGRESQL: its server is missing (apt-get install postgresql) ==="; \
	case ",$$MELAYANI_REQUIRE," in *,postgres,*) exit 1;; esac; \
fi
endef

.PHONY: help install demo test prove check format lock bench bench-sizes pictures clean
.DEFAULT_GOAL := help

help: ## Show this list
	@sed -n 's/^\([a-z]*\):[^#]*## /  \1#/p' $(MAKEFILE_LIST) | awk -F'#' '{printf "%-10s %s\n", $$1, $$2}'

install: $(STAMP) ## Build .venv with everything, hash-locked, and install the project into it

$(STAMP): requirements/run.txt requirements/postgres.txt requirements/heic.txt requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PY) -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) \
		|| { echo "Python's venv module is needed (Debian: apt-get install python3-venv)."; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/run.txt -r requirements/postgres.txt -r requirements/heic.txt -r requirements/dev.txt
	$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: install ## Make a demo of East Java and run it (PORT=8000, DATA=melayani-data)
	@exec $(VENV)/bin/melayani demo --port $(PORT) --data $(DATA)

test: install check ## Format, types, floors, and all tests on SQLite and PostgreSQL
	@case ",$$MELAYANI_REQUIRE," in *,browser,*) command -v chromium >/dev/null \
		|| { echo "REQUIRED AND MISSING: chromium (apt-get install chromium)"; exit 1; };; esac
	$(PY) -m pytest -q -n 3 -m "not prove"
	$(call on_postgres,-m "not prove and not browser and not faces")

prove: install ## The long proofs: kills, power cuts, long random runs, the faces on PostgreSQL (SEED is printed and can be given)
	@echo "seed: $(SEED)"
	MELAYANI_SEED=$(SEED) $(PY) -m pytest -q -n 2 -m prove --hypothesis-seed=$(SEED)
	$(call on_postgres,-m "(prove or faces) and not browser" --hypothesis-seed=$(SEED))

check: install ## Format, types and floors: seconds
	$(VENV)/bin/ruff format --check --quiet .
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/djlint melayani --lint --quiet

format: install ## Let the formatter do its work
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

lock: install ## Pin all requirements anew, by hash and without addresses
	$(LOCK) -o run.txt run.in
	$(LOCK) -o postgres.txt postgres.in
	$(LOCK) -o heic.txt heic.in
	$(LOCK) -o dev.txt dev.in

bench: install ## Measure limits and our paths (BENCH_CASES, BENCH_DB=sqlite|postgres|both); writes bench.json
	$(PY) -m bench

bench-sizes: install ## The same pages at 1,000, 100,000 and 1,000,000 cases; writes bench-sizes.json
	$(PY) -m bench.sizes

pictures: install ## Take the screenshots of the README anew (needs chromium)
	$(PY) -m tests.pictures

clean: ## Remove caches and builds; never the data of an instance
	rm -rf build dist .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis .coverage
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
