.DEFAULT_GOAL := help
.PHONY: help setup build demo test build-tests build-release instructions build-instructions lint package fuzz faults bench clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing for all of the below
	@.ci/setup demo test lint fuzz bench

build: ## Build the daemon as it is released
	cargo build --locked --release

demo: ## Watch a good and a bad token at a real Prosody (Ctrl-C ends it; DEMO_EXIT=1: at once)
	@.ci/setup demo
	@cargo build --locked --bin prosody-tokend --example demo
	@cargo run --locked --quiet --example demo

test: ## Run every test
	@.ci/setup test package
	@$(MAKE) --no-print-directory --jobs=2 build-tests build-release
	packaging/build
	cargo test --locked --doc --quiet
	busted tests/lua
	PROSODY_LIB=target/debian-13/usr/lib/prosody busted --lua=lua5.4 tests/lua
	cargo nextest run --locked
	TEST_PROSODY=13 cargo nextest run --locked --test e2e
	@$(MAKE) --no-print-directory instructions

# Built side by side: the release has steps that keep one core busy alone.
build-tests:
	cargo nextest run --locked --no-run

# Both programs at once, so that what they are made of is built once. Whatever linker somebody has set up for their own builds, these are
# linked as everybody's are: mold strips the names as well, by which the functions are found that are counted.
build-release build-instructions: export RUSTFLAGS =

build-release:
	cargo build --locked --release --features instructions --bin instructions --bin prosody-tokend

build-instructions:
	cargo build --locked --release --features instructions --bin instructions

instructions: ## Hold the instructions of a decision against the committed counts (ACCEPT=1 writes them)
	@.ci/setup instructions
	@$(MAKE) --no-print-directory build-instructions
	@target/release/instructions $(if $(ACCEPT),record,compare)

lint: ## Check format, lints, licences and sources
	@.ci/setup lint
	cargo fmt --check --all
	cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
	cd fuzz && cargo fmt --check && cargo clippy --locked --release -- -D warnings
	luacheck --quiet lua tests measure contrib
	for version in 5.1 5.2 5.3 5.4; do find lua tests/lua tests/support measure -name '*.lua' -print0 | xargs -0 -n 1 luac$$version -p || exit; done
	find tests/client tests/browser/client -name node_modules -prune -o -name '*.*js' -print0 | xargs -0 -r -n 1 node --check
	cargo deny --locked --workspace check licenses bans sources
	@.ci/advisories

# For the architecture that it runs on: packages for arm64 are built by the same command on an arm64 machine.
package: ## Build the package, a .tar.gz of its files, an SBOM and checksums in target/dist
	@.ci/setup package
	cargo build --locked --release --bin prosody-tokend
	packaging/build

fuzz: ## Run each fuzz target for FUZZ_SECONDS (default 60), two at a time
	@.ci/setup fuzz
	cd fuzz && cargo build --locked --release --bins
	ls fuzz/corpus | xargs -n 1 -P 2 fuzz/run

faults: ## Break things at random FAULTS times (default 1000), beside a model of who may be in
	@.ci/setup test
	FAULTS=$(or $(FAULTS),1000) cargo test --locked --test it faults:: -- --nocapture

bench: ## Measure everything and write docs/performance.md (BENCH_SECONDS, default 1, for each measurement)
	@.ci/setup bench
	cargo build --locked --release
	@$(MAKE) --no-print-directory instructions
	cargo bench --locked --package prosody-tokend-measure --bench pure
	cargo bench --locked --package prosody-tokend-measure --profile dev --bench load --bench gateway --bench growth --bench prosody

clean: ## Remove what was built
	cargo clean
	rm -rf fuzz/target
	rm -rf tests/client/node_modules tests/browser/client/node_modules
