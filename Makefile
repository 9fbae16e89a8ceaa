# Everything a person types. The work is done in scripts/, mostly by bootstrap.py.
.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite test-e2e lint bench services services-stop messages screenshots
ARGS ?=
PORT ?= 8000

python = $(or $(shell PYTHON='$(PYTHON)' sh scripts/find_python.sh),$(error no usable Python))
bootstrap = $(python) scripts/bootstrap.py
venv = .venv/bin/python

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'
	@echo "Variables: PORT=8000 for run; ARGS='…' for test, bench and messages (ARGS='tests/billing -n0 -q')"

run: ## everything in one process on SQLite, with demo data and simulators
	@$(bootstrap) run --port $(PORT)

test: ## all tests: MariaDB, SQLite and browser
	@$(bootstrap) dev --portal
	@$(venv) -m scripts.run_tests $(ARGS)

test-sqlite: ## the tests marked sqlite, on SQLite
	@$(bootstrap) dev
	@$(venv) -m scripts.run_tests --only sqlite $(ARGS)

test-e2e: ## the browser tests
	@$(bootstrap) dev --portal
	@$(venv) -m scripts.run_tests --only e2e $(ARGS)

lint: ## style, types, import contracts, migrations, translations, deployment checks
	@$(bootstrap) dev --portal
	@$(venv) -m scripts.lint

bench: ## benchmarks: make bench ARGS='ledger --json'
	@$(bootstrap) dev
	@$(venv) -m scripts.services run $(venv) -m benchmarks $(ARGS)

services: ## start the private MariaDB and Redis and leave them running
	@$(bootstrap) dev
	@$(venv) -m scripts.services start

services-stop: ## stop them
	@$(python) scripts/services.py stop

messages: ## collect new strings into the .po files, then compile them
	@$(bootstrap) dev
	@$(venv) -m scripts.messages collect $(ARGS)

screenshots: ## every page at 1440 and 390 pixels into var/screenshots
	@$(bootstrap) dev --portal
	@$(venv) -m scripts.screenshots $(ARGS)
