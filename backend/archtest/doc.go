// Package archtest holds the rules about the shape of the code: which package
// may import which, and what no file may contain. They are tests, each with its
// reason; whoever needs an exception argues with the reason and changes the
// table.
package archtest
