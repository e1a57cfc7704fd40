package contacts

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/apptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A client talks to the app over pipes, as a spoke does.
type client struct{ *apptest.App }

// start runs the app on a folder with these files.
func start(t *testing.T, files map[string]string) *client {
	t.Helper()
	return &client{apptest.Open(t, "contacts", files, Server)}
}

// add adds a contact; failure is what the app says if it refuses.
func (c *client) add(in addIn) (out builtin.Out[Contact], failure string) {
	c.T.Helper()
	return apptest.Try[Contact](c.T, c.MCP, "add", in)
}

func (c *client) find(name string) builtin.Out[[]Contact] {
	c.T.Helper()
	return apptest.Get[[]Contact](c.T, c.MCP, "find", findIn{name})
}

func names(found []Contact) []string {
	all := []string{}
	for _, c := range found {
		all = append(all, c.Name)
	}
	return all
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

const people = `BEGIN:VCARD
VERSION:3.0
UID:chosen-by-the-sender
FN:Jürgen Müller
N:Müller;Jürgen;;Dr.;
NICKNAME:Jup
ORG:Straßenbau AG;Planning
item1.EMAIL;TYPE=INTERNET:second@example.org
item1.X-ABLabel:work
EMAIL;TYPE=INTERNET;TYPE=PREF:juergen@example.org
TEL;TYPE=CELL:+49 170 1234567
ADR;TYPE=HOME:;;Gasse 1\, Hof;Wien;;1010;Austria
BDAY:1985-04-12
NOTE:Likes tea\; no coffee.\nReally.
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQ
 AAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAg
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Bob Stone
EMAIL;PREF=2:other@example.org
EMAIL;PREF=1:bob@example.org
TEL;VALUE=uri:tel:+1-555-0100
BDAY:--0229
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Anna Bobby
BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-31
END:VCARD
BEGIN:VCARD
VERSION:3.0
N:Only;Parts;;;
BDAY:19700101T000000Z
END:VCARD
`

func TestFind(t *testing.T) {
	for _, text := range []string{people, crlf(people), "\ufeff" + people} {
		c := start(t, map[string]string{"all.vcf": text})
		got := c.find("jurgen MULLER")
		require.Empty(t, got.Problems)
		require.Len(t, got.Result, 1)
		id := got.Result[0].ID
		require.NotContains(t, id, "chosen")
		require.Equal(t, Contact{
			ID: id, Name: "Jürgen Müller",
			Emails: []string{"juergen@example.org", "second@example.org"}, Phones: []string{"+49 170 1234567"},
			Organization: "Straßenbau AG, Planning", Birthday: "1985-04-12",
			Address: "Gasse 1, Hof, Wien, 1010, Austria", Note: "Likes tea; no coffee.\nReally.",
		}, got.Result[0])
		for _, asked := range []string{"jup", "strassenbau", "juergen@example.org", "Wien", "Müll", " Jürgen Müller "} {
			require.Equal(t, id, c.find(asked).Result[0].ID, asked)
		}
		require.Equal(t, []string{"Bob Stone", "Anna Bobby"}, names(c.find("bob").Result), "a whole word comes first")
		bob := c.find("Bob Stone").Result[0]
		require.Equal(t, []string{"bob@example.org", "other@example.org"}, bob.Emails)
		require.Equal(t, []string{"+1-555-0100"}, bob.Phones)
		require.Equal(t, "--02-29", bob.Birthday)
		require.Equal(t, "--12-31", c.find("anna").Result[0].Birthday)
		parts := c.find("Parts Only").Result[0]
		require.Equal(t, []any{"Parts Only", "1970-01-01"}, []any{parts.Name, parts.Birthday})

		none := c.find("Nobody")
		require.NotNil(t, none.Result)
		require.Empty(t, none.Result)
	}
}

func TestFindForgivesAndSaysSo(t *testing.T) {
	c := start(t, map[string]string{"all.vcf": people, "more.vcf": "BEGIN:VCARD\nFN:Chidi Obi\nEND:VCARD\nBEGIN:VCARD\nFN:Emeka Okafor\nEND:VCARD\n" +
		"BEGIN:VCARD\nFN:Ngozi Okafor\nNICKNAME:Mum\nEND:VCARD\nBEGIN:VCARD\nFN:Chen Dental\nEND:VCARD\n"})
	for asked, want := range map[string][]string{
		"dr chen": {"Chen Dental"}, "Dr. Müller": {"Jürgen Müller"}, "Bob's": {"Bob Stone", "Anna Bobby"},
		"phone number of Bob Stone": {"Bob Stone"}, "mums email": {"Ngozi Okafor"}, "die Nummer von Jup": {"Jürgen Müller"},
		"Chidi's mobile": {"Chidi Obi"}, "okafor": {"Emeka Okafor", "Ngozi Okafor"}, "juergen@example.org": {"Jürgen Müller"},
		"uergen": {}, "example.com": {}, "Nobody Anywhere": {},
	} {
		got := c.find(asked)
		require.Equal(t, want, names(got.Result), asked)
		require.Empty(t, got.Problems, asked)
	}
	got := c.find("chidi okafor mobile")
	require.Equal(t, []string{"Chidi Obi"}, names(got.Result), "the rarer word")
	require.Equal(t, []string{`nothing has all of the words "chidi", "okafor"; these have the most`}, got.Problems)

	everybody := []string{"Anna Bobby", "Bob Stone", "Chen Dental", "Chidi Obi", "Emeka Okafor", "Jürgen Müller", "Ngozi Okafor", "Parts Only"}
	for _, args := range []string{`{}`, `{"name":" "}`, `{"name":null}`} {
		var out builtin.Out[[]Contact]
		text, failed := apptest.Call(t, c.MCP, "find", args)
		require.False(t, failed, text)
		require.NoError(t, json.Unmarshal([]byte(text), &out))
		require.Equal(t, everybody, names(out.Result))
	}
	got = c.find("my contacts")
	require.Equal(t, everybody, names(got.Result))
	require.Contains(t, got.Problems[0], "this is what there is")
}

// Large cards are cut from the answer, which has a size, and it is said.
func TestEverybodyFitsAnAnswer(t *testing.T) {
	var all strings.Builder
	for i := range 150 {
		fmt.Fprintf(&all, "BEGIN:VCARD\nFN:Person %d\nNOTE:%s\nEND:VCARD\n", i, strings.Repeat("<", maxNote))
	}
	got := start(t, map[string]string{"all.vcf": all.String()}).find("")
	require.Less(t, len(got.Result), maxFound)
	require.NotEmpty(t, got.Result)
	require.Contains(t, got.Problems[0], fmt.Sprintf("%d more contacts fit", 150-len(got.Result)))
}

func TestFindRefuses(t *testing.T) {
	c := start(t, nil)
	for args, want := range map[string]string{
		`{"name":"` + strings.Repeat("x", 1000) + `"}`: "too long", `{"name":1}`: "name",
	} {
		text, failed := apptest.Call(t, c.MCP, "find", args)
		require.True(t, failed)
		require.Contains(t, text, want)
	}
}

func TestDamagedCardsAreNamedAndTheRestIsServed(t *testing.T) {
	good := "BEGIN:VCARD\nVERSION:3.0\nFN:Good One\nEND:VCARD\n"
	c := start(t, map[string]string{
		"good.vcf":   good,
		"partly.vcf": "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n" + good,
		"cut.vcf":    good + "BEGIN:VCARD\nFN:Cut of",
		"junk.vcf":   "\x89PNG",
		"deep.vcf":   strings.Repeat("BEGIN:VCARD\n", 100),
		"latin.vcf":  "BEGIN:VCARD\nVERSION:3.0\nFN:Good Ren\xe9\nEND:VCARD\n",
	})
	got := c.find("good")
	require.Len(t, got.Result, 4)
	said := strings.Join(got.Problems, "\n")
	for _, want := range []string{
		"2 of 6 contact files could not be read", "deep.vcf: parts nested", "junk.vcf: there is no contact in it",
		"1 of 2 contacts in partly.vcf could not be read: number 1: it has no name",
		"1 of 2 contacts in cut.vcf could not be read: number 2: its end is missing",
	} {
		require.Contains(t, said, want)
	}
}

func TestTooManyAreCutAndSaid(t *testing.T) {
	var text strings.Builder
	for range 150 {
		text.WriteString("BEGIN:VCARD\nFN:John Doe\nNOTE:" + strings.Repeat("x", 9000) + "\nEND:VCARD\n")
	}
	got := start(t, map[string]string{"a.vcf": text.String()}).find("john")
	require.Len(t, got.Result, maxFound)
	require.Equal(t, []string{"50 more contacts fit: say more of the name"}, got.Problems)
	require.LessOrEqual(t, len(got.Result[0].Note), maxNote+3)
}

func TestAddAndUndo(t *testing.T) {
	for name, text := range map[string]string{"lf": people, "crlf": crlf(people), "no line end": strings.TrimSuffix(people, "\n")} {
		t.Run(name, func(t *testing.T) {
			c := start(t, map[string]string{"all.vcf": text})
			got, failure := c.add(addIn{Name: "Ana María López", Email: "Ana <ana@example.org>", Phone: "+34 1", Organization: "A; B, C", Birthday: "1990-05-06", Note: "two\nlines"})
			require.Empty(t, failure)
			want := got.Result
			want.Emails, want.Organization = []string{"ana@example.org"}, "A; B, C"
			require.Equal(t, want, c.find("ana maria lopez").Result[0])
			require.Equal(t, []any{"1990-05-06", "two\nlines"}, []any{want.Birthday, want.Note})
			after := c.Read("all.vcf")
			require.True(t, strings.HasPrefix(after, text))
			require.Contains(t, after, "N:López;Ana María;;;")
			require.Equal(t, name == "crlf", strings.Contains(after, "\r\n"))
			require.True(t, c.Undo(got.Undo).Done)
			require.Equal(t, strings.TrimSuffix(text, "\n")+"\n", c.Read("all.vcf"), "a line end that was missing stays")
			require.Empty(t, c.find("ana").Result)
			require.True(t, c.Undo(got.Undo).Already)
		})
	}
}

func TestAddChoosesTheFile(t *testing.T) {
	one := func(name string) string { return "BEGIN:VCARD\nVERSION:4.0\nFN:" + name + "\nEND:VCARD\n" }
	for name, c := range map[string]struct {
		files map[string]string
		want  string // the file, or the folder of a new one
	}{
		"none":    {nil, "contacts.vcf"},
		"many":    {map[string]string{"a.vcf": one("X"), "b.vcf": one("X") + one("Y")}, "b.vcf"},
		"single":  {map[string]string{"home/a.vcf": one("X"), "home/b.vcf": one("Y")}, "home"},
		"damaged": {map[string]string{"a.vcf": one("X") + one("Y") + "BEGIN:VCARD\n", "b.vcf": one("Z")}, "b.vcf"},
	} {
		t.Run(name, func(t *testing.T) {
			cl := start(t, c.files)
			got, failure := cl.add(addIn{Name: "New", Birthday: "--02-29"})
			require.Empty(t, failure)
			require.Equal(t, "--02-29", got.Result.Birthday)
			found, err := filepath.Glob(filepath.Join(cl.Folder, c.want))
			require.NoError(t, err)
			require.Len(t, found, 1)
			if name == "single" {
				all, err := os.ReadDir(found[0])
				require.NoError(t, err)
				require.Len(t, all, 3)
			}
			require.True(t, cl.Undo(got.Undo).Done)
			require.Empty(t, cl.find("new").Result)
			for file, text := range c.files {
				require.Equal(t, text, cl.Read(file))
			}
		})
	}
}

func TestAddRefusesAndCantBreakOut(t *testing.T) {
	c := start(t, nil)
	for want, in := range map[string]addIn{
		"needs a name":  {Name: " "},
		"is no address": {Name: "x", Email: "not one"},
		"is no date":    {Name: "x", Birthday: "1990-02-30"},
		"too long":      {Name: strings.Repeat("x", 1000)},
		"a note of":     {Name: "x", Note: strings.Repeat("x", 5000)},
	} {
		_, failure := c.add(in)
		require.Contains(t, failure, want)
	}
	evil := "x\r\nEND:VCARD\nBEGIN:VCARD\rFN:y\x00;"
	got, failure := c.add(addIn{Name: evil, Phone: evil, Organization: evil, Note: evil})
	require.Empty(t, failure)
	require.Equal(t, 1, strings.Count(c.Read("contacts.vcf"), "\r\nFN:")+strings.Count(c.Read("contacts.vcf"), "\nBEGIN"))
	require.Len(t, c.find("x").Result, 1)
	require.True(t, c.Undo(got.Undo).Done)
}
