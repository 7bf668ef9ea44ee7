// Package compose makes drafts: of nothing, as an answer to a message or to pass it
// on, of a mailto link, and of a message that was a draft before.
//
// Everything here is a pure function of the original's octets and the Options. The
// original was written by anybody; what comes of it is safe by the rules of package
// render, and no address, name or file name of it can do more to a message than to
// stand in its place, see message.Build.
//
// How a draft becomes a message is package message's, keeping and sending it the
// engine's.
package compose
