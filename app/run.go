package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/wailsapp/wails/v2"
	wailslogger "github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/windows"
	"gopkg.in/natefinch/lumberjack.v2"

	"waxwing/backend/engine"
	"waxwing/frontend"
)

// The log is kept in files of this many megabytes, this many of them.
const logMegabytes, logFiles = 5, 3

// startOptions are what the command line says.
type startOptions struct {
	data   string // data folder
	policy string // the organisation's policy; empty means the system's place
	demo   bool   // connect the sample account, in a data folder of its own
	hidden bool   // start without showing the window
	// nameserver is engine.Config.Nameserver; the development build alone takes it.
	nameserver string
}

// Run is the application: it returns the exit code when the last window has
// closed. A second start with the same data folder shows the first one's window
// and returns 0.
func Run(args []string) int {
	o, err := parseArgs(args, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return 2
	}
	if generatingBindings {
		return runWindow(newShell(o, slog.New(slog.DiscardHandler)))
	}
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		fmt.Fprintf(os.Stderr, "waxwing: can't use the data folder: %v\n", err)
		return 1
	}
	first, handedOver, err := claim(o.data, handover{Show: !o.hidden})
	if handedOver {
		return 0
	}
	log := newLog(o.data)
	s := newShell(o, log)
	if err != nil {
		log.Warn("a second start won't find this one", "error", err)
	} else {
		defer first.close()
		go first.serve(func(h handover) {
			if h.Show {
				s.show(nil)
			}
		})
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ended
		s.quit()
	}()
	return runWindow(s)
}

// parseArgs reads the command line and fills in the data folder.
func parseArgs(args []string, out io.Writer) (o startOptions, err error) {
	f := flag.NewFlagSet("waxwing", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&o.data, "data", "", "keep everything in `FOLDER` instead of the usual place")
	f.BoolVar(&o.demo, "demo", false, "look around with sample mail, in a data folder of its own")
	f.BoolVar(&o.hidden, "hidden", false, "start in the background, without showing the window")
	if devServer {
		f.StringVar(&o.policy, "policy", "", "read the organisation's policy from `FILE` (development build only)")
		f.StringVar(&o.nameserver, "nameserver", "", "ask the DNS server at `HOST:PORT` when servers are discovered")
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		fmt.Fprintf(out, "waxwing: unexpected argument %q\n", f.Arg(0))
		f.Usage()
		return o, errors.New("unexpected argument")
	}
	if o.data == "" {
		o.data = engine.DefaultDir()
		if o.demo {
			o.data += "-demo"
		}
	}
	o.data, err = filepath.Abs(o.data)
	return o, err
}

// newLog writes to files in the data folder; the development build to the
// terminal as well.
func newLog(data string) *slog.Logger {
	var out io.Writer = &lumberjack.Logger{
		Filename: filepath.Join(data, "log", "waxwing.log"), MaxSize: logMegabytes, MaxBackups: logFiles,
	}
	if devServer {
		out = io.MultiWriter(out, os.Stderr)
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// runWindow shows the window until it is closed.
func runWindow(s *shell) int {
	err := wails.Run(&options.App{
		Title:            "Waxwing",
		Width:            defaultWidth,
		Height:           defaultHeight,
		MinWidth:         minWidth,
		MinHeight:        minHeight,
		StartHidden:      s.options.hidden,
		BackgroundColour: options.NewRGB(0x80, 0x80, 0x80),
		AssetServer: &assetserver.Options{
			Assets:     frontend.Dist(),
			Handler:    s.bodies,
			Middleware: func(next http.Handler) http.Handler { return guard(next) },
		},
		OnStartup: s.startUp,
		OnDomReady: func(ctx context.Context) {
			s.restorePlace(ctx)
		},
		OnBeforeClose:  s.closing,
		OnShutdown:     s.shutDown,
		ErrorFormatter: formatError,
		Logger:         quietLogger{s.log},
		LogLevel:       wailslogger.WARNING,
		Bind:           []any{&Accounts{shell: s}, &Verification{shell: s}, &Identities{s}, &Mail{s}, &Compose{s}, &Settings{s}, &System{s}},
		Windows:        &windows.Options{WebviewIsTransparent: false},
		Linux: &linux.Options{
			ProgramName:      "waxwing", // names the desktop entry that pop-ups and docks look up
			WebviewGpuPolicy: gpuPolicy(renderNodes),
		},
	})
	if err != nil {
		s.log.Error("window failed", "error", err)
		fmt.Fprintf(os.Stderr, "waxwing: the window could not be opened: %v\n", err)
		return 1
	}
	return 0
}

// pageSecurity is the policy of the application's own page. Its styles are set
// by scripts of ours; nothing is loaded from anywhere else.
const pageSecurity = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self'; frame-src 'self'; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; " +
	"object-src 'none'; base-uri 'none'; form-action 'none'"

// guard sets the policy on everything that has none of its own.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", pageSecurity)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// quietLogger sends what Wails has to say into our log.
type quietLogger struct{ log *slog.Logger }

func (l quietLogger) Print(s string)   { l.log.Debug(s) }
func (l quietLogger) Trace(s string)   { l.log.Debug(s) }
func (l quietLogger) Debug(s string)   { l.log.Debug(s) }
func (l quietLogger) Info(s string)    { l.log.Debug(s) }
func (l quietLogger) Warning(s string) { l.log.Warn(s) }
func (l quietLogger) Error(s string)   { l.log.Error(s) }
func (l quietLogger) Fatal(s string)   { l.log.Error(s) }
