package mediator

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/mediator/label"
)

func typed(text string) *Words {
	return NewWords([]label.Span{{Text: text, Label: label.Person()}}, true)
}

func TestWords(t *testing.T) {
	table := []struct {
		words, value string
		form         form
		found        bool
	}{
		{"write to Bob@Example.ORG.", "Bob@example.org", formAddress, true},
		{"write to Bob@Example.ORG.", "bob@example.org", formAddress, false},
		{"rob.bob@example.org", "bob@example.org", formAddress, false},
		{"rob&bob@example.org", "bob@example.org", formAddress, false},
		{"rob~bob@example.org", "bob@example.org", formAddress, false},
		{"to=bob@example.org", "bob@example.org", formAddress, true},
		{"*bob@example.org*", "bob@example.org", formAddress, true},
		{"bob+news@example.org", "bob", formName, false},
		{"bob+news@example.org", "bob", formText, false},
		{"write to bob + ann", "bob", formName, true},
		{"in C++", "C", formWord, true},
		{"bob@example.org-x.example", "bob@example.org", formAddress, false},
		{"to:bob@example.org", "bob@example.org", formAddress, true},
		{"<bob@example.org>", "bob@example.org", formAddress, true},
		{"to 'bob@example.org'", "bob@example.org", formAddress, true},
		{"to 'bob@example.org, ann@example.org'", "bob@example.org", formAddress, false},
		{"o'bob@example.org", "bob@example.org", formAddress, false},
		{"bob@bo\u017f\u017f.example", "bob@boss.example", formAddress, false}, // a long s

		{"pay 50 euros", "50", formNumber, true},
		{"pay 500 euros", "50", formNumber, false},
		{"pay 0.50 euros", "50", formNumber, false},
		{"pay 0.50 euros", "0.5", formNumber, true},
		{"pay 50.", "50", formNumber, true},
		{"pay $1,200.50 now", "1200.5", formNumber, true},
		{"pay 1,200", "1200", formNumber, true},
		{"pay 1,20", "1", formNumber, false},
		{"pay 1,20", "120", formNumber, false},
		{"pay 1.200,50", "1200.5", formNumber, false},
		{"pay 1.200", "1200", formNumber, false},
		{"EUR 50", "50", formNumber, true},
		{"50EUR", "50", formNumber, true},
		{"€50", "50", formNumber, true},
		{"50 euros", "50 EUR", formNumber, true},
		{"50 dollars", "50 EUR", formNumber, false},
		{"50", "$50", formNumber, false},
		{"$50", "50 euros", formNumber, false},
		{"it is -50", "-50", formNumber, true},
		{"it is -50", "50", formNumber, false},
		{"50k", "50", formNumber, false},
		{"the 3rd", "3", formNumber, false},
		{"at 12:30", "12", formNumber, false},
		{"on 2026-11-28", "28", formNumber, false},
		{"on 5/6", "5", formNumber, false},
		{"10-20 people", "10", formNumber, false},
		{"5% of it", "5", formNumber, false},
		{"code 007", "7", formNumber, false},
		{"version 1.2.3", "1.2", formNumber, false},
		{"50.txt", "50", formNumber, false},
		{"amount:50", "50", formNumber, true},
		{"pay 1 200 EUR", "200", formNumber, false},
		{"pay 1 200 EUR", "1", formNumber, false},
		{"pay 1 200.50", "200.5", formNumber, false},
		{"pay 50\u00a0000 EUR", "50", formNumber, false},
		{"pay 2 million", "2", formNumber, false},
		{"pay 2 EUR million", "2", formNumber, false},
		{"pay 50 cents", "50", formNumber, false},
		{"pay 5 k", "5", formNumber, false},
		{"20 percent of it", "20", formNumber, false},
		{"20 % of it", "20", formNumber, false},
		{"call at 3 pm", "3", formNumber, false},
		{"um 15 Uhr", "15", formNumber, false},
		{"2 1/2 hours", "2", formNumber, false},
		{"2½ hours", "2", formNumber, false},
		{"2 and a half", "2", formNumber, false},
		{"pay 12 to 4711", "12", formNumber, true},
		{"pay 50 and 20 EUR", "50", formNumber, true},
		{"pay 50 to Mike", "50", formNumber, true},
		{"buy 3 habits", "3", formNumber, true},
		{"pay 50¢", "50", formNumber, false},
		{"pay 50 p", "50", formNumber, false},
		{"paga 2 millones", "2", formNumber, false},
		{"pay 2\nmillion", "2", formNumber, false},
		{"pay 5 EUR 50", "50", formNumber, false},
		{"pay 5 EUR 50", "5", formNumber, false},
		{"pay 5 dollars and 50 cents", "5", formNumber, false},
		{"2 100-W bulbs", "2", formNumber, true},
		{"for 2 h", "2", formNumber, true},
		{"pay 50, please", "50", formNumber, true},

		{"open https://Bank.example/Pay.", "https://bank.example/Pay", formURL, true},
		{"open https://bank.example/pay.", "https://bank.example/Pay", formURL, false},
		{"open (https://bank.example/)", "https://bank.example", formURL, true},
		{"open bank.example", "https://bank.example/", formURL, true},
		{"open bank.example", "http://bank.example/", formURL, false},
		{"open https://bank.example", "bank.example", formURL, false},
		{"open https://bank.example/a/b", "https://bank.example/a", formURL, false},
		{"open https://bank.example/?u=https://evil.example/", "https://evil.example", formURL, false},
		{"open https://bank.example@evil.example/", "https://bank.example", formURL, false},
		{"open https://bank.example:8080/", "https://bank.example", formURL, false},
		{"open bank.example.evil.example", "https://bank.example", formURL, false},
		{"url:https://bank.example/x", "https://bank.example/x", formURL, true},
		{"see 'www.bank.example'!", "www.bank.example", formURL, true},
		{"see www.bank.example.They", "www.bank.example", formURL, false},

		{"to DE89 3704 0044 0532 0130 00", "DE89370400440532013000", formAccount, true},
		{"to DE89370400440532013000.", "DE89 3704 0044 0532 0130 00", formAccount, true},
		{"to DE89 3704 0044 0532 0130 01", "DE89370400440532013000", formAccount, false},
		{"to DE89 37040 0440 532 0130 00", "DE89370400440532013000", formAccount, false},
		{"pay 100 12345678", "10012345678", formAccount, false},
		{"card 4111 1111 1111 1111", "4111111111111111", formAccount, true},
		{"card 4111 1111 1111 1111 1111", "4111111111111111", formAccount, false},
		{"call +49 170 1234 567", "+491701234567", formAccount, true},
		{"call +49 170 1234 567 89", "+491701234567", formAccount, false},
		{"call +491701234567", "+491701234567", formAccount, true},
		{"account 12345678", "12345678", formAccount, true},
		{"account 123456789", "12345678", formAccount, false},

		{"ask BOB", "bob", formName, true},
		{"ask Bobby", "bob", formName, false},
		{"write to bob@other.example", "bob", formName, false},
		{"ask Bob's wife", "bob", formName, true},
		{"open bob.example", "bob", formName, false},
		{"ask Anne-Bob", "bob", formName, false},
		{"read ~/notes/a.txt", "/notes/a.txt", formPath, false},
		{"copy server:/etc/x", "/etc/x", formPath, false},
		{"delete /tmp/*", "/tmp/", formPath, false},
		{"delete /tmp/x/*", "/tmp/x", formPath, false},
		{"delete /tmp/x?.txt", "/tmp/x", formPath, false},
		{"what is in /tmp/x?", "/tmp/x", formPath, true},
		{"read ~/My Docs/a.txt", "~/My", formPath, false},
		{"read '~/My Docs/a.txt'", "~/My Docs/a.txt", formPath, true},
		{"read ~/My Docs/a.txt", "~/My Docs/a.txt", formPath, true},
		{"copy ~/a.txt ~/b.txt", "~/a.txt", formPath, true},
		{"copy ~/a.txt to b/c", "~/a.txt", formPath, true},
		{"read \"/etc/x\".", "/etc/x", formPath, true},
		{"read /etc/x.", "/etc/x", formPath, true},
		{"read (/etc/x)", "/etc/x", formPath, true},
		{"in /work/labels, what changed?", "/work/labels", formPath, true},
		{"list *.txt", ".txt", formPath, false},
		{"read ${HOME}/notes", "/notes", formPath, false},
		{"read $(pwd)/notes", "/notes", formPath, false},
		{"read 'my dir'/notes", "/notes", formPath, false},
		{"read /tmp/x=1", "/tmp/x", formPath, false},
		{"read /tmp/x,y", "/tmp/x", formPath, false},
		{"read /tmp/x (old).txt", "/tmp/x", formPath, false},
		{"read /etc/x~", "/etc/x", formPath, false},
		{"read ~/My Documents", "~/My", formPath, false},
		{"read '~/My Docs'", "~/My", formPath, false},
		{"diff src/a.go src/b.go", "src/a.go", formPath, true},
		{"read src/lib and/or tell me", "src/lib", formPath, true},
		{"path:/etc/x", "/etc/x", formPath, true},
		{"read /etc/x, then stop", "/etc/x", formPath, true},
		{"delete “/srv/my docs”", "/srv/my", formPath, false},
		{"delete “/srv/my docs”", "/srv/my docs", formPath, true},
		{"delete „/srv/my docs“", "/srv/my docs", formPath, true},
		{"delete ~/v1.2 notes/plan.txt", "~/v1.2", formPath, false},
		{"delete /srv/a’b.txt", "/srv/a", formPath, false},
		{"delete /srv/a😀.txt", "/srv/a", formPath, false},
		{"delete /srv/a..bak", "/srv/a", formPath, false},
		{"delete /srv/a\u202fb/c", "/srv/a", formPath, false},
		{"read dir=/b/c", "/b/c", formPath, false},
		{"read …/b/c", "/b/c", formPath, false},
		{"share\\old", "old", formText, false},
		{"delete old?.txt", "old", formText, false},
		{"delete old{1,2}", "old", formText, false},
		{"is it old?", "old", formText, true},
		{"list *txt", "txt", formText, false},
		{"open *reports*", "reports", formText, true},
		{"delete reports/2024", "reports", formText, false},
		{"delete old/reports", "reports", formText, false},
		{"open evil-bank.example", "bank.example", formText, false},
		{"open bank.example.evil.example", "bank.example", formText, false},
		{"open bank.example.", "bank.example", formText, true},
		{"folder:reports", "reports", formText, true},
		{"mail Bob: reports", "reports", formText, true},
		{"post to #general", "general", formText, true},
		{"post to general-chat", "general", formText, false},
		{"post to General", "general", formText, false},
		{"read caf\u0065\u0301.txt", "caf\u00e9.txt", formText, true},
	}
	for _, c := range table {
		_, found := typed(c.words).find(c.value, c.form)
		require.Equal(t, c.found, found, "%q in %q", c.value, c.words)
	}
}

// How a value is read follows from the value, its parameter and its role.
func TestForms(t *testing.T) {
	table := []struct {
		arg, value string
		role       Role
		want       form
	}{
		{"to", "bob@example.org", Destination, formAddress},
		{"body", "bob@example.org", Content, formAddress},
		{"body", "mail bob@example.org", Content, formContent},
		{"x", "https://a.example/@bob", Target, formURL},
		{"x", "www.a.example", Content, formURL},
		{"website", "a.example", Destination, formURL},
		{"path", "a.example", Target, formText},
		{"path", "~/a", Target, formPath},
		{"folder", "old/reports", Target, formPath},
		{"amount", "$50", Amount, formNumber},
		{"amount", "all of it", Amount, formText},
		{"iban", "DE89370400440532013000", Destination, formAccount},
		{"body", "DE89370400440532013000", Content, formContent},
		{"q", "two words", Query, formQuery},
		{"name", "two words", Target, formText},
	}
	for _, c := range table {
		require.Equal(t, c.want, formOf(mine(c.value), c.arg, c.role), "%+v", c)
	}
}

// A request as long as a command line allows is read in one pass.
func TestALongRequest(t *testing.T) {
	for _, piece := range []string{"a. ", "not ", "50, ", "don't a@b.c\n- ", "www.x.example ", "Dr. ", "+1 2", "aaaa "} {
		began := time.Now()
		w := typed(strings.Repeat(piece, 128<<10/len(piece)) + "write to bob@example.org")
		for _, f := range []form{formText, formURL, formAddress, formAccount, formName} {
			w.find("+4917012345678", f)
		}
		require.Less(t, time.Since(began), time.Minute, "%q", piece)
	}
}

// A list of long queries is judged soon beside a long request, too: what is not found
// within the bound was not said.
func TestALongListBesideALongRequest(t *testing.T) {
	began := time.Now()
	w := typed(strings.Repeat("one two three ", 100<<10/14) + "four")
	items := make([]label.Value, maxParts-1)
	for i := range items {
		items[i] = mine(strings.Repeat("three one two ", 7))
	}
	_, said := w.holds(Arg{"query", label.ListOf(items, label.Person())}, Query)
	require.False(t, said)
	require.Less(t, time.Since(began), time.Minute)
	_, said = w.holds(Arg{"query", mine("two four one")}, Query)
	require.True(t, said)
}

func TestQueries(t *testing.T) {
	words := "Find me a flight to New York on Friday, from:bob, but not by train"
	table := map[string]bool{
		"flight New York": true, "new york FLIGHT": true, "flight, Friday": true, `"New York" flight`: true,
		"flights": false, "flight Boston": false, "York York": false, "by train": false, "from:bob": true, "bob": true, "": false, "from:": false,
	}
	for q, want := range table {
		_, said := typed(words).holds(Arg{"query", mine(q)}, Query)
		require.Equal(t, want, said, q)
	}
}

func TestASpanServesOneChangeAndAnyRead(t *testing.T) {
	d := newDesk(t)
	turn := d.turn("find bob@example.org, then mail bob@example.org: hi")
	send := call(sendMail, map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")})
	find := call(askWeb, map[string]label.Value{"query": mine("bob@example.org")})
	turn.Shaped = label.Of("shop")
	for range 3 {
		require.True(t, d.decide(find, turn).Allow, "a read used the words up")
	}
	require.True(t, d.decide(send, turn).Allow)
	require.False(t, d.decide(send, turn).Allow, "hi was said once")
	require.True(t, d.decide(find, turn).Allow)
}

func TestAPickedChoiceEndorsesOneCall(t *testing.T) {
	d := newDesk(t)
	d.Send = ByProvenance
	turn := d.turn("write to one of them")
	c := call(sendMail, map[string]label.Value{"to": turn.Picked(of("bob@example.org", "contacts")), "body": mine("hi")})
	require.True(t, d.decide(c, turn).Allow)
	require.False(t, d.decide(c, turn).Allow, "the same choice served twice")
	require.False(t, d.decide(c, d.turn("another")).Allow)
	d.Send = ByWords
	again := d.turn("write to one of them")
	c = call(sendMail, map[string]label.Value{"to": again.Picked(of("bob@example.org", "contacts")), "body": again.Answered("hi")})
	require.Equal(t, "send  ", reasons(Judge(c, Situation{Words: again.words, Shaped: label.Person()})), "what an app offered became the person's words")
}

func TestOnlyALookupOfPeopleBindsAName(t *testing.T) {
	for _, people := range []bool{true, false} {
		d := newDesk(t)
		d.says(Once)
		turn := d.turn("mail Bob about it")
		search := call(Tool{App: "calendar", Name: "search", Effect: Read, People: people, Roles: map[string]Role{"query": Query}},
			map[string]label.Value{"query": mine("Bob")})
		search.N = 3
		require.True(t, d.decide(search, turn).Allow)
		to := of("eve@example.net", "calendar").Made(label.Origin{How: label.Result, App: "calendar", Call: 3})
		require.True(t, d.decide(call(sendMail, map[string]label.Value{"to": to}), turn).Allow)
		require.Equal(t, people, len(d.Names.Snapshot()) == 1)
	}
}

func TestTheListIsLookedUpByTheWords(t *testing.T) {
	l, err := OpenNames("")
	require.NoError(t, err)
	for name, value := range map[string]string{"Bob": "1", "Anna Maria Meyer": "2", "O'Brien": "3", "Jürgen": "4", "ann": "5"} {
		require.NoError(t, l.bind(name, value))
	}
	w := typed("mail BOB, Anna Maria Meyer and O'Brien; JU\u0308RGEN too, not Anne")
	require.Equal(t, map[string]string{"bob": "1", "anna maria meyer": "2", "o'brien": "3", "jürgen": "4"}, l.In(w))
	require.NoError(t, l.bind("Anne", "6"))
	require.Len(t, l.In(w), 5, "a name that was bound since is missing")
}

// What is found stands in the words, but for what the rules forgive; what stands in
// no words is never found.
func FuzzWords(f *testing.F) {
	f.Add("pay $1,200.50 to DE89 3704 0044 0532 0130 00", "1200.5", uint8(formNumber))
	f.Add("mail Bob@Example.org, don't mail eve@x.org", "Bob@example.org", uint8(formAddress))
	f.Add("open https://a.example/x?y#z.", "https://A.example/x?y#z", uint8(formURL))
	f.Add("\xff\u0301e\u0301 +49 170", "é", uint8(formContent))
	f.Fuzz(func(t *testing.T, words, value string, kind uint8) {
		w := typed(words)
		k := form(kind) % (formContent + 1)
		at, ok := w.find(value, k)
		if !ok {
			return
		}
		if at.from < 0 || at.to > len(w.text) || at.from >= at.to {
			t.Fatalf("%q in %q: %v", value, words, at)
		}
		span := w.text[at.from:at.to]
		bare := func(s string) string {
			return strings.Map(func(r rune) rune {
				if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
					return -1
				}
				return unicode.ToLower(unicode.ToUpper(r))
			}, s)
		}
		got, want := bare(span), bare(typed(value).text)
		if k == formURL {
			got, want = strings.TrimPrefix(got, "https"), strings.TrimPrefix(want, "https")
		}
		if k != formNumber && got != want {
			t.Fatalf("%q was found in %q as %q", value, words, span)
		}
		if _, twice := w.less([]stretch{at}).find(value, k); twice && strings.Count(w.text, span) < 2 && k != formNumber && k != formURL && k != formName && k != formWord {
			t.Fatalf("%q serves twice in %q", value, words)
		}
	})
}

// A paste between two typed pieces joins nothing, and adding words that are told off
// says nothing more.
func TestWordsOfAPasteSayNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-c@.0-9 ]{0,12}`)
		a, b, paste, value := text.Draw(t, "a"), text.Draw(t, "b"), text.Draw(t, "paste"), text.Draw(t, "value")
		f := form(rapid.IntRange(0, int(formWord)).Draw(t, "form"))
		w := NewWords([]label.Span{{Text: a, Label: label.Person()}, {Text: paste, Label: label.Of(label.Paste)}, {Text: b, Label: label.Person()}}, true)
		if _, ok := w.find(value, f); !ok {
			return
		}
		_, inA := typed(a).find(value, f)
		_, inB := typed(b).find(value, f)
		if !inA && !inB {
			t.Fatalf("%q is in neither %q nor %q", value, a, b)
		}
	})
}
