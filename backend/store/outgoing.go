package store

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"waxwing/backend/mail"
)

// OutgoingServers returns a person's own outgoing servers, oldest first.
func (a *App) OutgoingServers(ctx context.Context) ([]mail.OutgoingServer, error) {
	var out []mail.OutgoingServer
	err := a.db.read(ctx, func(t *tx) error {
		t.each("SELECT id, name, settings FROM outgoing ORDER BY id", nil, func(scan func(...any)) {
			var id int64
			var name, settings string
			scan(&id, &name, &settings)
			s := fromJSON[mail.OutgoingServer](settings)
			s.ID, s.Name = mail.OutgoingID("s"+strconv.FormatInt(id, 10)), name
			out = append(out, s)
		})
		return t.err
	})
	return out, err
}

// SetOutgoingServer keeps a server, a new one when its ID is empty, and returns its
// ID. CodeExists means that another one has the name.
func (a *App) SetOutgoingServer(ctx context.Context, s mail.OutgoingServer) (mail.OutgoingID, error) {
	id, name := s.ID, s.Name
	s.ID, s.Name = "", ""
	settings := toJSON(s)
	err := a.db.write(ctx, durable, func(t *tx) error {
		if id == "" {
			n := t.exec("INSERT INTO outgoing (name, settings) VALUES (?, ?)", name, settings)
			id = mail.OutgoingID("s" + strconv.FormatInt(n, 10))
			return taken(t.err)
		}
		n := t.count("UPDATE outgoing SET name = ?, settings = ? WHERE id = ?", name, settings, outgoingNumber(id))
		if t.err == nil && n == 0 {
			return notFound("server")
		}
		return taken(t.err)
	})
	return id, err
}

// RemoveOutgoingServer forgets a server with its secret, of account 0 and that name,
// leaving no trace of either, and lets what used it use the replacement, in one
// transaction. Without a replacement, one that is used gives CodeServerUsed.
func (a *App) RemoveOutgoingServer(ctx context.Context, id, replacement mail.OutgoingID, secret string) error {
	err := a.db.write(ctx, durable, func(t *tx) error {
		used := t.integer("SELECT count(*) FROM account WHERE settings ->> '$.Outgoing' = ?", id)
		if t.err == nil && used > 0 && replacement == "" {
			return &mail.Error{Code: mail.CodeServerUsed}
		}
		if t.count("DELETE FROM outgoing WHERE id = ?", outgoingNumber(id)) == 0 {
			return cmp.Or(t.err, notFound("server"))
		}
		if replacement == mail.OutgoingAccount {
			replacement = ""
		}
		t.exec("UPDATE account SET settings = json_set(settings, '$.Outgoing', ?) WHERE settings ->> '$.Outgoing' = ?", replacement, id)
		t.exec("DELETE FROM secret WHERE account = 0 AND name = ?", secret)
		return t.err
	})
	if err != nil {
		return err
	}
	return a.db.pragma(ctx, "wal_checkpoint(truncate)")
}

// outgoingNumber is the number in an identifier, 0 for what can't be one.
func outgoingNumber(id mail.OutgoingID) int64 {
	digits, own := strings.CutPrefix(string(id), "s")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !own || err != nil || strconv.FormatInt(n, 10) != digits {
		return 0
	}
	return n
}
