package mail

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/apptest"
	"secgpt/mediator"
)

var update = flag.Bool("update", false, "write tools.json")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A box is a Maildir on disk and the app that serves it.
type box struct {
	t    *testing.T
	s    *builtin.Server
	last int
}

func newBox(t *testing.T) *box {
	s := builtin.New("mail")
	s.Folder, s.Data = t.TempDir(), t.TempDir()
	for _, sub := range []string{"cur", "new", "tmp"} {
		require.NoError(t, os.Mkdir(filepath.Join(s.Folder, sub), 0o700))
	}
	return &box{t: t, s: Server(s)}
}

// put delivers a message, each a minute later than the one before, and returns its
// file name. Flags of "new" leave it in new.
func (b *box) put(flags, raw string) string {
	b.t.Helper()
	b.last++
	at := time.Now().Add(-24*time.Hour + time.Duration(b.last)*time.Minute)
	name := filepath.Join("new", fmt.Sprintf("%d.M%d", at.Unix(), b.last))
	if flags != "new" {
		name = filepath.Join("cur", fmt.Sprintf("%d.M%d:2,%s", at.Unix(), b.last, flags))
	}
	path := filepath.Join(b.s.Folder, name)
	require.NoError(b.t, os.WriteFile(path, []byte(raw), 0o600))
	require.NoError(b.t, os.Chtimes(path, at, at))
	return name
}

// letter is a plain message dated as the next that put delivers.
func (b *box) letter(from, subject, body string) string {
	at := time.Now().Add(-24*time.Hour + time.Duration(b.last+1)*time.Minute)
	return fmt.Sprintf("From: %s\nTo: me@example.org\nSubject: %s\nDate: %s\n\n%s\n", from, subject, at.Format(time.RFC1123Z), body)
}

func (b *box) client() *mcp.ClientSession { return apptest.Session(b.t, b.s) }

type args = map[string]any

func search(t *testing.T, cs *mcp.ClientSession, a args) builtin.Out[[]Found] {
	t.Helper()
	return apptest.Get[[]Found](t, cs, "search", a)
}

// only searches for everything in a box that holds one mail.
func only(t *testing.T, cs *mcp.ClientSession) Found {
	t.Helper()
	out := search(t, cs, args{})
	require.Len(t, out.Result, 1, out.Problems)
	return out.Result[0]
}

func readOnly(t *testing.T, b *box) builtin.Out[Mail] {
	t.Helper()
	cs := b.client()
	return apptest.Get[Mail](t, cs, "read", args{"id": only(t, cs).ID})
}

func TestManifestFitsTheTools(t *testing.T) {
	m := apptest.Described(t, Server(builtin.New("mail")), *update)
	require.Equal(t, mediator.Send, m.Tools["send"].Effect)
	require.Equal(t, mediator.Destination, m.Tools["send"].Roles["to"])
	require.Equal(t, "ro", m.Grants.Files[0].Mode)
}

func TestSearchFilters(t *testing.T) {
	b := newBox(t)
	b.put("S", b.letter("Bob Keller <bob@example.org>", "Kickoff", "bring a chair"))
	b.put("", b.letter("Sally Bobson <sally@example.net>", "Lunch", "soup and a chair"))
	b.put("new", b.letter("=?utf-8?q?J=C3=B6rg?= <j@example.com>", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "hallo"))
	b.put("FS", b.letter("bob@example.org", "No name", "x"))
	cs := b.client()
	soon := time.Now().Add(-24*time.Hour + 150*time.Second).Format(time.RFC3339)
	for _, c := range []struct {
		name string
		in   args
		want []string
	}{
		{"all, newest first", args{}, []string{"No name", "Grüße", "Lunch", "Kickoff"}},
		{"unread", args{"unread": true}, []string{"Grüße", "Lunch"}},
		{"sender by name", args{"sender": "bob"}, []string{"No name", "Lunch", "Kickoff"}},
		{"sender by both names", args{"sender": "Keller bob"}, []string{"Kickoff"}},
		{"sender by a word's start only", args{"sender": "ally"}, []string{}},
		{"sender by address", args{"sender": "BOB@example.org"}, []string{"No name", "Kickoff"}},
		{"sender by name and address", args{"sender": "Anybody <bob@example.org>"}, []string{"No name", "Kickoff"}},
		{"sender by domain", args{"sender": "@example.net"}, []string{"Lunch"}},
		{"sender by part of an address", args{"sender": "ob@example.org"}, []string{}},
		{"sender decoded", args{"sender": "jörg"}, []string{"Grüße"}},
		{"sender in another normal form", args{"sender": "jo\u0308rg"}, []string{"Grüße"}},
		{"sender without the accent", args{"sender": "Jorg"}, []string{"Grüße"}},
		{"an address with an accent is another", args{"sender": "bób@example.org"}, []string{}},
		{"query without accents", args{"query": "grusse"}, []string{"Grüße"}},
		{"query in the text", args{"query": "CHAIR"}, []string{"Lunch", "Kickoff"}},
		{"query over several fields", args{"query": "chair kickoff"}, []string{"Kickoff"}},
		{"query with no match", args{"query": "piano"}, []string{}},
		{"since", args{"since": soon}, []string{"No name", "Grüße"}},
		{"limit", args{"limit": 1}, []string{"No name"}},
		{"nulls of a plan", args{"query": nil, "limit": nil, "sender": "j@example.com"}, []string{"Grüße"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := []string{}
			out := search(t, cs, c.in)
			for _, m := range out.Result {
				got = append(got, m.Subject)
			}
			require.Equal(t, c.want, got)
			require.Empty(t, out.Problems)
		})
	}
}

func TestSearchRefusesBadArguments(t *testing.T) {
	b := newBox(t)
	cs := b.client()
	for in, want := range map[string]string{
		`{"since":"soonish"}`: `since is "soonish", which is no date: write 2006-01-02`,
		`{"limit":-1}`:        "limit is -1",
		`{"limit":"many"}`:    "mail.search: limit must be a whole number",
	} {
		got, failed := apptest.Call(t, cs, "search", in)
		require.True(t, failed, in)
		require.Contains(t, got, want)
	}
	require.Contains(t, search(t, cs, args{"limit": 1000}).Problems[0], "200 mails at most")
}

func TestSearchDescribes(t *testing.T) {
	b := newBox(t)
	b.put("new", b.letter(`"Bob <boss@example.org>" <mallory@example.net>`, "Hi", "> quoted\n\nFirst line\nsecond line "+strings.Repeat("long ", 100)))
	got := only(t, b.client())
	require.Equal(t, `"Bob <boss@example.org>" <mallory@example.net>`, got.From, "a name that poses as an address stays quoted")
	require.Equal(t, "me@example.org", got.To)
	require.True(t, got.Unread)
	require.True(t, strings.HasPrefix(got.Snippet, "First line second line long"), got.Snippet)
	require.LessOrEqual(t, len(got.Snippet), maxSnippet+len("…"))
	require.Regexp(t, `^m[0-9a-f]{16}$`, got.ID)
	_, err := time.Parse(time.RFC3339, got.Date)
	require.NoError(t, err)
}

// An id must survive what mail programs do to a file: moving it and flagging it.
func TestIDStaysWhenAMailIsRead(t *testing.T) {
	b := newBox(t)
	name := b.put("new", b.letter("a@example.org", "Hi", "x"))
	cs := b.client()
	id := only(t, cs).ID
	flagged := filepath.Join(b.s.Folder, name+":2,S") // in new it is unread all the same
	require.NoError(t, os.Rename(filepath.Join(b.s.Folder, name), flagged))
	require.True(t, only(t, cs).Unread)
	moved := filepath.Join(b.s.Folder, "cur", filepath.Base(name)+":2,S")
	require.NoError(t, os.Rename(flagged, moved))
	require.Equal(t, id, only(t, cs).ID)
	require.False(t, only(t, cs).Unread)
}

func TestFoldersAndSkippedFolders(t *testing.T) {
	s := builtin.New("mail")
	s.Folder = t.TempDir()
	for _, dir := range []string{"account/INBOX", "account/INBOX/Bills", ".Sent", "account/Trash", ".Spam"} {
		cur := filepath.Join(s.Folder, dir, "cur")
		require.NoError(t, os.MkdirAll(cur, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(cur, "1.M1:2,S"), []byte("From: a@example.org\nSubject: "+dir+"\n\nx\n"), 0o600))
	}
	out := search(t, apptest.Session(t, Server(s)), args{})
	var got []string
	for _, m := range out.Result {
		got = append(got, m.Subject)
	}
	require.ElementsMatch(t, []string{"account/INBOX", "account/INBOX/Bills", ".Sent"}, got)
	require.Len(t, out.Result, 3)
	require.NotEqual(t, out.Result[0].ID, out.Result[1].ID)
}

func TestNoMaildir(t *testing.T) {
	s := builtin.New("mail")
	s.Folder = t.TempDir()
	got, failed := apptest.Call(t, apptest.Session(t, Server(s)), "search", `{}`)
	require.True(t, failed)
	require.Equal(t, "there is no Maildir in the mail folder: it needs the folders cur, new and tmp", got)
}

func TestUnreadableFolderIsNamed(t *testing.T) {
	b := newBox(t)
	b.put("S", b.letter("a@example.org", "good", "x"))
	odd := filepath.Join(b.s.Folder, "Odd")
	require.NoError(t, os.MkdirAll(filepath.Join(odd, "new"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(odd, "cur"), nil, 0o600))
	out := search(t, b.client(), args{})
	require.Len(t, out.Result, 1)
	require.Equal(t, []string{"the mail folder Odd/cur could not be read: not a directory"}, out.Problems)
}
