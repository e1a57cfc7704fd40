// Package works shows that programs which know nothing of a room run in one as they
// are: servers of other people with all that they offer, the usual runtimes, a
// database, git, a shell.
//
// It is tests only. Those of runtimes run where the runtime is installed; those of
// servers install them from their registries and run under SECGPT_TEST_ALL=1, where
// nothing may be missing either:
//
//	SECGPT_TEST_ALL=1 go test ./bench/works -v
//
// Each program in testdata does what programs of its kind do, and prints a line
// "ok NAME" or "no NAME: why" for each thing. A new one begins there, or with a table
// of calls as in npm_test.go; room_test.go has the rooms. What is known not to work
// is in the tables too, with the errno that it must get: it is a promise as well.
package works
