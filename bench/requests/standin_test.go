package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// play is a stand-in of the set on a copy of the set's state.
func play(t *testing.T, s *Set, app string) *standIn {
	x, err := (&World{set: s, dir: "set"}).standIn(app)
	require.NoError(t, err)
	return x.(*standIn)
}

// A made is a call and what must come of it.
type made struct {
	tool, args string
	has        []string // in this order
	hasNot     []string
	err        string
}

// check makes the calls one after the other.
func check(t *testing.T, app string, calls ...made) {
	s := play(t, set(t), app)
	for _, c := range calls {
		answer, err := s.Call(t.Context(), c.tool, json.RawMessage(c.args))
		if c.err != "" {
			require.ErrorContains(t, err, c.err, "%s %s", c.tool, c.args)
			continue
		}
		require.NoError(t, err, "%s %s", c.tool, c.args)
		rest := string(answer)
		for _, want := range c.has {
			require.Contains(t, rest, want, "%s %s: %s", c.tool, c.args, answer)
			_, rest, _ = strings.Cut(rest, want)
		}
		for _, not := range c.hasNot {
			require.NotContains(t, string(answer), not, "%s %s", c.tool, c.args)
		}
	}
}

type list = []string

func TestACityIsKnownHoweverItIsWritten(t *testing.T) {
	for _, city := range []string{"Zurich", "zürich", "Zürich, Switzerland", "Zurich, CH"} {
		args := `{"city": "` + city + `"}`
		check(t, "weather", made{tool: "get_current_weather", args: args, has: list{"fog"}}, made{tool: "get_air_quality", args: args, has: list{"pm2_5"}})
	}
	check(t, "weather",
		made{tool: "get_current_weather", args: `{"city": "Atlantis"}`, err: "no such place"},
		made{tool: "get_weather_byDateTimeRange", args: `{"city": "Atlantis", "start_date": "2026-11-24", "end_date": "2026-11-24"}`, err: "no such place"},
		made{tool: "get_current_weather", args: `{}`, err: "city is required"})
	check(t, "airbnb", made{tool: "airbnb_search", args: `{"location": "Lisbon, Portugal"}`, has: list{"Attic", "Tiled"}, hasNot: list{"Boat"}})
}

func TestDatesBoundByDay(t *testing.T) {
	for _, c := range []struct{ from, to, first, none string }{
		{"2026-11-24T00:00:00+01:00", "2026-11-24T23:59:59+01:00", "2026-11-24", "2026-11-25"},
		{"2026-11-23T23:30:00Z", "2026-11-24T20:00:00Z", "2026-11-24", "2026-11-23"},
		{"2026-11-23", "2026-11-24", "2026-11-23", "2026-11-25"},
		{"2026-11-25", "2026-11-26", "2026-11-25", "2026-11-23"},
	} {
		args := `{"city": "Berlin", "start_date": "` + c.from + `", "end_date": "` + c.to + `"}`
		check(t, "weather", made{tool: "get_weather_byDateTimeRange", args: args, has: list{c.first}, hasNot: list{c.none}})
	}
	check(t, "weather",
		made{tool: "get_weather_byDateTimeRange", args: `{"city": "Berlin", "start_date": "2026-11-23", "end_date": "2026-11-24"}`, has: list{"sleet", "snow showers"}},
		made{tool: "get_weather_byDateTimeRange", args: `{"city": "Berlin", "start_date": "soon", "end_date": "2026-11-24"}`, err: "start_date is no date"})
}

func TestPricesAreBounded(t *testing.T) {
	check(t, "airbnb",
		made{tool: "airbnb_search", args: `{"location": "Lisbon", "maxPrice": 80}`, has: list{"Attic"}, hasNot: list{"Tiled"}},
		made{tool: "airbnb_search", args: `{"location": "Lisbon", "minPrice": 80}`, has: list{"Tiled"}, hasNot: list{"Attic"}})
}

func TestRoutesHaveADirection(t *testing.T) {
	check(t, "maps",
		made{tool: "maps_directions", args: `{"origin": "Berlin, Germany", "destination": "Potsdam", "mode": "driving"}`, has: list{"41 min"}, hasNot: list{"transit"}},
		made{tool: "maps_directions", args: `{"origin": "the museum", "destination": "Linden Street 4, Berlin", "mode": "transit"}`, has: list{"22 min"}},
		made{tool: "maps_directions", args: `{"origin": "Potsdam", "destination": "Berlin", "mode": "driving"}`, has: list{`{"routes":[]}`}},
		made{tool: "maps_directions", args: `{"origin": "Berlin", "destination": "Potsdam", "mode": "walking"}`, has: list{`{"routes":[]}`}},
		made{tool: "maps_distance_matrix", args: `{"origins": ["Berlin"], "destinations": ["Hamburg", "Potsdam", "Paris"], "mode": "driving"}`, has: list{"Hamburg", "Potsdam"}, hasNot: list{"Museum"}},
		made{tool: "maps_distance_matrix", args: `{"origins": ["Museum"], "destinations": ["Hamburg", "Potsdam"]}`, has: list{`{"results":[]}`}},
		made{tool: "maps_geocode", args: `{"address": "gleimstrasse 12"}`, has: list{"52.5461"}, hasNot: list{"52.5163"}})
}

func TestASearchEngineFindsTheBestFirst(t *testing.T) {
	for app, tool := range map[string]string{"maps": "maps_search_places", "websearch": "brave_local_search"} {
		check(t, app,
			made{tool: tool, args: `{"query": "Pharmacies near me"}`, has: list{"Corner"}, hasNot: list{"Noodle", "Clinic"}},
			made{tool: tool, args: `{"query": "good ramen restaurants in Berlin"}`, has: list{"Noodle Nine", "The good soup"}},
			made{tool: tool, args: `{"query": "bike repair"}`, has: list{"Bicycle Clinic"}, hasNot: list{"Noodle"}},
			made{tool: tool, args: `{"query": "schonhauser"}`, has: list{"Corner"}},
			made{tool: tool, args: `{"query": "the best near me"}`, hasNot: list{"name"}},
			made{tool: tool, args: `{"query": "phone"}`, hasNot: list{"name"}})
	}
	check(t, "websearch",
		made{tool: "brave_web_search", args: `{"query": "ramen in Berlin"}`, has: list{"eat.example.com", "bicycle-clinic"}},
		made{tool: "brave_web_search", args: `{"query": "how to descale my machine", "count": 1}`, has: list{"kitchen.example.com"}, hasNot: list{"places"}},
		made{tool: "brave_web_search", args: `{"query": "Bicycle Clinic phone number"}`, has: list{"+49 30 5550 331"}})
}

func TestThePlacesAreTheSameEverywhereAndHavePages(t *testing.T) {
	s := set(t)
	maps, web, pages := play(t, s, "maps").state, play(t, s, "websearch").state, play(t, s, "fetch").state["pages"]
	facts := func(places []map[string]any, fields ...string) (all [][]string) {
		for _, p := range places {
			var one []string
			for _, f := range fields {
				one = append(one, text(p[f]))
			}
			all = append(all, one)
		}
		return all
	}
	require.ElementsMatch(t, facts(maps["places"], "name", "address", "phone", "rating", "open", "types"),
		facts(web["places"], "name", "address", "phone", "rating", "hours", "categories"))
	urls := facts(pages, "url")
	for _, p := range web["pages"] {
		require.Contains(t, urls, list{text(p["url"])}, "what is found can be read")
	}
	for _, p := range web["places"] {
		check(t, "websearch", made{tool: "brave_web_search", args: `{"query": "` + text(p["name"]) + `", "count": 1}`, has: list{text(p["phone"])}})
	}
}

func TestAnAddressNeedsNotBeWhole(t *testing.T) {
	for _, url := range []string{"https://tiles.example.com/hours", "http://tiles.example.com/hours/", "tiles.example.com/hours", "www.tiles.example.com/hours"} {
		check(t, "fetch", made{tool: "fetch", args: `{"url": "` + url + `"}`, has: list{"Tickets 8 euros"}})
	}
	check(t, "fetch", made{tool: "fetch", args: `{"url": "tiles.example.com"}`, err: "404"})
	check(t, "github",
		made{tool: "get_file_contents", args: `{"owner": "almost-useful", "repo": "labels", "path": "/README.md"}`, has: list{"make print"}},
		made{tool: "get_file_contents", args: `{"owner": "almost-useful", "repo": "labels", "path": "ME.md"}`, err: "Not Found"})
	check(t, "cache", made{tool: "list", args: `{"pattern": "visitors:*"}`, has: list{"visitors:today"}, hasNot: list{"wifi"}},
		made{tool: "list", args: `{}`, has: list{"wifi"}})
}

// What a call does not name is left alone: one that names nothing is an error.
func TestNothingIsNeverEverything(t *testing.T) {
	s := set(t)
	for _, app := range []string{"cache", "todoist", "github", "knowledge", "weather", "fetch", "slack", "airbnb", "maps", "git", "websearch", "everything", "thinking"} {
		x := play(t, s, app)
		before := text(x.state)
		for tool, a := range x.spec.Tools {
			if a.Op == "list" || a.Op == "say" || a.Op == "add" {
				continue
			}
			require.NotEmpty(t, a.Match, "%s.%s fits everything", app, tool)
			x.input = nil // the schema would not let it through, but not every server has one that strict
			for _, args := range []string{`{}`, `{"items": [{}]}`, `{"items": [{"task_id": "", "name": ""}]}`, `{"key": []}`, `{"deletions": [{"observations": ["x"]}]}`, `{"entityNames": [""]}`} {
				_, err := x.Call(t.Context(), tool, json.RawMessage(args))
				require.Error(t, err, "%s.%s %s", app, tool, args)
			}
		}
		require.Equal(t, before, text(x.state), app)
	}
	check(t, "todoist", made{tool: "create_tasks", args: `{}`, err: "items is required"})
}

func TestTasksAreFoundByAPartOfTheirName(t *testing.T) {
	check(t, "todoist",
		made{tool: "get_tasks", args: `{"items": [{"task_name": "LADDER"}, {"task_id": "t2"}]}`, has: list{`"t1"`, `"t2"`}},
		made{tool: "close_tasks", args: `{"items": [{"task_name": "e"}]}`, err: "4 of tasks have this name"},
		made{tool: "create_tasks", args: `{"items": [{"content": "Ladder"}, {"content": "A cake", "labels": ["mum", "sweet"]}]}`, has: list{`"Ladder"`, `"A cake"`}},
		made{tool: "get_tasks", args: `{"items": [{"task_name": "ladder"}]}`, has: list{`"Ladder"`}},
		made{tool: "close_tasks", args: `{"items": [{"task_id": "t1", "task_name": "something else"}]}`, has: list{`"closed":true`}},
		made{tool: "close_tasks", args: `{"items": [{"task_name": "Chidi"}]}`, err: "nothing of that name"},
		made{tool: "get_tasks_list", args: `{}`, has: list{"passport"}, hasNot: list{`"t1"`}},
		made{tool: "get_completed_tasks", args: `{"since": "2026-11-23T00:00:00Z", "until": "2026-11-24T00:00:00Z"}`, has: list{`"t1"`}, hasNot: list{`"t2"`}},
		made{tool: "get_completed_tasks", args: `{"since": "2026-11-01", "until": "2026-11-22"}`, has: list{`[]`}},
		made{tool: "reopen_tasks", args: `{"items": [{"task_name": "Chidi"}]}`, has: list{`"t1"`}},
		made{tool: "reopen_tasks", args: `{"items": [{"task_name": "Chidi"}]}`, err: "nothing of that name"},
		made{tool: "get_tasks_list", args: `{"project_id": "p2"}`, has: list{"screwdriver"}, hasNot: list{"passport"}},
		made{tool: "get_tasks_list", args: `{"ids": "t1, t3"}`, has: list{`"t1"`, `"t3"`}, hasNot: list{`"t2"`}},
		made{tool: "get_tasks_list", args: `{"label": "sweet"}`, has: list{"cake"}, hasNot: list{"passport"}},
		made{tool: "get_projects", args: `{"items": [{"name": "museum"}]}`, has: list{`"p2"`}, hasNot: list{`"p1"`}},
		made{tool: "delete_tasks", args: `{"items": [{"task_name": "passport"}]}`, has: list{`"t3"`}},
		made{tool: "get_tasks_list", args: `{}`, has: list{`"t1"`, `"t2"`}, hasNot: list{`"t3"`}})
}

func TestTodoistsFilters(t *testing.T) {
	s := play(t, set(t), "todoist")
	_, err := s.Call(t.Context(), "create_tasks", json.RawMessage(`{"items": [{"content": "Water the fern", "labels": ["green"]}, {"content": "Call Eve", "due_string": "tomorrow"}, {"content": "Rest", "due_string": "now and then"}]}`))
	require.NoError(t, err)
	ids := map[string]string{"Return Chidi's ladder": "1", "Buy dessert for Mum": "2", "Renew passport": "3", "Find the left-handed screwdriver": "4", "Water the fern": "5", "Call Eve": "6", "Rest": "7"}
	for filter, want := range map[string]string{
		"today": "1", "Today": "1", "overdue": "4", "today | overdue": "14", "all": "1234567", "view all": "1234567", "tomorrow": "26", "no date": "5",
		"p1": "1", "p2": "2", "p3": "3", "p4": "4567", "priority 1": "1", "search: PASSPORT renew": "3", "search: passport & p1": "",
		"#Museum": "4", "##home": "123", "#Nowhere": "", "@green": "5", "no labels": "123467", "!#Home": "4567", "(today | overdue) & !p1": "4",
		"7 days": "126", "next 30 days": "1236", "due before: 2026-11-23": "4", "due after: tomorrow": "3", "due: Dec 4": "3", "date before: +2 days": "1246", "friday": "", "2026-12-04": "3", "p1, p2": "12",
	} {
		answer, err := s.Call(t.Context(), "get_tasks_by_filter", json.RawMessage(`{"query": "`+filter+`"}`))
		require.NoError(t, err, filter)
		var tasks []struct{ Content string }
		require.NoError(t, json.Unmarshal(answer, &tasks))
		got := ""
		for _, x := range tasks {
			got += ids[x.Content]
		}
		require.Equal(t, want, got, filter)
	}
	for _, filter := range []string{"", "ladder", "today &", "(today", "today)"} {
		_, err := s.Call(t.Context(), "get_tasks_by_filter", json.RawMessage(`{"query": "`+filter+`"}`))
		require.Error(t, err, filter)
	}
}

func TestSlacksChannelsAndThreads(t *testing.T) {
	check(t, "slack",
		made{tool: "slack_get_channel_history", args: `{"channel_id": "C999"}`, err: "channel_not_found"},
		made{tool: "slack_get_channel_history", args: `{"channel_id": "C200"}`, has: list{"hall 2", "cat piano"}, hasNot: list{"reception"}},
		made{tool: "slack_get_channel_history", args: `{"channel_id": "C200", "limit": 1}`, has: list{"hall 2"}, hasNot: list{"cat piano"}},
		made{tool: "slack_post_message", args: `{"channel_id": "#nowhere", "text": "x"}`, err: "channel_not_found"},
		made{tool: "slack_post_message", args: `{"channel_id": "#cake", "text": "x"}`, has: list{"robin"}},
		made{tool: "slack_post_message", args: `{"channel_id": "C200", "text": "just now"}`, has: list{"robin"}},
		made{tool: "slack_get_channel_history", args: `{"channel_id": "C200", "limit": 1}`, has: list{"just now"}},
		made{tool: "slack_reply_to_thread", args: `{"channel_id": "C200", "thread_ts": "1795423000.000100", "text": "thanks"}`, has: list{"robin"}},
		made{tool: "slack_get_thread_replies", args: `{"channel_id": "C200", "thread_ts": "1795423000.000100"}`, has: list{"hall 2", "reception", "thanks"}, hasNot: list{"cat piano"}})
}

func TestGitHubsListsAndSearches(t *testing.T) {
	in := func(more string) string { return `{"owner": "almost-useful", "repo": "catalogue"` + more + `}` }
	q := func(s string) string { b, _ := json.Marshal(map[string]string{"q": s}); return string(b) }
	check(t, "github",
		made{tool: "list_issues", args: in(""), has: list{":17", ":14"}, hasNot: list{":11"}},
		made{tool: "list_issues", args: in(`, "state": "all"`), has: list{":17", ":14", ":11"}},
		made{tool: "list_issues", args: in(`, "state": "closed"`), has: list{":11"}, hasNot: list{":14"}},
		made{tool: "create_issue", args: in(`, "title": "t", "labels": ["bug", "urgent"]`), has: list{`"number":904`}},
		made{tool: "list_issues", args: in(`, "labels": ["bug", "urgent"]`), has: list{":904"}, hasNot: list{":14"}},
		made{tool: "search_issues", args: q("TEAPOT search"), has: list{":14"}, hasNot: list{":17"}},
		made{tool: "search_issues", args: q("repo:almost-useful/catalogue is:open is:issue photos"), has: list{":17"}, hasNot: list{":18", ":3,"}},
		made{tool: "search_issues", args: q("is:pr photos"), has: list{":18"}, hasNot: list{":17"}},
		made{tool: "search_issues", args: q("photos"), has: list{":18", ":17"}},
		made{tool: "search_issues", args: q("is:closed"), has: list{":11"}, hasNot: list{":14"}},
		made{tool: "search_issues", args: q(`repo:almost-useful/catalogue -is:closed`), has: list{":17", ":14"}, hasNot: list{":11"}},
		made{tool: "search_issues", args: q(`repo:almost-useful/labels label:bug`), has: list{":3,"}, hasNot: list{":14"}},
		made{tool: "search_issues", args: q(`"teapot twice"`), has: list{":14"}},
		made{tool: "search_issues", args: q(`"twice teapot"`), hasNot: list{":14"}},
		made{tool: "search_issues", args: q("almost-useful"), hasNot: list{"title"}},
		made{tool: "search_repositories", args: `{"query": "org:almost-useful labels"}`, has: list{"Prints"}, hasNot: list{"web page"}})
}

func TestTheMemoryAnswersAsTheRealOne(t *testing.T) {
	check(t, "knowledge",
		made{tool: "search_nodes", args: `{"query": "OAT milk"}`, has: list{"Emeka", "is brother of"}, hasNot: list{"Bike", "lives in"}},
		made{tool: "search_nodes", args: `{"query": "milk oat"}`, hasNot: list{"Emeka"}},
		made{tool: "open_nodes", args: `{"names": ["Robin"]}`, has: list{"hazelnuts", "brother", "lives in"}, hasNot: list{"detective"}},
		made{tool: "read_graph", args: `{}`, has: list{"Mum", "is brother of"}},
		made{tool: "add_observations", args: `{"observations": [{"entityName": "Nobody", "contents": ["x"]}]}`, err: "not found"},
		made{tool: "add_observations", args: `{"observations": [{"entityName": "Mum", "contents": ["x"]}]}`, has: list{"Mum"}},
		made{tool: "delete_observations", args: `{"deletions": [{"entityName": "Robin", "observations": ["shoe size 41"]}]}`, has: list{"deleted"}},
		made{tool: "open_nodes", args: `{"names": ["Robin"]}`, has: list{"hazelnuts"}, hasNot: list{"shoe"}},
		made{tool: "delete_relations", args: `{"relations": [{"from": "Robin", "to": "The flat", "relationType": "lives in"}]}`, has: list{"deleted"}},
		made{tool: "read_graph", args: `{}`, has: list{"is brother of"}, hasNot: list{"lives in"}},
		made{tool: "create_entities", args: `{"entities": [{"name": "A", "entityType": "x", "observations": []}, {"name": "B", "entityType": "x", "observations": []}]}`, has: list{`"A"`, `"B"`}})
}
