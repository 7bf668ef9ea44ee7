package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"waxwing/backend/mail"
	"waxwing/backend/store"
)

// fakeList is a sorted list in memory that counts the rows read from it.
func fakeList(account mail.AccountID, times []int64, read *int) list {
	rows := make([]mail.ThreadSummary, len(times))
	for i, at := range times {
		rows[i] = mail.ThreadSummary{ID: mail.ThreadID(i + 1), ReceivedAt: time.Unix(at, 0)}
	}
	slices.SortStableFunc(rows, func(a, b mail.ThreadSummary) int { return b.ReceivedAt.Compare(a.ReceivedAt) })
	return list{account: account, fetch: func(_ context.Context, offset, limit int) (store.ThreadPage, error) {
		if limit > maxPage {
			return store.ThreadPage{}, fmt.Errorf("page of %d rows asked for", limit)
		}
		page := rows[min(offset, len(rows)):min(offset+limit, len(rows))]
		*read += len(page)
		return store.ThreadPage{Total: len(rows), Threads: page}, nil
	}}
}

// TestMergePages compares every page with the sorted whole, on lists of very
// different lengths and with many rows of the same instant.
func TestMergePages(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	tests := []struct {
		name    string
		lengths []int
		instant int64 // rows fall on so many instants
	}{
		{"none", nil, 1},
		{"empty", []int{0, 0}, 1},
		{"one", []int{30}, 100},
		{"two", []int{40, 25}, 1000},
		{"all at once", []int{20, 30, 10}, 1},
		{"few instants", []int{700, 900, 3}, 5},
		{"one much longer", []int{5000, 4, 0, 1}, 1 << 30},
		{"eight", []int{300, 1, 500, 20, 7, 1200, 90, 33}, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var lists []list
			var all []ThreadRow
			read := 0
			for i, n := range tt.lengths {
				times := make([]int64, n)
				for j := range times {
					times[j] = random.Int64N(tt.instant)
				}
				l := fakeList(mail.AccountID(i+1), times, &read)
				lists = append(lists, l)
				for at := 0; at < n; at += maxPage {
					p, err := l.page(t.Context(), at, maxPage)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, p.Threads...)
				}
			}
			slices.SortStableFunc(all, newer)
			for _, limit := range []int{1, 7, 100, 500} {
				step := max(1, len(all)/23)
				for offset := 0; offset <= len(all)+1; offset += step {
					got, err := mergePages(t.Context(), lists, offset, limit)
					if err != nil {
						t.Fatalf("offset %d, limit %d: %v", offset, limit, err)
					}
					want := all[min(offset, len(all)):min(offset+limit, len(all))]
					if got.Total != len(all) || !slices.EqualFunc(got.Threads, want, sameRow) {
						t.Fatalf("offset %d, limit %d: got total %d, rows %v, want %d, %v",
							offset, limit, got.Total, brief(got.Threads), len(all), brief(want))
					}
				}
			}
		})
	}
}

// TestMergePagesReadsLittle holds the promise that a page far down costs about
// what the first one costs.
func TestMergePagesReadsLittle(t *testing.T) {
	read := 0
	var lists []list
	for i := range 3 {
		times := make([]int64, 50_000)
		for j := range times {
			times[j] = int64(j*3 + i)
		}
		lists = append(lists, fakeList(mail.AccountID(i+1), times, &read))
	}
	read = 0
	page, err := mergePages(t.Context(), lists, 120_000, 100)
	if err != nil || len(page.Threads) != 100 {
		t.Fatalf("got %d rows, error %v, want 100 and none", len(page.Threads), err)
	}
	if read > 2000 {
		t.Errorf("read %d rows to show 100 of 150,000, want at most 2,000", read)
	}
}

func sameRow(a, b ThreadRow) bool { return a.Account == b.Account && a.ID == b.ID }

func brief(rows []ThreadRow) []string {
	var s []string
	for _, r := range rows[:min(len(rows), 12)] {
		s = append(s, mail.ThreadRef(r.Account, r.ID).String())
	}
	return s
}
