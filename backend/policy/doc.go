// Package policy reads what an organisation sets up for its people: a JSON file
// that only administrators can write, at the system's place. docs/ADMIN.md
// describes it, and build/policy.schema.json is its JSON Schema.
//
// What it guarantees:
//
//   - A policy is in force as a whole or not at all. A file with a mistake
//     anywhere gives findings, each with line, column and reason, and no Policy.
//   - Nothing unknown is passed over: unknown or doubled names, wrong types,
//     values that aren't offered and trailing text are mistakes.
//   - A file that an ordinary user could have written, or replaced by way of a
//     folder or a link above it, is refused; so is a certificate file that it names.
//   - Reading never panics and is bounded in size and depth.
//
// It decides nothing about accounts and settings: package engine applies it.
package policy
