package policy

// DefaultPath is where the system keeps the policy.
func DefaultPath() string { return "/etc/waxwing/policy.json" }
