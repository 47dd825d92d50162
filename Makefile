# SPDX-FileCopyrightText: the Martlet authors
# SPDX-License-Identifier: Apache-2.0

# `make run` starts a broker and `make test` runs the tests; each installs and builds what it needs first.

ROUNDS ?= 500
SEEDS ?= 1000
FIRST ?= 1
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
# Suites that start many brokers and clients run behind the others, which would starve them; and those that start
# processes run alone, since a process inherits the sockets of the one that starts it.
BUSY := ^(MartletClientTests|MartletTestKitTests|SnippetTests|WireTests)\.
PROCESSES := ^(CrashTests|martletTests)\.
SWIFT_FILES := Sources Tests Benchmarks Package.swift

# Here warnings are errors; who only builds Martlet may have a newer compiler that knows more of them.
test crash simulate rigs-simulate lint: export MARTLET_STRICT = 1

.PHONY: run test lint format bench crash simulate rigs-simulate clean setup
.DEFAULT_GOAL := run

run: setup
	@echo "Building Martlet in release mode; the first time this takes some minutes."
	@swift build -c release --product martlet
	@exec .build/release/martlet serve --data ./data --port 7250

test: setup
	@echo "Building Martlet and its tests; the first time this takes some minutes."
	SWIFT_BACKTRACE=enable=no swift test --skip '$(BUSY)' --skip '$(PROCESSES)'
	SWIFT_BACKTRACE=enable=no swift test --skip-build --filter '$(BUSY)'
	SWIFT_BACKTRACE=enable=no swift test --skip-build --filter '$(PROCESSES)'

# Kills a broker with SIGKILL again and again while it is used, and checks what it had confirmed.
crash: setup
	MARTLET_CRASH_ROUNDS=$(ROUNDS) SWIFT_BACKTRACE=enable=no swift test --filter CrashTests

# Runs the broker's core under faults of disk, network, clock and clients, hours in a minute; a seed is one run.
simulate: setup
	MARTLET_SIMULATION_SEEDS=$(SEEDS) MARTLET_SIMULATION_FIRST=$(FIRST) SWIFT_BACKTRACE=enable=no \
		swift test --filter SimulationTests

# The short form, with the bugs that are planted.
rigs-simulate: setup
	SWIFT_BACKTRACE=enable=no swift test --filter 'SimulationTests|SimulationFaultTests'

lint:
	swift format lint --strict --recursive $(SWIFT_FILES)

format:
	swift format --in-place --recursive $(SWIFT_FILES)

bench: setup
	swift run -c release Benchmarks

clean:
	swift package clean

# Installs LMDB, SQLite and pkg-config, if they are not there; the rest comes with Swift or is fetched by the build.
setup:
	@command -v swift >/dev/null || { echo "Martlet needs Swift 6.2 or later: https://www.swift.org/install" >&2; exit 1; }
	@command -v pkg-config >/dev/null && pkg-config --exists lmdb sqlite3 || { \
		echo "Installing liblmdb-dev, libsqlite3-dev and pkg-config."; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends liblmdb-dev libsqlite3-dev pkg-config; }
