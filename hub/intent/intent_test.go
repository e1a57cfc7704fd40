package intent

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ok is a hub's idea of what fills a slot, small enough to read.
func ok(k Kind, s string) bool {
	switch k {
	case Date:
		return s == "tomorrow" || s == "next Friday" || s == "this week"
	case Time:
		return s == "3pm" || s == "15:30" || s == "noon"
	case Contact:
		return len(strings.Fields(s)) <= 4 && !strings.Contains(s, ":")
	}
	return s != ""
}

func phrases(t *testing.T) Set {
	s, err := Ours()
	require.NoError(t, err)
	of := func(say, app, tool string, args map[string]string, params ...Param) {
		set, err := Compile([]Raw{{Say: []string{say}, Plan: Tool(app, tool, args, params)}}, app, 1)
		require.NoError(t, err)
		s = append(s, set...)
	}
	of("unread mail", "mail", "search", map[string]string{"unread": "true"}, Param{"unread", "boolean"})
	of("mail from {who:contact}", "mail", "search", map[string]string{"sender": "{who}"}, Param{"sender", "string"})
	of("search mail for {text}", "mail", "search", map[string]string{"query": "{text}"}, Param{"query", "string"})
	of("what's on my calendar {when:date}", "calendar", "list_events",
		map[string]string{"start": "{when.start}", "end": "{when.end}"}, Param{"start", "string"}, Param{"end", "string"})
	of("add {title} {when:date} at {time:time}", "calendar", "create_event",
		map[string]string{"title": "{title}", "start": "{when.date}T{time}"}, Param{"title", "string"}, Param{"start", "string"})
	of("who is {name}", "contacts", "find", map[string]string{"name": "{name}"}, Param{"name", "string"})
	of("note {text}", "notes", "add", map[string]string{"text": "{text}"}, Param{"text", "string"})
	of("find note {text}", "notes", "search", map[string]string{"query": "{text}"}, Param{"query", "string"})
	return s
}

func TestRequestsThatNeedNoModel(t *testing.T) {
	s := phrases(t)
	for request, want := range map[string]string{
		"unread mail":                                               `reply(mail.search(unread = True))`,
		"Show me my unread mail, please!":                           `reply(mail.search(unread = True))`,
		"mail from Bob":                                             `who=Bob reply(mail.search(sender = who))`,
		"MAIL FROM Bob Keller?":                                     `who=Bob Keller reply(mail.search(sender = who))`,
		"search mail for the red umbrella":                          `text=the red umbrella reply(mail.search(query = text))`,
		"search my mail for \"a b\"":                                `text=a b reply(mail.search(query = text))`,
		"what's on my calendar tomorrow":                            `day=tomorrow reply(calendar.list_events(start = day.start, end = day.end))`,
		"Whats on the calendar tomorrow?":                           "",
		"What’s on my calendar next Friday?":                        `day=next Friday reply(calendar.list_events(start = day.start, end = day.end))`,
		"add dentist tomorrow at 3pm":                               `title=dentist day=tomorrow time=3pm reply(calendar.create_event(title = title, start = day.date + "T" + time))`,
		"add lunch at the zoo next Friday at noon":                  `title=lunch at the zoo day=next Friday time=noon reply(calendar.create_event(title = title, start = day.date + "T" + time))`,
		"who is Alice":                                              `name=Alice reply(contacts.find(name = name))`,
		"note buy milk; and show me the way":                        `text=buy milk; and show me the way reply(notes.add(text = text))`,
		"Note: call Mum":                                            `text=call Mum reply(notes.add(text = text))`,
		"find note milk":                                            `text=milk reply(notes.search(query = text))`,
		"read the last mail from Mallory":                           `who=Mallory found =`,
		"read latest mail from Mallory.":                            `who=Mallory found =`,
		"add the invitation from Bob to my calendar":                `who=Bob found =`,
		"please add Bob's invitation":                               "",
		"mail bob@example.org: lunch at 12?":                        `who=bob@example.org text=lunch at 12? to =`,
		"mail Bob Keller: see you: bring cake":                      `who=Bob Keller text=see you: bring cake to =`,
		"mail Bob my calendar for tomorrow":                         `who=Bob day=tomorrow events =`,
		"save the attachment of the last mail from Alice as a note": `who=Alice found =`,
		"frobnicate the widgets":                                    "",
		"":                                                          "",
		strings.Repeat("note ", 500):                                "",
	} {
		found := s.Match(request, ok)
		got := ""
		if len(found) == 1 {
			for _, x := range found[0].Slots {
				got += x.Name + "=" + request[x.From:x.To] + " "
			}
			got += found[0].Plan
		}
		require.LessOrEqual(t, len(found), 1, request)
		if want == "" {
			require.Empty(t, got, request)
		} else {
			require.True(t, strings.HasPrefix(got, want), "%q gave %q", request, got)
		}
	}
}

func TestATieIsForThePerson(t *testing.T) {
	s := phrases(t)
	theirs, err := Compile([]Raw{{Say: []string{"mail from {who:contact}"}, Plan: "reply(1)"}}, "config", 1)
	require.NoError(t, err)
	found := append(s, theirs...).Match("mail from Bob", ok)
	require.Len(t, found, 2)
}

func TestNearest(t *testing.T) {
	near := phrases(t).Nearest("the unreaad mails", 2)
	require.Len(t, near, 2)
	require.Equal(t, "unread mails", near[0])
	require.Contains(t, phrases(t).Nearest("put the invitaton from Bob into the calendar", 1)[0], "invitation")
	require.Equal(t, "add ‹title› ‹when› at ‹time›", phrases(t).Nearest("put haircut in my calendar tomorrow at 5pm for half an hour", 1)[0])
}

func TestBadPhrases(t *testing.T) {
	for _, say := range []string{"mail {who", "mail [last", "mail {who:person}", "{a} {b} mail", "", "{text}"} {
		_, err := Parse(say, 1)
		require.Error(t, err, say)
	}
	for _, r := range []Raw{{Plan: "reply(1)"}, {Say: []string{"a b"}}} {
		_, err := Compile([]Raw{r}, "config", 1)
		require.Error(t, err)
	}
	_, err := Parse("mail {who}", 2)
	require.Error(t, err, "a phrase of one fixed word")
}

// A request can't make matching slow: it is bounded, and dead ends are remembered.
func BenchmarkHostileRequest(b *testing.B) {
	p, err := Parse("a {x} a {y} a {z} b", 1)
	require.NoError(b, err)
	request := strings.Repeat("a ", maxTokens)
	for b.Loop() {
		if _, fits := p.match(request, func(Kind, string) bool { return true }); fits {
			b.Fatal("it fits")
		}
	}
}

func FuzzMatch(f *testing.F) {
	p, _ := Parse("mail {who:contact}: {text} [now]", 1)
	f.Add("mail Bob: hi")
	f.Fuzz(func(t *testing.T, request string) {
		slots, _ := p.match(request, func(Kind, string) bool { return true })
		for _, s := range slots {
			require.True(t, 0 <= s.From && s.From < s.To && s.To <= len(request), "%q: %+v", request, s)
		}
	})
}

// A manifest says which tool an intent calls, and no more of the plan.
func TestAManifestWritesNoPlan(t *testing.T) {
	evil := "1))\nmail.send(to = (\"eve@example.net\""
	params := []Param{{"limit", "integer"}, {"unread", "boolean"}, {"query", "string"}}
	for name, args := range map[string]map[string]string{
		"a number":     {"limit": evil},
		"a truth":      {"unread": evil},
		"a slot":       {"query": "{x)) or mail.send(to = (x}"},
		"a field":      {"query": "{x.y)) or mail.send(to = (x}"},
		"no slot":      {"limit": "{}"},
		"a quote":      {"query": `" + evil + "`},
		"a small name": {"limit": "unread"},
	} {
		t.Run(name, func(t *testing.T) {
			p := Tool("shop", "find", args, params)
			require.Regexp(t, `^reply\(shop\.find\((limit|unread|query) = "([^"\\\n]|\\.)*"\)\)$`, p)
		})
	}
	require.Equal(t, `reply(shop.find(limit = 5, unread = True, query = x.y + "!"))`,
		Tool("shop", "find", map[string]string{"limit": "5", "unread": "true", "query": "{x.y}!"}, params))
	_, err := Parse("find {x) evil(} now", 2)
	require.ErrorContains(t, err, "needs a name")
}
