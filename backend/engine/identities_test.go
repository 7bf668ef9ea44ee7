package engine

import (
	"errors"
	"strings"
	"testing"

	"waxwing/backend/events"
	"waxwing/backend/mail"
)

func TestIdentities(t *testing.T) {
	bus := &events.Bus{}
	e := openEngine(t, t.TempDir(), bus, idle)
	id := addAccount(t, e, "ann")
	own, err := e.OwnIdentity(t.Context(), id)
	if err != nil || !own.Own || own.Address.Email != "ann@example.org" {
		t.Fatalf("the account's own identity is %+v (%v)", own, err)
	}
	told := make(chan struct{}, 10)
	defer bus.Subscribe(func(event events.Event) {
		if _, ok := event.(events.AccountsChanged); ok {
			told <- struct{}{}
		}
	})()

	own.Address.Name, own.Signature = " Ann B. ", `<p onclick="x()">Ann <script>x</script></p>`
	kept, err := e.SetIdentity(t.Context(), own)
	if err != nil || kept.Signature != "<div>Ann</div>" || kept.Address.Name != "Ann B." {
		t.Errorf("kept %+v (%v), want a safe signature and the new name", kept, err)
	}
	<-told
	if info, err := e.Account(t.Context(), id); err != nil || info.Name != "Ann B." {
		t.Errorf("the account's name is %q (%v), want the identity's", info.Name, err)
	}
	alias, err := e.SetIdentity(t.Context(), mail.Identity{Account: id, Own: true, Address: mail.Address{Email: "help@example.org"}})
	if err != nil || alias.Own || alias.ID == own.ID {
		t.Errorf("the alias is %+v (%v)", alias, err)
	}
	<-told
	list, err := e.Identities(t.Context())
	if err != nil || len(list) != 2 || list[0].Signature != kept.Signature || list[1].Address.Email != "help@example.org" {
		t.Errorf("identities are %+v (%v), want the own one and the alias", list, err)
	}
	if err := e.RemoveIdentity(t.Context(), alias.ID); err != nil {
		t.Fatal(err)
	}
	<-told
	if err := e.RemoveIdentity(t.Context(), own.ID); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("removing the account's own identity gave %v, want code notFound", err)
	}
	if err := e.RemoveAccount(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if list, err := e.Identities(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("after the account was removed there are %+v (%v)", list, err)
	}
	if _, err := e.OwnIdentity(t.Context(), id); mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("a removed account's own identity gave %v, want code notFound", err)
	}
}

func TestIdentitiesThatCannotBe(t *testing.T) {
	e := openEngine(t, t.TempDir(), nil, idle)
	id := addAccount(t, e, "ann")
	own, err := e.OwnIdentity(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*mail.Identity){
		"email":     func(i *mail.Identity) { i.Address.Email = "other@example.org" },
		"name":      func(i *mail.Identity) { i.Address.Name = "Ann\r\nBcc: eve@example.org" },
		"replyTo":   func(i *mail.Identity) { i.ReplyTo = []mail.Address{{Email: "nobody"}} },
		"bcc":       func(i *mail.Identity) { i.Bcc = []mail.Address{{Name: "a\nb", Email: "b@example.org"}} },
		"signature": func(i *mail.Identity) { i.Signature = strings.Repeat("long ", 20_000) },
	} {
		bad := own
		change(&bad)
		_, err := e.SetIdentity(t.Context(), bad)
		var problem *mail.Error
		if !errors.As(err, &problem) || problem.Code != mail.CodeInvalid || problem.Args["field"] != field {
			t.Errorf("%s: got %v, want it refused for that", field, err)
		}
	}
	_, err = e.SetIdentity(t.Context(), mail.Identity{Account: id, Address: mail.Address{Email: "no address"}})
	if mail.CodeOf(err) != mail.CodeInvalid {
		t.Errorf("an alias without an address gave %v", err)
	}
	_, err = e.SetIdentity(t.Context(), mail.Identity{ID: 99, Account: id, Address: own.Address})
	if mail.CodeOf(err) != mail.CodeNotFound {
		t.Errorf("an unknown identity gave %v", err)
	}
	if list, err := e.Identities(t.Context()); err != nil || len(list) != 1 || list[0].Signature != "" {
		t.Errorf("what was refused is kept: %+v (%v)", list, err)
	}
}
