// Command waxwing is the mail application. Everything is in package app; this
// file stands here because the build of the shell asks for it.
package main

import (
	"os"

	"waxwing/app"
)

func main() {
	os.Exit(app.Run(os.Args[1:]))
}
