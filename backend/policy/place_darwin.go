package policy

// DefaultPath is where the system keeps the policy.
func DefaultPath() string { return "/Library/Application Support/Waxwing/policy.json" }
