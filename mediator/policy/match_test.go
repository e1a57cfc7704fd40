package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/mediator/label"
)

var today = time.Date(2026, 11, 23, 15, 0, 0, 0, time.Local)

func rules(t require.TestingT, texts ...string) Set {
	var s Set
	for i, text := range texts {
		r, err := Parse(text)
		require.NoError(t, err)
		r.Number = i + 1
		s = append(s, r)
	}
	return s
}

func TestMatch(t *testing.T) {
	person, mail := label.Person(), label.Of("mail")
	to := func(s string) map[string]label.Value {
		return map[string]label.Value{"to": label.TextOf(s, mail)}
	}
	cases := []struct {
		rule    string
		q       Query
		allowed bool
		denied  bool
	}{
		{"allow mail -> notes.add", Query{App: "notes", Tool: "add", From: mail}, true, false},
		{"allow mail -> notes", Query{App: "notes", Tool: "add", From: mail}, true, false},
		{"allow mail -> notes", Query{App: "notes", Tool: "add", From: mail, Named: true}, false, false},
		{"allow mail -> notes.add", Query{App: "notes", Tool: "add", From: mail, Named: true}, true, false},
		{"allow mail -> notes.add", Query{App: "notes", Tool: "delete", From: mail}, false, false},
		{"allow mail -> notes.add", Query{App: "note", Tool: "add", From: mail}, false, false},
		{"allow mail -> notes.add", Query{App: "notes", Tool: "add", From: label.Of("mail", "web")}, false, false},
		{"allow mail, web -> notes.add", Query{App: "notes", Tool: "add", From: label.Of("mail", "web")}, true, false},
		{"allow mail -> notes.add", Query{App: "notes", Tool: "add", From: person}, false, false},
		{"allow person -> notes.add", Query{App: "notes", Tool: "add", From: person}, true, false},
		{"allow person -> notes.add", Query{App: "notes", Tool: "add", From: label.Of(Person)}, false, false},
		{"allow any -> notes.add", Query{App: "notes", Tool: "add", From: person}, true, false},
		{"allow any -> notes.add", Query{App: "notes", Tool: "add", From: label.Of("a", "web/x.org")}, true, false},
		{"allow any -> notes.add", Query{App: "notes", Tool: "add"}, false, false},
		{"allow any -> notes.add", Query{App: "notes", Tool: "add", From: label.Of("mail", label.Unknown)}, false, false},
		{"allow web -> notes.add", Query{App: "notes", Tool: "add", From: label.Of("web/x.org")}, true, false},
		{"allow web/x.org -> notes.add", Query{App: "notes", Tool: "add", From: label.Of("web/y.org")}, false, false},
		{"allow web/x.org -> notes.add", Query{App: "notes", Tool: "add", From: label.Of("web")}, false, false},
		{"allow mail -> notes.add until 2026-11-23", Query{App: "notes", Tool: "add", From: mail}, true, false},
		{"allow mail -> notes.add until 2026-11-22", Query{App: "notes", Tool: "add", From: mail}, false, false},

		{`allow mail -> mail.send(to="bob@x.org")`, Query{App: "mail", Tool: "send", From: mail, Args: to("bob@x.org"), Pinned: []string{"to"}}, true, false},
		{`allow mail -> mail.send(to="bob@x.org")`, Query{App: "mail", Tool: "send", From: mail, Args: to("bob@x.org "), Pinned: []string{"to"}}, false, false},
		{`allow mail -> mail.send(to="bob@x.org")`, Query{App: "mail", Tool: "send", From: mail}, false, false},
		{`allow mail -> mail.send(to="bob@x.org")`, Query{App: "mail", Tool: "send", From: mail, Args: to("bob@x.org"), Pinned: []string{"to", "body"}}, false, false},
		{"allow mail -> mail.send", Query{App: "mail", Tool: "send", From: mail, Args: to("bob@x.org"), Pinned: []string{"to"}}, false, false},
		{"allow mail -> bank.pay(n=5)", Query{App: "bank", Tool: "pay", From: mail, Args: map[string]label.Value{"n": label.FloatOf(5, mail)}}, true, false},
		{"allow mail -> bank.pay(n=5)", Query{App: "bank", Tool: "pay", From: mail, Args: map[string]label.Value{"n": label.TextOf("5", mail)}}, false, false},

		{`allow mail -> mail.send(to="bob@x.org")`, Query{App: "mail", Tool: "send", From: mail, Args: to("bob@x.org"), Loose: []string{"to"}}, true, false},
		{`allow mail -> mail.send(to="bob@x.org")`, Query{App: "mail", Tool: "send", From: mail, Args: to("bob@x.org"), Loose: []string{"to", "bcc"}}, false, false},
		{"allow mail -> mail.send()", Query{App: "mail", Tool: "send", From: mail, Args: to("bob@x.org")}, true, false},
		{"allow mail -> mail.send()", Query{App: "mail", Tool: "send", From: mail, Args: to("bob@x.org"), Loose: []string{"to"}}, false, false},
		{"allow mail -> mail.send", Query{App: "mail", Tool: "send", From: mail, Args: to("bob@x.org"), Loose: []string{"to"}}, true, false},

		{"deny web -> mail", Query{App: "mail", Tool: "send", From: label.Of("mail", "web/x.org")}, false, true},
		{"deny web/x.org -> mail", Query{App: "mail", Tool: "send", From: label.Of("web/y.org")}, false, false},
		{"deny web -> mail.read", Query{App: "mail", Tool: "send", From: label.Of("web")}, false, false},
		{"deny any -> mail", Query{App: "mail", Tool: "send", From: person}, false, true},
		{"deny any -> mail", Query{App: "mail", Tool: "send"}, false, true},
		{"deny person -> mail", Query{App: "mail", Tool: "send", From: person}, false, true},
		{"deny person -> mail", Query{App: "mail", Tool: "send", From: mail}, false, false},
		{"deny any -> mail until 2026-11-22", Query{App: "mail", Tool: "send", From: person}, false, false},
		{`deny any -> mail.send(to="eve@x.org")`, Query{App: "mail", Tool: "send", From: person, Args: to("eve@x.org")}, false, true},
		{`deny any -> mail.send(to="eve@x.org")`, Query{App: "mail", Tool: "send", From: person, Args: to("bob@x.org")}, false, false},
	}
	for _, c := range cases {
		c.q.Now = today
		_, allowed := rules(t, c.rule).Allows(c.q)
		_, denied := rules(t, c.rule).Denied(c.q)
		require.Equal(t, c.allowed, allowed, "%s: %+v", c.rule, c.q)
		require.Equal(t, c.denied, denied, "%s: %+v", c.rule, c.q)
	}
}

func TestOneRuleMustNameEverySource(t *testing.T) {
	s := rules(t, "allow mail -> notes", "allow web -> notes", "allow contacts, mail -> notes.add")
	_, ok := s.Allows(Query{App: "notes", Tool: "add", From: label.Of("mail", "web"), Now: today})
	require.False(t, ok, "two rules must not add up")
	r, ok := s.Allows(Query{App: "notes", Tool: "add", From: label.Of("contacts", "mail"), Now: today})
	require.True(t, ok)
	require.Equal(t, 3, r.Number)
}

// The reference asks the question the other way round, over the rule's spelling.
func reference(text string, q Query) (allows, denies bool) {
	text, until, _ := strings.Cut(text, " until ")
	if until != "" && q.Now.Format(dateForm) > until {
		return false, false
	}
	verb, text, _ := strings.Cut(text, " ")
	from, target, _ := strings.Cut(text, " -> ")
	target, conds, closed := strings.Cut(target, "(")
	if target != string(q.App) && target != string(q.App)+"."+q.Tool {
		return false, false
	}
	pins := map[string]bool{}
	for _, c := range strings.Split(strings.TrimSuffix(conds, ")"), ", ") {
		if name, want, ok := strings.Cut(c, "="); ok {
			pins[name] = true
			v, there := q.Args[name]
			if !there {
				return false, false
			}
			if got, err := v.JSON(); verb == "allow" && (err != nil || string(got) != want) || verb == "deny" && !stands(v, want) {
				return false, false
			}
		}
	}
	names := strings.Split(from, ", ")
	some, every := false, true
	sources := q.From.Sources()
	if len(sources) == 0 {
		sources = []label.Source{"person"}
	}
	for _, s := range sources {
		named := false
		for _, n := range names {
			named = named || n == string(s) || n == "web" && strings.HasPrefix(string(s), "web/")
		}
		some = some || named || from == "any"
		every = every && (named || from == "any" && s != "unknown")
	}
	for _, p := range q.Pinned {
		every = every && pins[p]
	}
	if q.Named && !strings.Contains(target, ".") {
		every = false
	}
	for _, l := range q.Loose {
		every = every && (pins[l] || !closed)
	}
	return verb == "allow" && every, verb == "deny" && some
}

// stands is the reference for the conditions of a deny rule.
func stands(v label.Value, want string) bool {
	if v.Kind() == label.List {
		return slices.ContainsFunc(v.Items(), func(x label.Value) bool { return stands(x, want) })
	}
	w, err := label.FromJSON([]byte(want), label.Person())
	if err != nil || w.Kind() == label.List {
		panic("the generator makes scalars only")
	}
	text := func(v label.Value) string {
		if v.Kind() == label.Text {
			return plain(v.Str())
		}
		b, _ := v.JSON()
		return string(b)
	}
	if a, err := strconv.ParseFloat(text(w), 64); err == nil {
		if b, err := strconv.ParseFloat(text(v), 64); err == nil && a == b {
			return true
		}
	}
	if w.Kind() != label.Text || v.Kind() != label.Text || text(w) == "" {
		return text(v) == text(w)
	}
	return regexp.MustCompile(`(?:^|[^\pL\p{Nd}_])` + regexp.QuoteMeta(text(w)) + `(?:$|[^\pL\p{Nd}_])`).MatchString(text(v))
}

// A deny is not walked around by another way to write the same.
func TestADenyIsReadWidely(t *testing.T) {
	text := func(s string) label.Value { return label.TextOf(s, label.Person()) }
	for _, c := range []struct {
		rule string
		to   label.Value
		want bool
	}{
		{`to="mallory@example.net"`, text("mallory@example.net"), true},
		{`to="mallory@example.net"`, text("bob@example.org, mallory@example.net"), true},
		{`to="mallory@example.net"`, text("Mallory <Mallory@Example.NET>"), true},
		{`to="mallory@example.net"`, text(" mallory@exa\u200bmple.net"), true},
		{`to="mallory@example.net"`, text("ｍallory@example.net"), true},
		{`to="mallory@example.net"`, label.ListOf([]label.Value{text("bob@example.org"), text("mallory@example.net")}, label.Person()), true},
		{`to="mallory@example.net"`, label.ObjectOf([]label.Field{{Name: "mallory@example.net", Value: text("")}}, label.Person()), true},
		{`to="mallory@example.net"`, text("amallory@example.net"), false},
		{`to="mallory@example.net"`, text("mallory@example.netx"), false},
		{`to="mallory@example.net"`, text(""), false},
		{`to="mallory@example.net"`, text("x.mallory@example.net"), false},
		{`to="mallory@example.net"`, text("mallory@example.net.au"), false},
		{`to="mallory@example.net"`, text("Write to mallory@example.net."), true},
		{`to="mallory@example.net"`, text("mallory@exam\u3164ple。net"), true},
		{`to="@evil.example"`, text("bob@evil.example"), true},
		{`to="/etc/"`, text("/etc/passwd"), true},
		{`to="https://evil.example/x"`, text("evil.example/x"), true},
		{`to="https://evil.example/"`, text("https://evil.example"), true},
		{`to="https://evil.example/"`, text("http://evil.example/y"), true},
		{`to="evil.example"`, text("https://e%76il.example/"), true},
		{`to="DE89370400440532013000"`, text("DE89 3704 0044 0532 0130 00"), true},
		{`to="DE89 3704 0044 0532 0130 00"`, text("de89-3704-0044-0532-0130-00"), true},
		{`to="+491701234567"`, text("+49 (170) 1234567"), true},
		{`to="+491701234567"`, text("+49 170 12345678"), false},
		{`to="+491701234567"`, text("call +49 170 1234567 now"), true},
		{`to="DE89370400440532013000"`, text("Mallory, IBAN DE89 3704 0044 0532 0130 00 please"), true},
		{`to="DE89370400440532013000"`, text("DE89\u20113704\u20110044_0532 0130 00"), true},
		{`to="DE89370400440532013000"`, text("DE89 3704 0044 0532 0130 001"), false},
		{`to="evil.example/private"`, text("https://evil.example/%70rivate?q=%"), true},
		{`to="mallory@example.net"`, text("mallory%40example.net 5%"), true},
		{`to="private/secret.txt"`, text("private/x/.././/secret.txt"), true},
		{`to="/etc/passwd"`, text("/etc/../etc/./passwd"), true},
		{`to="https://evil.example/private"`, text("see https://evil.example:443//private"), true},
		{`to="1000"`, text("$1,000.00"), true},
		{`to=1000`, text("1000 EUR"), true},
		{`to=1000`, text("1000 EUR and more"), false},
		{`to="秘密"`, text("这是秘密文件"), true},
		{`to="straße"`, text("STRASSE 5"), true},
		{`to=1000`, text("1,000"), true},
		{`to=5`, label.FloatOf(5.5, label.Person()), false},
		{`to=5`, text("at 5:30"), false},
		{`to=[]`, text("x"), false},
		{`to=[]`, label.ListOf(nil, label.Person()), true},
		{`to=true`, text("it is true"), false},
		{`to="\u200b"`, text("x"), false},
		{`to="evil.example"`, text("https://Evil.example/x?y"), true},
		{`to="evil.example"`, text("https://notevil.example/"), false},
		{`to=50`, text("50"), true},
		{`to=50`, label.IntOf(50, label.Person()), true},
		{`to=50`, label.FloatOf(50, label.Person()), true},
		{`to="50"`, label.IntOf(50, label.Person()), true},
		{`to=50`, label.IntOf(500, label.Person()), false},
		{`to=["a", "b"]`, label.ListOf([]label.Value{text("b"), text("c"), text("A")}, label.Person()), true},
		{`to=["a", "b"]`, label.ListOf([]label.Value{text("b")}, label.Person()), false},
		{`to=""`, text(""), true},
		{`to=true`, label.BoolOf(true, label.Person()), true},
	} {
		q := Query{App: "mail", Tool: "send", From: label.Person(), Now: today, Args: map[string]label.Value{"to": c.to}}
		set := rules(t, "deny any -> mail.send("+c.rule+")", "allow person -> mail.send("+c.rule+")")
		for _, r := range []Rules{set, NewIndex(set)} {
			_, denied := r.Denied(q)
			require.Equal(t, c.want, denied, "%s / %v", c.rule, c.to)
		}
	}
	q := Query{App: "mail", Tool: "send", From: label.Person(), Now: today, Args: map[string]label.Value{"to": text("Mallory@example.net")}}
	_, allowed := rules(t, `allow person -> mail.send(to="mallory@example.net")`).Allows(q)
	require.False(t, allowed, "an allow is exact")
}

func TestPlainASCIIIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune(" \t\n\v\f\r\x00\x1f aAzZ@.09_"))).Draw(t, "text")
		fast, ok := plainASCII(s)
		require.True(t, ok)
		seen := strings.NewReplacer("\x00", "", "\x1f", "").Replace(s)
		require.Equal(t, strings.ToLower(strings.Join(strings.Fields(seen), " ")), fast)
	})
}

func TestMatchesLikeTheReference(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		set := Set(rapid.SliceOfN(anyRule(), 1, 4).Draw(t, "rules"))
		q := anyQuery().Draw(t, "query")
		var allows, denies bool
		for _, r := range set {
			a, d := reference(r.String(), q)
			allows, denies = allows || a, denies || d
		}
		_, gotAllows := set.Allows(q)
		_, gotDenies := set.Denied(q)
		require.Equal(t, allows, gotAllows)
		require.Equal(t, denies, gotDenies)
		for _, rules := range []Rules{NewIndex(set), All{NewIndex(set[:len(set)/2]), set[len(set)/2:]}} {
			first, ok := set.Allows(q)
			same, okToo := rules.Allows(q)
			require.Equal(t, first, same)
			require.Equal(t, ok, okToo)
			first, ok = set.Denied(q)
			same, okToo = rules.Denied(q)
			require.Equal(t, first, same)
			require.Equal(t, ok, okToo)
		}
		if allows {
			seen["allowed"]++
		}
		if denies {
			seen["denied"]++
		}
	})
	require.NotZero(t, seen["allowed"], "the property was never about an allowed call")
	require.NotZero(t, seen["denied"], "the property was never about a denied call")
}

// More sources never make a call easier to allow, nor harder to deny.
func TestMoreSourcesAreNeverMoreAllowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := Set(rapid.SliceOfN(anyRule(), 1, 4).Draw(t, "rules"))
		q := anyQuery().Filter(func(q Query) bool { return !q.From.Empty() }).Draw(t, "query")
		more := q
		more.From = q.From.Join(label.Of(anySource().Draw(t, "source")))
		_, before := set.Allows(q)
		_, after := set.Allows(more)
		require.False(t, after && !before)
		_, before = set.Denied(q)
		_, after = set.Denied(more)
		require.False(t, before && !after)
	})
}

var apps = []label.Source{"mail", "notes", "model:gpt"}

func anySource() *rapid.Generator[label.Source] {
	return rapid.SampledFrom([]label.Source{"mail", "notes", "web", "web/x.org", "web/y.org", "stdin"})
}

func anyScalar() *rapid.Generator[label.Value] {
	return rapid.Custom(func(t *rapid.T) label.Value {
		p := label.Person()
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return label.IntOf(rapid.Int64Range(-2, 2).Draw(t, "int"), p)
		case 1:
			return label.BoolOf(rapid.Bool().Draw(t, "bool"), p)
		case 2:
			return label.TextOf(rapid.StringN(0, 5, -1).Filter(plainlyWritten).Draw(t, "text"), p)
		}
		return label.TextOf(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "letter"), p)
	})
}

// plainlyWritten leaves out what a deny reads in more than one way; TestADenyIsReadWidely
// has those.
func plainlyWritten(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return strings.ContainsRune("/%@$€£¥,", r) || (unicode.IsLetter(r) || unicode.IsDigit(r)) && !goesOn(r)
	})
}

func anyRule() *rapid.Generator[Rule] {
	return rapid.Custom(func(t *rapid.T) Rule {
		r := Rule{Deny: rapid.Bool().Draw(t, "deny"), Any: rapid.IntRange(0, 3).Draw(t, "any") == 0}
		if !r.Any {
			r.From = rapid.SliceOfNDistinct(rapid.OneOf(anySource(), rapid.Just(Person)), 1, 3, rapid.ID[label.Source]).Draw(t, "from")
			slices.Sort(r.From)
		}
		r.App = rapid.SampledFrom(apps).Draw(t, "app")
		if r.App != "model:gpt" {
			r.Tool = rapid.SampledFrom([]string{"", "add", "send"}).Draw(t, "tool")
		}
		if r.Tool != "" {
			r.Closed = rapid.IntRange(0, 4).Draw(t, "closed") == 0
			for _, name := range []string{"n", "to"} {
				if rapid.IntRange(0, 2).Draw(t, name) == 0 {
					r.Closed = true
					c, err := Where(name, anyScalar().Draw(t, "value"))
					require.NoError(t, err)
					r.Args = append(r.Args, c)
				}
			}
		}
		if rapid.IntRange(0, 2).Draw(t, "until") == 0 {
			r.Until = day(today.AddDate(0, 0, rapid.IntRange(-1, 1).Draw(t, "days")))
		}
		return r
	})
}

func anyQuery() *rapid.Generator[Query] {
	return rapid.Custom(func(t *rapid.T) Query {
		q := Query{Now: today, Args: map[string]label.Value{}}
		q.App = rapid.SampledFrom(apps).Draw(t, "app")
		q.Tool = rapid.SampledFrom([]string{"add", "send"}).Draw(t, "tool")
		if rapid.IntRange(0, 9).Draw(t, "labelled") > 0 {
			q.From = label.Of(rapid.SliceOfN(anySource(), 0, 2).Draw(t, "from")...)
		}
		for _, name := range []string{"n", "to"} {
			if rapid.Bool().Draw(t, name) {
				q.Args[name] = anyScalar().Draw(t, "value")
			}
		}
		q.Named = rapid.IntRange(0, 3).Draw(t, "named") == 0
		if rapid.IntRange(0, 3).Draw(t, "pinned") == 0 {
			q.Pinned = []string{"to"}
		}
		if rapid.IntRange(0, 3).Draw(t, "loose") == 0 {
			q.Loose = []string{"n"}
		}
		return q
	})
}
