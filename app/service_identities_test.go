package app

import (
	"testing"

	"waxwing/backend/mail"
)

func TestIdentities(t *testing.T) {
	s := demoShell(t)
	accounts, identities := &Accounts{shell: s}, &Identities{s}
	list, err := accounts.List()
	if err != nil {
		t.Fatal(err)
	}
	form := AccountForm{
		Email: "ann@example.org", Name: "Ann", IMAP: Server{Host: "127.0.0.1", Port: 1, Security: "none"},
		Signature: "<p>Ann<script>x</script></p>",
	}
	added, err := accounts.Add(form)
	if err != nil || added.Signature != "<div>Ann</div>" {
		t.Fatalf("added %+v (%v), want a safe signature", added, err)
	}
	form.Signature = ""
	if edited, err := accounts.Update(added.ID, form); err != nil || edited.Signature != "" {
		t.Errorf("edited %+v (%v), want no signature", edited, err)
	}
	alias, err := identities.Set(Identity{Account: added.ID, Email: "help@example.org", Signature: "Help"})
	if err != nil || alias.ID == "" || alias.Own || alias.Signature != "<div>Help</div>" {
		t.Errorf("the alias is %+v (%v)", alias, err)
	}
	all, err := identities.List()
	if err != nil || len(all) != len(list)+2 || all[len(all)-2].Email != "ann@example.org" || all[len(all)-1].ID != alias.ID {
		t.Errorf("identities are %+v (%v)", all, err)
	}
	if err := identities.Remove(alias.ID); err != nil {
		t.Error(err)
	}
	for _, id := range []string{alias.ID, "", "x", "-1"} {
		if err := identities.Remove(id); mail.CodeOf(err) != mail.CodeNotFound {
			t.Errorf("removing %q gave %v, want code notFound", id, err)
		}
	}

	form.Email, form.Signature = "bea@example.org", string(make([]byte, 1<<20))
	if _, err := accounts.Add(form); mail.CodeOf(err) != mail.CodeInvalid {
		t.Errorf("a signature without end gave %v", err)
	}
	if now, err := accounts.List(); err != nil || len(now) != len(list)+1 {
		t.Errorf("there are %d accounts (%v), want none of a refused form", len(now), err)
	}
}
