package store

import (
	"path/filepath"
	"reflect"
	"testing"

	"waxwing/backend/mail"
)

func openApp(t *testing.T, dir string) *App {
	t.Helper()
	a, err := OpenApp(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func wantIdentities(t *testing.T, a *App, want ...mail.Identity) {
	t.Helper()
	got, err := a.Identities(t.Context())
	if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("identities are\n%+v (%v), want\n%+v", got, err, want)
	}
}

func TestIdentities(t *testing.T) {
	ctx := t.Context()
	a := openApp(t, t.TempDir())
	anna := mail.Account{Email: "anna@example.org", Name: "Anna", IMAP: mail.Server{Host: "imap.example.org"}}
	var err error
	if anna.ID, err = a.AddAccount(ctx, anna, 0); err != nil {
		t.Fatal(err)
	}
	own := mail.Identity{ID: 1, Account: anna.ID, Own: true, Address: mail.Address{Name: "Anna", Email: "anna@example.org"}}
	wantIdentities(t, a, own)

	own.Signature, own.ReplyTo = "<div>Anna</div>", []mail.Address{{Email: "desk@example.org"}}
	alias := mail.Identity{Account: anna.ID, Address: mail.Address{Name: "Help", Email: "help@example.org"}, Bcc: []mail.Address{{Email: "log@example.org"}}}
	if alias.ID, err = a.SetIdentity(ctx, alias); err != nil {
		t.Fatal(err)
	}
	elsewhere := own
	elsewhere.Address = mail.Address{Name: "Eve", Email: "eve@example.org"}
	if _, err := a.SetIdentity(ctx, elsewhere); err != nil {
		t.Fatal(err)
	}
	wantIdentities(t, a, own, alias) // the own one's address is the account's
	anna.Name, anna.Email = "Anna M.", "anna.m@example.org"
	if err := a.UpdateAccount(ctx, anna); err != nil {
		t.Fatal(err)
	}
	own.Address = mail.Address{Name: "Anna M.", Email: "anna.m@example.org"}
	wantIdentities(t, a, own, alias)

	_, err = a.SetIdentity(ctx, mail.Identity{ID: 99, Account: anna.ID})
	wantCode(t, err, mail.CodeNotFound)
	_, err = a.SetIdentity(ctx, mail.Identity{ID: alias.ID, Account: 99})
	wantCode(t, err, mail.CodeNotFound)
	_, err = a.SetIdentity(ctx, mail.Identity{Account: 99})
	wantCode(t, err, mail.CodeNotFound)
	wantCode(t, a.RemoveIdentity(ctx, own.ID), mail.CodeNotFound)
	if err := a.RemoveIdentity(ctx, alias.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, a.RemoveIdentity(ctx, alias.ID), mail.CodeNotFound)
	wantIdentities(t, a, own)
	if err := a.RemoveAccount(ctx, anna.ID); err != nil {
		t.Fatal(err)
	}
	wantIdentities(t, a)
}

// TestAccountsGetIdentities: accounts that were connected before there were
// identities have one each afterwards.
func TestAccountsGetIdentities(t *testing.T) {
	dir := t.TempDir()
	d := openSteps(t, filepath.Join(dir, appFile), migrations("app")[:1])
	for _, name := range []string{"anna", "bea"} {
		settings := toJSON(mail.Account{Email: name + "@example.org", Name: name})
		err := d.write(t.Context(), durable, func(x *tx) error {
			x.exec("INSERT INTO account (email, host, settings) VALUES (?, '', ?)", name+"@example.org", settings)
			return x.err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	wantIdentities(t, openApp(t, dir),
		mail.Identity{ID: 1, Account: 1, Own: true, Address: mail.Address{Name: "anna", Email: "anna@example.org"}},
		mail.Identity{ID: 2, Account: 2, Own: true, Address: mail.Address{Name: "bea", Email: "bea@example.org"}},
	)
}
