package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What Windows says about who may do what with a file is a security descriptor.
// Its text form (SDDL, [MS-DTYP] §2.5.1) is judged here, for every system, so
// that the decision is tested everywhere.

// The rights to a file or folder ([MS-DTYP] §2.4.3 and the file's own).
const (
	rightWriteData       = 0x2 // of a folder: add a file
	rightAppendData      = 0x4 // of a folder: add a folder
	rightWriteExtended   = 0x10
	rightDeleteChild     = 0x40
	rightWriteAttributes = 0x100
	rightDelete          = 0x10000
	rightWriteDACL       = 0x40000
	rightWriteOwner      = 0x80000
	rightGenericAll      = 0x10000000
	rightGenericWrite    = 0x40000000

	// replaceRights over a folder let somebody put another file in the place of
	// one that is there. Adding files is none: %ProgramData% gives it to everyone.
	replaceRights = rightDeleteChild | rightDelete | rightWriteDACL | rightWriteOwner | rightGenericAll | rightGenericWrite
	// writeRights over a file let somebody change or replace it.
	writeRights = replaceRights | rightWriteData | rightAppendData | rightWriteExtended | rightWriteAttributes
)

// administrators are those who may write: the group of administrators, the
// system, and the installer of Windows.
var administrators = []string{
	"BA", "S-1-5-32-544",
	"SY", "S-1-5-18",
	"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
}

// nobody are identities in entries that give rights to nobody but the owner,
// who is an administrator: owner rights, and the creator, which is a template.
var nobody = []string{"OW", "S-1-3-4", "CO", "S-1-3-0", "CG", "S-1-3-1"}

// rightsByName are the rights that the text form abbreviates.
var rightsByName = map[string]uint32{
	"GA": rightGenericAll, "GR": 0x80000000, "GW": rightGenericWrite, "GX": 0x20000000,
	"RC": 0x20000, "SD": rightDelete, "WD": rightWriteDACL, "WO": rightWriteOwner,
	"FA": 0x1f01ff, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200a0,
	"CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100,
}

// descriptor is the form "O:owner G:group D:flags(entry)…", of which the group
// doesn't matter.
var descriptor = regexp.MustCompile(`^O:(S-[0-9A-Fx-]+?|[A-Z]{2})(?:G:(?:S-[0-9A-Fx-]+?|[A-Z]{2}))?D:([A-Z_]*?)((?:\([^()]*(?:\([^()]*\))*[^()]*\))*)$`)

// entry is one entry of the list: type, flags, rights and whom it is about.
var entry = regexp.MustCompile(`\(([A-Z]+);([A-Z]*);([^;]*);[^;]*;[^;]*;([^;()]+)(?:;[^)]*\)?)?\)`)

// judgeDescriptor returns CodeOwner when the owner is no administrator,
// CodeWritable when somebody else has one of the dangerous rights, and "" when
// all is well. What it can't read it takes for dangerous. also is one more
// identity that counts as an administrator.
func judgeDescriptor(text, also string, dangerous uint32) Code {
	parts := descriptor.FindStringSubmatch(text)
	if parts == nil {
		return CodeWritable
	}
	owner, flags, entries := parts[1], parts[2], parts[3]
	trusted := func(who string) bool {
		return slices.Contains(administrators, who) || also != "" && who == also
	}
	if !trusted(owner) {
		return CodeOwner
	}
	if strings.Contains(flags, "NO_ACCESS_CONTROL") { // no list at all: everyone may
		return CodeWritable
	}
	matches := entry.FindAllStringSubmatch(entries, -1)
	if strings.Count(entries, "(") < len(matches) || len(entry.ReplaceAllString(entries, "")) > 0 {
		return CodeWritable
	}
	for _, m := range matches {
		kind, inherit, who := m[1], m[2], m[4]
		denies := kind == "D" || kind == "OD" || kind == "XD"
		if denies || hasFlag(inherit, "IO") || trusted(who) || slices.Contains(nobody, who) {
			continue
		}
		if rights(m[3])&dangerous != 0 {
			return CodeWritable
		}
	}
	return ""
}

// hasFlag looks for one of the flags, which are two letters each.
func hasFlag(flags, flag string) bool {
	for i := 0; i+2 <= len(flags); i += 2 {
		if flags[i:i+2] == flag {
			return true
		}
	}
	return false
}

// rights reads a mask: a number or names. An unknown one means all rights.
func rights(text string) uint32 {
	if strings.HasPrefix(text, "0x") {
		mask, err := strconv.ParseUint(text[2:], 16, 32)
		if err != nil {
			return ^uint32(0)
		}
		return uint32(mask)
	}
	var mask uint32
	for len(text) > 0 {
		right, known := rightsByName[text[:min(2, len(text))]]
		if !known {
			return ^uint32(0)
		}
		mask |= right
		text = text[2:]
	}
	return mask
}
