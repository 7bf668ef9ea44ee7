package mail

// A ProviderID names who runs a mailbox, as far as that changes how a person
// signs in or what helps them. The ids are stable: settings, policies and
// scripts hold them.
type ProviderID string

// The providers with ways of their own; everybody else is ProviderOther.
const (
	ProviderMicrosoft ProviderID = "microsoft" // Microsoft 365, of an organisation
	ProviderOutlook   ProviderID = "outlook"   // Outlook.com, of a person
	ProviderGoogle    ProviderID = "google"    // Gmail and Google Workspace
	ProviderYahoo     ProviderID = "yahoo"
	ProviderICloud    ProviderID = "icloud"
	ProviderExchange  ProviderID = "exchange" // an organisation's own Exchange server
	ProviderOther     ProviderID = "other"
)

// A SignInMethod is a way to sign in at a server.
type SignInMethod string

// The ways to sign in.
const (
	SignInOAuth       SignInMethod = "oauth"       // on the provider's page in a browser
	SignInAppPassword SignInMethod = "appPassword" // with a password made for the program
	SignInPassword    SignInMethod = "password"    // with the account's password
)
