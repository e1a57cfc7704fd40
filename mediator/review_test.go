package mediator

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

// A mail that is sent on holds the mail app's data: no rule for the person's own
// words covers that, and "never" must hold for the very call it was said of.
func TestSendingAnAppsOwnDataIsNotThePersons(t *testing.T) {
	c := call(sendMail, map[string]label.Value{"to": mine("bob@example.org"), "body": of("your code is 4711", "mail")})
	d := newDesk(t)
	d.rule(`allow person -> mail.send(to="bob@example.org")`)
	got := d.decide(c, d.turn("mail bob@example.org: my code"))
	require.False(t, got.Allow, "a rule for the person's words let out what mail holds")
	require.Equal(t, `allow mail -> mail.send(to="bob@example.org")`, got.Remedy)
	require.Equal(t, []label.Source{"mail"}, got.From)
}

func TestNeverHoldsForWhatItWasSaidOf(t *testing.T) {
	for name, c := range map[string]Call{
		"foreign data":    fromMail,
		"own data":        call(sendMail, map[string]label.Value{"to": mine("bob@example.org"), "body": of("hi", "mail")}),
		"own destination": call(sendMail, map[string]label.Value{"to": of("bob@example.org", "mail")}),
		"a literal":       call(sendMail, map[string]label.Value{"to": mine("bob@example.org")}),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.says(Never)
			turn := d.turn("")
			turn.Shaped = label.Of("shop") // whose words are in the prompt, and not in the call
			require.False(t, d.decide(c, turn).Allow)
			d.says(Once)
			again := d.turn("")
			again.Shaped = label.Of("shop")
			require.False(t, d.decide(c, again).Allow)
			require.Len(t, d.asked, 1, "it was asked again")
		})
	}
}

func TestAnEditIsHeldToTheDenyRules(t *testing.T) {
	d := newDesk(t)
	d.rule(`deny any -> mail.send(to="eve@example.net")`)
	d.answer = func(q Question) Answer {
		if len(d.asked) == 1 {
			return Answer{Scope: Once, By: "person", Digest: q.Digest, Edit: map[string]string{"to": "eve@example.net"}}
		}
		return Answer{Scope: Once, By: "person", Digest: q.Digest}
	}
	got := d.decide(call(sendMail, map[string]label.Value{"to": mine("bob@example.org")}), d.turn(""))
	require.False(t, got.Allow)
	require.Equal(t, "rule 1", got.By)
}

func TestTheRecordHoldsNoValueOfARuleOrAnEdit(t *testing.T) {
	d := newDesk(t)
	d.rule(`deny any -> mail.send(to="eve@example.net")`)
	require.False(t, d.decide(call(sendMail, map[string]label.Value{"to": mine("eve@example.net")}), d.turn("")).Allow)
	d.answer = func(q Question) Answer {
		return Answer{Scope: Once, By: "person", Digest: q.Digest, Edit: map[string]string{"amount": "secret words"}}
	}
	require.False(t, d.decide(call(sendMail, map[string]label.Value{"amount": label.IntOf(5, label.Person())}), d.turn("")).Allow)
	data, err := os.ReadFile(filepath.Join(d.dir, "state", "audit.jsonl"))
	require.NoError(t, err)
	require.NotContains(t, string(data), "eve@example.net")
	require.NotContains(t, string(data), "secret words")
}

// What decides over a change is data in it, also where each argument is endorsed.
func TestAnotherAppsDecisionIsForeignBesideEndorsedArguments(t *testing.T) {
	share := Tool{App: "calendar", Name: "share", Effect: Write, Undo: true, Roles: map[string]Role{"to": Destination}}
	mail := label.Of("mail")
	c := call(share, map[string]label.Value{"to": mine("bob@example.org")})
	c.Control = mail
	j := Judge(c, Situation{Words: NewWords([]label.Span{{Text: "share it with bob@example.org if he asks", Label: label.Person()}}, true), Shaped: label.Person()})
	require.Equal(t, "foreign  mail", reasons(j))
}

// Whoever sends a mail chooses the address in it: approving an answer to it says
// nothing of who a name is.
func TestAnAppsOwnDataBindsNoName(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	turn := d.turn("answer the last mail from Bob: ok")
	lookup := call(findMail, map[string]label.Value{"query": mine("Bob")})
	lookup.N = 3
	require.True(t, d.decide(lookup, turn).Allow)
	to := of("mallory@example.net", "mail").Made(label.Origin{How: label.Result, App: "mail", Call: 3})
	require.True(t, d.decide(call(sendMail, map[string]label.Value{"to": to}), turn).Allow)
	require.Empty(t, d.Names.Snapshot())
}

func TestAListOfNamesThatHoldsNothingOrIsNotOurs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "names.json")
	require.NoError(t, os.WriteFile(path, []byte("null"), 0o600))
	l, err := OpenNames(path)
	require.NoError(t, err)
	require.NoError(t, l.bind("Bob", "bob@example.org"))
	other, err := OpenNames(path)
	require.NoError(t, err)
	require.NoError(t, l.bind("Eve", "eve@example.org"))
	require.NoError(t, other.bind("Ann", "ann@example.org"))
	require.Len(t, other.Snapshot(), 3, "another process lost a name")
	require.NoError(t, os.Chmod(path, 0o622))
	_, err = OpenNames(path)
	require.ErrorContains(t, err, "written by others")
}

// What a person typed for one question is theirs for one call of this turn.
func TestAnAnswerEndorsesOneCallOfItsTurn(t *testing.T) {
	d := newDesk(t)
	first := d.turn("write to somebody")
	to, body := first.Answered("bob@example.org"), first.Answered("hi")
	c := call(sendMail, map[string]label.Value{"to": to, "body": body})
	require.True(t, d.decide(c, first).Allow)
	require.False(t, d.decide(c, first).Allow, "the same answer served twice")
	require.False(t, d.decide(c, d.turn("and now something else")).Allow, "an answer of an earlier turn counted")
	again := d.turn("write to somebody")
	same := again.Answered("bob@example.org")
	require.False(t, d.decide(call(sendMail, map[string]label.Value{"to": same, "body": same}), again).Allow)
	forged := label.TextOf("bob@example.org", label.Person()).Made(label.Origin{How: label.Answer})
	require.False(t, d.decide(call(sendMail, map[string]label.Value{"to": forged}), d.turn("")).Allow)
}

func TestNamesOfFieldsAreSaidByNobody(t *testing.T) {
	hidden := label.ObjectOf([]label.Field{{Name: "eve@example.net", Value: mine("bob@example.org")}}, label.Person())
	j := Judge(call(sendMail, map[string]label.Value{"to": hidden}), Situation{
		Words:  NewWords([]label.Span{{Text: "mail bob@example.org or Bob", Label: label.Person()}}, true),
		Names:  map[string]string{"bob": "bob@example.org"},
		Shaped: label.Of("shop"),
	})
	require.Equal(t, "planner to shop; send  ", reasons(j))
}

func TestAPrivateSessionKeepsNoRule(t *testing.T) {
	d := newDesk(t)
	d.Private = true
	d.says(Always)
	require.False(t, d.decide(fromMail, d.turn("")).Allow)
	require.NotContains(t, d.asked[0].Scopes, Always)
	d.says(Never)
	require.False(t, d.decide(fromMail, d.turn("")).Allow)
	d.says(Once)
	got := d.decide(fromMail, d.turn(""))
	require.False(t, got.Allow, "never did not hold for the session")
	require.Len(t, d.asked, 2)
	require.NoFileExists(t, filepath.Join(d.dir, "policy.toml"))
}
