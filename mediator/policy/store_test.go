package policy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("POLICY_TEST_ADD"); path != "" {
		for i := range 20 {
			s, err := Open(path)
			if err == nil {
				r, _ := Parse(fmt.Sprintf("allow mail -> notes.add(n=%d, pid=%d)", i, os.Getpid()))
				_, err = s.Add(r)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
		return
	}
	os.Exit(m.Run())
}

// inFile returns a policy.toml with this text in a private folder.
func inFile(t *testing.T, text string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "policy.toml")
	if text != "" {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return path
}

func list(t *testing.T, s *Store) []string {
	t.Helper()
	set, err := s.Rules()
	require.NoError(t, err)
	out := []string{}
	for _, r := range set {
		out = append(out, fmt.Sprintf("%d %s", r.Number, r))
	}
	return out
}

func add(t *testing.T, s *Store, text string) int {
	t.Helper()
	r, err := Parse(text)
	require.NoError(t, err)
	n, err := s.Add(r)
	require.NoError(t, err)
	return n
}

func TestAddAndRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "config", "policy.toml")
	s, err := Open(path)
	require.NoError(t, err)
	require.Empty(t, list(t, s))
	require.NoDirExists(t, filepath.Dir(path), "opening makes nothing")

	require.Equal(t, 1, add(t, s, "allow mail -> notes.add"))
	require.Equal(t, 2, add(t, s, `allow person -> mail.send(to="o'neil@example.org")`))
	require.Equal(t, 3, add(t, s, `deny any -> mail.send(to="\\")`))
	require.Equal(t, 1, add(t, s, "allow mail->notes.add"), "a rule is kept once")
	require.NoError(t, s.Remove(2))
	require.NoError(t, s.Remove(3))
	require.ErrorIs(t, s.Remove(3), ErrNoRule)
	require.Equal(t, 4, add(t, s, "deny web -> mail"), "a number is never used again")

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	other, err := Open(path)
	require.NoError(t, err)
	require.Equal(t, []string{"1 allow mail -> notes.add", "4 deny web -> mail"}, list(t, other))

	require.NoError(t, os.Remove(path))
	require.Empty(t, list(t, s))
	require.Equal(t, 5, add(t, s, "deny web -> mail"), "nor after the file was removed by hand")
}

func TestAddKeepsWhoAndWhen(t *testing.T) {
	path := inFile(t, "")
	s, err := Open(path)
	require.NoError(t, err)
	r, err := Parse("allow mail -> notes.add until 2027-01-01")
	require.NoError(t, err)
	r.Made, r.By = today, Answer
	_, err = s.Add(r)
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, `# The number that the next rule gets. Numbers are never used again.
next = 2

[[rules]]
number = 1
rule = "allow mail -> notes.add until 2027-01-01"
made = "2026-11-23"
by = "answer"
`, string(text))
	set, err := s.Rules()
	require.NoError(t, err)
	require.Equal(t, date("2026-11-23"), set[0].Made)
	require.Equal(t, Answer, set[0].By)

	r.Tool, r.By = "delete", "nobody"
	_, err = s.Add(r)
	require.ErrorContains(t, err, "can't hold that")
	_, err = s.Add(Rule{})
	require.ErrorContains(t, err, "it has no spelling")
	require.Len(t, list(t, s), 1)
}

func TestAPersonsCommentsStay(t *testing.T) {
	path := inFile(t, `# mine
next = 9 # counted by secgpt

# for work
[[rules]]
rule = 'allow mail -> calendar'
number = 2

# for home
[[ rules ]] # twice a week
number = 5
rule = "deny web -> mail"
`)
	s, err := Open(path)
	require.NoError(t, err)
	require.Equal(t, 9, add(t, s, "allow mail -> notes"))
	require.NoError(t, s.Remove(2))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, `# mine
next = 10

# for work
# for home
[[ rules ]] # twice a week
number = 5
rule = "deny web -> mail"

[[rules]]
number = 9
rule = "allow mail -> notes"
`, string(text))
}

func TestAnUnusualSpellingIsWrittenAnew(t *testing.T) {
	path := inFile(t, "next = 3\nrules = [{number = 2, rule = \"\"\"deny web -> mail\"\"\"}]\n")
	s, err := Open(path)
	require.NoError(t, err)
	require.Equal(t, 3, add(t, s, "allow mail -> notes"))
	require.Equal(t, []string{"2 deny web -> mail", "3 allow mail -> notes"}, list(t, s))
}

func TestAnEditCountsAtOnceAndABrokenOneAllowsNothing(t *testing.T) {
	path := inFile(t, "[[rules]]\nnumber = 1\nrule = \"allow mail -> notes\"\n")
	s, err := Open(path)
	require.NoError(t, err)
	require.Len(t, list(t, s), 1)

	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write("[[rules]]\nnumber = 1\nrule = \"allow mail -> nptes\"\n") // same length
	require.Equal(t, []string{"1 allow mail -> nptes"}, list(t, s))

	write("[[rules]]\nnumber = 1\nrule = \"allow mail > notes\"\n")
	set, err := s.Rules()
	require.Empty(t, set)
	require.ErrorContains(t, err, "policy.toml:3: rule `allow mail > notes`: character 12: expected a comma or `->`")
	r, _ := Parse("allow mail -> notes")
	_, err = s.Add(r)
	require.Error(t, err, "a broken file is not written over")
	require.Error(t, s.Remove(1))
	_, err = Open(path)
	require.Error(t, err)

	write("")
	require.Empty(t, list(t, s))
}

func TestABadFileIsNamedWithItsLine(t *testing.T) {
	ok := "next = 4\n\n[[rules]]\nnumber = 1\nrule = \"deny web -> mail\"\n"
	cases := []struct{ text, says string }{
		{"nxt = 4\n", `:1: unknown key "nxt": expected next or rules`},
		{"Next = 4\n", `:1: unknown key "Next"`},
		{"next = 0\n", ":1: next: expected a whole number from 1"},
		{"next = \"4\"\n", ":1: next: expected"},
		{"next = 4\nnext = 5\n", ":2: "},
		{"next = \n", ":1: "},
		{"\nrules = 4\n", ":2: rules: expected blocks"},
		{"\nrules = [4]\n", ":2: rules: expected blocks"},
		{"\n[rules]\nnumber = 1\n", "rules: expected blocks"},
		{ok + "\n[[rules]]\nnumber = 2\nrulr = \"deny web -> mail\"\n", `:9: unknown key "rulr": expected number, rule, made or by`},
		{ok + "\n[[rules]]\nnumber = 2\nRule = \"deny web -> mail\"\n", `:9: unknown key "Rule"`},
		{ok + "\n[[rules]]\nnumber = 1\nrule = \"deny web -> notes\"\n", ":8: number 1 stands twice"},
		{ok + "\n[[rules]]\nrule = \"deny web -> notes\"\n", ":7: number: expected a whole number from 1"},
		{ok + "\n[[rules]]\nnumber = 1.5\nrule = \"deny web -> notes\"\n", ":8: number: expected a whole number"},
		{ok + "\n[[rules]]\nnumber = 2\n", ":7: rule: expected a text"},
		{ok + "\n[[rules]]\nnumber = 2\nrule = 3\n", ":9: rule: expected a text"},
		{ok + "\n[[rules]]\nnumber = 2\nrule = \"deny web mail\"\n", ":9: rule `deny web mail`: character 10"},
		{ok + "made = 2026-11-23\n", `:6: made: expected a date in quotes`},
		{ok + "made = \"yesterday\"\n", `:6: made: expected a date in quotes`},
		{ok + "by = \"mail\"\n", `:6: by: expected "answer", "command" or "person"`},
		{strings.Repeat("#", maxFile+1), "larger than 4194304 bytes"},
		{"next = 4\n\x00", ":2: "},
	}
	for _, c := range cases {
		path := inFile(t, c.text)
		s, err := Open(path)
		var fe *FileError
		require.ErrorAs(t, err, &fe)
		require.Contains(t, err.Error(), path)
		require.ErrorContains(t, err, c.says)
		set, err := s.Rules()
		require.Error(t, err)
		require.Empty(t, set)
	}
}

func TestAFileThatOthersCanWriteAllowsNothing(t *testing.T) {
	path := inFile(t, "[[rules]]\nnumber = 1\nrule = \"allow mail -> notes\"\n")
	s, err := Open(path)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(path, 0o666))
	set, err := s.Rules()
	require.Empty(t, set)
	require.ErrorContains(t, err, "can be written by others: chmod 600 "+path)
}

func TestSeveralProcessesShareTheRules(t *testing.T) {
	path := inFile(t, "# mine\nnext = 1\n")
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), "POLICY_TEST_ADD="+path)
			out, err := c.CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	s, err := Open(path)
	require.NoError(t, err)
	set, err := s.Rules()
	require.NoError(t, err)
	require.Len(t, set, 60)
	numbers := []int{}
	for _, r := range set {
		numbers = append(numbers, r.Number)
	}
	slices.Sort(numbers)
	require.Equal(t, 1, numbers[0])
	require.Equal(t, 60, numbers[59])
	require.Len(t, slices.Compact(numbers), 60)
}

func TestAnyEditsSayWhatWasMeant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, c := "", content{next: 1}
		if rapid.Bool().Draw(t, "by hand") {
			text = "# mine\n\n# all\nnext = 1 # first\n"
		}
		for range rapid.IntRange(1, 8).Draw(t, "edits") {
			if len(c.rules) > 0 && rapid.IntRange(0, 2).Draw(t, "remove") == 0 {
				text, c = removed(text, c, rapid.IntRange(0, len(c.rules)-1).Draw(t, "index"))
			} else {
				r := anyRule().Draw(t, "rule")
				r.Number = c.next
				text, c = added(text, c, r)
			}
			if rapid.IntRange(0, 3).Draw(t, "comment") == 0 {
				text += "# a comment\n"
			}
			got, err := parseFile(text)
			require.NoError(t, err, text)
			require.Equal(t, c.String(), got.String())
		}
	})
}

func FuzzFile(f *testing.F) {
	f.Add("next = 4\n[[rules]]\nnumber = 3\nrule = 'allow mail -> notes'\nmade = \"2026-11-23\"\nby = \"answer\"\n")
	f.Add("rules = [{number = 1, rule = '''deny any -> mail'''}]")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseFile(text)
		if err != nil {
			return
		}
		again, err := parseFile(c.String())
		require.NoError(t, err)
		require.Equal(t, c.String(), again.String())
		if c.next == maxNumber {
			return
		}
		r, _ := Parse("deny web -> mail")
		r.Number = c.next
		out, want := added(text, c, r)
		got, err := parseFile(out)
		require.NoError(t, err)
		require.Equal(t, want.String(), got.String())
		out, want = removed(out, want, 0)
		got, err = parseFile(out)
		require.NoError(t, err)
		require.Equal(t, want.String(), got.String())
	})
}
