package imapsync

import (
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"

	"waxwing/backend/mail"
)

// keywordDeleted stands for \Deleted, which JMAP does not know: a message that
// another client has marked and not yet expunged stays visible.
const keywordDeleted mail.Keyword = "$deleted"

// systemFlags pairs IMAP's system flags with JMAP's names (RFC 8621 §4.1.1).
var systemFlags = map[string]mail.Keyword{
	`\seen`:     mail.KeywordSeen,
	`\answered`: mail.KeywordAnswered,
	`\flagged`:  mail.KeywordFlagged,
	`\draft`:    mail.KeywordDraft,
	`\deleted`:  keywordDeleted,
}

// keywordsOf translates flags, sorted and each once. \Recent and unknown system
// flags say nothing that lasts and are left out.
func keywordsOf(flags []imap.Flag) []mail.Keyword {
	out := make([]mail.Keyword, 0, len(flags))
	for _, f := range flags {
		name := strings.ToLower(string(f))
		if k, ok := systemFlags[name]; ok {
			out = append(out, k)
		} else if !strings.HasPrefix(name, `\`) {
			out = append(out, mail.Keyword(name))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// flagOf translates a keyword; ok is false for one that IMAP can't hold.
func flagOf(k mail.Keyword) (imap.Flag, bool) {
	for flag, keyword := range systemFlags {
		if keyword == k {
			return imap.Flag(`\` + strings.ToUpper(flag[1:2]) + flag[2:]), true
		}
	}
	return imap.Flag(k), validAtom(string(k))
}

// flagsOf translates keywords; bad is the first that IMAP can't hold.
func flagsOf(keywords []mail.Keyword) (flags []imap.Flag, bad mail.Keyword) {
	for _, k := range keywords {
		f, ok := flagOf(k)
		if !ok {
			return nil, k
		}
		flags = append(flags, f)
	}
	return flags, ""
}

// storable reports whether a mailbox keeps a flag: PERMANENTFLAGS lists it, or
// "\*" for any keyword (RFC 9051 §7.1). A server that sends none keeps all.
func storable(permanent []imap.Flag, told bool, f imap.Flag) bool {
	if !told {
		return true
	}
	for _, p := range permanent {
		if strings.EqualFold(string(p), string(f)) || p == imap.FlagWildcard && !strings.HasPrefix(string(f), `\`) {
			return true
		}
	}
	return false
}
