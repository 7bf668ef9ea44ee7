// Package bench measures Waxwing against others on the same machine, the same
// server and the same mail, in one run: `make bench`. It has benchmarks only;
// `make test` doesn't run them. docs/BENCHMARKS.md tells how to read what they
// print.
//
// [BenchmarkFirstSync] fetches a new mailbox of ten thousand messages (200 MB)
// from Dovecot without TLS and without compression, with each program in turn,
// and prints medians:
//
//   - raw: FETCH and throw away, the limit of wire and server;
//   - waxwingctl sync: everything stored, parsed, threaded and indexed;
//   - mbsync (isync) with compression and fsync off, its fastest: one file a
//     message, no index, no threads;
//   - Thunderbird and Geary, where they are installed, without a person: until
//     their files hold every message.
//
// After the first run of waxwingctl every message is compared with the server's,
// octet by octet: speed counts only for the whole job, and a difference fails the
// benchmark.
//
// [BenchmarkKill] kills that sync at twenty random moments and compares in the end.
//
// [BenchmarkWindow] starts the application on a synchronised mailbox of that size
// and watches the pixels of its display.
//
// Programs of one process tell their peak memory by Linux's high-water mark
// (VmHWM). That of several processes is the greatest sum of proportional set
// sizes seen.
package bench
