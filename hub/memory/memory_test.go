package memory

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/mediator/label"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// labels are some that values can have.
var labels = rapid.Custom(func(t *rapid.T) label.Label {
	if rapid.IntRange(0, 9).Draw(t, "unset") == 0 {
		return label.Label{}
	}
	return label.Of(rapid.SliceOfN(rapid.SampledFrom([]label.Source{"mail", "notes", "web/a.org", "paste"}), 0, 3).Draw(t, "sources")...)
})

func values(depth int) *rapid.Generator[label.Value] {
	return rapid.Custom(func(t *rapid.T) label.Value {
		l := labels.Draw(t, "own")
		var v label.Value
		kinds := 6
		if depth > 0 {
			kinds = 8
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			v = label.NullOf(l)
		case 1:
			v = label.BoolOf(rapid.Bool().Draw(t, "b"), l)
		case 2:
			v = label.IntOf(rapid.Int64().Draw(t, "i"), l)
		case 3:
			v = label.FloatOf(rapid.Float64().Draw(t, "f"), l)
		case 4:
			v = label.TextOf(rapid.String().Draw(t, "t"), l)
		case 5:
			v = label.Spans(l, label.Span{Text: rapid.String().Draw(t, "a"), Label: labels.Draw(t, "la")},
				label.Span{Text: rapid.String().Draw(t, "b"), Label: labels.Draw(t, "lb")})
		case 6:
			v = label.ListOf(rapid.SliceOfN(values(depth-1), 0, 3).Draw(t, "items"), l)
		case 7:
			var fields []label.Field
			for i, x := range rapid.SliceOfN(values(depth-1), 0, 3).Draw(t, "fields") {
				fields = append(fields, label.Field{Name: fmt.Sprintf("%s%d", rapid.StringN(0, 2, -1).Draw(t, "name"), i), Value: x})
			}
			v = label.ObjectOf(fields, l)
		}
		if rapid.Bool().Draw(t, "made") {
			v = v.Made(label.Origin{How: label.Result, App: "mail", Tool: "search", Path: "id", Call: 3, Minted: rapid.Bool().Draw(t, "minted")})
		}
		return v
	})
}

// dump spells all that is in a value.
func dump(v label.Value) string {
	s := fmt.Sprintf("%s own=%v %+v ", v.Kind(), v.Own().Sources(), v.Origin())
	switch v.Kind() {
	case label.Text:
		for _, p := range v.TextSpans() {
			s += fmt.Sprintf("[%q %v]", p.Text, p.Label.Sources())
		}
	case label.List:
		for _, x := range v.Items() {
			s += "{" + dump(x) + "}"
		}
	case label.Object:
		for _, f := range v.Fields() {
			s += fmt.Sprintf("%q={%s}", f.Name, dump(f.Value))
		}
	case label.Float:
		s += fmt.Sprint(v.Float64())
	default:
		b, _ := v.JSON()
		s += string(b)
	}
	return s
}

func same(l label.Label) label.Label { return l }

func TestAValueComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := values(3).Draw(rt, "v")
		raw, err := encode(v)
		require.NoError(rt, err)
		back, err := decode(raw, same)
		require.NoError(rt, err)
		require.Equal(rt, dump(v), dump(back))
	})
}

// A value whose label can't be read is of unknown source, and what endorses in its own turn
// alone is gone.
func TestWhatCannotBeReadIsUnknown(t *testing.T) {
	for raw, want := range map[string]string{
		`{"from":[["mail"]],"v":{"l":1,"t":"x"}}`:                                "mail",
		`{"from":[["mail"]],"v":{"t":"x"}}`:                                      "unknown",
		`{"from":[["mail"]],"v":{"l":0,"t":"x"}}`:                                "unknown",
		`{"from":[["mail"]],"v":{"l":2,"t":"x"}}`:                                "unknown",
		`{"from":[["mail"]],"v":{"l":-1,"t":"x"}}`:                               "unknown",
		`{"from":[null],"v":{"l":1,"t":"x"}}`:                                    "unknown",
		`{"from":["mail"],"v":{"l":1,"t":"x"}}`:                                  "unknown",
		`{"from":[[1]],"v":{"l":1,"t":"x"}}`:                                     "unknown",
		`{"from":[[],["mail"]],"v":{"l":1,"s":[{"t":"x","l":2},{"t":"y"}]}}`:     "mail, unknown",
		`{"from":[[]],"how":[{"how":"answer","call":1}],"v":{"l":1,"o":1}}`:      "",
		`{"from":[[]],"v":{"l":1,"a":[{"i":1}]}}`:                                "unknown",
		`{"from":[[]],"v":{"l":1,"t":"x","i":1}}`:                                "error",
		`{"from":[[]],"v":{"l":1,"m":[{"n":"a","l":1},{"n":"a","l":1}]}}`:        "error",
		`{"from":[[]],"v":null}`:                                                 "error",
		`{"from":[[]],"v":` + strings.Repeat(`{"l":1,"a":[`, 70) + `1` + `]}}`:   "error",
		`{"from":[[]],"v":{"l":1,"a":[null]}}`:                                   "error",
		`{"from":[[]],"how":[{"how":"","minted":true}],"v":{"l":1,"o":1,"i":1}}`: "",
	} {
		v, err := decode([]byte(raw), same)
		if want == "error" {
			require.Error(t, err, raw)
			continue
		}
		require.NoError(t, err, raw)
		require.Equal(t, want, v.All().String(), raw)
		require.Zero(t, v.Origin(), raw)
	}
}

func state(calls int, vars ...Var) State {
	return State{Vars: vars, None: label.Person(), Revealed: label.Person(), Shaped: label.Person(), Calls: calls}
}

func variableOf(name, text string, from ...label.Source) Var {
	return Var{Name: name, Value: label.TextOf(text, label.Of(from...)), Set: true, Taint: label.Person()}
}

func turnOf(n int, words string) Turn {
	return Turn{N: n, Began: noon.Add(time.Duration(n) * time.Minute), Words: []label.Span{{Text: words, Label: label.Person()}}}
}

// play writes a short session and returns its file.
func play(t testing.TB, s Store, id string) string {
	ses, err := s.New(id)
	require.NoError(t, err)
	first := turnOf(1, "what is new")
	require.NoError(t, ses.Begin(first))
	first.By, first.Plan, first.Took = "intent", "reply(mail.search())", 40*time.Millisecond
	first.Blocks = []label.Value{label.TextOf("An Offer", label.Of("mail"))}
	first.Calls = []Call{{N: 1, App: "mail", Tool: "search", Allow: true, By: "default", Args: []Arg{{"query", label.TextOf("x", label.Person())}}}}
	first.Past = []Past{{Words: "what is new", Plan: "reply(mail.search())"}}
	_, err = ses.Add(first, state(1, variableOf("trip", "AB1", "mail"), variableOf("mine", "x")))
	require.NoError(t, err)
	second := turnOf(2, "and then")
	require.NoError(t, ses.Begin(second))
	_, err = ses.Add(second, State{Vars: []Var{variableOf("mine", "x"), variableOf("trip", "AB1", "mail"), {Name: "none", Taint: label.Of("notes")}},
		None: label.Of("web/a.org"), Revealed: label.Of("notes"), Shaped: label.Of("shop"), Calls: 2})
	require.NoError(t, err)
	require.NoError(t, ses.Close())
	return s.path(id + ending)
}

func described(r Resumed) []string {
	var all []string
	for _, v := range r.State.Vars {
		if v.Set {
			all = append(all, fmt.Sprintf("%s=%s %s", v.Name, v.Value.Str(), v.Value.All().Join(v.Taint)))
		} else {
			all = append(all, fmt.Sprintf("%s=- %s", v.Name, v.Taint))
		}
	}
	return append(all, "none "+r.State.None.String(), "revealed "+r.State.Revealed.String(), "shaped "+r.State.Shaped.String())
}

func TestASessionIsGoneOnWith(t *testing.T) {
	s := In(t.TempDir())
	play(t, s, "5f0cabcd")
	ses, r, err := s.Resume("5f0cabcd", noon)
	require.NoError(t, err)
	require.Empty(t, r.News)
	require.Equal(t, 2, r.Turn)
	require.Equal(t, 2, r.State.Calls)
	require.Equal(t, []string{"mine=x ", "trip=AB1 mail", "none=- notes", "none web/a.org", "revealed notes", "shaped shop"}, described(r))
	require.Len(t, r.Earlier, 2)
	require.Equal(t, "what is new", r.Earlier[0].Words[0].Text)
	require.Equal(t, "An Offer", r.Earlier[0].Blocks[0].Str())
	require.Equal(t, "mail", r.Earlier[0].Blocks[0].All().String())
	require.Equal(t, "query", r.Earlier[0].Calls[0].Args[0].Name)
	require.Equal(t, []Past{{"what is new", "reply(mail.search())"}}, r.Earlier[0].Past)
	require.True(t, noon.Add(time.Minute).Equal(r.Earlier[0].Began))

	_, _, err = s.Resume("5f0cabcd", noon)
	require.ErrorIs(t, err, ErrOpen)
	require.ErrorIs(t, s.Delete("5f0cabcd"), ErrOpen)
	require.NoError(t, ses.Begin(turnOf(3, "third")))
	_, err = ses.Add(turnOf(3, "third"), state(5, r.State.Vars[1]))
	require.NoError(t, err)
	text, err := os.ReadFile(s.path("5f0cabcd" + ending))
	require.NoError(t, err)
	require.Equal(t, 1, bytes.Count(text, []byte(`"AB1"`)), "what did not change was written again")
	require.NoError(t, ses.Close())
	_, r, err = s.Resume("5f0cabcd", noon)
	require.NoError(t, err)
	require.Equal(t, []string{"trip=AB1 mail", "none ", "revealed ", "shaped "}, described(r))
	require.Equal(t, 3, r.Turn)
}

func TestFilesAreThePersonsAlone(t *testing.T) {
	s := In(t.TempDir())
	path := play(t, s, "5f0cabcd")
	for p, mode := range map[string]os.FileMode{s.dir: 0o700, path: 0o600} {
		info, err := os.Stat(p)
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm())
	}
	require.NoError(t, os.Chmod(path, 0o620))
	_, _, err := s.Resume("5f0cabcd", noon)
	require.ErrorContains(t, err, "can be written by others: look at what is in it, then chmod 600 "+path)
	require.ErrorContains(t, s.Delete("5f0cabcd"), "can be written by others")
	require.NoError(t, os.Chmod(path, 0o600))
	require.NoError(t, os.Chmod(s.dir, 0o770))
	_, err = s.New("5f0cabce")
	require.ErrorContains(t, err, "chmod 700 "+s.dir)
	_, _, err = s.Resume("5f0cabcd", noon)
	require.ErrorContains(t, err, "chmod 700 "+s.dir)
	require.NoError(t, os.Chmod(s.dir, 0o700))
	far := filepath.Join(t.TempDir(), "far")
	require.NoError(t, os.Rename(path, far))
	require.NoError(t, os.Symlink(far, path))
	_, _, err = s.Resume("5f0cabcd", noon)
	require.Error(t, err, "a link may lead anywhere")
}

// However the end is torn, the session is mended, and no variable comes back with fewer
// sources than it had.
func TestATornSessionIsMendedAndSaid(t *testing.T) {
	s := In(t.TempDir())
	path := play(t, s, "5f0cabcd")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	head := bytes.IndexByte(whole, '\n') + 1
	for cut := head; cut < len(whole); cut++ {
		if near := whole[cut-1] == '\n' || whole[cut] == '\n' || cut+1 < len(whole) && whole[cut+1] == '\n'; !near && cut%11 > 0 {
			continue // each mending waits for the disk
		}
		require.NoError(t, os.WriteFile(path, whole[:cut], 0o600))
		ses, r, err := s.Resume("5f0cabcd", noon)
		require.NoError(t, err, cut)
		torn := cut - 1 - bytes.LastIndexByte(whole[:cut], '\n')
		said := strings.Join(r.News, "\n")
		if torn > 0 {
			require.Contains(t, said, fmt.Sprintf("session 5f0cabcd was mended: its last %d bytes", torn))
		}
		atEnd := bytes.HasSuffix(whole[:cut], []byte("\n")) && !strings.Contains(said, "did not come to its end")
		for _, v := range r.State.Vars {
			all := v.Value.All().Join(v.Taint)
			if v.Name == "trip" {
				require.True(t, all.Has("mail"), cut)
			}
			require.Equal(t, !atEnd, all.Has(label.Unknown), "%d: %s %v", cut, v.Name, r.News)
		}
		require.NoError(t, ses.Close())

		// Mended is mended: the labels stay as strict, and nothing more is said.
		ses, again, err := s.Resume("5f0cabcd", noon)
		require.NoError(t, err)
		require.Empty(t, again.News, cut)
		require.Equal(t, described(r), described(again), cut)
		require.Equal(t, r.Turn, again.Turn)
		require.NoError(t, ses.Close())
	}
}

// No edit of one byte makes a variable laxer.
func TestAnEditedSessionLosesNoSource(t *testing.T) {
	s := In(t.TempDir())
	path := play(t, s, "5f0cabcd")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	refused := 0
	for at := 0; at < len(whole); at += 11 { // each mending waits for the disk
		for _, to := range []byte{' ', '0', '\n', '"'} {
			if whole[at] == to {
				continue
			}
			text := bytes.Clone(whole)
			text[at] = to
			require.NoError(t, os.WriteFile(path, text, 0o600))
			ses, r, err := s.Resume("5f0cabcd", noon)
			if err != nil {
				require.ErrorIs(t, err, ErrDamaged)
				refused++
				continue
			}
			for _, v := range r.State.Vars {
				all := v.Value.All().Join(v.Taint)
				require.True(t, all.Has(label.Unknown) || v.Name == "mine" || v.Name == "trip" && all.Has("mail") || all.Has("notes"), "byte %d to %q: %v", at, to, described(r))
			}
			require.True(t, r.State.Revealed.Has("notes") || len(r.News) > 0)
			require.NoError(t, ses.Close())
		}
	}
	require.Positive(t, refused)
}

func TestWhatARemovedAppGaveIsUnknown(t *testing.T) {
	s := In(t.TempDir())
	path := play(t, s, "5f0cabcd")
	require.NoError(t, s.Retire("mail", noon))
	ses, r, err := s.Resume("5f0cabcd", noon)
	require.NoError(t, err)
	require.Equal(t, "trip=AB1 unknown", described(r)[1])
	require.Equal(t, "unknown", r.Earlier[0].Blocks[0].All().String())
	_, err = ses.Add(turnOf(3, "x"), r.State)
	require.NoError(t, err)
	require.NoError(t, ses.Close())

	ses, r, err = s.Resume("5f0cabcd", noon)
	require.NoError(t, err)
	require.Equal(t, "trip=AB1 unknown", described(r)[1], "a turn made it known again")
	_, err = ses.Add(turnOf(4, "x"), state(3, variableOf("new", "y", "mail")))
	require.NoError(t, err)
	require.NoError(t, ses.Close())
	_, r, err = s.Resume("5f0cabcd", noon)
	require.NoError(t, err)
	require.Equal(t, "new=y mail", described(r)[0], "an app of that name that was added later")

	require.NoError(t, os.Remove(s.path(removedName)))
	require.NoError(t, os.Remove(path))
	play(t, s, "5f0cabcd")
	require.NoError(t, s.Retire("weather", noon))
	f, err := os.OpenFile(s.path(removedName), os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"app":"no`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, s.Retire("tides", noon))
	gone, err := s.removed()
	require.NoError(t, err)
	require.Equal(t, removed{"weather", "", "tides"}, gone)
	_, r, err = s.Resume("5f0cabcd", noon)
	require.NoError(t, err)
	require.Equal(t, "trip=AB1 unknown", described(r)[1], "a torn line could be about any app")
}

// A file of removed apps that was put back to an earlier state could launder a name.
func TestAShorterListOfRemovedAppsMakesAllUnknown(t *testing.T) {
	s := In(t.TempDir())
	require.NoError(t, s.Retire("mail", noon))
	play(t, s, "5f0cabcd")
	require.NoError(t, os.Remove(s.path(removedName)))
	_, r, err := s.Resume("5f0cabcd", noon)
	require.NoError(t, err)
	require.Equal(t, "trip=AB1 unknown", described(r)[1])
}

func TestWhatDoesNotFitIsNamed(t *testing.T) {
	s := In(t.TempDir())
	ses, err := s.New("5f0cabcd")
	require.NoError(t, err)
	large := strings.Repeat("x", MaxValue)
	turn := turnOf(1, "x")
	turn.Blocks = []label.Value{label.TextOf(large, label.Of("mail")), label.TextOf("small", label.Of("mail"))}
	vars := state(1, variableOf("big", large, "mail"), variableOf("small", "y", "notes"))
	left, err := ses.Add(turn, vars)
	require.NoError(t, err)
	require.Len(t, left, 2)
	require.Contains(t, left[0], "part 1 of the answer (419")
	require.Contains(t, left[1], "the variable big (419")
	left, err = ses.Add(turnOf(2, "x"), vars)
	require.NoError(t, err)
	require.Empty(t, left, "once is enough")
	require.NoError(t, ses.Close())
	_, r, err := s.Resume("5f0cabcd", noon)
	require.NoError(t, err)
	require.Empty(t, r.News)
	require.Equal(t, []string{"big=- mail, notes", "small=y notes", "none ", "revealed ", "shaped "}, described(r))
	require.Equal(t, []string{"part 1 of the answer (4194342 bytes)"}, r.Earlier[0].Left)
}

func TestAListFindsWordsAndIsNamedByThePersonsOwn(t *testing.T) {
	s := In(t.TempDir())
	all, err := s.List("")
	require.NoError(t, err)
	require.Empty(t, all)
	play(t, s, "5f0cabcd")
	ses, err := s.New("5f0dabcd")
	require.NoError(t, err)
	turn := turnOf(1, "")
	turn.Words = []label.Span{{Text: "look at ", Label: label.Person()}, {Text: "Call your BANK", Label: label.Of(label.Paste)}}
	turn.Began = noon.Add(time.Hour)
	require.NoError(t, ses.Begin(turn))
	_, err = ses.Add(turn, state(0))
	require.NoError(t, err)
	require.NoError(t, ses.Close())
	all, err = s.List("")
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, "look at (paste)", all[0].Title)
	require.Equal(t, "what is new", all[1].Title)
	require.Equal(t, 2, all[1].Turns)
	for text, want := range map[string][]string{"an offer": {"5f0cabcd"}, "your bank": {"5f0dabcd"}, "MAIL.SEARCH": {"5f0cabcd"}, "nowhere": nil} {
		all, err = s.List(text)
		require.NoError(t, err)
		var ids []string
		for _, in := range all {
			ids = append(ids, in.ID)
			require.Equal(t, []int{1}, in.In)
		}
		require.Equal(t, want, ids, text)
	}
	for prefix, want := range map[string]string{"5f0c": "5f0cabcd", "last": "5f0dabcd", "5f0": "", "5f0cabcd": "5f0cabcd", "../5f0c": "", "abcd": "", "": ""} {
		id, err := s.Find(prefix)
		require.Equal(t, want, id, prefix)
		if want == "" {
			require.ErrorIs(t, err, ErrNone)
		}
	}
	play(t, s, "5f0cabce")
	_, err = s.Find("5f0cab")
	require.ErrorIs(t, err, ErrMany)
	require.NoError(t, s.Delete("5f0cabcd"))
	require.ErrorIs(t, s.Delete("5f0cabcd"), ErrNone)
	_, err = s.Find("5f0cabcd")
	require.ErrorIs(t, err, ErrNone)
}

func TestOneDamagedLineCostsOnlyItself(t *testing.T) {
	s := In(t.TempDir())
	path := play(t, s, "5f0cabcd")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	text := bytes.Replace(whole, []byte("An Offer"), []byte("An Ofter"), 1)
	require.NoError(t, os.WriteFile(path, text, 0o600))
	var turns []Turn
	problems, err := s.Each("5f0cabcd", func(t Turn) bool { turns = append(turns, t); return true })
	require.NoError(t, err)
	require.Len(t, problems, 1)
	require.Len(t, turns, 2)
	require.False(t, turns[0].Ended, "its second line is the edited one")
	require.True(t, turns[1].Ended)
	_, r, err := s.Resume("5f0cabcd", noon)
	require.NoError(t, err)
	require.Contains(t, strings.Join(r.News, "\n"), "these variables of session 5f0cabcd can't be read any more: mine, trip")
	require.Equal(t, "mine=- unknown", described(r)[0])
}
