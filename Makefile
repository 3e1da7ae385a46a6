.DEFAULT_GOAL := help
.PHONY: help run serve setup install spss demo-release test soak lint bench requirements translations css

export PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
FLASK := $(BIN)/flask --app app
PYTEST := $(BIN)/python -m pytest

help: ## show what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 16

run: install ## set everything up and serve a demonstration on http://127.0.0.1:8000
	@$(FLASK) demo
	@exec $(BIN)/gunicorn

serve: install ## serve an instance as it is, after `make setup`
	@exec $(BIN)/gunicorn

setup: install ## create keys and database of an instance; safe to repeat
	@$(FLASK) setup

demo-release: install ## run the demonstration's next nightly release
	@$(FLASK) demo --next-release

install: .make/installed ## make the virtual environment

.make/installed: requirements.txt
	@echo "Installerar ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@mkdir -p .make && touch $@

spss: install ## let evaluators take away SPSS files too
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spss.txt

.make/developing: requirements-dev.txt requirements-spss.txt .make/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt -r requirements-spss.txt
	@touch $@

.make/examples: requirements-examples.txt .make/installed
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest .make/examples -r $<
	@touch $@

.make/browser: .make/developing .make/examples
	@if [ "$$(id -u)" = 0 ] && ! { command -v chromium && command -v soffice && command -v pdftotext; } >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium libreoffice-calc poppler-utils fonts-noto-core >/dev/null; fi
	@touch $@

test: install .make/developing .make/browser ## set everything up and run every test
	@$(PYTEST) -n 2 --dist worksteal

soak: install .make/developing .make/browser ## run the long loops (faults, load, fuzzing) that `make test` samples
	@SOAK=1 $(PYTEST) -n 2 --dist worksteal

lint: install .make/developing ## style, types, imports, templates, dependencies, secrets
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint --quiet --lint templates
	@$(BIN)/python -m checks.dependencies
	@$(BIN)/python -m checks.leaks

bench: install .make/developing ## measure against the bare minimum; prints a table, writes benchmarks/latest.json
	@$(BIN)/python -m benchmarks

requirements: .make/developing ## compile requirements*.in to pinned and hashed requirements*.txt
	@for name in requirements requirements-spss requirements-dev; do \
		$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header $$name.in -o $$name.txt || exit 1; done

translations: .make/developing ## collect the interface texts into the catalogues
	@$(BIN)/pybabel --quiet extract --no-location --sort-output --omit-header -F babel.cfg -k _ -k _l -k ngettext:1,2 -o .make/messages.pot .
	@$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --omit-header -i .make/messages.pot -d translations
