package mediator

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDefaultEffects(t *testing.T) {
	table := []struct {
		tool string // "app.name: description"
		want string // effect, then "deletes", "grants"
	}{
		{"mail.search_messages", "read"},
		{"mail.getMessage", "read"},
		{"mail.list-messages", "read"},
		{"gmail.gmail_read_email", "read"},
		{"mail.gmail_read_email", "send"},
		{"GitHub.GitHubSearchUsers", "read"},
		{"brave.brave_web_search", "read"},
		{"phone.reverse_lookup", "read"},
		{"mail.get_unread_emails", "read"},
		{"mail.get_sent_emails", "read"},
		{"shop.view_order_details", "read"},
		{"shop.check_balance", "read"},
		{"hotel.check_in", "send"},
		{"shop.check_out", "send"},
		{"shop.checkout", "send"},
		{"mail.look_up_address", "read"},
		{"files.list_directory", "read"},
		{"git.get_merge_request", "read"},

		{"mail.send", "send"},
		{"mail.SendMail", "send"},
		{"bank.pay", "send"},
		{"bank.transfer", "send"},
		{"mail.get_and_delete_mail", "send deletes"},
		{"crm.find_or_create_contact", "send"},
		{"files.read_or_share", "send grants"},
		{"mail.search_delete", "send deletes"},
		{"files.delete_file", "send deletes"},
		{"calendar.cancel_event", "send deletes"},
		{"slack.add_user_to_channel", "send grants"},
		{"slack.invite", "send grants"},
		{"git.create_token", "send grants"},
		{"users.update_password", "send grants"},
		{"bank.retrieve_funds", "send"},
		{"bank.get_loan", "send"},
		{"form.check_box", "send"},
		{"market.list_item_for_sale", "send"},
		{"screen.display_alert", "send"},
		{"weather.get_alerts", "read"},
		{"git.list_notifications", "read"},
		{"odd.frobnicate", "send"},
		{"odd.", "send"},
		{"odd.数え", "send"},

		// A description can only make a tool stricter.
		{"mail.get_mail: Returns one message and marks it. Then deletes the message.", "send deletes"},
		{"mail.get_mail: Deletes nothing. Sends no mail.", "send deletes"},
		{"mail.get_mail: Get a message that was sent. Emails can be searched.", "read"},
		{"files.read_text: Reads a file. Handles large ones, and allows reading its head.", "read"},
		{"web.browse_page: Visits a URL to retrieve content or submit a form.", "send"},
		{"mail.frobnicate: Reads messages. Changes nothing. Read-only.", "send"},
	}
	for _, c := range table {
		full, about, _ := strings.Cut(c.tool, ": ")
		app, name, _ := strings.Cut(full, ".")
		require.Equal(t, c.want, effects(Defaults(Described{App: app, Name: name, About: about})), c.tool)
	}
}

func effects(t Tool) string {
	s := t.Effect.String()
	if t.Deletes {
		s += " deletes"
	}
	if t.Grants {
		s += " grants"
	}
	return s
}

func TestDefaultRoles(t *testing.T) {
	table := []struct{ tool, param, typ, want string }{
		{"send", "to", "string", "destination"},
		{"send", "cc", "list of string", "destination"},
		{"send", "recipients", "list of string", "destination"},
		{"send", "userEmail", "string", "destination"},
		{"send", "channel_id", "string", "destination"},
		{"send", "body", "string", "content"},
		{"send", "subject", "string", "content"},
		{"send", "event_title", "string", "content"},
		{"send", "message_id", "string", "target"},
		{"send", "body", "object", "target"},
		{"send", "content", "any", "target"},
		{"send", "attachments", "list of string", "target"},
		{"send", "start_time", "string", "option"},
		{"send", "when", "datetime", "option"},
		{"send", "silent", "boolean", "target"},
		{"send", "recurring", "boolean", "option"},
		{"send", "limit", "integer", "target"},
		{"delete_note", "title", "string", "target"},
		{"delete_events", "date", "date", "target"},
		{"purge_before", "until", "string", "target"},
		{"delete_event", "notify", "boolean", "target"},
		{"run_code", "content", "string", "target"},
		{"eval", "text", "string", "target"},
		{"pay", "iban", "string", "destination"},
		{"pay", "to_account_number", "string", "destination"},
		{"pay", "from_account_number", "string", "target"},
		{"pay", "amount", "number", "amount"},
		{"pay", "total_price", "number", "amount"},
		{"pay", "otp", "string", "credential"},
		{"login", "api_key", "string", "credential"},
		{"copy", "path", "string", "target"},
		{"copy", "destination_path", "string", "target"},
		{"post", "url", "string", "destination"},
		{"post", "host", "string", "destination"},
		{"delete", "file_id", "string", "target"},
		{"frobnicate", "to", "string", "target"}, // no exemption for a verb that nobody knows
		{"send", "数", "string", "target"},
		{"send", "", "string", "target"},

		{"search", "query", "string", "query"},
		{"search", "q", "string", "query"},
		{"search", "keywords", "list of string", "query"},
		{"search", "date", "string", "query"},
		{"search", "title", "string", "query"},
		{"search", "limit", "integer", "option"},
		{"search", "max_results", "integer", "option"},
		{"search", "limit", "string", "option"},
		{"search", "unread", "boolean", "option"},
		{"search", "price_max", "number", "query"},
		{"search", "blob", "string", "target"},
		{"read", "file_path", "string", "target"},
		{"read", "id", "string", "target"},
		{"fetch", "url", "string", "destination"},
		{"read", "password", "string", "credential"},
	}
	for _, c := range table {
		tool := Defaults(Described{Name: c.tool, Params: []Parameter{{c.param, c.typ}}})
		require.Equal(t, c.want, tool.Roles[c.param].String(), "%s(%s: %s)", c.tool, c.param, c.typ)
	}
}

func TestParametersMakeStricter(t *testing.T) {
	for _, params := range [][]Parameter{
		{{"mark_as_read", "boolean"}}, {{"deleteAfter", "boolean"}}, {{"save_path", "string"}}, {{"sql", "string"}},
		{{"action", "string"}}, {{"url", "string"}, {"body", "string"}}, {{"endpoint", "string"}, {"headers", "object"}},
	} {
		require.Equal(t, Send, Defaults(Described{Name: "get", Params: params}).Effect, "%v", params)
	}
	require.Equal(t, Read, Defaults(Described{Name: "get", Params: []Parameter{{"body", "string"}}}).Effect)
	require.Equal(t, Send, Defaults(Described{Name: "get", Writes: true}).Effect)
	require.True(t, Defaults(Described{Name: "get", Destroys: true}).Deletes)
}

// Whatever a server adds of descriptions, hints and parameters, nothing becomes laxer.
func TestMoreWordsNeverMakeLaxer(t *testing.T) {
	words := []string{"get", "list", "send", "delete", "mail", "and", "order", "share", "user", "x", "to", "search"}
	sentences := []string{"", "Reads a thing.", "Read-only.", "Deletes it.", "Gets it and shares it.", "to pay"}
	param := rapid.Custom(func(t *rapid.T) Parameter {
		return Parameter{
			rapid.SampledFrom([]string{"to", "body", "url", "mark", "amount", "x", "limit", "date"}).Draw(t, "param"),
			rapid.SampledFrom([]string{"string", "boolean", "integer", "any"}).Draw(t, "type"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		d := Described{
			Name:   strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 4).Draw(t, "name"), "_"),
			Params: rapid.SliceOfNDistinct(param, 0, 3, func(p Parameter) string { return p.Name }).Draw(t, "params"),
		}
		before := Defaults(d)
		more := d
		more.About = strings.Join(rapid.SliceOf(rapid.SampledFrom(sentences)).Draw(t, "about"), " ")
		more.Writes, more.Destroys = rapid.Bool().Draw(t, "writes"), rapid.Bool().Draw(t, "destroys")
		after := Defaults(more)
		if after.Effect > before.Effect || before.Deletes && !after.Deletes || before.Grants && !after.Grants {
			t.Fatalf("%s: %s became %s with %+v", d.Name, effects(before), effects(after), more)
		}
		for _, p := range d.Params {
			if before.Deciding(p.Name) && !after.Deciding(p.Name) && after.Roles[p.Name] != Content && after.Roles[p.Name] != Option {
				t.Fatalf("%s no longer decides in %+v", p.Name, more)
			}
		}
	})
}

// benchTool is a tool of a published suite with the labels that we gave it by hand.
type benchTool struct {
	Name, App, Description string
	Summary                string
	Params                 []struct {
		Name, Type string
		Schema     struct {
			Type  any
			Items struct{ Type any }
			AnyOf []struct {
				Type  any
				Items struct{ Type any }
			}
		}
	}
	Labels struct {
		Effect, Egress string
		Roles          map[string]string
	}
}

func (b benchTool) described() Described {
	d := Described{App: b.App, Name: b.Name, About: b.Description + b.Summary}
	for _, p := range b.Params {
		typ := p.Type
		one := func(t any, item any) {
			if s, ok := t.(string); ok && s != "null" {
				typ = s
				if s == "array" {
					typ = "list"
					if i, ok := item.(string); ok {
						typ = "list of " + i
					}
				}
			}
		}
		one(p.Schema.Type, p.Schema.Items.Type)
		for _, a := range p.Schema.AnyOf {
			one(a.Type, a.Items.Type)
		}
		if typ == "" {
			typ = "any"
		}
		d.Params = append(d.Params, Parameter{p.Name, typ})
	}
	return d
}

// byHand is the hand label as a tool: pay, delete and admin are sends.
func (b benchTool) byHand() Tool {
	t := Tool{Name: b.Name, Effect: Send, Open: b.Labels.Egress != "none", Roles: map[string]Role{},
		Deletes: b.Labels.Effect == "delete", Grants: b.Labels.Effect == "admin"}
	_ = t.Effect.UnmarshalText([]byte(b.Labels.Effect)) // what it does not know stays Send
	for p, name := range b.Labels.Roles {
		var r Role
		if err := r.UnmarshalText([]byte(name)); err != nil {
			panic(err)
		}
		t.Roles[p] = r
	}
	return t
}

// readBench reads a file of the published suites, which lie beside the repository.
func readBench(t *testing.T, pattern string, into func(path string, data []byte)) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "shared", "bench", pattern))
	require.NoError(t, err)
	if len(paths) == 0 {
		if os.Getenv("SECGPT_TEST_ALL") != "" {
			t.Fatalf("no %s in ../shared/bench", pattern)
		}
		t.Skip("the published suites are not here")
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		require.NoError(t, err)
		into(p, data)
	}
}

// knownLaxer are the tools whose names tell less than a person knows, with the reason.
var knownLaxer = map[string]string{}

// The defaults beside the labels that we gave the suites' tools by hand: never laxer.
func TestDefaultsAreNeverLaxerThanTheHandLabels(t *testing.T) {
	tools, stricter := 0, map[string]int{}
	readBench(t, "agentd*/suites/*.json", func(path string, data []byte) {
		var suite struct{ Tools []benchTool }
		require.NoError(t, json.Unmarshal(data, &suite))
		for _, b := range suite.Tools {
			hand, ours := b.byHand(), Defaults(b.described())
			require.True(t, ours.Open)
			tools++
			where := fmt.Sprintf("%s %s.%s", strings.TrimSuffix(filepath.Base(path), ".json"), b.App, b.Name)
			laxer, more := compare(hand, ours)
			t.Logf("%-60s %-6s %-12s %v%s", where, b.Labels.Effect, effects(ours), roleNamesOf(ours), strings.Join(more, ""))
			if _, known := knownLaxer[b.Name]; !known {
				require.Empty(t, laxer, where)
			}
			for _, m := range more {
				stricter[strings.Fields(m)[0]]++
			}
		}
	})
	t.Logf("%d tools; stricter than by hand: %v", tools, stricter)
}

// compare tells where ours is laxer than hand, and where stricter.
func compare(hand, ours Tool) (laxer, stricter []string) {
	if ours.Effect > hand.Effect {
		laxer = append(laxer, "effect")
	}
	if ours.Effect < hand.Effect {
		stricter = append(stricter, " effect")
	}
	if !hand.Open {
		stricter = append(stricter, " open")
	}
	ours.Open = hand.Open // what is open is stricter; the roles are compared under the same
	for p := range hand.Roles {
		switch h, o := hand.Deciding(p), ours.Deciding(p); {
		case h && !o:
			laxer = append(laxer, p+" does not decide")
		case o && !h:
			stricter = append(stricter, " role "+p)
		}
		if hand.Roles[p] == Amount && ours.Roles[p] != Amount {
			laxer = append(laxer, p+" is no amount")
		}
	}
	if exemptable(ours) && hand.Effect == Send && !exemptable(hand) {
		laxer = append(laxer, "may go by the person's words")
	}
	return laxer, stricter
}

// exemptable reports whether the person's own words can let a sending go.
func exemptable(t Tool) bool {
	roles := rolesOf(t)
	return slices.Contains(roles, Destination) && !slices.Contains(roles, Amount) && !t.Deletes && !t.Grants
}

func rolesOf(t Tool) (roles []Role) {
	for _, r := range t.Roles {
		roles = append(roles, r)
	}
	return roles
}

func roleNamesOf(t Tool) string {
	var all []string
	for p, r := range t.Roles {
		all = append(all, p+":"+r.String())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// No tool that an attack of InjecAgent does harm with only reads by default.
func TestNoToolThatHarmsReadsByDefault(t *testing.T) {
	byName := map[string]Tool{}
	readBench(t, "injecagent/tools.json", func(_ string, data []byte) {
		var file struct{ Tools []benchTool }
		require.NoError(t, json.Unmarshal(data, &file))
		reads := 0
		for _, b := range file.Tools {
			tool := Defaults(b.described())
			byName[b.Name] = tool
			if tool.Effect == Read {
				reads++
			}
			t.Logf("%-50s %-20s %s", b.Name, effects(tool), roleNamesOf(tool))
		}
		t.Logf("%d tools, %d of them read", len(file.Tools), reads)
	})
	readBench(t, "injecagent/cases.jsonl", func(_ string, data []byte) {
		for line := range strings.Lines(string(data)) {
			var c struct {
				ID           any
				Kind         string
				AttackerCall []struct{ Tool string } `json:"attacker_calls"`
			}
			require.NoError(t, json.Unmarshal([]byte(line), &c))
			last := c.AttackerCall[len(c.AttackerCall)-1].Tool
			require.Equal(t, Send, byName[last].Effect, "%v: %s does harm", c.ID, last)
		}
	})
}
