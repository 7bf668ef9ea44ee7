package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFileName bounds a file name in octets of UTF-8, well under the 255 of
// common file systems, so that " (2)" still fits.
const maxFileName = 200

// maxExtension is the longest ending that is kept when a name is shortened.
const maxExtension = 20

// safeFileName makes a name that can be a file's on Windows, macOS and Linux:
// no path, no reserved characters and names, no control characters, nothing
// that turns the direction of writing (which hides an ending), bounded in
// length with the ending kept. It returns "" when nothing is left.
func safeFileName(name string) string {
	name = strings.ToValidUTF8(name, "_")
	name = stripPath(name)
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*/\`, r):
			return '_'
		case r == '\t', r == '\n', r == '\r', r == 0xa0, r == 0x2028, r == 0x2029:
			return ' '
		case isBidi(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != 0x200c && r != 0x200d:
			return -1
		}
		return r
	}, name)
	// Windows drops dots and blanks at the end; a leading dot hides the file.
	name = strings.TrimRight(strings.TrimLeft(strings.Join(strings.Fields(name), " "), ". "), ". ")
	if reservedName(name) {
		name = "_" + name
	}
	return shorten(name)
}

// stripPath leaves the last component of what looks like a path. A slash in
// other names ("Invoice 3/2024.pdf") is no separator.
func stripPath(name string) string {
	if i := strings.LastIndexByte(name, '\\'); i >= 0 {
		name = name[i+1:]
	}
	if strings.HasPrefix(name, "/") || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "~/") || strings.Contains(name, "://") {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	return name
}

// reservedName reports whether Windows takes the name for a device, whatever
// its ending.
func reservedName(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimSpace(stem))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	if r := []rune(stem); len(r) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) {
		return strings.ContainsRune("0123456789¹²³", r[3])
	}
	return false
}

// shorten cuts the stem of a name that is too long.
func shorten(name string) string {
	if len(name) <= maxFileName {
		return name
	}
	ext := ""
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= maxExtension {
		ext = name[i:]
	}
	cut := maxFileName - len(ext)
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return strings.TrimRight(name[:cut], ". ") + ext
}

// extensions name the endings for parts that come without a name.
var extensions = map[string]string{
	"application/pdf": ".pdf", "application/zip": ".zip", "application/json": ".json", "application/xml": ".xml", "application/rtf": ".rtf",
	"application/msword": ".doc", "application/vnd.ms-excel": ".xls", "application/vnd.ms-powerpoint": ".ppt", "application/ms-tnef": ".dat",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   ".docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         ".xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
	"application/ics": ".ics", "text/calendar": ".ics", "text/vcard": ".vcf", "text/x-vcard": ".vcf", "text/csv": ".csv", "text/html": ".html", "text/plain": ".txt", "text/xml": ".xml",
	"text/rfc822-headers": ".txt", "message/delivery-status": ".txt", "message/disposition-notification": ".txt", "message/rfc822": ".eml", "message/global": ".eml",
	"image/jpeg": ".jpg", "image/jpg": ".jpg", "image/pjpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/svg+xml": ".svg", "image/tiff": ".tif", "image/bmp": ".bmp", "image/heic": ".heic",
	"audio/mpeg": ".mp3", "audio/wav": ".wav", "audio/x-wav": ".wav", "video/mp4": ".mp4", "video/quicktime": ".mov",
	"application/pgp-signature": ".asc", "application/pgp-encrypted": ".asc", "application/pgp-keys": ".asc",
	"application/pkcs7-signature": ".p7s", "application/x-pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m", "application/x-pkcs7-mime": ".p7m",
}

// fallbackName names a part that brings no usable name.
func fallbackName(mediaType, number string) string {
	ext, ok := extensions[mediaType]
	if !ok {
		ext = ".bin"
		if strings.HasPrefix(mediaType, "text/") {
			ext = ".txt"
		}
	}
	switch mediaType {
	case "text/calendar":
		return "invite.ics"
	case "application/ms-tnef":
		return "winmail.dat"
	}
	return "attachment-" + number + ext
}

// OriginalName is a safe file name for a message as a whole, after its subject.
func OriginalName(subject string) string {
	if name := messageName(subject); name != "" {
		return name
	}
	return "message.eml"
}

// messageName is OriginalName, but empty when the subject gives no name.
func messageName(subject string) string {
	const ending = ".eml"
	subject = strings.TrimRight(truncate(strings.ReplaceAll(subject, "/", "_"), maxSubject), ". ")
	name := safeFileName(truncate(subject, maxFileName-len(ending)) + ending)
	if name == strings.TrimPrefix(ending, ".") {
		return ""
	}
	return name
}
