package policy

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/mediator/label"
)

func TestParse(t *testing.T) {
	cases := map[string]Rule{
		"allow mail -> calendar.create_event":  {From: []label.Source{"mail"}, App: "calendar", Tool: "create_event"},
		"deny web -> mail":                     {Deny: true, From: []label.Source{"web"}, App: "mail"},
		"deny any -> health_companion":         {Deny: true, Any: true, App: "health_companion"},
		"allow mail -> model:gpt-4.1":          {From: []label.Source{"mail"}, App: "model:gpt-4.1"},
		"allow web/example.org -> notes":       {From: []label.Source{"web/example.org"}, App: "notes"},
		"allow web/[::1]:8080 -> notes":        {From: []label.Source{"web/[::1]:8080"}, App: "notes"},
		"allow file, paste, stdin -> notes":    {From: []label.Source{"file", "paste", "stdin"}, App: "notes"},
		"allow mail -> notes until 2026-12-31": {From: []label.Source{"mail"}, App: "notes", Until: date("2026-12-31")},
		`allow person -> mail.send(to="bob@example.org")`: {
			From: []label.Source{Person}, App: "mail", Tool: "send",
			Args: []Condition{{"to", `"bob@example.org"`}}, Closed: true},
		"allow mail -> calendar.create_event()": {From: []label.Source{"mail"}, App: "calendar", Tool: "create_event", Closed: true},
		`allow bank -> bank.pay(amount=12.5, fast=true, to=["a", "b"])`: {
			From: []label.Source{"bank"}, App: "bank", Tool: "pay",
			Args: []Condition{{"amount", "12.5"}, {"fast", "true"}, {"to", `["a","b"]`}}, Closed: true},
	}
	for text, want := range cases {
		got, err := Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestParseWritesOneSpelling(t *testing.T) {
	cases := map[string]string{
		"  deny  web→mail ":                      "deny web -> mail",
		"allow mail->notes.add":                  "allow mail -> notes.add",
		"allow mail,calendar ,mail -> notes":     "allow calendar, mail -> notes",
		"allow web/Example.ORG -> notes":         "allow web/example.org -> notes",
		`allow a -> b.c( z = "x" ,a=-1.50e1 )`:   `allow a -> b.c(a=-15, z="x")`,
		`allow a -> b.c(d="\u0041\u202e")`:       `allow a -> b.c(d="A\u202e")`,
		"allow a -> b.c(d=\"\U000E0041\u200b\")": `allow a -> b.c(d="\udb40\udc41\u200b")`,
	}
	for text, want := range cases {
		r, err := Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, r.String())
		again, err := Parse(want)
		require.NoError(t, err, want)
		require.Equal(t, r, again)
	}
}

func TestParseSaysWhatWasExpectedAndWhere(t *testing.T) {
	cases := []struct {
		rule string
		at   int
		says string
	}{
		{"", 1, "expected `allow` or `deny`, but the rule ends"},
		{"Allow mail -> notes", 1, "expected `allow` or `deny`, not `Allow`"},
		{"permit mail -> notes", 1, "not `permit`"},
		{"allow -> notes", 7, "a source: an app's name"},
		{"allow mail notes", 12, "expected a comma or `->`, not `notes`"},
		{"allow mail", 11, "expected a comma or `->`, but the rule ends"},
		{"allow mail, any -> notes", 13, "`any` is every source already"},
		{"allow unknown -> notes", 7, "expected a source"},
		{"allow Mail -> notes", 7, "expected a source"},
		{"allow web/ -> notes", 7, "a host after `web/`"},
		{"allow web/exämple.org -> notes", 7, "a host after `web/`"},
		{"allow mail -> any", 15, "an app's name, APP.TOOL or model:NAME, not `any`"},
		{"allow mail ->", 14, "but the rule ends"},
		{"allow mail -> notes.", 15, "the name of a tool after `notes.`"},
		{"allow mail -> notes.add.x", 15, "the name of a tool"},
		{"allow mail -> model:", 15, "the name of a model"},
		{`allow mail -> notes(a="b")`, 21, "conditions need a tool"},
		{`allow mail -> mail.send(to=bob@example.org)`, 28, `expected a value in quotes, a number, true or false`},
		{`allow mail -> mail.send(to="bob@example.org)`, 28, "has no closing quote"},
		{`allow mail -> mail.send(to=)`, 28, "expected a value in quotes"},
		{`allow mail -> mail.send(to="a", to="b")`, 33, "the argument to stands twice"},
		{`allow mail -> mail.send(to="a"`, 31, "a comma or `)`, but the rule ends"},
		{`allow mail -> mail.send(to="a") x`, 33, "`until` or the end, not `x`"},
		{`allow mail -> mail.send(,)`, 25, "the name of an argument"},
		{`allow mail -> mail()`, 20, "conditions need a tool"},
		{`allow mail -> bank.pay(amount=1e400)`, 31, "too large"},
		{`allow mail -> bank.pay(amount=99999999999999999999)`, 31, "too large"},
		{`allow mail -> bank.pay(to={"a": 1})`, 27, "expected a value in quotes"},
		{`allow mail -> bank.pay(to=[[1]])`, 27, "or a list of these"},
		{"allow mail -> notes until", 26, "a date such as 2026-12-31, but the rule ends"},
		{"allow mail -> notes until 2026-02-30", 27, "a date such as 2026-12-31"},
		{"allow mail -> notes until 2026-12-31 23:00", 38, "expected the end"},
		{"allow mail -> notes\x00", 15, `\u0000`},
		{"allow m\xff -> notes", 1, "expected UTF-8"},
		{"allow mail -> " + strings.Repeat("n", 5000), 1, "4096 bytes at most"},
		{"allow mail -> " + strings.Repeat("n", 65), 15, "an app's name"},
	}
	for _, c := range cases {
		_, err := Parse(c.rule)
		var pe *ParseError
		require.True(t, errors.As(err, &pe), c.rule)
		require.Contains(t, err.Error(), c.says)
		require.Equal(t, c.at, pe.At, "%s: %v", c.rule, err)
		require.NotContains(t, err.Error(), "\x00")
	}
}

func TestUntilIsTheLastDayWhereThePersonIs(t *testing.T) {
	r, err := Parse("allow mail -> notes until 2026-12-31")
	require.NoError(t, err)
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("east", 13*3600), time.FixedZone("west", -11*3600)} {
		require.False(t, r.Expired(time.Date(2026, 12, 31, 23, 59, 59, 0, zone)))
		require.True(t, r.Expired(time.Date(2027, 1, 1, 0, 0, 0, 0, zone)))
	}
}

func TestWhereRefusesWhatNoRuleCanHold(t *testing.T) {
	p := label.Person()
	for name, v := range map[string]label.Value{
		"object": label.ObjectOf(nil, p),
		"null":   label.NullOf(p),
		"long":   label.TextOf(strings.Repeat("x", maxRule), p),
	} {
		_, err := Where("to", v)
		require.ErrorContains(t, err, "no rule can hold the value of to", name)
	}
	_, err := Where("amount", label.FloatOf(1e20, p))
	require.NoError(t, err)
	r, err := Parse("allow mail -> bank.pay(amount=1e20)")
	require.NoError(t, err)
	require.Equal(t, "allow mail -> bank.pay(amount=100000000000000000000)", r.String())
	again, err := Parse(r.String())
	require.NoError(t, err)
	require.Equal(t, r, again)
	_, err = Where("a b", label.TextOf("x", p))
	require.ErrorContains(t, err, "no rule can name the argument")
	c, err := Where("to", label.TextOf("bob@example.org", label.Of("mail")))
	require.NoError(t, err)
	require.Equal(t, Condition{"to", `"bob@example.org"`}, c)
}

func TestEveryRuleRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRule().Draw(t, "rule")
		got, err := Parse(r.String())
		require.NoError(t, err, r.String())
		require.Equal(t, r, got)
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"allow mail -> calendar.create_event until 2027-01-01", "deny any→health_companion",
		`allow a, web/x.org:80 -> m.send(to="b\u00e9", n=-0, x=[1.0,true])`, "allow web/[::1 -> a",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(r.String())
		require.NoError(t, err, r.String())
		require.Equal(t, r, again)
		require.Equal(t, r.String(), again.String())
	})
}

func date(s string) time.Time {
	d, err := time.Parse(dateForm, s)
	if err != nil {
		panic(err)
	}
	return d
}
