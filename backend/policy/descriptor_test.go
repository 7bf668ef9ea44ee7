package policy

import "testing"

// TestDescriptors judges what Windows says of files and folders.
func TestDescriptors(t *testing.T) {
	t.Parallel()
	const me = "S-1-5-21-1004336348-1177238915-682003330-1001"
	const installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	for name, c := range map[string]struct {
		text      string
		also      string
		dangerous uint32
		want      Code
	}{
		"file as an administrator writes it": {"O:BAG:S-1-5-21-1-2-3-513D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)", "", writeRights, ""},
		"without a group":                    {"O:SYD:P(A;;FA;;;SY)(A;;FR;;;WD)", "", writeRights, ""},
		"of the installer":                   {"O:" + installer + "D:P(A;;FA;;;" + installer + ")(A;;FR;;;AU)", "", writeRights, ""},
		"in words of numbers":                {"O:S-1-5-32-544D:(A;;0x1f01ff;;;S-1-5-18)(A;;FR;;;WD)", "", writeRights, ""},
		"of a user":                          {"O:" + me + "G:BUD:(A;;FA;;;BA)", "", writeRights, CodeOwner},
		"of this user, at a named place":     {"O:" + me + "G:BUD:(A;;FA;;;BA)(A;;FA;;;" + me + ")", me, writeRights, ""},
		"of all users":                       {"O:BUD:(A;;FA;;;BA)", "", writeRights, CodeOwner},
		"users may modify":                   {"O:BAG:SYD:AI(A;;0x1301bf;;;BU)(A;ID;FA;;;BA)", "", writeRights, CodeWritable},
		"everyone may do all":                {"O:BAD:(A;;GA;;;WD)", "", writeRights, CodeWritable},
		"one user may write":                 {"O:BAD:(A;;FA;;;BA)(A;;FW;;;" + me + ")", "", writeRights, CodeWritable},
		"one user may change the list":       {"O:BAD:(A;;FA;;;BA)(A;;RCWD;;;" + me + ")", "", writeRights, CodeWritable},
		"users may delete":                   {"O:BAD:(A;;FRSD;;;BU)", "", writeRights, CodeWritable},
		"users may append":                   {"O:BAD:(A;;LC;;;AU)", "", writeRights, CodeWritable},
		"only for what is made below":        {"O:BAD:(A;OICIIO;GA;;;BU)(A;;FR;;;BU)", "", writeRights, ""},
		"the creator's, a template":          {"O:BAD:(A;OICIIOID;GA;;;CO)(A;;FA;;;BA)", "", writeRights, ""},
		"a refusal gives nothing":            {"O:BAD:(D;;FA;;;BU)(A;;FA;;;BA)", "", writeRights, ""},
		"an entry with a condition":          {`O:BAD:(XA;;FA;;;BU;(Member_of {SID(BA)}))`, "", writeRights, CodeWritable},
		"no list":                            {"O:BAD:NO_ACCESS_CONTROL", "", writeRights, CodeWritable},
		"an empty list":                      {"O:BAD:P", "", writeRights, ""},
		"an unknown right":                   {"O:BAD:(A;;ZZ;;;BU)", "", writeRights, CodeWritable},
		"half a right":                       {"O:BAD:(A;;F;;;BU)", "", writeRights, CodeWritable},
		"no descriptor":                      {"", "", writeRights, CodeWritable},
		"half a descriptor":                  {"O:BAD:(A;;FA;;;BA", "", writeRights, CodeWritable},
		"not a descriptor":                   {"hello", "", writeRights, CodeWritable},

		// %ProgramData%\Waxwing inherits that users may add files, not replace them.
		"folder below %ProgramData%":       {"O:BAG:S-1-5-21-1-2-3-513D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)", "", replaceRights, ""},
		"that folder as if it were a file": {"O:BAD:AI(A;CIID;DCLCRPCR;;;BU)", "", writeRights, CodeWritable},
		"folder that users may empty":      {"O:BAD:(A;OICI;0x1301ff;;;BU)", "", replaceRights, CodeWritable},
		"folder that a user made":          {"O:" + me + "D:(A;;FA;;;BA)", "", replaceRights, CodeOwner},
	} {
		if got := judgeDescriptor(c.text, c.also, c.dangerous); got != c.want {
			t.Errorf("%s: %q for %q, want %q", name, got, c.text, c.want)
		}
	}
}

func FuzzDescriptor(f *testing.F) {
	f.Add("O:BAD:(A;;FA;;;BA)(XA;;FA;;;BU;(a))")
	f.Fuzz(func(_ *testing.T, text string) { judgeDescriptor(text, "", writeRights) })
}
