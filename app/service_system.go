package app

import (
	"net/url"
	goruntime "runtime"

	"waxwing/backend/mail"
	"waxwing/backend/render"
)

// System tells the screens where they run and does what a page can't.
type System struct{ shell *shell }

// Info tells where the screens run. Its Problem says why the engine could not
// start; then every other method fails with the same.
func (s *System) Info() Info {
	info := Info{
		Version:     Version,
		Platform:    goruntime.GOOS,
		Native:      !devServer,
		DemoOffered: true,
		Locale:      systemLocale(),
	}
	e, _, err := s.shell.engine()
	if err != nil {
		info.Problem = toProblem(err)
		return info
	}
	info.DataDir = e.Dir()
	return info
}

// OpenLink opens a link of a message in the system's browser or mail program.
// Only http, https, mailto and tel are opened: CodeInvalid, with the reason
// "link", for anything else. CodeNoProgram says that no program took it.
func (s *System) OpenLink(link string) error {
	u, err := url.Parse(link)
	if err != nil || !openable(u) {
		return notALink()
	}
	if err := openLink(u.String()); err != nil {
		return &mail.Error{Code: mail.CodeNoProgram, Args: map[string]string{"scheme": u.Scheme}, Err: err}
	}
	return nil
}

// InspectLink tells where a link of a message leads and whether its text claims
// something else. It fails as OpenLink does.
func (s *System) InspectLink(link, text string) (LinkTarget, error) {
	t, ok := render.InspectLink(link, text)
	if !ok {
		return LinkTarget{}, notALink()
	}
	return LinkTarget{Before: t.Before, Site: t.Site, After: t.After, Claimed: t.Claimed}, nil
}

func notALink() error {
	return &mail.Error{Code: mail.CodeInvalid, Args: map[string]string{"field": "link", "reason": "link"}}
}

func openable(u *url.URL) bool {
	switch u.Scheme {
	case "http", "https":
		return u.Host != ""
	case "mailto", "tel":
		return u.Opaque != ""
	}
	return false
}

// Log writes a line of the screens into the log. The text must not quote mail.
func (s *System) Log(level, text string) {
	log := s.shell.log.With("from", "screen")
	switch level {
	case "error":
		log.Error(text)
	case "warn":
		log.Warn(text)
	case "info":
		log.Info(text)
	default:
		log.Debug(text)
	}
}

// Ready says that the screens have drawn and listen for events: from now on a
// clicked pop-up can be shown, also one that started the application.
func (s *System) Ready() { s.shell.screenReady() }

// Quit ends the application, also when closing the window would only hide it.
func (s *System) Quit() { s.shell.quit() }
