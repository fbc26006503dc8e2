# SPDX-License-Identifier: MIT

# Pregón: real-time broadcasting for classic servers. `make help` lists what this file can do.
# A folder is a program: a new .cpp or sub-folder of worker/, fcgi/, webhookd/, ctl/ or shared/ needs
# no edit.

BUILD    ?= build
PREFIX   ?= /usr
DESTDIR  ?=
SANITIZE ?=
PORT     ?= 8080
JOBS     ?= $(shell nproc)
# The release, which is typed in this file alone, and its date.
VERSION  := $(shell cat VERSION)
DATE     := $(shell sed -n 's/^\#\# $(VERSION), //p' CHANGELOG.md)

# Debian packages: what it takes to build, besides to show the product, besides to test it, and
# besides to build the package and test that.
BUILD_PACKAGES := g++ make pkg-config libwebsockets-dev libwebsockets-evlib-uv libuv1-dev \
	libfcgi-dev libcjson-dev libsodium-dev libsoci-dev libboost-dev libsqlite3-dev libexpected-dev \
	libpq-dev libmariadb-dev libssl-dev libcurl4-openssl-dev libsystemd-dev libcli11-dev libcrypt-dev \
	liburing-dev libhiredis-dev
RUN_PACKAGES := tzdata nginx-light supervisor curl ca-certificates libfcgi-bin nodejs npm
TEST_PACKAGES := cpputest man-db caddy sqlite3 procps spawn-fcgi chromium clang-14 clang-format-14 libclang-rt-14-dev \
	postgresql mariadb-server apache2-bin lighttpd lighttpd-mod-openssl php-fpm openssl logrotate \
	valgrind iproute2 systemd python3 python3-websockets pgbouncer faketime redis-server \
	redis-sentinel redis-tools php-laravel-framework php-sqlite3
PACKAGE_PACKAGES := build-essential debhelper dpkg-dev fakeroot lintian systemd mmdebstrap \
	systemd-container
BENCH_PACKAGES := redis-server wrk sqlite3 postgresql mariadb-server gnuplot-nox
PEER_PACKAGES := nginx-light libnginx-mod-nchan nodejs npm

# Two builds. The plain one is what ships, but for its debug information: line numbers alone
# (DEBUG=-g for a debugger). With SANITIZE clang instruments the same sources; address,undefined is
# the build of the sanitized tests and, by its coverage counters, of the fuzz targets.
comma := ,
CLANG    ?= clang++-14
DEBUG    ?= -g1
WERROR   ?=
ifneq ($(SANITIZE),)
ifeq ($(origin CXX),default)
CXX      := $(CLANG)
endif
endif
CXXFLAGS ?= $(OPTIMIZE) $(DEBUG)
OPTIMIZE := $(if $(SANITIZE),-O1,-O2)
override CXXFLAGS += -std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Wconversion $(WERROR) -pthread
LIBRARY_INCLUDES := \
	$(patsubst -I%,-isystem %,$(shell pkg-config --cflags libpq libmariadb 2>/dev/null))
override CPPFLAGS += -I. -MMD -MP $(LIBRARY_INCLUDES)
override LDFLAGS  += -pthread
export TSAN_OPTIONS := suppressions=$(abspath tests/thread.suppressions)
WEB := $(BUILD)/web
SANITIZED := $(BUILD)/sanitize-address-undefined
ifneq ($(SANITIZE),)
override BUILD := $(BUILD)/sanitize-$(subst $(comma),-,$(SANITIZE))
COVERAGE := $(if $(findstring address,$(SANITIZE)),fuzzer-no-link$(comma))
override CXXFLAGS += -fsanitize=$(COVERAGE)$(SANITIZE) -fno-omit-frame-pointer \
	-fno-sanitize-recover=all -DCPPUTEST_MEM_LEAK_DETECTION_DISABLED
PRECOMPILE_FLAGS := -fpch-instantiate-templates
# CppUTest's library has an operator new, too: the sanitizer's comes first.
override LDFLAGS  += -fsanitize=$(SANITIZE) -Wl,--allow-multiple-definition
# SOCI does not export the type information of its backends, which the check of a downcast asks for.
$(BUILD)/shared/store/database.o: override CXXFLAGS += -fno-sanitize=vptr
endif

# ccache serves where it is installed (CCACHE= for none).
CCACHE ?= $(shell command -v ccache)
export CCACHE_SLOPPINESS ?= pch_defines,time_macros

# The standard headers are read once instead of once for each file. PRECOMPILE= goes without, as the
# Debian package does: it proves that each file includes what it uses.
PRECOMPILE ?= yes
# Of a precompiled std::string g++ 12 warns about the library's own code (GCC bug 105329).
ifeq ($(PRECOMPILE)$(SANITIZE),yes)
override CXXFLAGS += -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread
endif

objects  = $(patsubst %.cpp,$(BUILD)/%.o,$(sort $(shell find $(1) -name '*.cpp')))
SHARED   := $(call objects,shared)
# What needs an event loop or a foreign server library, however indirectly; the rest, but main, is
# linked into the unit tests.
ADAPTERS := $(patsubst %,$(BUILD)/%.o, \
	$(shell tests/adapters $$(find worker fcgi ctl webhookd -name '*.cpp' -o -name '*.h')))
LOGIC    := $(filter-out %/main.o $(ADAPTERS),$(call objects,worker fcgi ctl webhookd))
TESTS    := $(call objects,tests/main.cpp tests/shared tests/worker tests/fcgi tests/ctl tests/webhookd)
PROGRAMS := $(addprefix $(BUILD)/,pregon-worker pregon-fcgi pregon-webhookd pregonctl)

SHARED_LIBS := -lcjson -lsoci_core -lsoci_sqlite3 -lsoci_postgresql -lsoci_mysql -lsqlite3 -lpq -lmariadb \
	-lcrypto -lsodium -lsystemd

$(BUILD)/shared/process/daemon.o: VERSION
$(BUILD)/shared/process/daemon.o: private override CPPFLAGS += -DPREGON_VERSION='"$(VERSION)"'

.PHONY: all
all: $(PROGRAMS) ## build the four programs (default)

$(BUILD)/pregon-worker: $(call objects,worker) $(SHARED)
	$(CXX) $(LDFLAGS) -o $@ $^ -lwebsockets -luv -luring -lhiredis -lssl $(SHARED_LIBS)

$(BUILD)/pregon-fcgi: $(call objects,fcgi) $(SHARED)
	$(CXX) $(LDFLAGS) -o $@ $^ -lfcgi -lcurl -lhiredis $(SHARED_LIBS)

$(BUILD)/pregon-webhookd: $(call objects,webhookd) $(SHARED)
	$(CXX) $(LDFLAGS) -o $@ $^ -lcurl $(SHARED_LIBS)

$(BUILD)/pregonctl: $(call objects,ctl) $(SHARED)
	$(CXX) $(LDFLAGS) -o $@ $^ -lcurl -lcrypt $(SHARED_LIBS)

# Of an archive a program links what it uses.
$(BUILD)/logic.a: $(LOGIC) $(SHARED)
	rm -f $@
	ar rcsT $@ $^

$(BUILD)/unit-tests: $(TESTS) $(BUILD)/logic.a
	$(CXX) $(LDFLAGS) -o $@ $^ -lCppUTest -lCppUTestExt -lcurl -lcrypt -luring -lhiredis $(SHARED_LIBS)

$(BUILD)/bench/fan_out_path: $(addprefix $(BUILD)/tests/bench/,fan_out_path.o process.o) \
		$(BUILD)/logic.a
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) -o $@ $^ -luring -lhiredis $(SHARED_LIBS)

$(BUILD)/bench/load: $(filter-out %/bare_responder.o %/fan_out_path.o,$(call objects,tests/bench)) \
		$(SHARED)
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) -o $@ $^ -luring $(SHARED_LIBS)

# The code of the unit tests is compiled more often than it is run.
$(TESTS): private OPTIMIZE := -O0
$(TESTS): private HEADERS := $(BUILD)/precompiled/tests.h
HEADERS := $(BUILD)/precompiled/programs.h
PRECOMPILED := $(if $(PRECOMPILE),$(addprefix $(BUILD)/precompiled/,programs.h.gch tests.h.gch))

$(BUILD)/precompiled/tests.h.gch: private OPTIMIZE := -O0
$(PRECOMPILED): $(BUILD)/precompiled/%.h.gch: shared/precompiled.h
	@mkdir -p $(@D)
	cp $< $(@:.gch=)
	$(CCACHE) $(CXX) $(CPPFLAGS) $(CXXFLAGS) $(PRECOMPILE_FLAGS) -x c++-header -o $@ $<

$(BUILD)/%.o: %.cpp $(PRECOMPILED)
	@mkdir -p $(@D)
	$(CCACHE) $(CXX) $(CPPFLAGS) $(CXXFLAGS) $(if $(PRECOMPILE),-include $(HEADERS)) -c -o $@ $<

-include $(shell find $(BUILD) -path $(BUILD)/package -prune -o -type f -name '*.d' -print 2>/dev/null)

.PHONY: run check check-all test
run: deps ## everything: install what is missing, build, show the product on http://127.0.0.1:8080
	$(MAKE) -j$(JOBS) all web
	tests/stack run run --front nginx --port $(PORT)

# The stages run side by side (tests/stages). Their logs stay in build/check; those of check-all in
# build/check-all, where FROM=STAGE goes on.
FROM ?=
check: ## everything: install what is missing, build, pass every test (a quarter of an hour)
	$(call install,python3)
	JOBS=$(JOBS) tests/stages tests/check.stages $(BUILD)/check

check-all: ## what is too long for check, for a release; FROM=STAGE goes on from there
	$(call install,python3)
	JOBS=$(JOBS) tests/stages tests/check-all.stages $(BUILD)/check-all $(FROM)

.PHONY: instrumented
instrumented: ## build what the sanitized tests and the fuzz targets run, in build/sanitize-address-undefined
	$(MAKE) SANITIZE=address,undefined all $(SANITIZED)/unit-tests \
		$(patsubst %,$(SANITIZED)/%_fuzz,$(FUZZ_TARGETS))

.PHONY: build-fan-out-path check-fan-out-path
build-fan-out-path: $(BUILD)/bench/fan_out_path

check-fan-out-path: $(BUILD)/bench/fan_out_path ## prove what a delivery costs between an event and the kernel
	tests/check-fan-out-path $(BUILD)/bench/fan_out_path

# ONLY=Presence: the groups with that in their names.
ONLY ?=
test: $(BUILD)/unit-tests ## unit tests of the three programs (ONLY=Presence: of these groups)
	tests/run-units $(BUILD)/unit-tests $(addprefix -g ,$(ONLY))

.PHONY: web web-test e2e e2e-sanitized e2e-thread
web: $(WEB)/index.html ## bundle the demo dashboard into build/web

$(WEB)/index.html: web/package-lock.json web/build.mjs $(shell find web/src -type f)
	cd web && npm ci --no-audit --no-fund
	cd web && node build.mjs $(abspath $(WEB))

web-test: web ## unit tests of the demo dashboard
	cd web && npm test

.PHONY: e2e-packages
e2e-packages: tests/e2e/node_modules/.package-lock.json
tests/e2e/node_modules/.package-lock.json: tests/e2e/package-lock.json
	cd tests/e2e && npm ci --no-audit --no-fund

e2e: all web tests/e2e/node_modules/.package-lock.json ## end-to-end tests; ONLY=upgrade, say, picks some
	BUILD=$(abspath $(BUILD)) tests/run-e2e

.PHONY: screenshot
screenshot: all web e2e-packages ## the README's picture of the page, docs/images/dashboard.png
	BUILD=$(abspath $(BUILD)) node tests/e2e/screenshot.mjs

# The same scenarios against programs that stop at the first misuse of memory, but for those that say
# why they need the others (tests/run-e2e --list); any report fails.
e2e-sanitized: all web tests/e2e/node_modules/.package-lock.json ## end-to-end tests under ASan and UBSan
	$(MAKE) -j$(JOBS) SANITIZE=address,undefined all
	BUILD=$(abspath $(BUILD)) BUILD_INSTRUMENTED=$(abspath $(SANITIZED)) tests/run-e2e

# Every attack that tests/attack/README.md lists, and random ones for CHAOS_SECONDS.
CHAOS_SECONDS ?= 60
.PHONY: attack
attack: all web tests/e2e/node_modules/.package-lock.json ## the attacks of tests/attack, under ASan and UBSan
	$(MAKE) -j$(JOBS) SANITIZE=address,undefined all
	BUILD=$(abspath $(BUILD)) BUILD_INSTRUMENTED=$(abspath $(SANITIZED)) CHAOS_SECONDS=$(CHAOS_SECONDS) \
		ONLY=$$(node tests/attack/index.mjs) tests/run-e2e

# pregon-fcgi is the program with threads.
THREADED := auth,broadcasting,databases,fastcgi,hanging,http,idempotency,identity,notification,payment,responder,waits
e2e-thread: all web e2e-packages ## end-to-end tests about pregon-fcgi under ThreadSanitizer
	$(MAKE) -j$(JOBS) SANITIZE=thread all
	BUILD=$(abspath $(BUILD)) BUILD_INSTRUMENTED=$(abspath $(BUILD)/sanitize-thread) \
		ONLY=$(THREADED) tests/run-e2e

# `make check` kills for a moment only; after work on the outbox or the stores `make kill-test
# KILL_RUNS=100`.
KILL_RUNS ?= 2
.PHONY: kill-test
kill-test: all tests/e2e/node_modules/.package-lock.json ## KILL_RUNS runs per database under SIGKILLs
	BUILD=$(abspath $(BUILD)) tests/kill-test --runs $(KILL_RUNS)

# How fast it is, and beside what (docs/performance.md). ROUNDS interleaved rounds of SECONDS_EACH
# seconds per HTTP scenario; tests/bench/load has rounds of its own. What else runs on the machine
# shows in the figures.
ROUNDS       ?= 3
SECONDS_EACH ?= 3
.PHONY: bench bench-peers bench-docs
bench: bench-deps ## measure requests and fan-out beside a bare responder and bare send() loops
	$(MAKE) -j$(JOBS) all $(BUILD)/bench/bare_responder $(BUILD)/bench/load
	BUILD=$(abspath $(BUILD)) ROUNDS=$(ROUNDS) SECONDS_EACH=$(SECONDS_EACH) DATABASE_FSYNC=on \
		tests/with-databases tests/bench/run
	BUILD=$(abspath $(BUILD)) tests/bench/load
	BUILD=$(abspath $(BUILD)) tests/bench/document

bench-peers: bench-deps bench-peers-deps ## measure Soketi and nchan beside it, where they can be installed
	$(MAKE) -j$(JOBS) all $(BUILD)/bench/load
	BUILD=$(abspath $(BUILD)) tests/bench/load peers
	BUILD=$(abspath $(BUILD)) tests/bench/document

bench-docs: bench bench-peers ## both, and their tables and plots into docs/performance.md
	BUILD=$(abspath $(BUILD)) tests/bench/document --docs

$(BUILD)/bench/bare_responder: $(BUILD)/tests/bench/bare_responder.o $(BUILD)/shared/protocol/hmac_signer.o
	@mkdir -p $(@D)
	$(CXX) $(LDFLAGS) -o $@ $^ -lfcgi -lcrypto

# install PACKAGE…: those of the Debian packages that are missing
define install
	@missing=$$(for package in $(1); do \
		case $$package in nodejs) command -v node >/dev/null && continue ;; \
			npm) command -v npm >/dev/null && continue ;; esac; \
		dpkg-query -W -f '$${Status}\n' $$package 2>/dev/null | grep -q '^install ok installed$$' \
			|| printf ' %s' $$package; done); \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" -ne 0 ]; then \
		echo "missing packages; as root: apt-get install --no-install-recommends$$missing" >&2; \
		exit 1; fi; \
	apt-get update && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $$missing
endef

.PHONY: deps test-deps bench-deps bench-peers-deps package-deps
deps: ## install the Debian packages that are missing to build and run (as root)
	$(call install,$(BUILD_PACKAGES) $(RUN_PACKAGES))

test-deps: ## the same, and what the tests need: browser, database servers, clang (as root)
	$(call install,$(BUILD_PACKAGES) $(RUN_PACKAGES) $(TEST_PACKAGES))

bench-deps: ## install what it takes to build, run and measure (as root)
	$(call install,$(BUILD_PACKAGES) $(RUN_PACKAGES) $(BENCH_PACKAGES))

# Whoever cannot be installed is NOT AVAILABLE in the tables, and nothing fails.
bench-peers-deps: ## install nchan (as root), and Soketi into build/bench/peers
	-$(call install,$(PEER_PACKAGES))
	@mkdir -p $(BUILD)/bench/peers
	-[ -d $(BUILD)/bench/peers/node_modules/@soketi/soketi ] || { \
		cp tests/bench/peers/package.json $(BUILD)/bench/peers/ && cd $(BUILD)/bench/peers && \
		npm install --ignore-scripts --omit=dev --no-audit --no-fund; }

package-deps: ## install what it takes to build the Debian packages and to try them (as root)
	$(call install,$(BUILD_PACKAGES) $(RUN_PACKAGES) $(PACKAGE_PACKAGES))

.PHONY: check-layers check-layers-test check-stages
check-layers: ## prove who may include whom
	tests/check-layers

check-layers-test: ## prove that check-layers finds what breaks its rules
	tests/check-layers-test

check-stages: ## prove that the runner of the gate's stages passes nothing that failed
	tests/stages-test

# One libFuzzer target per parser of foreign bytes. `make check` fuzzes for a moment only; after work
# on a parser `make fuzz FUZZ_SECONDS=600`.
FUZZ_SECONDS ?= 20
FUZZ_TARGETS := $(patsubst tests/fuzz/%_fuzz.cpp,%,$(wildcard tests/fuzz/*$(ONLY)*_fuzz.cpp))


ifeq ($(findstring address,$(SANITIZE)),)
fuzz: ## fuzz each parser for FUZZ_SECONDS (ONLY=ws_decoder: that one)
	$(MAKE) SANITIZE=address,undefined fuzz
else
$(BUILD)/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(BUILD)/logic.a
	$(CXX) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ -lcurl -lcrypt -luring -lhiredis $(SHARED_LIBS)

fuzz: $(patsubst %,$(BUILD)/%_fuzz,$(FUZZ_TARGETS))
	tests/run-fuzz $(BUILD) $(FUZZ_SECONDS) $(FUZZ_TARGETS)
endif
.PHONY: fuzz

# Everything that the Debian package ships; the demo page needs `make web`, or BUILD_WEB, before.
# A configuration file that is there stays: it is the operator's.
UNITDIR   ?= $(PREFIX)/lib/systemd/system
BUILD_WEB ?= $(WEB)
SHARE     := $(DESTDIR)$(PREFIX)/share
EXAMPLES  := $(SHARE)/doc/pregon/examples
.PHONY: install install-demo
install: all ## install programs, units, configuration and manuals under DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(UNITDIR) $(EXAMPLES) $(SHARE)/man/man1 \
		$(SHARE)/man/man5 $(SHARE)/man/man8 $(SHARE)/bash-completion/completions
	install -d $(addprefix $(DESTDIR)$(PREFIX)/lib/,sysusers.d tmpfiles.d)
	install -d $(addprefix $(DESTDIR)/etc/,pregon/pregon.d nginx/conf.d nginx/snippets caddy \
		ufw/applications.d needrestart/conf.d needrestart/restart.d)
	install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	for file in pregon.env:640 channels.json:644; do \
		[ -e $(DESTDIR)/etc/pregon/$${file%:*} ] || install -m $${file#*:} etc/$${file%:*} \
			$(DESTDIR)/etc/pregon; done
	install -m 644 etc/nginx/pregon-upstreams.conf $(DESTDIR)/etc/nginx/conf.d
	install -m 644 etc/nginx/pregon-locations.conf etc/nginx/pregon-prefixed-locations.conf \
		$(DESTDIR)/etc/nginx/snippets
	install -m 644 etc/caddy/*.caddy $(DESTDIR)/etc/caddy
	install -m 644 etc/ufw/pregon $(DESTDIR)/etc/ufw/applications.d
	install -m 644 etc/needrestart/conf.d/pregon.conf $(DESTDIR)/etc/needrestart/conf.d
	install -m 755 etc/needrestart/restart.d/pregon-worker.service $(DESTDIR)/etc/needrestart/restart.d
	install -m 644 $(addprefix systemd/*.,service socket target) $(DESTDIR)$(UNITDIR)
	install -m 644 systemd/pregon.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/pregon.conf
	install -m 644 systemd/pregon.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/pregon.conf
	for program in $(notdir $(PROGRAMS)); do \
		install -m 644 etc/bash-completion/pregon $(SHARE)/bash-completion/completions/$$program; done
	install -m 644 man/*.1 $(SHARE)/man/man1
	install -m 644 man/*.5 $(SHARE)/man/man5
	install -m 644 man/*.8 $(SHARE)/man/man8
	sed -i 's|@VERSION@|$(VERSION)|; s|@DATE@|$(DATE)|' $(SHARE)/man/man*/pregon*
	cp -r $(wildcard $(addprefix etc/,nginx caddy apache2 lighttpd supervisor logrotate systemd apps.json)) \
		$(EXAMPLES)
	install -m 644 web/src/live/pregon_recovery.js $(EXAMPLES)
	sed -i 's|/usr/bin/pregon|$(PREFIX)/bin/pregon|' $(DESTDIR)$(UNITDIR)/pregon-*.service \
		$(EXAMPLES)/supervisor/*

install-demo: ## install the demo page and its site for nginx under DESTDIR and PREFIX
	install -d $(SHARE)/pregon/demo $(DESTDIR)/etc/nginx/sites-available
	install -m 644 $(addprefix $(BUILD_WEB)/,index.html app.js app.css favicon.svg licenses.txt) \
		$(SHARE)/pregon/demo
	install -m 644 etc/nginx/pregon-site.conf $(DESTDIR)/etc/nginx/sites-available

# The Debian packages (debian/README.source), and what becomes of their tests.
PACKAGE := $(BUILD)/package
.PHONY: source-package
source-package: web ## make the source package and its tree in build/package/source
	rm -rf $(PACKAGE)/source
	debian/source-package $(PACKAGE)/source $(WEB)

.PHONY: release
release: package-deps ## NEW=0.2.0: the changelogs, the packages and their checksums, in build/release
	debian/release $(NEW) $(BUILD)/release

RELEASE ?= trixie
.PHONY: check-package check-package-quick check-package-release
check-package: package-deps source-package ## build the package; try it in booted Debian trees (as root)
	tests/package/run full $(PACKAGE)

check-package-quick: package-deps all web ## package what is built; boot, install, one payment
	tests/package/run quick $(PACKAGE) $(BUILD) $(WEB)

check-package-release: package-deps source-package ## build and try it in trees of RELEASE (as root)
	tests/package/run release $(PACKAGE) $(RELEASE)

# Versions of clang-format differ in what they make of the same .clang-format.
CLANG_FORMAT ?= clang-format-14
FORMATTED = $(or $(sort $(shell find . \( -name .git -o -name node_modules -o -path ./build \) -prune \
	-o \( -name '*.cpp' -o -name '*.h' \) -print)),$(error no C++ sources))
.PHONY: format check-format clean help
format: ## clang-format all C++ sources
	$(CLANG_FORMAT) -i $(FORMATTED)

check-format: ## prove that all C++ sources are formatted, and that each source has its licence
	@$(CLANG_FORMAT) --dry-run -Werror $(FORMATTED) && echo 'all sources are formatted'
	@tests/check-licences

clean: ## remove what was built
	rm -rf build web/node_modules tests/e2e/node_modules

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) \
		| awk -F '\t' '{ printf "%-21s %s\n", $$1, $$2 }'
	@echo "variables: SANITIZE=address,undefined  JOBS=2  BUILD=build  PORT=8080  PREFIX=/usr  DESTDIR=  RELEASE=trixie"
	@echo "one test alone: make test ONLY=Presence; make e2e ONLY=upgrade; make fuzz ONLY=ws_decoder"
	@echo "end-to-end files that run otherwise than the rest, each with its reason: tests/run-e2e --list"
