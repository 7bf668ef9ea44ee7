package app

// Version is the released version, set by the build (-ldflags -X).
var Version = "0.1.0-dev"
