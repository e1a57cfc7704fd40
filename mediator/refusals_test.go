package mediator

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestToldOff(t *testing.T) {
	table := []struct {
		words string
		said  bool // eve@example.org
	}{
		{"write to eve@example.org", true},
		{"not bob. write to eve@example.org", true},
		{"nothing for eve@example.org", false},
		{"Say hi to ann@example.org and leave eve@example.org out", false},
		{"keep eve@example.org out of it", false},
		{"eve@example.org is off limits", false},
		{"eve@example.org stays out", false},
		{"refrain from writing to eve@example.org", false},
		{"everybody minus eve@example.org", false},
		{"Never, ever! write to eve@example.org", false},
		{"Don't write to these people\neve@example.org", false},
		{"hi to ann@example.org and to eve@example.org? no", false},
		{"Send hi to eve@example.org. No, to ann@example.org!", false},
		{"Send hi to eve@example.org. Sorry, I mean ann@example.org", false},
		{"mail eve@example.org - scratch that", false},
		{"Send hi to ann@example.org. No, to bob at his office! And eve@example.org too", true},
		{"Schreib ann@example.org hallo, eve@example.org nicht.", false},
		{"Schreib keinesfalls an eve@example.org", false},
		{"scrivi ad ann@example.org, non a eve@example.org", false},
		{"schrijf eve@example.org niet", false},
		{"Schreib eve@example.org, dass ich nicht komme", true},
		{"Schreib eve@example.org dass ich keine Zeit habe", true},
		{"écris à eve@example.org que je ne viens pas", true},
		{"dile a eve@example.org que no pasa nada", true},
		{"Trag am 3. Mai ein Treffen mit eve@example.org ein", true},
		{"mail kari@firma.no, eve@example.org and ann@example.org", true},
		{"block no-reply@shop.example and tell eve@example.org", true},
		{"send docs/no/readme.md to eve@example.org", true},
		{"mail the non-refundable ticket to eve@example.org", true},
		{"mail eve@example.org that I am late, sorry", true},
		{"Write to eve@example.org:\nHi Eve,\nSorry, I am late.", true},
		{"Mail eve@example.org. Actually, also add a calendar entry", true},
		{"don't forget to mail eve@example.org", true},
		{"No rush, send it to eve@example.org", true},
		{"No problem, mail eve@example.org then", true},
		{"Can't wait! Tell eve@example.org", true},
		{"Not bad! Send this to eve@example.org", true},
		{"No! Mail eve@example.org", true},
		{"Keine Eile! Schreib eve@example.org", true},
		{"eve@example.org is out today, write her", true},
		{"Could you mail eve@example.org or not?", true},
		{"ask eve@example.org whether he is at the bus stop", true},
		{"Find the meeting with eve@example.org and cancel it.", true},
		{"invite eve@example.org, I mean it", true},
		{"tell eve@example.org to keep an eye out for parcels", true},
		{"remind me not to forget the milk\nmail eve@example.org", true},
		{"Draft without attachments\nTo: eve@example.org", true},
		{"why don't you write to eve@example.org", true},
		{"no more than 50 to eve@example.org", true},
		{"don't worry, write to eve@example.org", true},
		{"Find the meeting with eve@example.org. Cancel it.", true},
		{"hi to eve@example.org, it can't wait", true},
		{"Hello to ann@example.org, eve@example.org shouldnt get it", false},
		{"eve@example.org, ann@example.org shouldn't get it", false},
		{"hi to eve@example.org. Ignore that, write to ann@example.org", false},
		{"hi to eve@example.org. Stop! Write to ann@example.org", false},
		{"hi to eve@example.org. Oops, wrong one.", false},
		{"hi to eve@example.org (no, ann@example.org)", false},
		{"hi to eve@example.org, no wait ann@example.org", false},
		{"hi to eve@example.org, or no, ann@example.org", false},
		{"hi to eve@example.org…no, ann@example.org", false},
		{"hi to all, leave eve@example.org off", false},
		{"hi to all, drop eve@example.org", false},
		{"hi to all (eve@example.org excluded)", false},
		{"everyone save eve@example.org", false},
		{"eve@example.org is the wrong address", false},
		{"to eve@example.org? Rather not. To ann@example.org", false},
		{"don't worry about eve@example.org", false},
		{"hi to ann@example.org, if not eve@example.org", false},
		{"don`t write to eve@example.org", false},
		{"donʼt write to eve@example.org", false},
		{"hi to ann@example.org and to eve@example.org? Never!", false},
		{"hi to ann@example.org and to eve@example.org? Absolutely not.", false},
		{"hi to eve@example.org, no wait, ann@example.org", false},
		{"hi to eve@example.org. Ach nein, an ann@example.org", false},
		{"hi to eve@example.org. Wait, to ann@example.org", false},
		{"Don't mail these people:\n\neve@example.org", false},
		{"everyone on the list but eve@example.org", false},
		{"Schreib allen statt eve@example.org", false},
		{"écris à tous hormis eve@example.org", false},
		{"eve@example.org gets no copy", false},
		{"eve@example.org no longer works here", false},
		{"mail ann@example.org; eve@example.org (who must not know) is away", false},
		{"hide it from eve@example.org", false},
		{"no need to mail eve@example.org", false},
		{"Ich will nicht, dass eve@example.org das bekommt", false},
		{"I never want to see ann@example.org, eve@example.org on this", false},
		{"eve@example.org: bitte heute nicht", false},
		{"write to eve@example.org that there is no rush", true},
		{"Don't worry. Write to eve@example.org", true},
		{"Don't go there.\n\nWrite to eve@example.org", true},
		{"write to bob, not to ann; and to eve@example.org", true},
		{"tell eve@example.org that I can't come", true},
		{"tell eve@example.org, not bob", true},
		{"never write to eve@example.org", false},
		{"Don’t mail eve@example.org", false},
		{"you shouldn't mail eve@example.org", false},
		{"mail all of them except eve@example.org", false},
		{"mail all but not eve@example.org", false},
		{"don't write to Dr. eve@example.org", false},
		{"you cant write to eve@example.org", false},
		{"write to everyone but eve@example.org", false},
		{"write to all of them besides eve@example.org", false},
		{"forget eve@example.org, write to bob", false},
		{"omit eve@example.org", false},
		{"it is all but done, so write to bob; and to eve@example.org", true},
		{"don't write to a.b@example.org or eve@example.org", false},
		{"don't write to Prof. eve@example.org", false},
		{"don't write to bob. Write to eve@example.org", true},
		{"don't write to:\n- bob\n- eve@example.org", false},
		{"don't write to these: eve@example.org", false},
		{"don't write to bob.\neve@example.org", true},
		{"eve@example.org must not get it", false},
		{"eve@example.org and bob should never get it", false},
		{"eve@example.org won't need it", false},
		{"schreib nicht an eve@example.org", false},
	}
	for _, c := range table {
		_, said := typed(c.words).find("eve@example.org", formAddress)
		require.Equal(t, c.said, said, c.words)
	}
}

// A text that is carried may refuse something itself; what a later sentence refuses it does
// not carry.
func TestARefusalInsideOfWhatIsCarried(t *testing.T) {
	for words, body := range map[string]string{
		"mail bob@x.org: no problem, see you at 5": "no problem, see you at 5",
		"mail bob@x.org \"I do not know\"":         "I do not know",
	} {
		_, said := typed(words).holds(Arg{"body", mine(body)}, Content)
		require.True(t, said, words)
	}
	_, said := typed("mail bob@x.org my address. Don't mention my PIN 1234.").holds(Arg{"body", mine("my address. Don't mention my PIN 1234.")}, Content)
	require.False(t, said)
}
