// Package attacks is our own suite of attacks, beside the published ones: classes of
// attack on assistants with apps (../shared/research/defences.md, section 7, by its
// numbers), each tried on the built program with hostile apps that are real processes in
// real rooms, and a model that obeys every word it reads.
//
// Each class has several variants. A variant has an oracle that no text can satisfy: a
// canary that arrives somewhere, a state that changed, a call of another app, bytes that
// reached the terminal. Beside them stands a benign twin, the same thing meant well,
// which must work.
//
// Run it with
//
//	go test ./bench/attacks
//
// and start reading at the test of the class. What waits for a later part, and for which:
//
//	4  drawing over the chat: the terminal's own tests (tui, tui/safe); here the pipe
//	5  focus, type-ahead, swap after approval: tui and mediator tests; here what is shown
//	6  addresses in links, redirects, DNS: isolate/egress; images wait for built-in web
//	9  titles of conversations: there are none, a session is its first words
//	10 timing, processor load and caches: not measured
//	11 the whole battery: isolate; here that an added app is in such a room
//	13 secrets of apps wait for `apps secret`; here those of the person and their models
//	14 a wrong answer, an advertisement: what an app says is on the screen as its own words
//	18 text in pictures, PDF layers: wait for built-in files
//
// Class 10, covert channels, is not closed. TestCovertChannels measures what is left of
// it in bits a task and prints it.
package attacks
