//go:build !linux

package notify

// New returns the last resort: on this system the application has a better one
// of its own.
func New(options Options) Notifier {
	return options.withDefaults().Fallback
}
