package plan

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWithout: a change that is left out of a plan is not made, nothing says that it
// was, and what does not need it is done.
func TestWithout(t *testing.T) {
	sent := func(s string) bool { return strings.Contains(s, "Sent") }
	for _, c := range []struct{ plan, changes, want string }{
		{"reply(\"Goethe\")\nmail.send(to = \"a\", body = \"b\")\nreply(\"Sent.\")", "mail.send", "reply(\"Goethe\")\n"},
		{"mail.send(to = \"a\", body = \"b\")\nreply(\"Goethe\")", "mail.send", "reply(\"Goethe\")\n"},
		{"x = mail.send(to = \"a\", body = \"b\")\nnotes.add(text = x.id)\nreply(\"Mail:\", x, mail.count())", "mail.send notes.add",
			"mail.count()\nreply(\"Mail:\", \"(mail.send left out)\"<mail>, 2<mail>)\n"},
		{"n = mail.count()\nnotes.add(text = \"a\")\nmail.send(to = \"a\", body = \"b\")\nreply(f\"Sent {n} mails\", n)", "notes.add mail.send",
			"mail.count()\nnotes.add(text=\"a\")\nreply(2<mail>)\n"},
		{"mail.send(to = \"a\", body = \"b\")", "mail.send", ""},
		{"if mail.count():\n  mail.send(to = \"a\", body = \"b\")\nreply(1)", "mail.send", "mail.count()\nreply(1)\n"},
		{"x = mail.ask(\"Do it\", 1, may = [notes.add, mail.send])\nreply(x)", "notes.add mail.send", "ask mail Do it notes.add(1, null)\nreply(\"answer to 1 bytes\"<mail>)\n"},
	} {
		p, err := Parse("", c.plan, tools)
		require.NoError(t, err, c.plan)
		require.Equal(t, c.changes, strings.Join(p.Changes(), " "), c.plan)
		less := p.Without([]string{"mail.send"}, sent)
		require.NotContains(t, less.Changes(), "mail.send")
		require.Contains(t, p.Changes(), "mail.send", "the plan itself stays as it was")
		h := &fake{result: mailbox}
		require.NoError(t, less.Run(context.Background(), h, &Vars{}), c.plan)
		require.Equal(t, c.want, h.lines(), c.plan)
	}
}
