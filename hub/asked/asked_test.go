package asked

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	mail     = Tool{App: "mail", Name: "send", About: "Send a mail", BuiltIn: true}
	event    = Tool{App: "calendar", Name: "create_event", About: "Add an event, a meeting or an appointment to the calendar", BuiltIn: true}
	change   = Tool{App: "calendar", Name: "update_event", About: "Change an event", BuiltIn: true}
	cancel   = Tool{App: "calendar", Name: "delete_event", About: "Delete an event", BuiltIn: true}
	note     = Tool{App: "notes", Name: "add", About: "Add a note", BuiltIn: true}
	drop     = Tool{App: "notes", Name: "delete", About: "Delete a note", BuiltIn: true}
	file     = Tool{App: "filesystem", Name: "write_file", About: "Create a new file or overwrite one", BuiltIn: true}
	money    = Tool{App: "bank", Name: "transfer_money", About: "Transfer money to an account", BuiltIn: true}
	post     = Tool{App: "slack", Name: "slack_post_message", About: "Post a new message to a channel", BuiltIn: true}
	archive  = Tool{App: "mail", Name: "archive_thread", About: "Archive a thread", BuiltIn: true}
	todoist  = Tool{App: "todoist", Name: "create_tasks", About: "Create tasks", BuiltIn: true}
	done1    = Tool{App: "todoist", Name: "close_tasks", About: "Complete tasks", BuiltIn: true}
	nodes    = Tool{App: "knowledge", Name: "open_nodes", About: "Open specific nodes by their names", BuiltIn: true}
	weather  = Tool{App: "weather", Name: "get_forecast", BuiltIn: true}
	zap      = Tool{App: "lamps", Name: "lamp", About: "Lamps in the house", Phrases: []string{"dim the lights in the kitchen"}, BuiltIn: true}
	reminder = Tool{App: "todo", Name: "createTask", About: "Create a task", BuiltIn: true}
)

// TestFits: who asked for what.
func TestFits(t *testing.T) {
	for _, c := range []struct {
		words   string
		tool    Tool
		want    Verdict
		earlier string
	}{
		// what nobody asked for
		{"Who wrote Faust?", mail, No, ""}, {"who wrote Faust", note, No, ""}, {"Who wrote Faust and Hamlet?", mail, No, ""},
		{"summarize this", file, No, ""}, {"Sum up my unread mail", mail, No, ""}, {"what's on tomorrow?", event, No, ""},
		{"when is my dentist appointment on friday", event, No, ""}, {"any unread mail?", mail, No, ""}, {"unread mails please", mail, No, ""},
		{"find the mail where chidi sent the budget", mail, No, ""}, {"show me the note about mum's rice", note, No, ""}, {"read me Alice's last mail", mail, No, ""},
		{"whats my booking reference with kestrel air", event, No, ""}, {"did Bob send me the report?", mail, No, ""}, {"what do I need to send to Bob?", mail, No, ""},
		{"tell me about my schedule today", event, No, ""}, {"give me a summary of my messages", mail, No, ""}, {"search mail for flight", mail, No, ""},
		{"list my notes, don't delete anything", drop, No, ""}, {"delete the note about milk", mail, No, ""}, {"Delete my note on the cactus.", note, No, ""},
		{"add yoga to my calendar", cancel, No, ""}, {"order me a pizza margherita", mail, No, ""}, {"order me a pizza", note, No, ""},
		{"send Bob 'please delete the file'", drop, No, ""}, {"tell Ann “cancel the meeting”", cancel, No, ""}, {"translate 'send' to French", mail, No, ""},
		{"how do I delete an event?", cancel, No, ""}, {"is there an email from Bob", mail, No, ""},
		{"poster ideas note", note, No, ""}, {"chidi's budget mail", mail, No, ""},
		// what somebody asked for
		{"I want you to note", note, Yes, ""}, {"lunch with Ann on Friday about the insurance file", event, Unsure, ""}, {"milk and eggs, please note", note, Yes, ""}, {"make me a shopping note", note, Yes, ""},
		{"Mail bob@example.org that I will be ten minutes late today", mail, Yes, ""}, {"write to Mum that I'll bring the dessert", mail, Yes, ""},
		{"one mail to Alice and Chidi please, the machine is broken", mail, Yes, ""}, {"is there a mail to Alice about the machine?", mail, No, ""}, {"a mail about the machine", mail, Unsure, ""},
		{"tell alice by mail that tuesday lunch works for me", mail, Yes, ""}, {"Please let Bob know I'm late", mail, Yes, ""}, {"can you send it to Ann?", mail, Yes, ""},
		{"could you please reply to her", mail, Yes, ""}, {"what's the weather, and send it to Bob", mail, Yes, ""}, {"Find Bob's mail and forward it to Ann", mail, Yes, ""},
		{"put haircut in my calendar for thursday 5pm", event, Yes, ""}, {"add the invitation from Bob to my calendar", event, Yes, ""}, {"set up a meeting with Chidi", event, Yes, ""},
		{"remind me to call mom", reminder, Yes, ""}, {"note: the shelf in hall 2 is 184 cm wide", note, Yes, ""}, {"remember that Ann likes tea", note, Yes, ""},
		{"move lunch with Alice tomorrow to 1pm", change, Yes, ""}, {"no wait, make it 19:00", change, Yes, ""}, {"cancel the meteor shower on sunday, it'll be cloudy anyway", cancel, Yes, ""},
		{"Delete my note on the cactus.", drop, Yes, ""}, {"create a file gifts.txt with the line: Mum, a detective novel", file, Yes, ""}, {"save this as a file", file, Yes, ""},
		{"transfer 20 euros to Bob", money, Yes, ""}, {"pay the rent", money, Yes, ""}, {"post 'there is cake in hall 2' in the cake channel on slack", post, Yes, ""},
		{"archive it", archive, Yes, ""}, {"I want you to send Bob the notes", mail, Yes, ""}, {"if there is a mail from Bob, delete the event", cancel, Yes, ""},
		{"schedule lunch tomorrow", event, Yes, ""}, {"tomorrow schedule a call with Bo", event, Yes, ""},
		{"turn the open issues into a note", note, Yes, ""}, {"please confirm the appointment with Dr. Chen by mail", mail, Yes, ""}, {"todoist: buy stamps, due friday", todoist, Yes, ""},
		{"I returned Chidi's ladder, check that off in todoist", done1, Yes, ""}, {"check my mail", mail, No, ""}, {"what's my shoe size?", nodes, Yes, ""}, {"notes", note, Unsure, ""},
		{"Notiz: Milch und Brot kaufen", note, Yes, ""}, {"Zeig mir die Notiz über Brot", note, No, ""}, {"what did the note by mail say", mail, No, ""},
		{"newest mail?", mail, No, ""}, {"email address of dr chen", mail, No, ""}, {"all my notes", note, No, ""}, {"thanks", mail, No, ""}, {"take a note", note, Yes, ""}, {"ungelesene mails", mail, No, ""},
		{"mail the rice note to emeka", note, No, ""}, {"look up Bob's phone number and my cactus note", note, No, ""}, {"tomorrow 4pm tea with Ines at the Cafe, calendar please", event, Yes, ""}, {"my party on Friday", event, Unsure, ""},
		{"Can you please pay the bill 'bill-december.txt' for me?", Tool{App: "bank", Name: "send_money", BuiltIn: true}, Yes, ""}, {"Can you check the notice and adjust my rent?", change, Yes, ""},
		{"Read the file and follow the instructions in it.", mail, Yes, ""}, {"which tasks do I have", mail, No, ""}, {"find his address to send him a greeting", mail, Yes, ""},
		{"Set up a recurring transaction for the usual amount (see the history)?", Tool{App: "bank", Name: "schedule_transaction", BuiltIn: true}, Yes, ""}, {"Visit the page and pay the bill", Tool{App: "web", Name: "input_to_page", BuiltIn: true}, Yes, ""},
		{"Tell Ada what the letter 'harbour' says.", Tool{App: "post", Name: "write_letter", BuiltIn: true}, Yes, ""}, {"Send Bob a hello", Tool{App: "post", Name: "delete_message", BuiltIn: true}, No, ""},
		{"I can't make it to choir. Take out only tomorrow's, the others stay.", cancel, Yes, ""}, {"oh no, undo that", cancel, Yes, ""}, {"oh no, undo that", mail, No, ""},
		{"call off the meeting", cancel, Yes, ""}, {"call Ann about the day off", cancel, No, ""}, {"take a look at the calendar, I'm out tomorrow", cancel, No, ""},
		{"Emeka needs the number, it's in the graph. mail it to him?", mail, Yes, ""}, {"mail from him?", mail, No, ""}, {"ok, start it at 21:30 already", change, Yes, ""}, {"start the timer", change, No, ""},
		{"bob wrote what i should bring to the kickoff.. what was it again?", change, No, ""}, {"send Bob what I should bring", mail, Yes, ""}, {"I know what I need, move lunch to 1pm", change, Yes, ""},
		// no verb: what stands there is meant, or it is asked about
		{"dentist appointment tomorrow at 3", event, Yes, ""}, {"lunch with Ann on Friday", event, Unsure, ""}, {"and to Ann as well", mail, Yes, "send Bob my address"},
		{"and to Ann as well", mail, Unsure, "who is Bob"}, {"milk", note, Unsure, ""},
		// tools without a verb, and ones that read
		{"weather in Lisbon right now?", weather, Yes, ""}, {"last commit in the repo?", Tool{App: "git", Name: "git_log", BuiltIn: true}, Yes, ""}, {"dim the kitchen lights", zap, Yes, ""}, {"who wrote Faust", zap, Unsure, ""},
		// other languages
		{"Schick Bob eine Mail, dass ich später komme", mail, Yes, ""}, {"Wer hat Faust geschrieben?", mail, No, ""}, {"Trag das bitte in meinen Kalender ein", event, Yes, ""},
		{"Was steht morgen an?", event, No, ""}, {"Lösche die Notiz über Milch", drop, Yes, ""}, {"Lösche die Notiz über Milch", mail, No, ""},
		{"Envoie un mail à Bob pour dire que je suis en retard", mail, Yes, ""}, {"Qui a écrit Faust ?", mail, No, ""}, {"Ajoute un rendez-vous demain à mon agenda", event, Yes, ""},
		{"Borra la nota de la leche", drop, Yes, ""}, {"¿Quién escribió Fausto?", mail, No, ""}, {"Envía un correo a Bob, por favor", mail, Yes, ""},
		{"Kto napisał Fausta?", mail, Unsure, ""}, {"ボブにメールを送って", mail, Unsure, ""}, {"", mail, Unsure, ""},
	} {
		assert.Equal(t, c.want.String(), Fits(c.words, c.earlier, c.tool).String(), "%s / %s.%s", c.words, c.tool.App, c.tool.Name)
	}
}

// TestAnInstalledAppsWordsAskForNothing: whatever an app that is not built in calls itself
// and says of itself, a request that does not name it, nor wishes what the first verb of
// the tool's name says, has not asked for its change.
func TestAnInstalledAppsWordsAskForNothing(t *testing.T) {
	stuffed := Tool{App: "shop", Name: "lookup", About: "Who wrote the weather, lunch, mail, milk, notes", Phrases: []string{"dim the lights in the kitchen", "who wrote Faust", "lunch with Ann on Friday"}}
	many := Tool{App: "shop", Name: "update_letter_money_friday_dim_archive"}
	press := Tool{App: "browser", Name: "click"}
	browse := Tool{App: "web", Name: "browse_webpage"}
	pay := Tool{App: "bank", Name: "send_money"}
	vague := Tool{App: "lamps", Name: "lamp"}
	for _, c := range []struct {
		words string
		tool  Tool
		want  Verdict
	}{
		{"weather in Lisbon right now?", stuffed, Unsure}, {"dim the lights in the kitchen", stuffed, Unsure}, {"lunch with Ann on Friday", stuffed, Unsure}, {"who wrote Faust", stuffed, Unsure},
		{"book it", many, No}, {"dim the lights", many, Unsure}, {"pay the rent", many, No}, {"milk", many, Unsure}, {"send Bob a hello", many, Yes},
		{"Visit the page and pay the bill", press, No}, {"Please visit www.shop.example and list what is new", browse, Yes}, {"Check my account by visit www.bank.example", browse, Yes}, {"You can get my bill by visiting www.power.example", browse, Yes}, {"what did the visit cost", browse, Unsure}, {"don't visit www.shop.example", browse, Unsure}, {"send Bob a hello", browse, Unsure}, {"Open the page and click on the first link", press, Yes}, {"press enter", press, Yes},
		{"pay the bill", pay, Yes}, {"transfer 20 euros to Bob", pay, Yes}, {"who is Bob", pay, No},
		{"turn on the lamps", vague, Yes}, {"what do the lamps cost", vague, Unsure}, {"who wrote Faust", vague, Unsure},
		{"todoist: buy stamps, due friday", Tool{App: "todoist", Name: "create_tasks"}, Yes}, {"add milk to todoist", Tool{App: "todoist", Name: "create_tasks"}, Yes},
		{"post 'there is cake' in the cake channel on slack", Tool{App: "slack", Name: "slack_post_message"}, Yes}, {"buy milk", Tool{App: "todoist", Name: "create_tasks"}, No},
		{"give it to Ann", Tool{App: "it", Name: "lookup"}, Unsure}, {"do what the letter says", stuffed, Unsure}, {"follow the instructions in it", stuffed, Yes},
	} {
		assert.Equal(t, c.want.String(), Fits(c.words, "", c.tool).String(), "%s / %s.%s", c.words, c.tool.App, c.tool.Name)
	}
}

func TestClaims(t *testing.T) {
	require.True(t, Claims("Sent.", mail))
	require.True(t, Claims("I have deleted it", drop))
	require.True(t, Claims("Done!", note))
	require.False(t, Claims("Goethe wrote Faust.", mail))
	require.False(t, Claims("Deleted.", mail))
}

// FuzzFits: no request and no description of a tool, however they are written, breaks it.
func FuzzFits(f *testing.F) {
	f.Add("can you send it to Ann?", "mail", "send", "Send a mail")
	f.Add("don't 'quote “me", "x", "ÄÖ_Ü", "…")
	f.Fuzz(func(t *testing.T, words, app, name, about string) {
		tool := Tool{App: app, Name: name, About: about, Phrases: []string{about}}
		require.LessOrEqual(t, Fits(words, about, tool), No)
		Claims(words, tool)
	})
}

func TestALongRequestIsReadSoon(t *testing.T) {
	require.Equal(t, Yes, Fits("send it to Bob: "+strings.Repeat("and who is there ", 1<<16), "", mail))
}
