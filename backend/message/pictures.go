package message

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
)

// dataPicture is a picture whose octets stand in the HTML, as render.Fragment writes
// it: its type, and base64 in which characters may be written as %XX.
var dataPicture = regexp.MustCompile(`(<img [^<>]*\bsrc=")data:(image/[a-z.+-]+);base64,([^"<>]*)"`)

// liftPictures makes parts of the pictures whose octets stand in a body, and shows
// them by their Content-IDs: many programs don't show them otherwise. What can't be
// decoded stays as it is.
func liftPictures(body string) (string, []*entity) {
	var parts []*entity
	lifted := map[string]bool{}
	body = dataPicture.ReplaceAllStringFunc(body, func(img string) string {
		m := dataPicture.FindStringSubmatch(img)
		text := strings.ReplaceAll(string(percentDecode([]byte(m[3]))), " ", "")
		content, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(content) == 0 {
			return img
		}
		sum := sha256.Sum256(content)
		cid := hex.EncodeToString(sum[:12]) + "@waxwing"
		if !lifted[cid] {
			lifted[cid] = true
			parts = append(parts, &entity{ctype: []string{m[2]}, disposition: []string{"inline"}, cid: cid, encoding: "base64", body: encodeBase64(content)})
		}
		return m[1] + "cid:" + cid + `"`
	})
	return body, parts
}
