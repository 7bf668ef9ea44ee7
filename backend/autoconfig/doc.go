// Package autoconfig finds out who runs an address's mail and how it is reached:
// from a table, from what the domain publishes, from Mozilla's database of
// providers, from its mail exchangers, and by trying the usual names.
//
// Guarantees:
//   - No password is known here, so none can leave. The address itself goes only
//     to HTTPS servers of its own domain; everybody else learns the domain at most.
//   - Find ends within Finder.Deadline and soon after its context does, and leaves
//     nothing running.
//   - What somebody between here and there could have changed, or what leads to
//     servers of another domain on nobody's authority, comes with a Caution.
//   - No answer is believed further than it goes: sizes, redirects and names are
//     bounded and checked; a redirect never leads from HTTPS to HTTP, nor from the
//     internet into a private network.
//
// All sources are asked side by side and the best answer wins: see Source for
// the ranking.
package autoconfig
