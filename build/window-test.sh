#!/usr/bin/env bash
# Starts the packaged application in a real window, with a display, a session
# bus, a keyring and a notification daemon of its own, against a real mail
# server, and sees it work: the window shows mail, new mail pops up, a click on
# the pop-up opens it, a second start hands over to the first. Screenshots are
# kept in $ARTIFACTS/window.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/lib.sh
pictures=$(realpath -m "${ARTIFACTS:-artifacts}/window")
mkdir -p "$pictures"
data=$(mktemp -d)
trap 'stop_children; rm -rf "$data" "${desktop_home:-}"' EXIT
trap 'exit 130' INT TERM
# A blank page has a handful of colours, text alone some dozens.
readonly enough_colours=200

go build -o build/bin/mailserve ./backend/mailtest/serve
make --no-print-directory build/bin/waxwingctl
start_desktop

# window_id prints the application's window.
window_id() { xdotool search --onlyvisible --name '^Waxwing' 2>/dev/null | head -n 1 | grep .; }

# painted NAME takes a picture and tells whether there is something on it.
painted() {
  screenshot "$pictures/$1.png"
  [ "$(colours "$pictures/$1.png")" -ge $enough_colours ]
}

# start_application ARGUMENT… starts the window on the data and waits for it.
start_application() {
  build/bin/waxwing --data "$data" "$@" >>"$pictures/application.log" 2>&1 &
  application=$!
  children+=("$application")
  wait_until 30 window_id >/dev/null || fail "no window; see $pictures/application.log"
}

stop_application() {
  kill "$application"
  wait "$application" 2>/dev/null || true
}

sample_mail() {
  say "window with sample mail"
  start_application --demo
  wait_until 30 painted sample || fail "the window stays blank: $pictures/sample.png"
  save_attachment
  rm -rf "$data"
  mkdir "$data"
}

# save_attachment saves the attachment of a sample message by keyboard, through
# the system's dialog, and compares it with the message's own octets.
save_attachment() {
  say "an attachment is saved through the system's dialog"
  local saved=$desktop_home/slip.pdf id
  rm -f "$saved"
  xdotool windowfocus "$(window_id)"
  wait_until 60 save_dialog || { screenshot "$pictures/saving.png"; fail "no dialog to save with: $pictures/saving.png"; }
  xdotool key ctrl+a type --delay 10 "$saved"
  xdotool key Return
  wait_until 20 test -s "$saved" || { screenshot "$pictures/saving.png"; fail "nothing was saved: $pictures/saving.png"; }
  stop_application
  id=$(build/bin/waxwingctl --data "$data" --json search '"pay slip for November"' | sed -n 's/.*"id": "\([^"]*\)".*/\1/p' | head -n 1)
  build/bin/waxwingctl --data "$data" message show "$id" --raw | tr -d '\r' |
    awk '/^Content-Disposition: attachment/ { at = 1 } at == 2 && /^--/ { exit } at == 2 { print } at == 1 && /^$/ { at = 2 }' |
    base64 -d | cmp - "$saved" || fail "the saved attachment is another one"
}

# save_dialog looks for the message, opens it, goes on to the button that saves
# its attachment, and tells whether that opened a dialog. A key that came before
# the window was ready for it is lost, so the whole may be tried again.
save_dialog() {
  xdotool key Escape Escape slash ctrl+a type --delay 20 'subject:"pay slip for November"'
  xdotool sleep 1 key Return sleep 1 key Down sleep 1 key Return sleep 2
  xdotool key --delay 200 Tab Tab Tab Tab Tab Tab Return
  wait_until 5 asks_back
}

# asks_back tells whether a dialog stands before the window.
asks_back() { [ "$(xdotool search --onlyvisible --class waxwing 2>/dev/null | wc -l)" -gt 1 ]; }

real_mail() {
  say "window with a real server"
  coproc server { build/bin/mailserve -messages 300; }
  children+=("$server_PID")
  local where
  read -r -t 60 where <&"${server[0]}" || fail "the mail server didn't start"
  json() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" <<<"$where"; }
  json password | tr -d '\n' | build/bin/waxwingctl --data "$data" account add --email "$(json email)" --user "$(json user)" \
    --imap "127.0.0.1:$(json imap)" --imap-security none --smtp "127.0.0.1:$(json submission)" --smtp-security none --password-stdin
  start_application
  wait_until 30 painted mailbox || fail "the window stays blank: $pictures/mailbox.png"
  ask "idle 1" || fail "the application doesn't begin to wait for new mail"
  if popped_up; then fail "the first sync popped up: $(dunstctl history)"; fi
}

# ask LINE tells the mail server something and waits for its answer.
ask() {
  echo "$1" >&"${server[1]}"
  read -r -t 60 answer <&"${server[0]}"
}

# opened NAME tells whether the reader shows the text of a message: where its
# first lines stand, an empty reader and a blank frame have one colour.
opened() {
  painted "$1" && [ "$(convert "$pictures/$1.png" -crop 500x70+740+150 +repage -format '%k' info:)" -ge 20 ]
}

popped_up() { [ "$(dunstctl count displayed)" -gt 0 ]; }

# pop_up SUBJECT NAME lets mail arrive, looks at what pops up, and clicks on it.
pop_up() {
  ask "deliver $1"
  wait_until 30 popped_up || fail "nothing popped up"
  screenshot "$pictures/$2.png"
  dunstctl action 0
  wait_until 20 dunst_empty || dunstctl close-all
  dunstctl history | grep -q 'Zoe Wren' || fail "the pop-up doesn't name the author: $(dunstctl history)"
  dunstctl history | grep -q "$1" || fail "the pop-up doesn't name the subject: $(dunstctl history)"
}

dunst_empty() { ! popped_up; }

new_mail() {
  say "new mail pops up, and a click opens it"
  if opened mailbox; then fail "the reader isn't empty at the start"; fi
  pop_up "Harvest figures" notification
  wait_until 20 opened opened || fail "the click opened nothing: $pictures/opened.png"
}

hidden_window() {
  say "the same from a hidden window"
  stop_application
  ask forget
  build/bin/waxwing --data "$data" --hidden >>"$pictures/application.log" 2>&1 &
  application=$!
  children+=("$application")
  ask "idle 1"
  if window_id >/dev/null; then fail "the window isn't hidden"; fi
  pop_up "Sailing on Sunday" notification-hidden
  wait_until 20 window_id >/dev/null || fail "the click didn't bring the window back"
  wait_until 20 opened opened-hidden || fail "the click opened nothing: $pictures/opened-hidden.png"
}

second_start() {
  say "a second start hands over to the first"
  timeout 20 build/bin/waxwing --data "$data" || fail "the second start failed"
  kill -0 "$application" || fail "the first one is gone"
}

sample_mail
real_mail
new_mail
hidden_window
second_start
stop_application
say "the window works; pictures are in $pictures"
