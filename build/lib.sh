# shellcheck shell=bash
# What the scripts here share. They run in the project's root and print plainly
# what they do, each line marked by an arrow.

say() { printf '→ %s\n' "$*"; }
fail() { printf 'ERROR: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Programs that setup.sh fetched come first.
PATH="$PWD/build/.tools/bin:$PATH"
export PATH

# version_at_least HAVE WANT compares dotted versions.
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# free_port prints a loopback port that nobody listens on.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

# http_status PORT PATH prints the status code of a page on loopback, or nothing.
http_status() {
  (
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit
    printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1:%s\r\n\r\n' "$2" "$1" >&3
    read -r -t 5 _ status _ <&3
    echo "$status"
  ) 2>/dev/null || true
}

# wait_until SECONDS COMMAND… repeats the command until it succeeds.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}

# children are the processes that stop_children ends, newest first.
children=()
stop_children() {
  local i
  for ((i = ${#children[@]} - 1; i >= 0; i--)); do
    kill "${children[i]}" 2>/dev/null || true
    wait "${children[i]}" 2>/dev/null || true
  done
  children=()
}

# start_display starts a private X server and sets DISPLAY.
start_display() {
  local file
  file=$(mktemp)
  Xvfb -displayfd 3 -screen 0 "${1:-1280x800}x24" -nolisten tcp 3>"$file" >/dev/null 2>&1 &
  children+=($!)
  wait_until 20 test -s "$file" || fail "Xvfb didn't start"
  DISPLAY=":$(cat "$file")"
  rm -f "$file"
  export DISPLAY
  export GDK_BACKEND=x11
  unset WAYLAND_DISPLAY
}

# start_bus starts a private session bus unless there is one.
start_bus() {
  if [ -n "${DBUS_SESSION_BUS_ADDRESS:-}" ] && [ "${1:-}" != private ]; then
    return
  fi
  local file
  file=$(mktemp)
  dbus-daemon --session --nofork --print-address=3 3>"$file" >/dev/null 2>&1 &
  children+=($!)
  wait_until 20 test -s "$file" || fail "dbus-daemon didn't start"
  DBUS_SESSION_BUS_ADDRESS=$(head -n 1 "$file")
  rm -f "$file"
  export DBUS_SESSION_BUS_ADDRESS
}

# start_desktop starts what a desktop has: a display, a session bus, an unlocked
# keyring and notifications, all private, with a home folder of its own.
start_desktop() {
  desktop_home=$(mktemp -d)
  export HOME=$desktop_home XDG_RUNTIME_DIR=$desktop_home/run
  unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME
  mkdir -p "$XDG_RUNTIME_DIR"
  chmod 700 "$XDG_RUNTIME_DIR"
  start_display "${1:-1280x800}"
  start_bus private
  # The keyring daemon detaches itself; it ends with the bus.
  printf '\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
  dunst >/dev/null 2>&1 &
  children+=($!)
  wait_until 20 dunstctl count >/dev/null 2>&1 || fail "dunst didn't start"
}

# screenshot FILE takes a picture of the whole display.
screenshot() { import -silent -window root "$1"; }

# colours FILE counts the different colours of a picture: a blank window has few.
colours() { identify -format '%k' "$1"; }
