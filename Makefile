# Everything a developer, CI and a new user run; the same lines for all of them.
# `make demo` and `make test` set up whatever is missing, so no other command has to come first.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
RESULTS := .samverkan/tests
LANE := gateway/express/compiled.abi3.so
CARGO ?= $(shell command -v cargo || ls ~/.cargo/bin/cargo 2> /dev/null)
# pytest by hand takes more options: make test-core ARGS="-k consent -x"
ARGS ?=

# One group's run: $(call pytest,name,options). Each leaves its result behind.
define pytest
	@mkdir -p $(RESULTS)
	@echo "== $(1) tests"
	@COVERAGE_FILE="$(CURDIR)/$(RESULTS)/coverage.$(1)" $(BIN)/python -m pytest \
		--junitxml=$(RESULTS)/$(1).xml -q $(2) $(ARGS)
endef

# Leaves the coverage of what is not marked `unmeasured` behind.
COVERED := --cov --cov-report=

# coverage over one of those files: $(call measured,name)
measured = COVERAGE_FILE="$(CURDIR)/$(RESULTS)/coverage.$(1)" $(BIN)/coverage

.PHONY: help demo test check format test-core test-kafka test-faults test-long mutation coverage \
	faults docs docs-check site bench soak express express-compare express-mutants fuzz \
	clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.express ## The two agencies' year 2024 through a real Kafka, and the report from it
	@$(BIN)/samverkan demo

test: $(VENV)/.express ## Everything: style, types, borders, core, Kafka, faults, coverage gates
	@rm -rf $(RESULTS)
	@$(MAKE) check
	@# Side by side: those on Kafka wait for much of their time.
	@$(MAKE) -j2 test-core test-kafka
	@$(MAKE) test-faults
	@$(MAKE) coverage
	@$(BIN)/python tests/totals.py $(RESULTS)/core.xml $(RESULTS)/kafka.xml $(RESULTS)/faults.xml

check: $(VENV)/.synced ## Format, lint, types, import borders, dependencies
	@$(BIN)/ruff format --check --quiet . || { echo "run 'make format'"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --strict
	@$(BIN)/lint-imports --no-cache > $(VENV)/lint-imports.log 2>&1 \
		|| { cat $(VENV)/lint-imports.log; exit 1; }
	@$(BIN)/deptry . > $(VENV)/deptry.log 2>&1 || { cat $(VENV)/deptry.log; exit 1; }
	@if [ -z "$(CARGO)" ]; then \
		echo "skipped: rustfmt and clippy over express/, since there is no cargo here"; \
	else \
		"$(CARGO)" fmt --check --manifest-path express/Cargo.toml; \
		PYO3_NO_PYTHON=1 PYO3_BUILD_EXTENSION_MODULE=1 $(LINKING) "$(CARGO)" clippy --quiet --locked \
			--all-targets --manifest-path express/Cargo.toml --target-dir express/target -- -D warnings; \
	fi
	@echo "format, lint, types, borders and dependencies are in order"

format: $(VENV)/.synced ## Let ruff format and mend what it can
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

test-core: $(VENV)/.express ## All tests that need no Kafka
	@$(BIN)/python tests/browser.py
	$(call pytest,core,$(COVERED) -n 2 -m "not kafka and not faults")

test-kafka: $(VENV)/.express ## The tests on a real Kafka
	$(call pytest,kafka,$(COVERED) -n 2 --dist loadgroup -m "kafka and not faults")

test-faults: $(VENV)/.express ## The tests that kill and freeze real processes
	$(call pytest,faults,-m faults)

coverage: $(VENV)/.synced ## The gates over the runs above: 100 % of contract and core, 90 % overall
	@$(call measured,core) report --fail-under=100 \
		--include="schemas/*,gateway/domain/*" > $(RESULTS)/core.txt || { cat $(RESULTS)/core.txt; \
		echo "schemas and gateway/domain need 100 % branch coverage by the core tests"; exit 1; }
	@$(call measured,all) combine --keep --quiet \
		$(RESULTS)/coverage.core $(RESULTS)/coverage.kafka
	@$(call measured,all) report --fail-under=90 \
		> $(RESULTS)/all.txt || { cat $(RESULTS)/all.txt; \
		echo "the whole needs 90 % branch coverage"; exit 1; }
	@echo "== coverage: 100 % of schemas and gateway/domain," \
		"$$($(call measured,all) report --format=total) % overall"

test-long: $(VENV)/.express ## The property tests with many more examples, for the night
	@$(BIN)/python -m pytest -n 2 -q --timeout=3600 --hypothesis-profile=long \
		tests/properties tests/followup/test_truth.py $(ARGS)
	@if [ -n "$(CARGO)" ]; then $(MAKE) fuzz ARGS="--seconds 7200"; fi

mutation: $(VENV)/.synced ## Change one thing of the core at a time: does a test notice?
	@$(BIN)/mutmut run $(ARGS)

faults: $(VENV)/.express ## Seeds of faults on one broker and on three, by every law; ARGS=...
	@$(BIN)/python -m tests.faults.run $(ARGS)

docs: $(VENV)/.synced ## Write the generated documentation anew
	@$(BIN)/python -m gateway.cli.docs --write

docs-check: $(VENV)/.synced ## Say whether the generated documentation is fresh
	@$(BIN)/python -m gateway.cli.docs --check

site: $(VENV)/.synced ## Build the pages of docs/ as a web site in site/; a broken link fails it
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --site-dir "$(CURDIR)/site"
	@echo "open site/index.html; it needs no network"

bench: $(VENV)/.express ## Everything measured, beside its references; ARGS="--only latency" a part
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/.express ## An hour at 1,000 messages a second: does memory grow? ARGS="--minutes 10"
	@$(BIN)/python -m benchmarks --only soak $(ARGS)

express: $(VENV)/.synced ## Compile the express lane, if there is Rust; all works without it, slower
	@rm -f $(VENV)/.express
	@$(MAKE) $(VENV)/.express
	@test -z "$(CARGO)" -o -e $(LANE)

express-compare: ## Compile the lane, compare it with Python, record that only if all is equal
	@$(MAKE) express
	@test -e $(LANE) || { echo "there is no lane to compare: install Rust (rustup)"; exit 1; }
	@$(BIN)/python -m tests.express.compare
	@$(MAKE) express

express-mutants: $(VENV)/.express ## Change one thing of the lane at a time; ARGS="--minutes 60"
	@"$(CARGO)" mutants --version > /dev/null \
		|| { echo "install it: cargo install cargo-mutants --version 27.1.0 --locked"; exit 1; }
	@$(BIN)/python -m tests.express.mutants $(ARGS)

COUNTED := express/target/counted
fuzz: $(VENV)/.express ## Change good messages at random, lane beside Python; ARGS="--seconds 3600"
	@PYO3_NO_PYTHON=1 PYO3_BUILD_EXTENSION_MODULE=1 $(LINKING) "$(CARGO)" rustc --quiet --locked \
		--profile mutants --features counters --manifest-path express/Cargo.toml \
		--target-dir $(COUNTED) --lib -- -C instrument-coverage
	@LLVM_PROFILE_FILE=/dev/null $(BIN)/python -m tests.express.fuzz \
		--library $(COUNTED)/mutants/libcompiled.$(LIBRARY) $(ARGS)

clean: ## Stop the local Kafka; remove its data, the fact store, caches and the environment
	@if [ -x $(BIN)/samverkan ]; then $(BIN)/samverkan broker stop; fi
	@rm -rf .samverkan .hypothesis .mypy_cache .ruff_cache .import_linter_cache .coverage*
	@rm -rf mutants site express/target $(LANE) $(VENV)
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is whole when this stamp is newer than what it was made from; then nothing here
# needs the network.
$(VENV)/.synced: uv.lock pyproject.toml
	@echo "== setting up $(VENV) (the first time takes a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
		f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: name another one," \
		" as in make $(MAKECMDGOALS) PYTHON=python3.12")'
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --locked --quiet
	@touch $@

# The express lane is optional: where it does not compile, only `make express` fails.
# The stamp stands for the attempt, so that what came of it is said once, not by every target.
# Moved into place: a running gateway keeps the library that it has begun with.
LANE_SOURCES := $(wildcard express/Cargo.* express/twins.json express/src/*.rs express/src/*/*.rs)
$(VENV)/.express: $(LANE_SOURCES) | $(VENV)/.synced
	@if [ -z "$(CARGO)" ]; then \
		echo "No cargo here: the gateway runs without its express lane, at about a fifth of the" \
			"speed; install Rust (rustup) and run 'make express'."; \
	else \
		echo "== compiling the express lane (the first time takes a minute)"; \
		if PYO3_NO_PYTHON=1 PYO3_BUILD_EXTENSION_MODULE=1 $(LINKING) "$(CARGO)" build --quiet \
			--release --locked --manifest-path express/Cargo.toml --target-dir express/target; then \
			cp express/target/release/libcompiled.$(LIBRARY) $(LANE).new; \
			mv $(LANE).new $(LANE); \
		else \
			rm -f $(LANE); \
			echo "The express lane does not compile (see above): the gateway runs without it, at" \
				"about a fifth of the speed; mend that and run 'make express'."; \
		fi; \
	fi
	@touch $@

# A Mac's linker has to be told that Python's own functions are found later.
ifeq ($(shell uname -s),Darwin)
LIBRARY := dylib
LINKING := RUSTFLAGS="-C link-arg=-undefined -C link-arg=dynamic_lookup"
else
LIBRARY := so
endif
