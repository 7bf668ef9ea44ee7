package secrets

import "io/fs"

// onlyOurs is always true: a file below the person's profile inherits an access
// list that names only its owner and the system; there are no mode bits to read.
func onlyOurs(fs.FileInfo) bool { return true }
