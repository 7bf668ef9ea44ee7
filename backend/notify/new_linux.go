package notify

// New returns the notifier for this desktop. It connects when first needed and
// again after a failure.
func New(options Options) Notifier {
	return newDesktop(options.withDefaults())
}
