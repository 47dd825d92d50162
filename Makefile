# SPDX-FileCopyrightText: the Martlet authors
# SPDX-License-Identifier: Apache-2.0

# `make run` starts a broker and `make test` runs the tests; each installs and builds what it needs first.

ROUNDS ?= 500
SECONDS ?= 60
SEEDS ?= 1000
FIRST ?= 1
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
# Suites that start many brokers and clients run behind the others, which would starve them; and those that start
# processes run alone, since a process inherits the sockets of the one that starts it.
BUSY := ^(MartletClientTests|MartletTestKitTests|SnippetTests|WireTests)\.
PROCESSES := ^(CrashTests|martletTests)\.
# One that starts a broker again under its port runs by itself: commands of other tests may hold that port meanwhile.
ALONE := outlives the broker
# Suites in which threads meet; the others are of code that one thread runs.
THREADED := ^(LMDB|MartletClient|MartletServer|MartletService|MartletSQLite|MartletTestKit|Snippet|Wire)Tests\.
# The rigs run by their own targets only. Each has a short form, for CI, and a long one that takes what is asked for.
RIGS := ^Rigs\.
RIG = SWIFT_BACKTRACE=enable=no $(if $(SEED),MARTLET_RIG_SEED=$(SEED)) $(if $(PROGRAM),MARTLET_PROGRAM=$(PROGRAM)) $(1) \
	swift test --filter '$(RIGS)Rig/$(2)'
SWIFT_FILES := Sources Tests Benchmarks Package.swift

# Here warnings are errors; who only builds Martlet may have a newer compiler that knows more of them.
test crash lint simulate powerloss faults soak rigs: export MARTLET_STRICT = 1
rigs-powerloss rigs-faults rigs-soak rigs-simulate: export MARTLET_STRICT = 1

.PHONY: run test console console-test lint format bench docs deb deb-test crash powerloss faults soak fuzz simulate
.PHONY: sanitize
.PHONY: rigs rigs-powerloss rigs-faults rigs-soak rigs-fuzz rigs-simulate clean setup
.DEFAULT_GOAL := run

run: setup
	@echo "Building Martlet in release mode; the first time this takes some minutes."
	@swift build -c release --product martlet
	@exec .build/release/martlet serve --data ./data --port 7250

test: setup
	@echo "Building Martlet and its tests; the first time this takes some minutes."
	SWIFT_BACKTRACE=enable=no swift test --skip '$(BUSY)' --skip '$(PROCESSES)' --skip '$(RIGS)'
	SWIFT_BACKTRACE=enable=no swift test --skip-build --filter '$(BUSY)'
	SWIFT_BACKTRACE=enable=no swift test --skip-build --filter '$(PROCESSES)' --skip '$(ALONE)'
	SWIFT_BACKTRACE=enable=no swift test --skip-build --filter '$(ALONE)'

# Lists the files of the console, and the articles that it shows, for the compiler, which makes them part of the program.
ARTICLES := MartletServer MartletAdmin MartletData MartletBroker MartletProtocol MartletStore

console:
	@cd Sources && files=$$({ find MartletAdmin/Console -type f; \
		$(foreach module,$(ARTICLES),find $(module)/$(module).docc -name '*.md' ! -name $(module).md;) } | LC_ALL=C sort) && { \
	printf '%s\n' '// SPDX-FileCopyrightText: the Martlet authors' '// SPDX-License-Identifier: Apache-2.0' '' \
		'// Written by `make console`, which lists the files of the console.' '' '#include "console.h"' '' \
		'#pragma clang diagnostic ignored "-Wc23-extensions"'; \
	number=0; for file in $$files; do number=$$((number + 1)); \
		printf '\nstatic const unsigned char file_%d[] = {\n#embed "../%s"\n};\n' $$number "$$file"; done; \
	printf '\nstatic const struct console_file files[] = {\n'; \
	number=0; for file in $$files; do number=$$((number + 1)); \
		path=$$(echo "$$file" | sed -E 's|^MartletAdmin/Console/|/|; s|^([A-Za-z]+)/[A-Za-z]+\.docc/|/articles/\1/|'); \
		printf '    {"%s", file_%d, sizeof file_%d},\n' "$$path" $$number $$number; done; \
	printf '};\n\nunsigned long console_file_count(void) { return sizeof files / sizeof *files; }\n\n'; \
	printf 'const struct console_file *console_file_at(unsigned long index) { return &files[index]; }\n'; \
	} > CConsole/console.c

# Tries the console in a browser: Chromium and Python as Debian has them, what drives them from PyPI, in .build.
CONSOLE := .build/console-test/bin/python

console-test: setup
	@command -v chromium >/dev/null && python3 -c 'import ensurepip' 2>/dev/null || { \
		echo "Installing chromium and python3-venv."; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends \
			chromium fonts-dejavu-core python3-venv; }
	$(if $(PROGRAM),,swift build --product martlet)
	@[ -x $(CONSOLE) ] || python3 -m venv .build/console-test
	@$(CONSOLE) -m pip install --quiet --disable-pip-version-check -r Tests/ConsoleTests/requirements.txt
	cd Tests/ConsoleTests && PYTHONDONTWRITEBYTECODE=1 \
		MARTLET_PROGRAM=$(if $(PROGRAM),$(abspath $(PROGRAM)),$(CURDIR)/.build/debug/martlet) \
		$(CURDIR)/$(CONSOLE) -W ignore::ResourceWarning -m unittest -v

# Kills a broker with SIGKILL again and again while it is used, and checks what it had confirmed.
crash: setup
	MARTLET_CRASH_ROUNDS=$(ROUNDS) SWIFT_BACKTRACE=enable=no swift test --filter CrashTests

# Records a broker's writes and flushes, and starts one on each image of what a power failure would have left.
powerloss: setup
	$(call RIG,MARTLET_RIG_IMAGES=$(or $(IMAGES),1500),PowerLoss)

rigs-powerloss: setup
	$(call RIG,,PowerLoss)

# Lets the n-th write, flush, open, send, receive, accept .. of a broker fail or stall, one broker for each; every
# EVERY-th of them.
faults: setup
	$(call RIG,MARTLET_RIG_EVERY=$(or $(EVERY),1),Faults)

rigs-faults: setup
	$(call RIG,,Faults)

# Uses one broker in every way for so many minutes, then looks for what it has kept.
soak: setup
	$(call RIG,MARTLET_RIG_MINUTES=$(or $(MINUTES),60),Soak)

rigs-soak: setup
	$(call RIG,,Soak)
# Looks for bytes that break what reads them, with libFuzzer and the address sanitizer, in equal parts of SECONDS. What
# it finds stands in the corpus from then on, where `make test` reads it again.
FUZZ := .build/fuzz/release/Fuzz
FUZZ_TARGETS := frames tags headers rows packs batches incoming

fuzz: export SWIFT_BACKTRACE = enable=no
fuzz: setup
	MARTLET_FUZZ=1 swift build -c release --product Fuzz --scratch-path .build/fuzz --sanitize=address \
		-Xswiftc -sanitize=fuzzer -Xswiftc -enable-testing
	@mkdir -p .build/fuzz/seeds && $(FUZZ) seeds .build/fuzz/seeds
	@part=$$(( $(SECONDS) / $(words $(FUZZ_TARGETS)) )); [ $$part -gt 0 ] || part=1; \
	for target in $(FUZZ_TARGETS); do \
		mkdir -p .build/fuzz/found/$$target; log=.build/fuzz/$$target.log; \
		$(FUZZ) $$target -max_total_time=$$part -timeout=10 -rss_limit_mb=4096 -print_final_stats=1 \
			-artifact_prefix=Tests/FuzzTests/Corpus/$$target/ .build/fuzz/found/$$target .build/fuzz/seeds/$$target \
			Tests/FuzzTests/Corpus/$$target > $$log 2>&1 || { \
			grep -E "^$$target:|ERROR|SUMMARY|Test unit" $$log; echo "fuzz: $$target is broken; see $$log" >&2; exit 1; }; \
		printf '%-9s%s\n' $$target "$$(grep DONE $$log | cut -f2-)"; \
	done

# The short form of `fuzz`, for every change.
rigs-fuzz:
	@$(MAKE) --no-print-directory fuzz SECONDS=20
# Runs the broker's core under faults of disk, network, clock and clients, hours in a minute; a seed is one run.
simulate: setup
	MARTLET_SIMULATION_SEEDS=$(SEEDS) MARTLET_SIMULATION_FIRST=$(FIRST) SWIFT_BACKTRACE=enable=no \
		swift test --filter SimulationTests

# The short form, with the bugs that are planted.
rigs-simulate: setup
	SWIFT_BACKTRACE=enable=no swift test --filter 'SimulationTests|SimulationFaultTests'

# The short form of every rig, as CI runs it; `make test` has that of the simulation.
rigs: rigs-powerloss rigs-faults rigs-soak rigs-fuzz

# Runs the threaded suites under the thread sanitizer, with locks that it sees, then all of one process under the
# address sanitizer; each has a build of its own. Leaks are not looked for: XCTest has two of its own at its exit.
sanitize: export SWIFT_BACKTRACE = enable=no
sanitize: export ASAN_OPTIONS = detect_leaks=0
sanitize: setup
	MARTLET_TSAN=1 swift test --sanitize=thread --scratch-path .build/tsan --filter '$(THREADED)'
	swift test --sanitize=address --scratch-path .build/asan --skip '$(BUSY)' --skip '$(PROCESSES)' --skip '$(RIGS)'
	swift test --sanitize=address --scratch-path .build/asan --skip-build --filter '$(BUSY)'

lint:
	swift format lint --strict --recursive $(SWIFT_FILES)

format:
	swift format --in-place --recursive $(SWIFT_FILES)

bench: setup
	swift run -c release Benchmarks

# Renders the articles and interfaces of all targets as one site that any server of files can serve, at HOSTING.
DOCUMENTED := MartletClient MartletJSON MartletSQLite MartletTestKit MartletProtocol MartletServer MartletAdmin MartletData \
	MartletBroker MartletStore
HOSTING ?= /

docs: export MARTLET_DOCS = 1
docs: setup
	swift package --scratch-path .build/docs --allow-writing-to-directory .build/site generate-documentation \
		$(DOCUMENTED:%=--target %) --enable-experimental-combined-documentation --warnings-as-errors \
		--transform-for-static-hosting --hosting-base-path $(HOSTING) --output-path .build/site
	@config/site/links .build/site $(HOSTING)
	@echo "The site is in .build/site: python3 -m http.server --directory .build/site"

# Packs the program, with the Swift runtime in it, as a Debian package.
DEB := .build/deb
DEB_PROGRAM := $(DEB)/release/martlet

deb: setup
	@command -v dpkg-deb >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq dpkg; }
	swift build -c release --product martlet --static-swift-stdlib -Xlinker -s --scratch-path $(DEB)
	@config/debian/build $(DEB_PROGRAM) $(DEB)

# Installs, starts, upgrades and removes the package in a clean Debian of its own, with an older version before it.
deb-test: deb
	@command -v debootstrap >/dev/null || { $(SUDO) apt-get update -qq && \
		$(SUDO) apt-get install -y -qq --no-install-recommends debootstrap; }
	@$(SUDO) config/debian/check $(DEB)/martlet_$$($(DEB_PROGRAM) --version)-1_*.deb

clean:
	swift package clean

# Installs LMDB, SQLite and pkg-config, if they are not there; the rest comes with Swift or is fetched by the build.
setup:
	@command -v swift >/dev/null || { echo "Martlet needs Swift 6.2 or later: https://www.swift.org/install" >&2; exit 1; }
	@command -v pkg-config >/dev/null && pkg-config --exists lmdb sqlite3 || { \
		echo "Installing liblmdb-dev, libsqlite3-dev and pkg-config."; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends liblmdb-dev libsqlite3-dev pkg-config; }
