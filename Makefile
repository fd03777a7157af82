# Each verb sets up what it needs. Wanted on the machine: python3 with venv, make, git.

PYTHON ?= python3
VENV := .venv
IN := $(VENV)/bin
QUIET := --quiet --disable-pip-version-check

.PHONY: help demo test test-ends test-all check fuzz fuzz-pack faults bench peers peers-logs docs build clean

help: ## what each verb does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.package ## anonymize a bundled access log and a stream of events: before, after, report
	@$(IN)/python examples/demo.py

test: $(VENV)/.test ## run the suite on this Python
	$(IN)/python -m pytest -n auto --dist worksteal

test-ends: $(VENV)/.test ## run it with the built wheel on the oldest Python with the lowest dependencies, and the newest
	$(IN)/python tools/every_python.py --ends

test-all: $(VENV)/.test ## run it with the built wheel on every CPython >= 3.11 on this machine
	$(IN)/python tools/every_python.py

# What coverage leaves out is listed in pyproject.toml, or says why on its line
# (`# pragma: no cover - reason`); tests/test_project.py demands it.
check: $(VENV)/.check ## format, lint, types, and the suite with every branch covered
	$(IN)/ruff format --check .
	$(IN)/ruff check .
	$(IN)/mypy
	$(IN)/python -m pytest -q -n auto --dist worksteal --cov --cov-report=
	$(IN)/python -m coverage report --fail-under=100

fuzz: $(VENV)/.test ## try parsers and laws on 1,000 new random examples each (20 minutes of one core)
	ANONKIT_HYPOTHESIS=fuzz $(IN)/python -m pytest -q -p no:cacheprovider -m hypothesis \
	  -n auto tests/laws tests/unit tests/differential

fuzz-pack: $(VENV)/.fuzz ## feed the reader of packs what coverage suggests, for ten minutes
	$(IN)/python tools/fuzz_pack.py

faults: $(VENV)/.test ## kill writers and senders of the outbox 1,800 times, and runs 6,480 times (15 minutes)
	ANONKIT_FAULTS=150 $(IN)/python -m pytest -q -p no:cacheprovider tests/laws/test_faults.py \
	  tests/cli/test_kills.py

bench: $(VENV)/.bench ## measure the hot paths as ratios, with their floors
	$(IN)/python benchmarks

peers: .venvs/peers/.ready ## measure beside DataFog, scrubadub, Presidio, anonip and rsyslog (900 MB)
	.venvs/peers/bin/python benchmarks scrub log_peers

peers-logs: .venvs/peers-logs/.ready ## load anonymized logs in GoAccess and apachelogs: no line rejected
	.venvs/peers-logs/bin/python tools/load_in_peers.py

docs: $(VENV)/.test ## renew what is generated in docs/, then run every example in README and docs
	$(IN)/python tools/renew_schema.py
	$(IN)/python tools/renew_notices.py
	$(IN)/python tools/renew_formats.py
	$(IN)/python -m pytest -q tests/test_docs.py tests/test_examples.py

build: $(VENV)/.package ## make the wheel in dist/
	$(IN)/python -m pip wheel $(QUIET) --no-deps --wheel-dir dist .

clean: ## remove everything that make made
	rm -rf $(VENV) .venvs dist build .coverage .coverage.* .hypothesis .pytest_cache .mypy_cache \
	  .ruff_cache benchmarks/out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp per step, so that a second run installs nothing. An editable install follows the sources
# by itself; only a change in pyproject.toml or in the pins asks for a new one.
$(VENV)/.package: pyproject.toml
	test -x $(IN)/python || $(PYTHON) -m venv $(VENV)
	$(IN)/python -m pip install $(QUIET) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.package requirements/test.txt
	$(IN)/python -m pip install $(QUIET) --requirement requirements/test.txt
	@touch $@

$(VENV)/.check: $(VENV)/.test requirements/check.txt
	$(IN)/python -m pip install $(QUIET) --requirement requirements/check.txt
	@touch $@

$(VENV)/.fuzz: $(VENV)/.package requirements/fuzz.txt
	$(IN)/python -m pip install $(QUIET) --requirement requirements/fuzz.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.test requirements/bench.txt
	$(IN)/python -m pip install $(QUIET) --requirement requirements/bench.txt
	@touch $@

# Apart from ours, because it brings a hundred packages.
.venvs/peers/.ready: $(VENV)/.package requirements/bench.txt requirements/peers.txt
	$(PYTHON) -m venv .venvs/peers
	.venvs/peers/bin/python -m pip install $(QUIET) --editable '.[fast,phone]' \
	  --requirement requirements/bench.txt --requirement requirements/peers.txt
	@touch $@

.venvs/peers-logs/.ready: $(VENV)/.package requirements/peers-logs.txt
	$(PYTHON) -m venv .venvs/peers-logs
	.venvs/peers-logs/bin/python -m pip install $(QUIET) --editable . \
	  --requirement requirements/peers-logs.txt
	@touch $@
