package engine

import (
	"context"
	"slices"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// maxPage is the largest page that a store gives at once.
const maxPage = 500

// list is one account's rows, newest first, to be read in pages.
type list struct {
	account mail.AccountID
	mailbox mail.MailboxID
	fetch   func(ctx context.Context, offset, limit int) (store.ThreadPage, error)
}

// page reads a page of the list alone.
func (l list) page(ctx context.Context, offset, limit int) (ThreadPage, error) {
	p, err := l.fetch(ctx, offset, limit)
	if err != nil {
		return ThreadPage{}, err
	}
	return ThreadPage{p.Total, l.rows(p)}, nil
}

func (l list) rows(p store.ThreadPage) []ThreadRow {
	rows := make([]ThreadRow, len(p.Threads))
	for i, t := range p.Threads {
		rows[i] = ThreadRow{l.account, l.mailbox, t}
	}
	return rows
}

// newer is the order of joint lists: by time, and within an instant by account.
func newer(a, b ThreadRow) int {
	if c := b.ReceivedAt.Compare(a.ReceivedAt); c != 0 {
		return c
	}
	return int(a.Account - b.Account)
}

// mergePages returns a page of the lists merged. Its cost hardly grows with
// the offset: what lies before the page is skipped, not read.
func mergePages(ctx context.Context, lists []list, offset, limit int) (ThreadPage, error) {
	if len(lists) == 1 {
		return lists[0].page(ctx, offset, limit)
	}
	m := merger{lists: lists, at: make([]int, len(lists)), totals: make([]int, len(lists))}
	page := ThreadPage{Threads: []ThreadRow{}}
	for i, l := range lists {
		first, err := l.fetch(ctx, 0, 1)
		if err != nil {
			return ThreadPage{}, err
		}
		m.totals[i] = first.Total
		page.Total += first.Total
	}
	if offset >= page.Total {
		return page, nil
	}
	left, err := m.skip(ctx, offset, maxPage-limit)
	if err != nil {
		return ThreadPage{}, err
	}
	var rows []ThreadRow
	for i, l := range lists {
		if m.at[i] >= m.totals[i] {
			continue
		}
		p, err := l.fetch(ctx, m.at[i], left+limit)
		if err != nil {
			return ThreadPage{}, err
		}
		rows = append(rows, l.rows(p)...)
	}
	slices.SortStableFunc(rows, newer)
	page.Threads = rows[min(left, len(rows)):min(left+limit, len(rows))]
	return page, nil
}

// merger goes through sorted lists that can be read at any place.
type merger struct {
	lists  []list
	at     []int // where each list goes on
	totals []int
}

// skip advances past the first rows of the merged list without reading them,
// until no more than enough of them are left to skip, and returns how many.
//
// Each turn looks one step ahead in every list. The rows up to the newest of
// what it sees come before every other list's step, hence among the first
// step×lists rows of the merged list, and can be passed over.
func (m *merger) skip(ctx context.Context, left, enough int) (int, error) {
	enough = max(enough, 0)
	for left > enough {
		var open []int
		for i := range m.lists {
			if m.at[i] < m.totals[i] {
				open = append(open, i)
			}
		}
		if len(open) == 0 {
			return left, nil
		}
		if len(open) == 1 {
			m.at[open[0]] += left
			return 0, nil
		}
		step := max(left/len(open), 1)
		best, bestStep := -1, 0
		var bestRow ThreadRow
		for _, i := range open {
			s := min(step, m.totals[i]-m.at[i])
			row, err := m.peek(ctx, i, m.at[i]+s-1)
			if err != nil {
				return 0, err
			}
			if row == nil {
				m.totals[i] = m.at[i] // it became shorter meanwhile
				continue
			}
			if best < 0 || newer(*row, bestRow) < 0 {
				best, bestStep, bestRow = i, s, *row
			}
		}
		if best >= 0 {
			m.at[best] += bestStep
			left -= bestStep
		}
	}
	return left, nil
}

// peek reads one row of a list; nil when the list ends before it.
func (m *merger) peek(ctx context.Context, i, offset int) (*ThreadRow, error) {
	p, err := m.lists[i].page(ctx, offset, 1)
	if err != nil || len(p.Threads) == 0 {
		return nil, err
	}
	return &p.Threads[0], nil
}
