# The commands of this repository, one line each; CONTRIBUTING.md says when to use which.
PROFILE ?= dev
DATA ?= ./blockhouse-data
LISTEN ?= localhost:8443

.PHONY: run release test ui console pictures check ci bench bench-people bench-page bench-protocols bench-console simulate fuzz proof verifier doc setup setup-tests

run: setup console ## build and start on DATA; the dev profile builds soonest, PROFILE=release runs fastest
	@echo "building with the $(PROFILE) profile; the first build takes some minutes (PROFILE=release is slower to build, much faster to run)"
	cargo run --locked --profile $(PROFILE) --package server -- up --data $(DATA) --listen $(LISTEN)
release: setup ui ## the binary to install, with the console in it: target/release/blockhouse
	BLOCKHOUSE_REQUIRE_UI=1 cargo build --locked --release --package server
test: setup setup-tests ui ## the whole test suite
	cargo test --workspace --locked
	cd ui && npm run check && npm test
ui: ui/dist/app/index.html ## the console, where anything of it changed; the next build of the binary takes it in
console:
	@sh scripts/console
ui/node_modules/installed-lock.json: ui/package-lock.json ui/.npmrc
	cd ui && npm ci && cp package-lock.json node_modules/installed-lock.json
ui/dist/app/index.html: ui/node_modules/installed-lock.json crates/server/src/handlers/console.rs $(shell find ui/src ui/public ui/scripts -type f) $(wildcard ui/*.json ui/*.ts ui/*.html)
	cd ui && npm run build
check: ## before every commit
	@bash -c 'time (cargo fmt --all --check && cargo clippy --workspace --all-targets --locked -- -D warnings && cargo test --workspace --locked --quiet --lib --bins --test "[!p]*" --test "p[!r]*")'
ci: ## what has to pass before a change lands
	bash .ci/run
bench: ## BYTES of logs over TLS, then eight queries: a table, and target/bench.json
	cargo run --locked --release --package xtask -- bench --bytes $(or $(BYTES),1000000000)
bench-people: ## BYTES sent alone and beside RATE sign-ins a second, in turns
	cargo run --locked --release --package xtask -- bench-people --bytes $(or $(BYTES),400000000) --rate $(or $(RATE),20)
bench-page: ## RATE readers of the security page a second, beside MB of logs a second: the times of their answers
	cargo run --locked --release --package xtask -- bench-page --bytes $(or $(BYTES),600000000) --rate $(or $(RATE),2000) --mb-per-second $(or $(MB),20)
bench-protocols: ## BYTES of the same records by each protocol, as ratios to NDJSON: a table, and target/bench-protocols.json
	cargo run --locked --release --package xtask -- bench-protocols --bytes $(or $(BYTES),100000000) --rounds $(or $(ROUNDS),3)
bench-console: release ## the console over RECORDS records in a browser: first rows, scrolling, a tail of 2,000 a second: a table, and target/bench-console.json
	RECORDS=$(or $(RECORDS),1000000) BLOCKHOUSE_BIN=$(CURDIR)/target/release/blockhouse node ui/scripts/measure.mjs target/bench-console.json
simulate: ## SEEDS of the simulation of crashes and faults, for the night
	STORE_SEEDS=$(or $(SEEDS),1000) cargo test --locked --release -p store --test simulation
fuzz: ## SECONDS of each fuzz target; needs a nightly toolchain and cargo-fuzz
	cp Cargo.lock fuzz/Cargo.lock
	cd fuzz && for target in $$(cargo +nightly fuzz list); do cargo +nightly fuzz run $$target -- -max_total_time=$(or $(SECONDS),60) || exit 1; done
proof: setup-tests ## the wall holds for every set of policies: a table, and target/proof.json
	cargo run --locked --package proof -- target/proof.json
verifier: ## the reader's verifier as one static file: target/verifier/x86_64-unknown-linux-gnu/release/verify-overview
	RUSTFLAGS="-C target-feature=+crt-static -C strip=symbols" cargo build --locked --release --package verifier --bin verify-overview --target x86_64-unknown-linux-gnu --target-dir target/verifier
pictures: release ## the pictures of the README, of fresh installations: docs/pictures/
	sh scripts/pictures
doc: ## the crates' documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
setup:
	@sh scripts/setup
setup-tests:
	@sh scripts/setup-tests
