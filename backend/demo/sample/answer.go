package sample

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"mime"
	"net/mail"
	"strings"
	"time"
)

// answers are what colleagues say to anything.
var answers = []string{
	"Thanks, that helps. I'll go through it this afternoon and come back to you if something is unclear.",
	"Perfect, exactly what I was waiting for. Let's take the rest on Thursday when everybody is in.",
	"Got it. One question before I pass it on: is that the final version, or do you expect another round?",
	"Good point, I hadn't thought of that. I'll change it on our side and send you the update tomorrow morning.",
	"Yes, that works for me. Shall we say half past two? I'll book the small room.",
	"I'm on the train, so only briefly: yes to both. Details when I'm back at my desk.",
	"Nice work! I've shown it to the others and nobody had anything to add, which never happens.",
}

// Answer makes what the recipient to says to a message that the person sent:
// threaded by In-Reply-To and References, with the original quoted.
func Answer(original []byte, to string, now time.Time) ([]byte, error) {
	m, err := mail.ReadMessage(bytes.NewReader(original))
	if err != nil {
		return nil, fmt.Errorf("sample: answer: %w", err)
	}
	p, ok := byEmail(to)
	if !ok {
		local, _, _ := strings.Cut(to, "@")
		p = person{name: title(local), email: to, program: "plain"}
	}
	id := m.Header.Get("Message-Id")
	h := fnv.New32a()
	_, _ = h.Write([]byte(id + to)) // never fails
	subject := headerText(m.Header.Get("Subject"))
	if !strings.HasPrefix(strings.ToLower(subject), "re:") {
		subject = "Re: " + subject
	}
	words, err := charset{}.words(subject)
	if err != nil {
		return nil, err
	}
	from, err := charset{}.words(p.name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(fold("From", from+" <"+p.email+">"))
	out.WriteString(fold("To", Name+" <"+Email+">"))
	out.WriteString(fold("Subject", words))
	fmt.Fprintf(&out, "Date: %s\r\n", now.Format(dateLayout))
	fmt.Fprintf(&out, "Message-ID: <%d.%08x@%s>\r\n", now.UnixMilli(), h.Sum32(), p.domain())
	out.WriteString(fold("In-Reply-To", id))
	out.WriteString(fold("References", strings.TrimSpace(m.Header.Get("References")+" "+id)))
	out.WriteString("MIME-Version: 1.0\r\n")
	text := "Hi Mara,\n\n" + wrap(answers[h.Sum32()%uint32(len(answers))], 72, false) +
		"\n\n" + p.firstName() + "\n\n" + quotation(m)
	body, err := textPart("text/plain", text, charset{}, "")
	if err != nil {
		return nil, err
	}
	body.write(&out, "")
	return out.Bytes(), nil
}

// quotation quotes the original's text when it is a plain one; people don't
// quote the rest by hand either.
func quotation(m *mail.Message) string {
	kind, _, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	encoding := strings.ToLower(m.Header.Get("Content-Transfer-Encoding"))
	if err == nil && kind != "text/plain" || encoding == "base64" || encoding == "quoted-printable" {
		return ""
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(m.Body); err != nil {
		return ""
	}
	when := "you wrote:"
	if date, err := m.Header.Date(); err == nil {
		when = "On " + date.Format("Mon, 2 Jan 2006 at 15:04") + ", " + Name + " wrote:"
	}
	return when + "\n" + quoted(strings.TrimRight(strings.ReplaceAll(body.String(), "\r\n", "\n"), "\n"))
}

// headerText decodes encoded-words where it can.
func headerText(s string) string {
	if text, err := new(mime.WordDecoder).DecodeHeader(s); err == nil {
		return text
	}
	return s
}

// title makes a name of the local part of an address.
func title(local string) string {
	words := strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	for i, w := range words {
		r := []rune(w)
		words[i] = strings.ToUpper(string(r[:1])) + string(r[1:])
	}
	return strings.Join(words, " ")
}
