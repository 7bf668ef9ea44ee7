package store

import (
	"path/filepath"
	"reflect"
	"testing"

	"waxwing/backend/mail"
)

func wantOutgoing(t *testing.T, a *App, want ...mail.OutgoingServer) {
	t.Helper()
	got, err := a.OutgoingServers(t.Context())
	if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("servers are\n%+v (%v), want\n%+v", got, err, want)
	}
}

func TestOutgoingServers(t *testing.T) {
	ctx := t.Context()
	a := openApp(t, t.TempDir())
	relay := mail.OutgoingServer{
		Kind: mail.OutgoingSMTP, Name: "Relay", Account: "anna", Sender: "desk@example.org",
		Server: mail.Server{Host: "relay.example.org", Port: 465, Security: mail.SecurityTLS},
	}
	cloud := mail.OutgoingServer{Kind: mail.OutgoingGraph, Name: "Cloud", Account: "desk@example.org", Tenant: "example.org", ClientID: "1", Alias: "mail"}
	for _, s := range []*mail.OutgoingServer{&relay, &cloud} {
		var err error
		if s.ID, err = a.SetOutgoingServer(ctx, *s); err != nil {
			t.Fatal(err)
		}
	}
	wantOutgoing(t, a, relay, cloud)
	twin := relay
	twin.ID, twin.Name = "", "RELAY"
	_, err := a.SetOutgoingServer(ctx, twin)
	wantCode(t, err, mail.CodeExists)
	twin.ID = cloud.ID
	_, err = a.SetOutgoingServer(ctx, twin)
	wantCode(t, err, mail.CodeExists)
	for _, id := range []mail.OutgoingID{"s99", "s01", "1", "org-relay", "s"} {
		twin.ID = id
		_, err = a.SetOutgoingServer(ctx, twin)
		wantCode(t, err, mail.CodeNotFound)
		wantCode(t, a.RemoveOutgoingServer(ctx, id, mail.OutgoingAccount, "x"), mail.CodeNotFound)
	}
	relay.Name, relay.Sender = "relay", "other@example.org"
	if _, err := a.SetOutgoingServer(ctx, relay); err != nil {
		t.Fatal(err)
	}
	wantOutgoing(t, a, relay, cloud)
}

// TestRemoveOutgoingServer: what used a server uses its replacement at the same
// instant, and its secret is gone.
func TestRemoveOutgoingServer(t *testing.T) {
	ctx := t.Context()
	a := openApp(t, t.TempDir())
	var servers []mail.OutgoingID
	for _, name := range []string{"one", "two"} {
		id, err := a.SetOutgoingServer(ctx, mail.OutgoingServer{Kind: mail.OutgoingSMTP, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, id)
		if err := a.PutSecret(ctx, 0, "outgoing "+string(id), []byte("sealed "+name)); err != nil {
			t.Fatal(err)
		}
	}
	one, two := servers[0], servers[1]
	var accounts []mail.Account
	for i, through := range []mail.OutgoingID{one, "", one, two, "org-relay"} {
		account := mail.Account{Email: string(rune('a'+i)) + "@example.org", Name: "Keeps", Outgoing: through}
		id, err := a.AddAccount(ctx, account, 0)
		if err != nil {
			t.Fatal(err)
		}
		account.ID = id
		accounts = append(accounts, account)
	}
	through := func(want ...mail.OutgoingID) {
		t.Helper()
		list, err := a.Accounts(ctx)
		if err != nil || len(list) != len(want) {
			t.Fatalf("%d accounts, %v", len(list), err)
		}
		for i, account := range list {
			if account.Outgoing != want[i] || account.Name != "Keeps" || account.Email != accounts[i].Email {
				t.Errorf("account %s sends through %q, want %q", account.Email, account.Outgoing, want[i])
			}
		}
	}
	wantCode(t, a.RemoveOutgoingServer(ctx, one, "", "outgoing s1"), mail.CodeServerUsed)
	through(one, "", one, two, "org-relay")
	wantOutgoing(t, a, mail.OutgoingServer{ID: one, Kind: mail.OutgoingSMTP, Name: "one"}, mail.OutgoingServer{ID: two, Kind: mail.OutgoingSMTP, Name: "two"})
	if _, ok, _ := a.Secret(ctx, 0, "outgoing s1"); !ok {
		t.Error("the secret of a server that stays is gone")
	}
	if err := a.RemoveOutgoingServer(ctx, one, two, "outgoing s1"); err != nil {
		t.Fatal(err)
	}
	through(two, "", two, two, "org-relay")
	if _, ok, _ := a.Secret(ctx, 0, "outgoing s1"); ok {
		t.Error("the secret of a removed server is still there")
	}
	if _, ok, _ := a.Secret(ctx, 0, "outgoing s2"); !ok {
		t.Error("another server's secret is gone")
	}
	if err := a.RemoveOutgoingServer(ctx, two, mail.OutgoingAccount, "outgoing s2"); err != nil {
		t.Fatal(err)
	}
	through("", "", "", "", "org-relay")
	wantOutgoing(t, a)
	id, err := a.SetOutgoingServer(ctx, mail.OutgoingServer{Kind: mail.OutgoingSMTP, Name: "one"})
	if err != nil || id == one || id == two {
		t.Errorf("a new server is %s, %v", id, err)
	}
}

// TestOutgoingServersAreAdded: what an older database holds stays as it was.
func TestOutgoingServersAreAdded(t *testing.T) {
	dir := t.TempDir()
	d := openSteps(t, filepath.Join(dir, appFile), migrations("app")[:2])
	account := mail.Account{Email: "anna@example.org", Name: "Anna"}
	err := d.write(t.Context(), durable, func(x *tx) error {
		x.exec("INSERT INTO account (email, host, settings) VALUES ('anna@example.org', '', ?)", toJSON(account))
		x.exec("INSERT INTO secret VALUES (1, 'password', x'00')")
		return x.err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	a := openApp(t, dir)
	wantOutgoing(t, a)
	account.ID = 1
	if got, err := a.Account(t.Context(), 1); err != nil || !reflect.DeepEqual(got, account) {
		t.Errorf("the account is %+v, %v", got, err)
	}
	if _, ok, _ := a.Secret(t.Context(), 1, "password"); !ok {
		t.Error("its password is gone")
	}
}
