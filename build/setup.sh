#!/usr/bin/env bash
# Installs what a task needs, and nothing that is there already.
#
#   build/setup.sh [build|demo|test|bench|bench-peers|package]
#   build/setup.sh browser      prints the browser of the end-to-end tests
#
# Debian and Ubuntu: by apt-get (with sudo unless root); Go and Node too, when
# they are missing or too old. Other systems: prints what to install. Asks
# nothing, may be repeated, and stays off the network when nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/lib.sh

readonly task=${1:-demo}
readonly go_wanted=$(sed -n 's/^go //p' go.mod)
readonly go_toolchain=1.26.8   # fetched where Go is missing or older than 1.21
readonly node_wanted=20.19.0   # package.json's engines
readonly node_fetched=22       # fetched where Node is missing or older

# The Debian packages of each task.
build_packages=(build-essential pkg-config libgtk-3-dev libwebkit2gtk-4.1-dev ca-certificates git)
demo_packages=(xvfb xauth dbus dbus-x11 fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji)
test_packages=(dovecot-imapd dovecot-lmtpd dovecot-submissiond exim4-daemon-light openssl python3
  dunst gnome-keyring libsecret-tools imagemagick xdotool x11-utils webkit2gtk-driver)
bench_packages=(isync)
peer_packages=(thunderbird geary sqlite3)   # large, so installed only when asked for
package_packages=(nsis)

packages_of() {
  case $1 in
    build) echo "${build_packages[@]}" ;;
    demo) echo "${build_packages[@]} ${demo_packages[@]}" ;;
    test) echo "${build_packages[@]} ${demo_packages[@]} ${test_packages[@]}" ;;
    bench) echo "${build_packages[@]} ${demo_packages[@]} ${test_packages[@]} ${bench_packages[@]}" ;;
    bench-peers) echo "${build_packages[@]} ${demo_packages[@]} ${test_packages[@]} ${bench_packages[@]} ${peer_packages[@]}" ;;
    package) echo "${build_packages[@]} ${package_packages[@]}" ;;
    *) fail "unknown task '$1': one of build, demo, test, bench, bench-peers, package" ;;
  esac
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif have sudo; then sudo -n true 2>/dev/null || say "sudo asks for your password to install packages"; sudo "$@"
  else fail "installing packages needs root and there is no sudo; as root run: $*"
  fi
}

missing_of() {
  local p
  for p in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || echo "$p"
  done
}

updated=
apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  if [ -z "$updated" ]; then
    say "apt-get update"
    as_root apt-get -qq update
    updated=yes
  fi
  say "apt-get install $*"
  # Never at the price of something that is installed, such as another mail server.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends --no-remove install "$@" </dev/null
}

# The tests start mail servers of their own; those that come with the packages
# shall not run on a developer's computer because of us.
silence_services() {
  local service
  [ -d /run/systemd/system ] || return 0
  for service in "$@"; do
    if systemctl is-active --quiet "$service"; then
      say "stopping and disabling the service $service that came with its package"
      as_root systemctl disable --now "$service" || true
    fi
  done
}

setup_packages() {
  local missing fresh=()
  # shellcheck disable=SC2046
  missing=$(missing_of $(packages_of "$task"))
  if [ "$task" = test ] && ! find_browser >/dev/null; then
    if apt-cache show chromium >/dev/null 2>&1; then missing+=" chromium"; fi
  fi
  if [ "$task" = test ] && ! have chromedriver; then
    if apt-cache show chromium-driver >/dev/null 2>&1; then missing+=" chromium-driver"; fi
  fi
  [ -n "${missing//[[:space:]]/}" ] || return 0
  case $missing in *dovecot*) fresh+=(dovecot) ;; esac
  case $missing in *exim4*) fresh+=(exim4) ;; esac
  # shellcheck disable=SC2086
  apt_install $missing
  silence_services "${fresh[@]}"
}

# find_browser prints the Chromium that the end-to-end tests drive. Ubuntu's
# chromium is a snap, which a container can't run, so others count as well.
find_browser() {
  local b
  for b in "${CHROMIUM:-}" chromium google-chrome google-chrome-stable; do
    [ -n "$b" ] && have "$b" && { command -v "$b"; return; }
  done
  find "${HOME:-/root}/.cache/ms-playwright" -name chrome -type f -perm -u+x 2>/dev/null | head -n 1 | grep .
}

go_version() { go version 2>/dev/null | sed -n 's/.* go\([0-9.]*\).*/\1/p'; }

setup_go() {
  if have go && version_at_least "$(cd / && go_version)" 1.21; then
    version_at_least "$(go_version)" "$go_wanted" || fail "Go $go_wanted is needed, and GOTOOLCHAIN keeps Go from fetching it"
    return
  fi
  $debian || fail "install Go $go_wanted or newer: https://go.dev/doc/install"
  have go || apt_install golang-go
  version_at_least "$(cd / && go_version)" 1.21 && return
  # An old Go can fetch a new one as a module, verified by the checksum database.
  say "Go $(cd / && go_version) is too old: fetching Go $go_toolchain as a module"
  local arch module folder
  arch=$(dpkg --print-architecture)
  module=golang.org/toolchain@v0.0.1-go$go_toolchain.linux-${arch/armhf/armv6l}
  folder=$(cd / && go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
  [ -n "$folder" ] || fail "couldn't fetch Go $go_toolchain; install it: https://go.dev/doc/install"
  mkdir -p build/.tools/bin
  rm -rf build/.tools/go
  cp -r "$folder" build/.tools/go
  chmod -R u+w build/.tools/go
  chmod +x build/.tools/go/bin/* build/.tools/go/pkg/tool/*/*
  ln -sf ../go/bin/go ../go/bin/gofmt build/.tools/bin/
}

node_version() { node --version 2>/dev/null | sed 's/^v//'; }

setup_node() {
  if have node && have npm && version_at_least "$(node_version)" "$node_wanted"; then return; fi
  $debian || fail "install Node.js $node_wanted or newer with npm: https://nodejs.org/en/download"
  have node || apt_install nodejs
  have npm || apt_install npm
  version_at_least "$(node_version)" "$node_wanted" && return
  say "Node $(node_version) is too old: fetching Node $node_fetched with npm"
  npm install --silent --no-audit --no-fund --prefix build/.tools/node "node@$node_fetched" npm@11
  mkdir -p build/.tools/bin
  ln -sf ../node/node_modules/.bin/node ../node/node_modules/.bin/npm ../node/node_modules/.bin/npx build/.tools/bin/
  hash -r
  version_at_least "$(node_version)" "$node_wanted" || fail "install Node.js $node_wanted or newer: https://nodejs.org/en/download"
}

# setup_modules FOLDER STAMP installs a folder's packages when the lock file is
# another than at the last time.
setup_modules() {
  local folder=$1 stamp=build/.stamps/$2 now
  now=$(cksum <"$folder/package-lock.json"; node --version)
  if [ -d "$folder/node_modules" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; then return; fi
  say "npm ci in $folder"
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
  mkdir -p build/.stamps
  printf '%s\n' "$now" >"$stamp"
}

setup_browser() {
  find_browser >/dev/null && return
  say "fetching Chromium for the end-to-end tests"
  (cd frontend && npx playwright-core install --with-deps chromium)
}

print_hint() {
  say "this set-up installs packages on Debian and Ubuntu only. Make sure that you have:"
  case "$(uname -s)" in
    Darwin) cat <<'T'
   Xcode command line tools (xcode-select --install), Go, Node.js (brew install go node).
   The tests against real mail servers run on Linux.
T
      ;;
    MINGW* | MSYS* | CYGWIN*) cat <<'T'
   Go, Node.js, make (winget install GoLang.Go OpenJS.NodeJS.LTS GnuWin32.Make) and the
   WebView2 runtime (part of Windows 11). The tests against real mail servers run on Linux.
T
      ;;
    *) cat <<'T'
   Fedora: dnf install gcc make pkgconf gtk3-devel webkit2gtk4.1-devel golang nodejs npm \
     xorg-x11-server-Xvfb dbus-daemon dbus-x11 dovecot exim openssl chromium dunst gnome-keyring libsecret \
     ImageMagick xdotool xorg-x11-utils google-noto-sans-fonts google-noto-sans-cjk-fonts google-noto-color-emoji-fonts
   Arch: pacman -S base-devel pkgconf gtk3 webkit2gtk-4.1 go nodejs npm xorg-server-xvfb dbus dovecot exim openssl \
     chromium dunst gnome-keyring libsecret imagemagick xdotool xorg-xwininfo noto-fonts noto-fonts-cjk noto-fonts-emoji
T
      ;;
  esac
}

# What else scripts ask for.
if [ "$task" = browser ]; then
  find_browser || fail "no Chromium; run build/setup.sh test"
  exit
fi

debian=false
if [ "$(uname -s)" = Linux ] && have apt-get && have dpkg-query; then debian=true; fi
packages_of "$task" >/dev/null
if $debian; then setup_packages; else print_hint; fi
setup_go
setup_node
setup_modules frontend npm
if [ "$task" = test ]; then setup_modules backend/mailtest/openid npm-openid; fi
if [ "$task" = test ] && [ "$(uname -s)" = Linux ]; then setup_browser; fi
say "set-up for $task: all there (Go $(go_version), Node $(node_version))"
