package engine

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"waxwing/backend/events"
	"waxwing/backend/imapsync"
	"waxwing/backend/mail"
)

func failure(code mail.Code) error { return &mail.Error{Code: code} }

// TestSupervisorBacksOff lets every attempt fail and looks at the pauses, then
// lets one succeed.
func TestSupervisorBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries attempts
		const good = 14 // the attempt that gets through
		e := openEngine(t, t.TempDir(), nil, func(_ context.Context, c imapsync.Config) error {
			if tries.note() == good {
				c.Status(mail.Status{Phase: mail.PhaseUpToDate})
			}
			return failure(mail.CodeTimeout)
		})
		id := addAccount(t, e, "ann")
		e.Start(t.Context())
		time.Sleep(2 * time.Hour)
		if s := e.Status(id); s.Phase != mail.PhaseOffline || s.Problem == nil || s.Problem.Code != mail.CodeTimeout {
			t.Errorf("status between attempts is %+v, want offline with its problem", s)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		at := tries.times()
		if len(at) < 2*good {
			t.Fatalf("%d attempts in two hours", len(at))
		}
		for n := 1; n < len(at); n++ {
			exponent := n
			if n >= good {
				exponent = n - good + 1
			}
			longest := min(time.Second<<min(exponent, 20), longestOffline)
			if pause := at[n].Sub(at[n-1]); pause < longest/2 || pause > longest {
				t.Errorf("pause before attempt %d is %v, want %v to %v", n+1, pause, longest/2, longest)
			}
		}
	})
}

// TestSignInWaitsForThePerson holds that a refused password is tried again only
// when somebody did something about it.
func TestSignInWaitsForThePerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries attempts
		var passwords []string
		e := openEngine(t, t.TempDir(), nil, func(ctx context.Context, c imapsync.Config) error {
			tries.note()
			who, err := c.Credentials(ctx)
			if err != nil {
				return err
			}
			passwords = append(passwords, who.Password)
			return failure(mail.CodeSignIn)
		})
		id := addAccount(t, e, "ann")
		box := fill(t, e, id, usual)["INBOX"]
		ref := deliver(t, e, id, box, "hello", 1)
		e.Start(t.Context())
		time.Sleep(24 * time.Hour)
		if _, err := e.SetKeywords(t.Context(), []mail.Ref{ref}, []mail.Keyword{mail.KeywordSeen}, nil); err != nil {
			t.Fatal(err)
		}
		e.WakeAll()
		time.Sleep(24 * time.Hour)
		if n := len(tries.times()); n != 1 {
			t.Errorf("%d attempts with a refused password, want 1", n)
		}
		if s := e.Status(id); s.Phase != mail.PhaseNeedsSignIn || s.Pending != 1 {
			t.Errorf("status is %+v, want needsSignIn with one pending operation", s)
		}
		if err := e.SetPassword(t.Context(), id, "another"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		e.Wake(id)
		time.Sleep(time.Minute)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if want := []string{"secret of ann", "another", "another"}; !slices.Equal(passwords, want) {
			t.Errorf("passwords tried: %q, want %q", passwords, want)
		}
	})
}

// TestRingsCutPauses tries what may end the pause after which failure.
func TestRingsCutPauses(t *testing.T) {
	change := func(t *testing.T, e *Engine, ref mail.Ref) {
		if _, err := e.SetKeywords(t.Context(), []mail.Ref{ref}, []mail.Keyword{mail.KeywordSeen}, nil); err != nil {
			t.Fatal(err)
		}
	}
	wakeAll := func(_ *testing.T, e *Engine, _ mail.Ref) { e.WakeAll() }
	wake := func(_ *testing.T, e *Engine, ref mail.Ref) { e.Wake(ref.Account) }
	tests := []struct {
		name string
		code mail.Code
		ring func(*testing.T, *Engine, mail.Ref)
		cuts bool
	}{
		{"change while offline", mail.CodeNoNetwork, change, true},
		{"network back", mail.CodeTimeout, wakeAll, true},
		{"change while throttled", mail.CodeThrottled, change, false},
		{"network back while throttled", mail.CodeThrottled, wakeAll, true},
		{"change with an untrusted server", mail.CodeTLSUntrusted, change, false},
		{"person with an untrusted server", mail.CodeTLSUntrusted, wake, true},
		{"network back with a wrong password", mail.CodeSignIn, wakeAll, false},
		{"person with a wrong password", mail.CodeSignIn, wake, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var tries attempts
				e := openEngine(t, t.TempDir(), nil, func(context.Context, imapsync.Config) error {
					tries.note()
					return failure(tt.code)
				})
				id := addAccount(t, e, "ann")
				ref := deliver(t, e, id, fill(t, e, id, usual)["INBOX"], "hello", 1)
				e.Start(t.Context())
				time.Sleep(time.Hour) // pauses are minutes long by now
				for last := len(tries.times()); tt.code != mail.CodeSignIn; {
					time.Sleep(time.Second)
					if n := len(tries.times()); n != last {
						break // one has just begun
					}
				}
				before := len(tries.times())
				tt.ring(t, e, ref)
				time.Sleep(time.Second)
				if cut := len(tries.times()) > before; cut != tt.cuts {
					t.Errorf("the pause was cut short: %v, want %v", cut, tt.cuts)
				}
				_ = e.Close()
			})
		})
	}
}

// TestChangesDontLengthenPauses: who clicks ten times while the network is away for
// a moment isn't kept waiting for minutes when it is back.
func TestChangesDontLengthenPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries attempts
		e := openEngine(t, t.TempDir(), nil, func(context.Context, imapsync.Config) error {
			tries.note()
			return failure(mail.CodeNoNetwork)
		})
		id := addAccount(t, e, "ann")
		ref := deliver(t, e, id, fill(t, e, id, usual)["INBOX"], "hello", 1)
		e.Start(t.Context())
		for n := range 10 {
			synctest.Wait()
			add, remove := []mail.Keyword{mail.KeywordSeen}, []mail.Keyword(nil)
			if n%2 == 1 {
				add, remove = remove, add
			}
			if _, err := e.SetKeywords(t.Context(), []mail.Ref{ref}, add, remove); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		before := len(tries.times())
		time.Sleep(2 * time.Second)
		if n := len(tries.times()); before < 10 || n == before {
			t.Errorf("%d attempts while 10 changes were made, and %d in the two seconds after", before, n-before)
		}
		_ = e.Close()
	})
}

// TestStartOnly supervises one of two accounts.
func TestStartOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := openEngine(t, t.TempDir(), nil, idle)
		ann, bob := addAccount(t, e, "ann"), addAccount(t, e, "bob")
		e.Start(t.Context(), bob)
		synctest.Wait()
		if a, b := e.Status(ann).Phase, e.Status(bob).Phase; a != mail.PhaseOffline || b != mail.PhaseUpToDate {
			t.Errorf("phases are %s and %s, want offline and upToDate", a, b)
		}
		_ = e.Close()
	})
}

func TestCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		e := openEngine(t, t.TempDir(), nil, func(ctx context.Context, _ imapsync.Config) error {
			<-ctx.Done()
			time.Sleep(3 * time.Second) // says goodbye to the server
			ended = true
			return ctx.Err()
		})
		addAccount(t, e, "ann")
		e.Start(t.Context())
		synctest.Wait()
		if err := e.Close(); err != nil || !ended {
			t.Errorf("Close: %v, supervisor ended %v, want no error and true", err, ended)
		}
		if err := e.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
	})
}

func TestCloseIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		e := openEngine(t, t.TempDir(), nil, func(context.Context, imapsync.Config) error {
			<-stuck
			return nil
		})
		addAccount(t, e, "ann")
		e.Start(t.Context())
		synctest.Wait()
		began := time.Now()
		if err := e.Close(); err == nil {
			t.Error("Close found nothing wrong with a supervisor that doesn't stop")
		}
		if took := time.Since(began); took != closeTimeout {
			t.Errorf("Close took %v, want %v", took, closeTimeout)
		}
		close(stuck)
	})
}

// TestStatusEvents follows an account through the bus.
func TestStatusEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bus events.Bus
		var phases []mail.Phase
		cancel := bus.Subscribe(func(e events.Event) {
			if s, ok := e.(events.StatusChanged); ok {
				phases = append(phases, s.Status.Phase)
			}
		})
		step := make(chan struct{})
		e := openEngine(t, t.TempDir(), &bus, func(ctx context.Context, c imapsync.Config) error {
			<-step
			c.Status(mail.Status{Phase: mail.PhaseSyncing, Mailbox: "INBOX", Done: 1, Total: 2})
			<-step
			c.Status(mail.Status{Phase: mail.PhaseUpToDate})
			<-step
			return failure(mail.CodeConnectionLost)
		})
		id := addAccount(t, e, "ann")
		e.Start(t.Context())
		synctest.Wait()
		for range 3 {
			step <- struct{}{}
			synctest.Wait()
		}
		last := e.Status(id)
		if last.LastSync.IsZero() || last.Done != 0 || last.Mailbox != "" {
			t.Errorf("status after the connection was lost is %+v, want the time of the last sync and no progress", last)
		}
		cancel()
		close(step)
		_ = e.Close()
		want := []mail.Phase{mail.PhaseConnecting, mail.PhaseSyncing, mail.PhaseUpToDate, mail.PhaseOffline}
		if !slices.Equal(phases, want) {
			t.Errorf("phases told: %q, want %q", phases, want)
		}
	})
}

func TestSyncOnceKeepsOutOfTheSupervisorsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := openEngine(t, t.TempDir(), nil, idle)
		id := addAccount(t, e, "ann")
		e.Start(t.Context())
		synctest.Wait()
		if err := e.SyncOnce(t.Context(), id, nil); mail.CodeOf(err) != mail.CodeInUse {
			t.Errorf("SyncOnce beside a supervisor: %v, want code inUse", err)
		}
		_ = e.Close()
	})
}

// TestStartBesideSyncOnce: a supervisor begins when a SyncOnce has ended.
func TestStartBesideSyncOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var under, most atomic.Int32
		e := openEngine(t, t.TempDir(), nil, func(ctx context.Context, c imapsync.Config) error {
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			select {
			case <-release: // the SyncOnce
			case <-ctx.Done():
			}
			return ctx.Err()
		})
		id := addAccount(t, e, "ann")
		once := make(chan error, 1)
		go func() { once <- e.SyncOnce(t.Context(), id, nil) }()
		synctest.Wait()
		e.Start(t.Context())
		synctest.Wait()
		if n := most.Load(); n != 1 {
			t.Errorf("%d synchronisations at the same time, want the SyncOnce alone", n)
		}
		if err := e.SyncOnce(t.Context(), id, nil); mail.CodeOf(err) != mail.CodeInUse {
			t.Errorf("a second SyncOnce returns %v, want code inUse", err)
		}
		var tries attempts
		e.sync.run = func(ctx context.Context, _ imapsync.Config, _ imapsync.Bell) error {
			tries.note()
			<-ctx.Done()
			return ctx.Err()
		}
		close(release)
		if err := <-once; err != nil {
			t.Errorf("SyncOnce: %v", err)
		}
		synctest.Wait()
		if n := len(tries.times()); n != 1 {
			t.Errorf("%d synchronisations of the supervisor after it, want 1", n)
		}
		_ = e.Close()
	})
}

func TestSyncOnceShowsFailure(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, func(context.Context, imapsync.Config) error {
		return errors.Join(failure(mail.CodeRefused))
	})
	id := addAccount(t, e, "ann")
	if err := e.SyncOnce(t.Context(), id, nil); mail.CodeOf(err) != mail.CodeRefused {
		t.Errorf("SyncOnce: %v, want code refused", err)
	}
	if s := e.Status(id); s.Phase != mail.PhaseOffline || s.Problem == nil {
		t.Errorf("status is %+v, want offline with its problem", s)
	}
}

// TestStuckSynchronisation edits and removes an account whose synchronisation
// doesn't end when told to: neither waits for ever, and no second one begins
// beside it.
func TestStuckSynchronisation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var tries attempts
		e := openEngine(t, t.TempDir(), nil, func(context.Context, imapsync.Config) error {
			tries.note()
			<-release
			return failure(mail.CodeTimeout)
		})
		id := addAccount(t, e, "ann")
		e.Start(t.Context())
		synctest.Wait()
		info, err := e.Account(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{"one.example.org", "two.example.org"} {
			began := time.Now()
			info.IMAP.Host = host
			if err := e.UpdateAccount(t.Context(), info); err != nil || time.Since(began) > 0 {
				t.Errorf("UpdateAccount took %v, error %v", time.Since(began), err)
			}
		}
		synctest.Wait()
		if n := len(tries.times()); n != 1 {
			t.Errorf("%d synchronisations at the same time", n)
		}
		if err := e.SyncOnce(t.Context(), id, nil); mail.CodeOf(err) != mail.CodeInUse {
			t.Errorf("SyncOnce beside it returns %v, want code inUse", err)
		}
		began := time.Now()
		if err := e.RemoveAccount(t.Context(), id); err != nil || time.Since(began) != closeTimeout {
			t.Errorf("RemoveAccount took %v, error %v, want %v", time.Since(began), err, closeTimeout)
		}
		close(release)
		synctest.Wait()
		if n := len(tries.times()); n != 1 {
			t.Errorf("%d synchronisations, want none after the account was removed", n)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestWhatRingsAskFor: a change and another network cost the server little; who
// asks for news has every mailbox looked at.
func TestWhatRingsAskFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard []imapsync.Wake
		e := openEngine(t, t.TempDir(), nil, idle)
		e.sync.run = func(ctx context.Context, c imapsync.Config, bell imapsync.Bell) error {
			for {
				select {
				case w := <-bell:
					heard = append(heard, w)
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		id := addAccount(t, e, "ann")
		ref := deliver(t, e, id, fill(t, e, id, usual)["INBOX"], "hello", 1)
		e.Start(t.Context())
		synctest.Wait()
		if _, err := e.SetKeywords(t.Context(), []mail.Ref{ref}, []mail.Keyword{mail.KeywordSeen}, nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, ring := range []func(){func() { e.ringAll(ringNetwork) }, e.WakeAll, func() { e.Wake(id) }} {
			ring()
			synctest.Wait()
		}
		_ = e.Close()
		want := []imapsync.Wake{imapsync.WakeQuick, imapsync.WakeQuick, imapsync.WakeFull, imapsync.WakeFull}
		if !slices.Equal(heard, want) {
			t.Errorf("rings asked for %v, want %v", heard, want)
		}
	})
}

// TestLastSyncSurvives: a start without a network knows when the account was up to
// date, as exactly as a minute.
func TestLastSyncSurvives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		e := openEngine(t, dir, nil, func(ctx context.Context, c imapsync.Config) error {
			c.Status(mail.Status{Phase: mail.PhaseUpToDate})
			<-ctx.Done()
			return ctx.Err()
		})
		id := addAccount(t, e, "ann")
		if at := e.Status(id).LastSync; !at.IsZero() {
			t.Errorf("a new account was last up to date at %v", at)
		}
		began := time.Now()
		e.Start(t.Context())
		synctest.Wait()
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		e = openEngine(t, dir, nil, func(context.Context, imapsync.Config) error { return failure(mail.CodeNoNetwork) })
		e.Start(t.Context())
		synctest.Wait()
		if got := e.Status(id); got.Phase != mail.PhaseOffline || got.LastSync.Sub(began).Abs() > time.Second {
			t.Errorf("offline after a new start the status is %+v, want LastSync %v", got, began)
		}
		_ = e.Close()
	})
}

// TestFailureStaysInSight: while a full disk is tried again by itself, the status
// goes on telling of it; somebody who asks sees that something is done.
func TestFailureStaysInSight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var e *Engine
		var id mail.AccountID
		var during []mail.Phase // the attempts
		e = openEngine(t, t.TempDir(), nil, func(context.Context, imapsync.Config) error {
			during = append(during, e.Status(id).Phase)
			return failure(mail.CodeDiskFull)
		})
		id = addAccount(t, e, "ann")
		e.Start(t.Context())
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(during) < 3 || !slices.Equal(slices.Compact(slices.Clone(during)), []mail.Phase{mail.PhaseConnecting, mail.PhaseFailed}) {
			t.Errorf("during the attempts the status told %q", during)
		}
		during = nil
		e.Wake(id)
		synctest.Wait()
		if !slices.Equal(during, []mail.Phase{mail.PhaseConnecting}) {
			t.Errorf("during an attempt that was asked for the status told %q", during)
		}
		_ = e.Close()
	})
}
