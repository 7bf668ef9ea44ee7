package app

import (
	"os"
	"strings"
)

// systemLocale returns the language that the environment asks for ("de"), or
// empty where it names none: then the page's own language counts. Windows and
// macOS tell the page; Linux tells the environment (POSIX, LC_ALL over LANG).
func systemLocale() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		language, _, _ := strings.Cut(value, "_")
		language, _, _ = strings.Cut(language, ".")
		if language == "C" || language == "POSIX" {
			return ""
		}
		return language
	}
	return ""
}
