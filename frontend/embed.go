// Package frontend carries the built screens into the binary.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var files embed.FS

// Dist returns the built screens: index.html and what it loads. It holds
// nothing but a marker until the frontend was built.
func Dist() fs.FS {
	dist, err := fs.Sub(files, "dist")
	if err != nil {
		panic(err) // the name above is not a valid path
	}
	return dist
}
