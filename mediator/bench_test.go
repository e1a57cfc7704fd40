package mediator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// manyRules are 10,000 rules over 100 apps, as a program could write them: 5,000 pin a
// recipient of one tool, the others name 50 tools of each app. One denies.
func manyRules(b *testing.B) policy.Rules {
	var set policy.Set
	for i := range 5000 {
		for _, text := range []string{
			fmt.Sprintf(`allow app%d -> mail.send(to="n%d@example.org")`, i%100, i),
			fmt.Sprintf("allow app%d -> app%d.tool%d", i%100, (i+1)%100, i/100),
		} {
			r, err := policy.Parse(text)
			if err != nil {
				b.Fatal(err)
			}
			r.Number = len(set) + 1
			set = append(set, r)
		}
	}
	set[9999].Deny = true
	return policy.All{policy.NewIndex(set), policy.Set(nil)}
}

// manyItems is a list that a model could make of a page.
func manyItems(n int) label.Value {
	from := label.Of("app7") // one label, as the parts of a result share it
	items := make([]label.Value, n)
	for i := range items {
		items[i] = label.TextOf(fmt.Sprintf("n%d@e.org", i), from)
	}
	return label.ListOf(items, from)
}

// percentiles runs one judgement after the other and reports how long they took.
func percentiles(b *testing.B, judge func()) {
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		judge()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	at := func(p float64) float64 { return float64(took[int(p*float64(len(took)-1))].Nanoseconds()) / 1000 }
	b.ReportMetric(at(0.50), "p50-µs")
	b.ReportMetric(at(0.95), "p95-µs")
}

// BenchmarkJudge is a whole judgement: deny rules, the reasons, the rules that answer
// them. What a person is shown and the record are not in it.
func BenchmarkJudge(b *testing.B) {
	rules := manyRules(b)
	names := &NameList{list: map[string]string{}}
	for i := range maxNames {
		names.list[fmt.Sprintf("name%d", i)] = fmt.Sprintf("n%d@example.org", i)
	}
	names.list["bob"] = "bob@example.org"
	long := strings.Repeat("a line of a long text. ", 1<<20/23)
	cases := map[string]Call{
		"words":        call(sendMail, map[string]label.Value{"to": mine("bob@example.org"), "body": mine("lunch is at 12")}),
		"listed":       call(sendMail, map[string]label.Value{"to": of("bob@example.org", "contacts"), "body": mine("lunch is at 12")}),
		"rule":         call(sendMail, map[string]label.Value{"to": of("n4907@example.org", "app7"), "body": of("hi", "app7")}),
		"read":         call(findMail, map[string]label.Value{"query": mine("lunch bob")}),
		"1MB":          call(sendMail, map[string]label.Value{"to": of("n4907@example.org", "app7"), "body": of(long, "app7")}),
		"1MB-deciding": call(sendMail, map[string]label.Value{"to": mine(long), "body": mine(long)}),
		"list":         call(sendMail, map[string]label.Value{"to": manyItems(maxParts - 1), "body": mine("x")}),
		"1MB-list":     call(sendMail, map[string]label.Value{"to": manyItems(100_000), "body": mine("x")}),
	}
	for _, name := range []string{"words", "listed", "rule", "read", "1MB", "1MB-deciding", "list", "1MB-list"} {
		b.Run(name, func(b *testing.B) {
			m := &Monitor{Names: names, Now: time.Now}
			turn := m.NewTurn(1, typed("Please mail bob@example.org (that is Bob) that lunch is at 12, and don't tell eve@example.org."))
			c := cases[name]
			percentiles(b, func() {
				if _, ok := rules.Denied(m.query(c, everything(c))); ok {
					b.Fatal("denied")
				}
				j := Judge(c, Situation{Words: turn.words, Names: names.In(turn.words), Shaped: label.Of("app7"), Send: ByWords})
				m.answered(rules, c, j)
			})
		})
	}
}

// BenchmarkNotes is what is pointed out beside the largest value, once it is shown.
func BenchmarkNotes(b *testing.B) {
	for name, line := range map[string]string{
		"prose": "a line of a long text. ", "digits": "12 345 2026-11-29 ", "words": "code pin otp http key= ",
		"letters": "a", "ats": "@", "dashes": "1-",
	} {
		v := of(strings.Repeat(line, (1<<20)/len(line)), "mail")
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				notes(v)
			}
		})
	}
}
