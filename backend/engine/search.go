package engine

import (
	"context"
	"slices"

	"waxwing/backend/mail"
	"waxwing/backend/search"
	"waxwing/backend/store"
)

// Search returns a page of the threads that match, newest first. Account 0
// searches all accounts. The query's language is that of search.Parse.
func (e *Engine) Search(ctx context.Context, query string, account mail.AccountID, offset, limit int) (ThreadPage, error) {
	offset, limit = max(offset, 0), min(max(limit, 1), maxPage)
	dbs, err := e.searched(account)
	if err != nil {
		return ThreadPage{}, err
	}
	q := search.Parse(query)
	var lists []list
	for _, d := range dbs {
		lists = append(lists, list{account: d.account, fetch: func(ctx context.Context, offset, limit int) (store.ThreadPage, error) {
			return d.db.SearchThreads(ctx, q, store.SearchOptions{Offset: offset, Limit: limit})
		}})
	}
	return mergePages(ctx, lists, offset, limit)
}

// searchable is a store with its account.
type searchable struct {
	account mail.AccountID
	db      *store.Account
}

// searched returns the stores to search: that of the account, which must be
// readable, or with account 0 all that are.
func (e *Engine) searched(account mail.AccountID) ([]searchable, error) {
	if account != 0 {
		db, err := e.Store(account)
		return []searchable{{account, db}}, err
	}
	var dbs []searchable
	for _, a := range e.all() {
		if db, err := a.store(); err == nil {
			dbs = append(dbs, searchable{a.id, db})
		}
	}
	return dbs, nil
}

// AccountMessage is a message with the account that it belongs to.
type AccountMessage struct {
	Account mail.AccountID
	mail.Message
}

// SearchMessages returns up to limit messages that match, newest first.
// Account 0 searches all accounts.
func (e *Engine) SearchMessages(ctx context.Context, query string, account mail.AccountID, limit int) ([]AccountMessage, error) {
	dbs, err := e.searched(account)
	if err != nil {
		return nil, err
	}
	q := search.Parse(query)
	found := []AccountMessage{}
	for _, d := range dbs {
		page, err := d.db.Search(ctx, q, store.SearchOptions{Limit: limit})
		if err != nil {
			return nil, err
		}
		for _, m := range page.Messages {
			found = append(found, AccountMessage{d.account, m})
		}
	}
	slices.SortStableFunc(found, func(a, b AccountMessage) int { return b.ReceivedAt.Compare(a.ReceivedAt) })
	return found[:min(limit, len(found))], nil
}
