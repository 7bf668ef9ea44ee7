//go:build !bindings

package app

// generatingBindings tells that this binary only runs to describe its services
// to the screens' TypeScript.
const generatingBindings = false
