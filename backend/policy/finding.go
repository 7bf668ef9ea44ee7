package policy

import (
	"fmt"
	"strconv"
	"strings"
)

// A Code names a kind of mistake. Its sentence in English is below, and in every
// language in the frontend's catalogues under "policy.reason.<code>".
type Code string

// The codes. Of the text itself:
const (
	CodeEmpty        Code = "empty"
	CodeEncoding     Code = "encoding"
	CodeTooLarge     Code = "tooLarge"
	CodeTooDeep      Code = "tooDeep"
	CodeTrailing     Code = "trailing"
	CodeComment      Code = "comment"
	CodeValueMissing Code = "valueMissing"
	CodeNameMissing  Code = "nameMissing"
	CodeColonMissing Code = "colonMissing"
	CodeCommaMissing Code = "commaMissing"
	CodeCommaExtra   Code = "commaExtra"
	CodeNotClosed    Code = "notClosed"
	CodeWrongBracket Code = "wrongBracket"
	CodeTextOpen     Code = "textOpen"
	CodeControl      Code = "control"
	CodeEscape       Code = "escape"
	CodeNumber       Code = "number"
	CodeWord         Code = "word"
	CodeDuplicate    Code = "duplicate"
)

// Of what it says:
const (
	CodeUnknown     Code = "unknown"
	CodeMissing     Code = "missing"
	CodeWantText    Code = "wantText"
	CodeWantNumber  Code = "wantNumber"
	CodeWantBoolean Code = "wantBoolean"
	CodeWantList    Code = "wantList"
	CodeWantObject  Code = "wantObject"
	CodeChoice      Code = "choice"
	CodeEmptyText   Code = "emptyText"
	CodeEmptyList   Code = "emptyList"
	CodeTooLong     Code = "tooLong"
	CodeTooMany     Code = "tooMany"
	CodeRange       Code = "range"
	CodeFormat      Code = "format"
	CodeVersion     Code = "version"
	CodeTwice       Code = "twice"
	CodeNoServers   Code = "noServers"
	CodeOneOf       Code = "oneOf"
	CodeNoClient    Code = "noClient"
	CodeNeedless    Code = "needless"
	CodeCertificate Code = "certificate"
)

// Of the file:
const (
	CodeUnreadable Code = "unreadable"
	CodeNoFile     Code = "noFile"
	CodeNotAFile   Code = "notAFile"
	CodeOwner      Code = "owner"
	CodeWritable   Code = "writable"
)

// sentences are what the codes mean. A word in braces is filled from the args.
var sentences = map[Code]string{
	CodeEmpty:        "The file is empty.",
	CodeEncoding:     "This isn't UTF-8 text. Save the file as UTF-8.",
	CodeTooLarge:     "The file is larger than {limit} KB.",
	CodeTooDeep:      "This is nested too deeply.",
	CodeTrailing:     "Nothing may follow after the end of the policy.",
	CodeComment:      "JSON has no comments.",
	CodeValueMissing: "A value is missing here.",
	CodeNameMissing:  "A name in double quotes belongs here.",
	CodeColonMissing: "A colon is missing after \"{name}\".",
	CodeCommaMissing: "A comma is missing before this.",
	CodeCommaExtra:   "This comma is one too many: nothing follows it.",
	CodeNotClosed:    "This {text} is never closed.",
	CodeWrongBracket: "This {text} should be {wanted}.",
	CodeTextOpen:     "This text isn't closed with a double quote on its line.",
	CodeControl:      "A text can't hold a tab or another control character. Write \\t.",
	CodeEscape:       "There is no such escape. To write a backslash, double it.",
	CodeNumber:       "{text} is no number.",
	CodeWord:         "{text} is no value. Texts stand in double quotes.",
	CodeDuplicate:    "\"{name}\" was given already in line {line}.",
	CodeUnknown:      "\"{name}\" isn't known here. Known are: {known}.",
	CodeMissing:      "\"{name}\" is missing in this object.",
	CodeWantText:     "A text in double quotes belongs here.",
	CodeWantNumber:   "A number belongs here.",
	CodeWantBoolean:  "true or false belongs here.",
	CodeWantList:     "A list in [ ] belongs here.",
	CodeWantObject:   "An object in { } belongs here.",
	CodeChoice:       "\"{value}\" isn't offered. Choose one of: {choices}.",
	CodeEmptyText:    "This text is empty.",
	CodeEmptyList:    "This list is empty.",
	CodeTooLong:      "This text is longer than {limit} characters.",
	CodeTooMany:      "This list has more than {limit} entries.",
	CodeRange:        "This must be a whole number from {min} to {max}.",
	CodeFormat:       "\"{value}\" can't be used here. It should look like {example}.",
	CodeVersion:      "This Waxwing reads policies of version {known}, not {found}.",
	CodeTwice:        "\"{name}\" stands in this list already, in line {line}.",
	CodeNoServers:    "No servers of this policy are called \"{name}\".",
	CodeOneOf:        "Either \"{one}\" or \"{other}\" belongs here, and only one of them.",
	CodeNoClient:     "Signing in by OAuth needs a client for \"{name}\" under \"oauth\".",
	CodeNeedless:     "\"{name}\" means nothing here without {other}.",
	CodeCertificate:  "This holds no certificate in PEM form.",
	CodeUnreadable:   "{path} can't be read.",
	CodeNoFile:       "{path} doesn't exist.",
	CodeNotAFile:     "{path} is no file.",
	CodeOwner:        "{path} belongs to a user who is no administrator.",
	CodeWritable:     "{path} can be changed by users who are no administrators.",
}

// Finding is one thing that is wrong with a policy.
type Finding struct {
	// Line and Column count from 1, columns in characters. Both are 0 when the
	// finding is about the file as a whole.
	Line, Column int
	Code         Code
	Args         map[string]string
}

// Reason says in a sentence what is wrong.
func (f Finding) Reason() string {
	var pairs []string
	for name, value := range f.Args {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(sentences[f.Code])
}

// String returns "LINE:COLUMN: reason", or the reason alone.
func (f Finding) String() string {
	if f.Line == 0 {
		return f.Reason()
	}
	return fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Reason())
}

// about is a finding on a file as a whole.
func about(code Code, path string) Finding {
	return Finding{Code: code, Args: map[string]string{"path": path}}
}

func digits(n int) string { return strconv.Itoa(n) }
