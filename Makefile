# Every target does its own set-up first; what is done is not done again. `make` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# make demo SIZE=tiny: seconds instead of minutes; SIZE=small is the default.
SIZE ?= small
# make bench NAME=judged_write: one benchmark.
NAME ?= start framework_tax backfill incremental_hour judged_write one_more_day collector change_capture \
    layout upsert sessions demo first_lake records gold
# make test ARGS="-k quarantine": pytest's own arguments.
ARGS ?=

export DAGSTER_DISABLE_TELEMETRY := yes

PACKAGES := $(wildcard lakehouse supercorp assets resources jobs)

.PHONY: help setup demo demo-full ui test bench soak crash truth check format lock clean-lake clean-venv

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make this checkout ready: .venv from the lock, jars, key
	@scripts/setup

demo: setup ## build SuperCorp's lake, end to end, and show what it says
	@.venv/bin/python -m jobs.demo --size $(SIZE)

demo-full: setup ## the same with every source: change capture, events, ads, tickets, warehouse; and the pages
	@.venv/bin/python -m jobs.demo_full --size $(SIZE)

ui: setup ## open the Dagster UI on this lake (port: LAKEHOUSE_UI_PORT)
	@.venv/bin/lakehouse ui

test: setup ## run the tests
	@.venv/bin/lakehouse setup --capture
	@.venv/bin/python -m pytest -n 2 --dist loadfile $(ARGS)

bench: setup ## run the benchmarks, hours in all, or one: NAME=judged_write (ARGS="--rounds 3")
	@for name in $(NAME); do echo "== $$name"; .venv/bin/python benchmarks/$$name.py $(ARGS); done

soak: setup ## the company lives, everything is killed at random, nothing is lost (ARGS="--minutes 5")
	@.venv/bin/lakehouse setup --capture
	@.venv/bin/python -m jobs.soak $(ARGS)

crash: setup ## crash writes in every way, and compare what is recovered (ARGS="--kills 100 --races 20")
	@.venv/bin/python -m tests.lakehouse.faults.crash $(ARGS)

truth: setup ## hold what the lake says against what was planted, for five companies (ARGS="--seeds 1-2")
	@.venv/bin/python -m tests.truth --size $(SIZE) $(ARGS)

check: setup ## formatter, linter, strict types, import contracts
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: setup ## let the formatter and the linter change what they can
	.venv/bin/ruff check --quiet --fix .
	.venv/bin/ruff format --quiet .

lock: setup ## resolve the newest versions that fit into requirements.lock
	.venv/bin/uv pip compile pyproject.toml --quiet --all-extras --python-version 3.11 \
	    --generate-hashes --upgrade --no-strip-extras --no-emit-index-url --no-emit-find-links \
	    --custom-compile-command 'make lock' --output-file requirements.lock

clean-lake: ## remove the lake, the bucket, logs and Dagster's history (LAKEHOUSE_VAR, or var/)
	@var="$${LAKEHOUSE_VAR:-var}"; \
	if [[ -d .venv ]]; then \
	    var=$$(.venv/bin/python -c 'from lakehouse.settings import *; print(load_settings().var_dir)'); fi; \
	var=$$(realpath --canonicalize-missing "$$var"); \
	if [[ "$(CURDIR)/" == "$${var%/}/"* || "$${HOME:-/}/" == "$${var%/}/"* ]]; then \
	    echo "error: $$var holds more than a lake; name a folder of its own with LAKEHOUSE_VAR" >&2; exit 2; fi; \
	if [[ -d .venv && -d "$$var/supercorp" ]]; then \
	    echo "the shop's database: $$(.venv/bin/python -m supercorp stop --folder "$$var/supercorp")"; fi; \
	rm -rf -- "$$var"

clean-venv: ## remove the virtual environment
	rm -rf .venv
