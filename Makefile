.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-build --no-annotate $(if $(UPGRADE),--upgrade)

.PHONY: help venv fyers up down migrate demo grafana dashboards test test-timescale lint format lock golden docs bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

venv: .venv/project ## Build the environment from the lock (PYTHON=python3.13 chooses the interpreter)

.venv/lock: requirements.lock
	@"$(PYTHON)" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2> /dev/null || { \
		echo '$(PYTHON) is not Python 3.11, 3.12 or 3.13 with its venv module: install one (Debian: python3-venv)' \
			'or choose one, as in make PYTHON=python3.13 venv' >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@touch $@

.venv/project: .venv/lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

fyers: .venv/fyers ## Add Fyers' SDK to the environment

.venv/fyers: .venv/lock requirements-fyers.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-fyers.lock
	@touch $@

up: venv ## Find or start the database
	$(BIN)/bhav up

down: venv ## Stop the database
	$(BIN)/bhav down

migrate: venv ## Bring the database to this version
	$(BIN)/bhav migrate

demo: venv ## Simulate a week into a database of its own and show the candles
	$(BIN)/bhav demo

grafana: venv ## Run an installed Grafana (GRAFANA_HOME) on the database (DATABASE=bhav_demo chooses another)
	$(BIN)/python -m grafana.src.serve $(DATABASE)

dashboards: venv ## Rewrite the dashboards that grafana/src describes
	$(BIN)/python -m grafana.src

test: lint fyers ## Lint and test everything
	$(BIN)/pytest -n 3 --dist worksteal

test-timescale: venv fyers ## Test the timescale engine and seal the result
	$(BIN)/pytest -n 3 --dist worksteal -m timescale --write-seal

lint: venv ## Check style, types and SQL
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar sql alembic

format: venv ## Put Python and SQL in the house style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/sqlfluff fix --disable-progress-bar sql

lock: venv ## Resolve the dependencies anew (UPGRADE=1 takes the newest versions)
	$(COMPILE) --all-extras pyproject.toml -o requirements.lock
	$(COMPILE) --override requirements-fyers.in --constraint requirements.lock \
		$$(sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' requirements.lock) \
		requirements-fyers.in -o requirements-fyers.lock

golden: venv ## Rewrite the golden dumps of the catalogue
	$(BIN)/pytest tests/golden --write-golden

docs: venv ## Rewrite the documents that are generated (needs ../shared, recorded market data beside the checkout)
	$(BIN)/pytest tests/sql/indicators/test_docs.py tests/grafana/test_docs.py --write-docs

bench: venv ## Run the benchmarks
	@for script in bench/*.py; do $(BIN)/python "$$script" || exit 1; done

clean: ## Remove the environment and the caches
	rm -rf .venv .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
