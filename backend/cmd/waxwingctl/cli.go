package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"waxwing/backend/autoconfig"
	"waxwing/backend/engine"
	"waxwing/backend/events"
	"waxwing/backend/mail"
	"waxwing/backend/secrets"
)

// The exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// streams are where a run reads and writes, and by whom it discovers servers.
type streams struct {
	in       io.Reader
	out, err io.Writer
	finder   *autoconfig.Finder
}

// command is one thing that waxwingctl does.
type command struct {
	name    string // "account add"
	args    string // what follows the flags, for the usage line
	summary string
	// prepare declares the command's flags and returns what it does once they
	// are read.
	prepare func(*flag.FlagSet) action
}

// action does a command's work on the arguments that are no flags.
type action func(ctx context.Context, c *cli, args []string) (result, error)

// result is what a command found, in both forms.
type result struct {
	document any                   // for --json
	text     func(io.Writer) error // for people
	note     string                // for people, beside the text: what it doesn't show
}

// usageError is a call that makes no sense.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func misused(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// cli is one call of waxwingctl.
type cli struct {
	streams
	data, keyFile string
	json, verbose bool
	// passphraseFirst says that the first line of stdin is the passphrase, which
	// is passphrase once it was read.
	passphraseFirst bool
	passphrase      *string

	bus    events.Bus
	engine *engine.Engine
}

// flags declares the flags that every command takes.
func (c *cli) flags(set *flag.FlagSet) {
	set.Func("data", "", named(&c.data))
	set.Func("key-file", "", named(&c.keyFile))
	set.BoolVar(&c.passphraseFirst, "passphrase-stdin", c.passphraseFirst, "")
	set.BoolVar(&c.json, "json", c.json, "")
	set.BoolVar(&c.verbose, "verbose", c.verbose, "")
}

// named reads a flag that names a file or a folder. An empty name is likely a
// script's variable that isn't set, and must not stand for the person's own.
func named(to *string) func(string) error {
	return func(name string) error {
		if name == "" {
			return errors.New("it is empty")
		}
		*to = name
		return nil
	}
}

// run does what the arguments say and returns the exit status.
func run(ctx context.Context, args []string, s streams) (status int) {
	c := &cli{streams: s}
	defer func() {
		if err := c.close(); err != nil && status == exitDone {
			c.complain(err)
			status = exitFailed
		}
	}()
	done, err := c.dispatch(ctx, args)
	if errors.Is(err, context.Canceled) && mail.CodeOf(err) == mail.CodeInternal {
		err = &mail.Error{Code: mail.CodeCancelled, Err: err}
	}
	if err != nil && done.document == nil {
		return c.fail(err)
	}
	if printErr := c.print(done); printErr != nil {
		return c.fail(&mail.Error{Code: mail.CodeCannotWrite, Args: map[string]string{"path": "stdout"}, Err: printErr})
	}
	if err != nil {
		c.complain(err)
		return exitFailed
	}
	return exitDone
}

// dispatch finds the command and runs it.
func (c *cli) dispatch(ctx context.Context, args []string) (result, error) {
	global := newFlagSet()
	c.flags(global)
	version := global.Bool("version", false, "")
	if err := global.Parse(args); err != nil {
		return asHelp(err, help)
	}
	args = global.Args()
	switch {
	case *version:
		return textResult(versionText()), nil
	case len(args) == 0:
		return result{}, misused("no command given")
	case args[0] == "help":
		return textResult(help()), nil
	}
	if len(args) == 2 && slices.Contains([]string{"--help", "-help", "-h"}, args[1]) {
		if text := group(args[0]); text != "" {
			return textResult(text), nil
		}
	}
	cmd, rest, err := findCommand(args)
	if err != nil {
		return result{}, err
	}
	set := newFlagSet()
	c.flags(set)
	do := cmd.prepare(set)
	rest, err = parseMixed(set, rest)
	if err != nil {
		return asHelp(err, cmd.usage)
	}
	return do(ctx, c, rest)
}

func newFlagSet() *flag.FlagSet {
	set := flag.NewFlagSet("waxwingctl", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	return set
}

// asHelp turns what the flag package says into help or a usage error.
func asHelp(err error, text func() string) (result, error) {
	if errors.Is(err, flag.ErrHelp) {
		return textResult(text()), nil
	}
	return result{}, misused("%s", doubleDash(err.Error()))
}

// doubleDash spells the flags in a message of the flag package as the help does.
func doubleDash(text string) string {
	return singleDash.ReplaceAllString(text, "$1--$2")
}

var singleDash = regexp.MustCompile(`(: |for |flag )-([^-])`)

// textResult is a result that is the same in both forms, but for JSON's quotes.
func textResult(text string) result {
	return result{
		document: map[string]string{"text": text},
		text:     func(w io.Writer) error { _, err := io.WriteString(w, text); return err },
	}
}

// parseMixed reads flags wherever they stand among the arguments and returns
// the others. After "--" nothing is a flag.
func parseMixed(set *flag.FlagSet, args []string) (others []string, err error) {
	for len(args) > 0 {
		switch {
		case args[0] == "--":
			return append(others, args[1:]...), nil
		case len(args[0]) < 2 || args[0][0] != '-':
			others, args = append(others, args[0]), args[1:]
		default:
			n := min(flagLength(set, args[0]), len(args))
			if err := set.Parse(args[:n]); err != nil {
				return nil, err
			}
			args = args[n:]
		}
	}
	return others, nil
}

// flagLength is how many arguments a flag takes up, its value included.
func flagLength(set *flag.FlagSet, arg string) int {
	f := set.Lookup(strings.TrimLeft(arg, "-"))
	if f == nil { // unknown, or with "=value"
		return 1
	}
	if b, ok := f.Value.(interface{ IsBoolFlag() bool }); ok && b.IsBoolFlag() {
		return 1
	}
	return 2
}

// open opens the engine on the data folder, once.
func (c *cli) open(ctx context.Context) (*engine.Engine, error) {
	if c.engine != nil {
		return c.engine, nil
	}
	level := slog.LevelError
	if c.verbose {
		level = slog.LevelDebug
	}
	e, err := engine.Open(ctx, engine.Config{
		Dir:     c.data,
		Log:     slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: level})),
		Bus:     &c.bus,
		Secrets: secrets.Options{KeyFile: c.keyFile},

		PolicyFile: policyFile,
		User:       policyUser(),
	})
	c.engine = e
	if err != nil || !c.passphraseFirst {
		return e, err
	}
	if err := c.readPassphrase(); err != nil {
		return e, err
	}
	return e, e.UnlockSecrets(ctx, *c.passphrase)
}

// readPassphrase takes the passphrase from stdin, once, when it is there.
func (c *cli) readPassphrase() error {
	if !c.passphraseFirst || c.passphrase != nil {
		return nil
	}
	passphrase, err := firstLine(c.in)
	if err != nil {
		return fmt.Errorf("read passphrase: %w", err)
	}
	c.passphrase = &passphrase
	return nil
}

// firstLine reads a line and nothing beyond it, since what follows may be a
// password.
func firstLine(r io.Reader) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for len(line) < maxPassword {
		n, err := r.Read(one)
		if n == 1 {
			if one[0] == '\n' {
				break
			}
			line = append(line, one[0])
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
	}
	return strings.TrimSuffix(string(line), "\r"), nil
}

func (c *cli) close() error {
	if c.engine == nil {
		return nil
	}
	return c.engine.Close()
}

// print writes a result to stdout.
func (c *cli) print(r result) error {
	out := bufio.NewWriter(c.out)
	var err error
	switch {
	case c.json:
		err = writeJSON(out, r.document)
	case r.text != nil:
		err = r.text(out)
		if r.note != "" {
			fmt.Fprintln(c.err, r.note)
		}
	}
	return errors.Join(err, out.Flush())
}

func writeJSON(w io.Writer, document any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(document)
}

// fail tells of an error, as a document too when one is expected, and returns
// the exit status.
func (c *cli) fail(err error) int {
	c.complain(err)
	var usage usageError
	isUsage := errors.As(err, &usage)
	if c.json {
		document := map[string]any{"error": errorDocument(err)}
		if isUsage {
			document = map[string]any{"error": errorJSON{Code: "usage", Message: usage.text}}
		}
		_ = writeJSON(c.out, document) // there is nobody left to tell
	}
	if isUsage {
		return exitUsage
	}
	return exitFailed
}

// complain tells a person of an error.
func (c *cli) complain(err error) {
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(c.err, "waxwingctl: %s\nTry: waxwingctl --help\n", usage.text)
		return
	}
	e := mail.AsError(err)
	fmt.Fprintf(c.err, "waxwingctl: %s (%s)\n", printable(sentence(e)), e.Code)
	if c.verbose || e.Err != nil && (e.Code == mail.CodeInternal || e.Code == mail.CodeInvalid || e.Code == mail.CodeCannotWrite) {
		fmt.Fprintf(c.err, "cause: %s\n", printable(err.Error()))
	}
}

// printable returns s without what would steer the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20 || r >= 0x7f && r < 0xa0:
			return -1
		case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069: // bidirectional overrides
			return -1
		}
		return r
	}, s)
}
