package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"waxwing/backend/engine"
	"waxwing/backend/events"
	"waxwing/backend/mail"
)

// shell is what the bound services share: the engine, once it is open, and the
// window, once it is there.
type shell struct {
	options startOptions
	log     *slog.Logger
	bus     events.Bus
	bodies  *bodies
	pop     *popups
	signing signing

	// opened is closed when the engine is open or could not be.
	opened  chan struct{}
	mail    *engine.Engine
	problem error

	// callContext is what the services call the engine with; it ends with the
	// window. It is set before opened is closed.
	callContext context.Context

	mu      sync.Mutex
	ctx     context.Context // of the window; nil before start-up
	temp    string
	ending  bool       // the application ends, whatever closing the window means
	ready   bool       // the screens listen
	waiting *OpenEvent // what to show when they do
}

func newShell(o startOptions, log *slog.Logger) *shell {
	s := &shell{options: o, log: log, opened: make(chan struct{})}
	s.bodies = newBodies(s)
	s.pop = newPopups(s)
	return s
}

// startUp opens and starts the engine. The window is there already and shows
// what goes wrong.
func (s *shell) startUp(ctx context.Context) {
	s.mu.Lock()
	s.ctx = ctx
	ending := s.ending
	s.mu.Unlock()
	if ending {
		runtime.Quit(ctx) // asked for before there was a window
	}
	s.callContext = ctx
	s.pop.start(ctx)
	s.bus.Subscribe(s.forward)
	s.mail, s.problem = engine.Open(ctx, engine.Config{
		Dir: s.options.data, Log: s.log, Bus: &s.bus, PolicyFile: s.options.policy,
		Nameserver: s.options.nameserver,
	})
	if s.problem == nil {
		s.problem = s.prepare(ctx)
	}
	if s.problem != nil {
		s.log.Error("engine didn't start", "error", s.problem)
	}
	close(s.opened)
}

// prepare does what the command line asks for and starts synchronising.
func (s *shell) prepare(ctx context.Context) error {
	if s.options.demo {
		if _, err := s.mail.AddDemo(ctx); err != nil && mail.CodeOf(err) != mail.CodeExists {
			return err
		}
	}
	s.mail.Start(ctx)
	return nil
}

// shutDown ends the engine and everything else that startUp began.
func (s *shell) shutDown(context.Context) {
	<-s.opened
	s.pop.close()
	if s.mail != nil {
		if unused := s.signing.end(); unused != nil {
			s.mail.Abandon(unused)
		}
		if err := s.mail.Close(); err != nil {
			s.log.Error("engine didn't stop cleanly", "error", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.temp != "" {
		if err := os.RemoveAll(s.temp); err != nil {
			s.log.Warn("temporary files stay", "error", err)
		}
	}
}

// engine returns the engine and the context to call it with, or why there is
// none. It waits for the start-up.
func (s *shell) engine() (*engine.Engine, context.Context, error) {
	<-s.opened
	if s.problem != nil {
		return nil, nil, s.problem
	}
	return s.mail, s.callContext, nil
}

// window returns the context that Wails' runtime functions need.
func (s *shell) window() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ctx
}

// emit tells the screens of something. Before they are there nobody listens,
// and they ask for everything when they come.
func (s *shell) emit(event string, payload any) {
	if ctx := s.window(); ctx != nil {
		runtime.EventsEmit(ctx, event, payload)
	}
}

// show brings the window to the front, and the message into it unless it is nil.
func (s *shell) show(open *OpenEvent) {
	ctx := s.window()
	if ctx == nil {
		return
	}
	runtime.WindowShow(ctx)
	runtime.WindowUnminimise(ctx)
	if open == nil {
		return
	}
	s.mu.Lock()
	ready := s.ready
	if !ready {
		s.waiting = open
	}
	s.mu.Unlock()
	if ready {
		s.emit(eventOpen, *open)
	}
}

// screenReady notes that the screens listen and shows what waited for them.
func (s *shell) screenReady() {
	s.mu.Lock()
	s.ready = true
	open := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	if open != nil {
		s.emit(eventOpen, *open)
	}
}

// quit ends the application, also when closing the window would only hide it.
func (s *shell) quit() {
	s.mu.Lock()
	s.ending = true
	s.mu.Unlock()
	if ctx := s.window(); ctx != nil {
		runtime.Quit(ctx)
	}
}

// temporary returns a private folder that is deleted at the end.
func (s *shell) temporary() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.temp == "" {
		folder, err := os.MkdirTemp("", "waxwing-")
		if err != nil {
			s.log.Error("no temporary folder", "error", err)
			return ""
		}
		s.temp = folder
	}
	return s.temp
}

// closing decides what closing the window does: hide it when the person wants
// mail to go on arriving, or end the application.
func (s *shell) closing(ctx context.Context) (keep bool) {
	e, _, err := s.engine()
	if err != nil {
		return false
	}
	s.rememberPlace(ctx, e)
	p, err := loadPreferences(ctx, e)
	if err != nil && !errors.Is(err, context.Canceled) {
		s.log.Warn("preferences unreadable", "error", err)
	}
	s.mu.Lock()
	ending := s.ending
	s.mu.Unlock()
	if !p.Background || ending || devServer {
		return false
	}
	runtime.WindowHide(ctx)
	return true
}
