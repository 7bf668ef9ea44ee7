# Waxwing: `make demo` looks around, `make test` proves everything. Each sets up
# what it needs by itself (build/setup.sh) and says what it does.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/build/.tools/bin:$(PATH)

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
# BUILDFLAGS is -trimpath for what is handed out; tests reuse the build cache.
BUILDFLAGS ?=
# LDFLAGS_EXTRA is for registrations at providers: docs/ADMIN.md.
LDFLAGS_EXTRA ?=
LDFLAGS := -s -w -X waxwing/app.Version=$(VERSION) -X main.version=$(VERSION) $(LDFLAGS_EXTRA)
# WebKitGTK 4.1 is what current distributions have.
ifeq ($(shell uname -s),Linux)
TAGS := webkit2_41
else
TAGS := waxwing
endif

FRONTEND := $(shell find frontend/src frontend/wailsjs frontend/public frontend/index.html frontend/*.json frontend/*.ts frontend/*.js -type f 2>/dev/null)
WAILS := build/.tools/bin/wails
STATICCHECK := build/.tools/bin/staticcheck
ARTIFACTS ?= artifacts

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

## Using

.PHONY: demo run dev build build-windows
demo: ## start with sample mail; without a display, in a browser at a loopback address
	@build/setup.sh demo
	@$(MAKE) --no-print-directory frontend/dist/index.html
	@build/demo.sh

run: ## build and start with your own mail
	@build/setup.sh build
	@$(MAKE) --no-print-directory app
	build/bin/waxwing

dev: ## start with live reload
	@build/setup.sh build
	@$(MAKE) --no-print-directory $(WAILS)
	$(WAILS) dev -m -tags $(TAGS)

build: ## build the application and waxwingctl into build/bin
	@build/setup.sh build
	@$(MAKE) --no-print-directory app build/bin/waxwingctl BUILDFLAGS=-trimpath

build-windows: ## build the application, waxwingctl and installer for Windows
	@build/setup.sh package
	@$(MAKE) --no-print-directory frontend/dist/index.html $(WAILS)
	$(WAILS) build -m -s -skipbindings -trimpath -platform windows/amd64 -nsis -ldflags "$(LDFLAGS)"
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)" -o build/bin/waxwingctl.exe ./backend/cmd/waxwingctl

## Proving

.PHONY: test check check-go check-cross check-bindings check-frontend test-go test-frontend e2e window bench bench-peers
test: ## set up, then every check and test there is
	@build/setup.sh test
	@build/steps.sh check test-go test-frontend e2e window

check: check-go check-cross check-bindings check-frontend ## format, lint, types, other systems

check-go: frontend/dist/index.html $(STATICCHECK)
	@unformatted=$$(gofmt -l app backend frontend/embed.go main.go); test -z "$$unformatted" || { echo "not formatted, run make fmt: $$unformatted"; exit 1; }
	go vet -tags $(TAGS) ./...
	$(STATICCHECK) -tags $(TAGS) ./...

check-cross: frontend/dist/index.html
	GOOS=windows CGO_ENABLED=0 go build ./...
	GOOS=darwin CGO_ENABLED=0 go build ./backend/...

# Fails when the TypeScript bindings aren't those of the Go code, and renews them.
check-bindings: frontend/dist/index.html $(WAILS)
	@build/bindings.sh

check-frontend:
	cd frontend && npm run --silent lint
	cd frontend && npm run --silent check
	cd frontend && npm run --silent format:check

test-go: frontend/dist/index.html
	@mkdir -p $(ARTIFACTS)
	go test -tags $(TAGS) ./... 2>&1 | tee $(ARTIFACTS)/go-test.log

test-frontend:
	cd frontend && npm test

e2e: build/bin/waxwing-dev
	ARTIFACTS=$(ARTIFACTS) build/e2e.sh

window: app
	ARTIFACTS=$(ARTIFACTS) build/window-test.sh

bench: ## measure the first sync of 10,000 messages against others, and the window's start
	@build/setup.sh bench
	@$(MAKE) --no-print-directory app build/bin/waxwingctl BUILDFLAGS=-trimpath
	ARTIFACTS=$(ARTIFACTS) build/bench.sh

bench-peers: ## install Thunderbird and Geary, which bench measures when they are there
	@build/setup.sh bench-peers

## Making

.PHONY: app generate pictures fmt setup clean
app: frontend/dist/index.html
	go build $(BUILDFLAGS) -tags desktop,production,$(TAGS) -ldflags "$(LDFLAGS)" -o build/bin/waxwing .

.PHONY: build/bin/waxwing-dev build/bin/waxwingctl
build/bin/waxwing-dev: frontend/dist/index.html
	go build -tags dev,$(TAGS) -o $@ .

build/bin/waxwingctl:
	CGO_ENABLED=0 go build $(BUILDFLAGS) -ldflags "$(LDFLAGS)" -o $@ ./backend/cmd/waxwingctl

pictures: ## take pictures of all screens in every look; SCENES chooses by a regular expression
	@build/setup.sh test
	cd frontend && CHROMIUM=$$(../build/setup.sh browser) ARTIFACTS=$(abspath $(ARTIFACTS))/pictures SCENES='$(SCENES)' node e2e/pictures.js

generate: frontend/dist/index.html $(WAILS) ## renew the TypeScript bindings from the Go services
	$(WAILS) generate module -tags $(TAGS)

fmt: ## format everything
	gofmt -w app backend frontend/embed.go main.go
	cd frontend && npm run --silent format

setup: ## install what development needs
	@build/setup.sh test

clean: ## remove what was built
	rm -rf build/bin build/.demo $(ARTIFACTS)
	find frontend/dist -mindepth 1 ! -name .gitkeep -delete

frontend/dist/index.html: $(FRONTEND)
	cd frontend && npm run --silent build
	@touch frontend/dist/.gitkeep $@

$(WAILS) $(STATICCHECK) &: build/tools/go.mod build/tools/go.sum
	GOBIN=$(CURDIR)/build/.tools/bin go -C build/tools install tool
	@touch $(WAILS) $(STATICCHECK)
