package compose

import (
	"bytes"
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"testing"

	"waxwing/backend/mail"
	"waxwing/backend/mailtest"
	"waxwing/backend/message"
)

// A letter is a draft with the octets of its files, and what its text must be.
type letter struct {
	name  string
	draft mail.Draft
	files map[mail.DraftFileID][]byte
}

func (l *letter) content(id mail.DraftFileID) ([]byte, error) { return l.files[id], nil }

// attach adds a file.
func (l *letter) attach(f File) {
	id := mail.DraftFileID(len(l.draft.Files) + 1)
	l.draft.Files = append(l.draft.Files, mail.DraftFile{ID: id, Name: f.Name, Type: f.Type, ContentID: f.ContentID, Size: int64(len(f.Content))})
	if l.files == nil {
		l.files = map[mail.DraftFileID][]byte{}
	}
	l.files[id] = f.Content
}

// begun is a letter of a draft that began so, with a text written into it.
func begun(name string, s Start, text string) *letter {
	l := &letter{name: name, draft: s.Draft}
	for _, f := range s.Files {
		l.attach(f)
	}
	if len(l.draft.To) == 0 {
		l.draft.To = []mail.Address{{Name: "Bob", Email: "bob@x.example"}}
	}
	if l.draft.Format == mail.FormatPlain {
		l.draft.Body = text + l.draft.Body
	} else {
		l.draft.Body = paragraphs(text) + l.draft.Body
	}
	return l
}

// tongues are texts in many writings, with what breaks lines, encodings and marks.
var tongues = []struct{ name, subject, text string }{
	{"English", "The plan for Friday", "Dear Bob,\n\n" + strings.Repeat("the plan is as it was, only later; nobody has asked for more than that. ", 12) + "\n\nFrom here on it is simple.\n.\n..two\n> a quote, > not\n>> deeper\n\nAnn"},
	{"German", "Grüße aus Köln, Straße 5", "Lieber Jörg,\n\n" + strings.Repeat("Übermorgen gehen wir über die große Straße, öfter als üblich. ", 9) + "\n\nSchöne Grüße"},
	{"French", "Été à la plage : l’œuvre", "Bonjour,\n\nça va « très bien » — où est-ce ?\n" + strings.Repeat("L’été dernier, nous étions à la plage. ", 9)},
	{"Polish", "Zażółć gęślą jaźń", "Zażółć gęślą jaźń.\n" + strings.Repeat("Dzień dobry, proszę o odpowiedź. ", 9)},
	{"Russian", "Отчёт за пятницу и ещё немного слов, чтобы тема была длинной", "Здравствуйте!\n\n" + strings.Repeat("Отправляю отчёт за пятницу. ", 15)},
	{"Greek", "Καλημέρα κόσμε", strings.Repeat("Καλημέρα κόσμε, τι κάνεις; ", 12)},
	{"Hebrew", "שלום לכולם", "שלום,\n\n" + strings.Repeat("הדו״ח מצורף (PDF 3). ", 12)},
	{"Arabic", "مرحبا بالعالم", strings.Repeat("مرحبا بالعالم، كيف حالك؟ ", 12)},
	{"Hindi", "नमस्ते दुनिया", strings.Repeat("नमस्ते दुनिया, आप कैसे हैं? ", 12)},
	{"Thai", "สวัสดีชาวโลก", strings.Repeat("สวัสดีชาวโลก", 60)},
	{"Chinese", "关于星期五的会议安排以及其他几件需要讨论的事情", strings.Repeat("你好，世界。会议在星期五下午两点。", 40)},
	{"Japanese", "金曜日の会議について", "山田様\n\n" + strings.Repeat("いつもお世話になっております。", 40)},
	{"Korean", "금요일 회의", strings.Repeat("안녕하세요, 회의는 금요일입니다. ", 20)},
	{"emoji", "👩‍👩‍👧‍👦 Party 🎉🏳️‍🌈 " + strings.Repeat("🎂", 30), "👍🏽 yes\n" + strings.Repeat("👩‍💻", 200) + "\n🇩🇪🇬🇧"},
	{"combining", "e\u0301a\u0308 " + strings.Repeat("o\u0328\u0304", 20), strings.Repeat("a\u0308\u0301\u0323 ", 100)},
}

// longNames are names of people and files.
var longNames = []string{
	"Ann", "Dr. Ann-Marie O'Neil, PhD (Sales)", `The "Box" \ Office`, "Zoë Grün", strings.Repeat("Very Long Name ", 12) + "End", strings.Repeat("Unbroken", 30),
	"山田太郎" + strings.Repeat("長い名前", 20), "Анна Сергеевна Константинопольская-Преображенская", "=?utf-8?Q?not_a_word?=", "a@b.example", "👩‍🚀 Astronaut 👩‍🚀", "name with  two blanks",
}

// picture is one of one point.
var picture = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00")

func noise(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// letters are a hundred drafts.
func letters(t *testing.T) []*letter {
	t.Helper()
	var out []*letter
	for _, format := range []mail.BodyFormat{mail.FormatRich, mail.FormatPlain} {
		o := options()
		o.Format = format
		for _, tongue := range tongues {
			l := begun(tongue.name+" "+string(format), New(o), tongue.text)
			l.draft.Subject = tongue.subject
			l.draft.From.Name = tongue.subject[:len(tongue.subject)/2]
			l.draft.From.Name = strings.ToValidUTF8(l.draft.From.Name, "")
			out = append(out, l)
		}
	}
	for i, name := range longNames {
		o := options()
		l := begun("name "+name, New(o), "See the file.")
		l.draft.Subject = name
		l.draft.To = nil
		for j := range 1 + i*3 {
			l.draft.To = append(l.draft.To, mail.Address{Name: name, Email: fmt.Sprintf("person%d@x.example", j)})
		}
		l.draft.Cc = []mail.Address{{Name: longNames[(i+1)%len(longNames)], Email: "cc@bücher.example"}}
		l.attach(File{Name: name + ".pdf", Type: "application/pdf", Content: noise(uint64(i), 1000+i)})
		l.attach(File{Name: "notes.txt", Type: "text/plain", Content: []byte("From me\r\nwith\nboth ends\r\n\tand " + name)})
		l.attach(File{Name: "empty", Type: "", Content: nil})
		out = append(out, l)
	}
	out = append(out, thread12(t)...)
	kinds := []mail.DraftKind{mail.DraftReply, mail.DraftForward, mail.DraftReplyAll, mail.DraftAttached, mail.DraftEditNew}
	i := 0
	for m := range mailtest.Corpus(38, 11) {
		o := options()
		if i%6 == 5 {
			o.Format = mail.FormatPlain
		}
		out = append(out, begun(fmt.Sprintf("%s of a message of the corpus, %d", kinds[i%5], i), Begin(kinds[i%5], Original{ID: 1, Raw: m.Raw}, o), "Thank you."))
		i++
	}
	for n := range 6 {
		l := begun(fmt.Sprintf("%d pictures", n+1), New(options()), "Look:")
		for j := range n + 1 {
			id := fmt.Sprintf("Picture%d@waxwing", j)
			l.attach(File{Name: fmt.Sprintf("picture %d.png", j), Type: "image/png", ContentID: id, Content: append(picture, byte(j))})
			l.draft.Body += `<div><img src="cid:` + id + `" alt="picture"></div>`
		}
		l.attach(File{Name: "not shown.png", Type: "image/png", ContentID: "hidden@waxwing", Content: picture})
		out = append(out, l)
	}
	large := begun("20 MB", New(options()), "The film is attached.")
	large.attach(File{Name: "film.mp4", Type: "video/mp4", Content: noise(20, 20<<20)})
	raw := large.build(t)
	out = append(out, large, begun("20 MB passed on", Forward(Original{Raw: raw}, options()), "See."))
	return out
}

// thread12 are answers to answers.
func thread12(t *testing.T) []*letter {
	t.Helper()
	ann, bob := options(), Options{Identities: []mail.Identity{{Address: mail.Address{Name: "Bob", Email: "bob@x.example"}}}, Language: "de"}
	l := begun("first of a thread", New(ann), "Shall we meet on <Friday> & Saturday?")
	l.draft.Subject = "Meeting"
	l.attach(File{Name: "map.png", Type: "image/png", ContentID: "map@waxwing", Content: picture})
	l.draft.Body += `<div><img src="cid:map@waxwing"></div>`
	out := []*letter{l}
	for i := range 11 {
		o := []Options{bob, ann}[i%2]
		if i == 8 {
			o.Format = mail.FormatPlain
		}
		next := begun(fmt.Sprintf("answer %d of a thread", i+1), Reply(Original{Raw: l.build(t)}, o), fmt.Sprintf("Answer %d, with <markup> & all.", i+1))
		out = append(out, next)
		l = next
	}
	return out
}

// build makes the letter's message.
func (l *letter) build(t *testing.T) []byte {
	t.Helper()
	raw, err := message.Build(l.draft, l.content, message.BuildOptions{MessageID: message.NewID("ann@example.org"), Date: at})
	if err != nil {
		t.Fatalf("%s: %v", l.name, err)
	}
	return raw
}

// words are those of the HTML that are seen.
func wordsOf(source string) []string {
	var b bytes.Buffer
	for {
		i := strings.Index(source, "<style>")
		if i < 0 {
			break
		}
		j := strings.Index(source[i:], "</style>")
		source = source[:i] + source[i+j:]
	}
	for source != "" {
		before, after, _ := strings.Cut(source, "<")
		b.WriteString(before)
		_, source, _ = strings.Cut(after, ">")
		b.WriteByte(' ')
	}
	return strings.Fields(html.UnescapeString(b.String()))
}
