package pick

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// many is how many tools are installed at most, and few how many of them a prompt takes.
const many, few = 10_000, 16

// missed lists the requests of which a needed tool was not picked.
func missed(x *Index) (lines []string, mean int) {
	for _, a := range asked {
		var got []string
		picked := x.Pick(a.words, few)
		mean += len(picked)
		for _, h := range picked {
			d := x.Doc(h.Doc)
			got = append(got, d.App+"."+d.Tool)
		}
		for _, want := range strings.Fields(a.tools) {
			if !slices.Contains(got, want) {
				lines = append(lines, fmt.Sprintf("%s: no %s in %s", a.words, want, strings.Join(got, " ")))
				break
			}
		}
	}
	return lines, mean / len(asked)
}

func TestTheRightToolIsPicked(t *testing.T) {
	lines, mean := missed(New(known()))
	t.Log(mean, "tools a request")
	require.LessOrEqual(t, len(lines), len(asked)*2/100, strings.Join(lines, "\n"))
}

func TestTheRightToolIsPickedAmongTenThousand(t *testing.T) {
	lines, mean := missed(New(append(others(many), known()...)))
	t.Log(mean, "tools a request")
	require.LessOrEqual(t, len(lines), len(asked)*2/100, strings.Join(lines, "\n"))
}

func TestPickingIsFastAndTheSameAgain(t *testing.T) {
	x := New(append(others(many), known()...))
	require.Equal(t, x.Pick(asked[3].words, few), New(append(others(many), known()...)).Pick(asked[3].words, few))
	var took []time.Duration
	for _, a := range asked {
		began := time.Now()
		x.Pick(a.words, few)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	require.Less(t, took[len(took)/2], 20*time.Millisecond)
}

func BenchmarkPick(b *testing.B) {
	x := New(append(others(many), known()...))
	b.ResetTimer()
	for i := range b.N {
		x.Pick(asked[i%len(asked)].words, few)
	}
}

func BenchmarkNew(b *testing.B) {
	docs := append(others(many), known()...)
	b.ResetTimer()
	for range b.N {
		New(docs)
	}
}

func TestTwinsAreToolsOfOtherAppsThatDoTheSame(t *testing.T) {
	query, title := []string{"query", "limit"}, []string{"title", "body"}
	docs := []Doc{
		{App: "mail", Tool: "search", Params: query}, {App: "gmail", Tool: "search_emails", Params: query},
		{App: "mail", Tool: "send", Changes: true, Params: title},
		{App: "notes", Tool: "search", Params: query}, {App: "memory", Tool: "search_nodes", Params: query}, {App: "web", Tool: "search", Params: query},
		{App: "github", Tool: "create_issue", Changes: true, Params: title}, {App: "gitlab", Tool: "create_issue", Changes: true, Params: title},
		{App: "todo", Tool: "add", Changes: true, Params: title}, {App: "calendar", Tool: "list_events", Params: []string{"start"}},
		{App: "gcal", Tool: "list-events", Params: []string{"start_time"}},
		{App: "contacts", Tool: "find", Params: []string{"name", "limit"}}, {App: "slack", Tool: "get_users", Params: []string{"cursor", "limit"}},
	}
	x := New(docs)
	want := map[string]string{
		"mail.search": "gmail", "gmail.search_emails": "mail", "github.create_issue": "gitlab", "gitlab.create_issue": "github",
		"calendar.list_events": "gcal", "gcal.list-events": "calendar",
	}
	for i, d := range docs {
		var apps []string
		for _, j := range x.Twins(i) {
			apps = append(apps, docs[j].App)
		}
		require.Equal(t, want[d.App+"."+d.Tool], strings.Join(apps, " "), "%s.%s", d.App, d.Tool)
	}
	require.True(t, Named("gmail", "show my Gmail messages"))
	require.False(t, Named("mail", "show my mails"), "everybody calls them so")
	require.False(t, Named("gitlab", "open an issue"))
	require.True(t, Named("slack", "who is in our slack?"))
	require.True(t, Named("mail", "tell Bob by mail"))
	require.True(t, Named("mail", "what's new in Mail?"))
	require.False(t, Named("mail", "write to bob@in.mail"))
}

func TestOfANamedAppComesWhatItIsFor(t *testing.T) {
	about := "Tasks and projects in Todoist"
	var docs []Doc
	for _, tool := range []string{"create_labels", "create_projects", "create_tasks"} {
		docs = append(docs, Doc{App: "todoist", Tool: tool, AppAbout: about, Changes: true})
	}
	hits := New(docs).Pick("todoist: buy stamps", 1)
	require.Len(t, hits, 1)
	require.Equal(t, "create_tasks", docs[hits[0].Doc].Tool)
}

func TestHowFarIsAskedOfATool(t *testing.T) {
	x := New([]Doc{{App: "maps", Tool: "distance_matrix"}})
	require.True(t, x.Has("how far is it from Berlin to Leipzig"))
	require.False(t, x.Has("how far away is the moon"), "a book tells")
	require.False(t, New([]Doc{{App: "mail", Tool: "search"}}).Has("how far is it from Berlin to Leipzig"))
}

// TestCalled: which requests say what the things of an app are.
func TestCalled(t *testing.T) {
	for request, app := range map[string]string{
		"show my e-mails": "mail", "any new emails?": "mail", "Mail Bob that I'm late": "mail", "lis mon courriel": "mail",
		"what's on my agenda": "calendar", "Trag das in den Kalender ein": "calendar", "note: milk": "notes", "Lösche die Notizen": "notes",
		"add Bob to my contacts": "contacts",
		"message Bob":            "", "tell Ann I'm late": "", "who is Bob": "", "call Ann tomorrow": "", "ask bob@mail.example": "", "open https://mail.example": "",
	} {
		for _, a := range []string{"mail", "calendar", "notes", "contacts"} {
			require.Equal(t, a == app, Called(a, request), "%s / %s", request, a)
		}
	}
}

// A thousand tools that say all the words of a request leave room for the one that is
// meant, and what they bring along too.
func TestAnAppCannotPushAnotherOut(t *testing.T) {
	request := "show my unread letters from the post office"
	var docs []Doc
	for i := range 1000 {
		docs = append(docs, Doc{
			App: "greedy", Tool: fmt.Sprintf("show_unread_letters_post_office_%d", i), About: request, AppAbout: request,
			Params: []string{"unread_letters"}, Phrases: []string{request}, People: true, ByID: i%2 == 0, Changes: i%3 == 0,
		})
	}
	docs = append(docs, Doc{App: "postman", Tool: "fetch_letters", About: "Fetches unread letters"})
	var apps []string
	for _, h := range New(docs).Pick(request, 16) {
		apps = append(apps, docs[h.Doc].App)
	}
	require.Len(t, apps, 16)
	require.Contains(t, apps, "postman")
}
