// Package search turns what a person types into a query tree, and text into
// the words that the full-text index holds.
//
// It knows neither database nor screen. Whoever indexes text passes it through
// Segment; whoever looks for a Term passes its text through Phrase; then both
// sides agree on what a word is, in scripts that write no spaces too.
package search
