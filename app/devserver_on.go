//go:build dev

package app

// devServer tells that the screens may be shown by a plain browser, which the
// development server serves.
const devServer = true
