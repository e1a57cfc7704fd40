package memory

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

// long writes a session of n turns, as a year of use could leave one: a list of mails in
// each tenth answer, 20 variables that are set now and then.
func long(t testing.TB, s Store, id string, n int) {
	ses, err := s.New(id)
	require.NoError(t, err)
	ses.sync = func(*os.File) error { return nil } // a disk takes its time 10,000 times over
	var mails []label.Value
	for i := range 20 {
		mails = append(mails, label.ObjectOf([]label.Field{
			{Name: "id", Value: label.TextOf(fmt.Sprintf("m%d", i), label.Of("mail"))},
			{Name: "subject", Value: label.TextOf("About the workshop, once more", label.Of("mail"))},
			{Name: "from", Value: label.TextOf("bob@example.org", label.Of("mail"))},
		}, label.Of("mail")))
	}
	list := label.ListOf(mails, label.Of("mail"))
	st := state(0)
	for i := 1; i <= n; i++ {
		turn := turnOf(i, "what is new from Bob, and when do we meet?")
		require.NoError(t, ses.Begin(turn))
		turn.By, turn.Plan = "model", "ms = mail.search(sender = \"Bob\")\nreply(ms)\n"
		turn.Past = []Past{{turn.Words[0].Text, turn.Plan}}
		turn.Calls = []Call{{N: i, App: "mail", Tool: "search", Allow: true, By: "default", Args: []Arg{{"sender", label.TextOf("Bob", label.Person())}}}}
		turn.Blocks = []label.Value{label.TextOf("nothing new", label.Of("mail"))}
		if i%10 == 0 {
			turn.Blocks = []label.Value{list}
		}
		v := Var{Name: fmt.Sprintf("v%d", i%20), Value: list, Set: true, Taint: label.Person()}
		if len(st.Vars) < 20 {
			st.Vars = append(st.Vars, v)
		} else if i%500 == 0 { // most are as old as the session
			st.Vars[i/500%20] = v
		}
		st.Calls = i
		_, err := ses.Add(turn, st)
		require.NoError(t, err)
	}
	require.NoError(t, ses.Close())
}

// A session of 10,000 turns is open in less than 200 ms, by far: only its end is read.
func TestALongSessionOpensAtOnce(t *testing.T) {
	s := In(t.TempDir())
	long(t, s, "5f0cabcd", 10_000)
	best := time.Hour
	for range 5 {
		began := time.Now()
		ses, r, err := s.Resume("5f0cabcd", noon)
		took := time.Since(began)
		require.NoError(t, err)
		require.Equal(t, 10_000, r.Turn)
		require.Len(t, r.State.Vars, 20)
		require.Len(t, r.Earlier, maxEarlier)
		require.Empty(t, r.News)
		require.NoError(t, ses.Close())
		best = min(best, took)
	}
	require.Less(t, best, 200*time.Millisecond)
}

func BenchmarkResume(b *testing.B) {
	s := In(b.TempDir())
	long(b, s, "5f0cabcd", 10_000)
	info, err := os.Stat(s.path("5f0cabcd" + ending))
	require.NoError(b, err)
	b.ReportMetric(float64(info.Size())/1e6, "MB")
	for b.Loop() {
		ses, _, err := s.Resume("5f0cabcd", noon)
		require.NoError(b, err)
		require.NoError(b, ses.Close())
	}
}

func BenchmarkAdd(b *testing.B) {
	s := In(b.TempDir())
	long(b, s, "5f0cabcd", 100)
	ses, r, err := s.Resume("5f0cabcd", noon)
	require.NoError(b, err)
	turn := turnOf(101, "what is new")
	turn.Blocks = []label.Value{r.State.Vars[0].Value}
	for b.Loop() {
		require.NoError(b, ses.Begin(turn))
		_, err := ses.Add(turn, r.State)
		require.NoError(b, err)
	}
	require.NoError(b, ses.Close())
}

func BenchmarkSearch(b *testing.B) {
	s := In(b.TempDir())
	long(b, s, "5f0cabcd", 10_000)
	for b.Loop() {
		all, err := s.List("nobody said this")
		require.NoError(b, err)
		require.Empty(b, all)
	}
}

const writerOf = "SECGPT_TEST_WRITE_SESSION"

// TestMain lets the test be the process that is killed while it writes.
func TestMain(m *testing.M) {
	if dir := os.Getenv(writerOf); dir != "" {
		writeForEver(Store{dir})
	}
	os.Exit(m.Run())
}

// writeForEver adds turns of 10 MB.
func writeForEver(s Store) {
	ses, err := s.New("5f0cabcd")
	if err != nil {
		panic(err)
	}
	large := strings.Repeat("b", 3<<20)
	for n := 1; ; n++ {
		turn := turnOf(n, "x")
		if err := ses.Begin(turn); err != nil {
			panic(err)
		}
		turn.Blocks = []label.Value{label.TextOf(large, label.Of("mail")), label.TextOf(large, label.Of("mail"))}
		if _, err := ses.Add(turn, state(n, variableOf("trip", strconv.Itoa(n)+large, "mail"))); err != nil {
			panic(err)
		}
		fmt.Println(n)
	}
}

// A process that is killed in the middle of a line loses that turn alone, and it is said.
func TestAKilledProcessLosesNothingThatWasKept(t *testing.T) {
	torn := 0
	for range 3 {
		s := In(t.TempDir())
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), writerOf+"="+s.dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		require.True(t, lines.Scan())
		// Another process looks on, and can't write.
		_, _, err = s.Resume("5f0cabcd", noon)
		require.ErrorIs(t, err, ErrOpen)
		require.ErrorIs(t, s.Delete("5f0cabcd"), ErrOpen)
		seen := 0
		_, err = s.Each("5f0cabcd", func(Turn) bool { seen++; return false })
		require.NoError(t, err)
		require.Equal(t, 1, seen)
		size := func() int64 {
			info, err := os.Stat(s.path("5f0cabcd" + ending))
			require.NoError(t, err)
			return info.Size()
		}
		for began := size(); size() < began+64<<10; { // until the next line has begun
		}
		require.NoError(t, cmd.Process.Kill())
		kept := 1
		for lines.Scan() {
			kept, err = strconv.Atoi(lines.Text())
			require.NoError(t, err)
		}
		_ = cmd.Wait() // killed

		ses, r, err := s.Resume("5f0cabcd", noon)
		require.NoError(t, err)
		require.GreaterOrEqual(t, r.Turn, kept, "a turn that was kept is lost")
		require.Len(t, r.State.Vars, 1)
		trip := r.State.Vars[0]
		require.True(t, trip.Set)
		require.True(t, trip.Value.All().Has("mail"))
		require.Equal(t, len(r.News) > 0, trip.Value.All().Has(label.Unknown), r.News)
		if strings.Contains(strings.Join(r.News, "\n"), "an unfinished line") {
			torn++
		}
		_, err = ses.Add(turnOf(r.Turn+1, "x"), r.State)
		require.NoError(t, err)
		require.NoError(t, ses.Close())
	}
	require.Positive(t, torn, "none was killed in the middle of a line")
	t.Logf("torn in %d of 3", torn)
}
