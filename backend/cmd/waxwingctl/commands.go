package main

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// commands are all there are, in the order in which the help lists them.
var commands = []command{
	{"account discover", "ADDRESS", "who runs an address's mail, and how it is reached", accountDiscover},
	{"account test", "--email A " + serverArgs + " --password-stdin", "try the servers, keep nothing", accountTest},
	{"account add", "--email A " + serverArgs + " [--password-stdin]" + oauthArgs, "connect an account", accountAdd},
	{"account signin", "ID [--device] [--client-id ID] [--tenant T] [--login A]", "sign in again at the provider's page", accountSignIn},
	{"account password", "ID --password-stdin", "store another password for an account", accountPassword},
	{"account set", "ID [--name N] [--keep all|year|quarter|month] [--signature-file FILE]", "change an account's name, signature, or how much of it is kept", accountSet},
	{"account verify", "ID", "prove that an account sends and receives", accountVerify},
	{"account outgoing", "ID SERVER | account", "what an account sends through: a server, or its own", accountOutgoing},
	{"account list", "", "the connected accounts", accountList},
	{"account remove", "ID", "disconnect; deletes everything of it here", accountRemove},
	{"server list", "", "outgoing servers beside those of the accounts", serverList},
	{"server add", serverFlags, "try an outgoing server and keep it", serverAdd},
	{"server test", "[ID] [the flags of server add]", "try an outgoing server, keep nothing", serverTest},
	{"server update", "ID [the flags of server add]", "change an outgoing server", serverUpdate},
	{"server remove", "ID [--replace-with ID]", "remove an outgoing server; what uses it gets the replacement", serverRemove},
	{"sync", "[--account ID] [--watch]", "bring accounts up to date", syncAccounts},
	{"mailbox list", "[--account ID]", "mailboxes with their counts", mailboxList},
	{"message list", "[--account ID] --mailbox NAME-OR-ROLE [--limit N] [--before CURSOR]", "messages, newest first", messageList},
	{"message show", "ID... [--raw | --text | --html]", "one message; with --json also several", messageShow},
	{"message mark", "ID... --read | --unread | --flag | --unflag", "mark messages", messageMark},
	{"message move", "ID... --to MAILBOX", "move messages within their account", messageMove},
	{"message delete", "ID... [--for-good]", "to the trash; out of the trash, or at once, for good", messageDelete},
	{"send", "[--account ID] [--server ID] [--from ADDRESS] [--to ADDRESS]... FILE.eml | -", "send a finished message", sendMessage},
	{"outbox list", "[--account ID]", "what is on its way out, or waits for a decision", outboxList},
	{"outbox cancel", "ID", "take a message back that isn't on its way", outboxCancel},
	{"outbox retry", "ID [--sent | --not-sent]", "send again what was refused or waits; say what became of a message of unknown outcome", outboxRetry},
	{"draft list", "[--account ID]", "messages that were begun", draftList},
	{"search", "QUERY [--account ID] [--limit N]", "find messages, newest first", searchMessages},
	{"policy check", "[FILE]", "look for mistakes in the organisation's policy, or in a draft of it", policyCheck},
	{"policy show", "", "what the organisation's policy says for this user", policyShow},
	{"doctor", "", "check the databases, and mend what can be mended", doctor},
}

const serverArgs = `[--user U] [--name N]
      [--imap HOST:PORT] [--imap-security tls|starttls|none]
      [--smtp HOST:PORT] [--smtp-security tls|starttls|none]
      [--exchange SERVER]
      [--ca FILE]`

const oauthArgs = `
      [--oauth microsoft|outlook|google|yahoo|URL] [--device]
      [--client-id ID] [--client-secret-stdin] [--tenant T] [--login A]
      [--keep all|year|quarter|month] [--signature-file FILE]`

const serverFlags = `--type smtp|graph --name N
      [--smtp HOST:PORT] [--smtp-security tls|starttls|none] [--ca FILE]
      [--account A] [--sender A] [--password-stdin] [--untested]
      [--tenant T] [--client-id ID] [--certificate FILE]
      [--certificate-key FILE] [--alias A]`

// findCommand returns the command that the arguments begin with, and the rest.
func findCommand(args []string) (command, []string, error) {
	for _, cmd := range commands {
		words := strings.Fields(cmd.name)
		if len(args) >= len(words) && strings.Join(args[:len(words)], " ") == cmd.name {
			return cmd, args[len(words):], nil
		}
	}
	return command{}, nil, misused("there is no command %q", strings.Join(args[:min(2, len(args))], " "))
}

// group is the help of the commands that begin with a word, "" when none does.
func group(word string) string {
	var b strings.Builder
	for _, cmd := range commands {
		if strings.HasPrefix(cmd.name, word+" ") {
			fmt.Fprintf(&b, "  %s\n      %s\n", strings.TrimSpace(cmd.name+" "+cmd.args), cmd.summary)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("Usage: waxwingctl [--data DIR] [--json] %s COMMAND\n\nCommands:\n%s", word, b.String())
}

// usage is the help of one command.
func (cmd command) usage() string {
	return fmt.Sprintf("Usage: waxwingctl [--data DIR] [--json] %s %s\n\n%s.\n",
		cmd.name, cmd.args, strings.ToUpper(cmd.summary[:1])+cmd.summary[1:])
}

// help is the help of all.
func help() string {
	var b strings.Builder
	b.WriteString(`Usage: waxwingctl [--data DIR] [--json] COMMAND

Commands:
`)
	for _, cmd := range commands {
		fmt.Fprintf(&b, "  %s\n      %s\n", strings.TrimSpace(cmd.name+" "+cmd.args), cmd.summary)
	}
	b.WriteString(`
Flags of every command:
  --data DIR         the data folder (default: that of the window)
  --json             one JSON document on stdout, with the names of RFC 8621
  --key-file FILE    keep the key to stored passwords in FILE instead of the
                     system's keyring; made when it isn't there
  --passphrase-stdin read the passphrase that protects stored passwords from the
                     first line of stdin, before a password
  --verbose          log to stderr
  --help, --version

Exit status: 0 done, 1 failed, 2 called wrongly.
`)
	return b.String()
}

// version is the released version, set by the build (-ldflags -X).
var version string

// versionText is the line that --version prints: the released version, or else
// what the repository was at.
func versionText() string {
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && v == "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("waxwingctl %s\n", v)
}
