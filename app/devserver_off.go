//go:build !dev

package app

// devServer tells that the screens are only shown by the window.
const devServer = false
