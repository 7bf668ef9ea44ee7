// Package bench measures Waxwing against others on the same machine, the same
// server and the same mail, in one run: `make bench`. It has benchmarks only;
// `make test` doesn't run them.
//
// [BenchmarkFirstSync] fetches a new mailbox of ten thousand messages (200 MB)
// from Dovecot without TLS and without compression, five times with each
// program in turn, and prints the medians:
//
//   - raw: FETCH and throw away, the limit of wire and server;
//   - mbsync (isync) with compression and fsync off, its fastest: one file a
//     message, no index, no threads;
//   - waxwingctl sync: everything stored, parsed, threaded and indexed.
//
// After the first run of waxwingctl every message is compared with the server's,
// octet by octet: speed counts only for the whole job. Peak memory is the
// program's own high-water mark as Linux tells it (VmHWM).
package bench
