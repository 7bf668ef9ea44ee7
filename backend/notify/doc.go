// Package notify tells a person outside the window that mail came: pop-ups of
// the desktop that open the message when clicked, and a sound.
//
// It has three layers:
//
//   - Summarise and Gatherer decide, in pure Go, what is worth a pop-up: one
//     for each of a few messages, one in sum for many, with all that come
//     within a moment taken together.
//   - Notifier shows it. On Linux, New returns a client of the desktop's
//     notification service (org.freedesktop.Notifications, specification 1.2).
//     On Windows and macOS the application brings its own Notifier, since
//     there it takes the window's process.
//   - Plain is the last resort everywhere: it shows text, but can't be clicked.
//
// What it guarantees: only a click activates, dismissing never does. Text from
// mail can't become markup, control the order of writing or an option of a
// program. No call waits longer than its deadline. No screen text is made
// here: sentences come as Words from the caller.
package notify
