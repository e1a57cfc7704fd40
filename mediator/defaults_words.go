package mediator

import (
	"strings"
	"unicode"
)

// The words by which Defaults reads names, in the singular. A list that makes a tool
// stricter is wide on purpose; reading, contents, manners, moments, counting and
// flags are the ones that do not, and hold only what is plain.
var (
	// reading verbs change nothing where they come first.
	reading = set(`get list search read find fetch view show lookup look describe count
		retrieve browse check compare estimate calculate preview inspect stat has is
		exist peek diff grep summarize analyze`)

	// changing words are hardly ever anything but verbs that change something.
	changing = set(`accept activate add adjust allow alter append apply approve assign attach
		authorize autofill bind buy cancel checkout clear click compose configure confirm
		connect consult create deactivate decline delete deliver deploy destroy detach disable
		disconnect donate drop edit enable encrypt enroll erase exec execute follow forward
		generate give handle increase decrease insert install invoke invite join kick kill make
		manage modify move mute navigate notify organize overwrite pay perform persist publish
		purge push put redeem register reject remind remove rename reply replace reschedule
		reserve reset restart restore resume retweet revoke save sell send shutdown submit
		subscribe suspend sync terminate toggle truncate unassign unblock undo unfollow uninstall
		unlike unlink unlock unmute unpin unstar unsubscribe upload upsert verify wipe withdraw
		write`)

	// obtained is what get, retrieve, check and list do something to: get_loan,
	// retrieve_funds, check_box, list_item_for_sale.
	obtained = set(`fund loan cash credit box sale`)

	// running words say that what the tool is given is carried out.
	running = set(`run exec execute eval evaluate interpret compile script code command shell
		query sql macro program invoke`)

	// maybe words are verbs where one is expected, and nouns elsewhere.
	maybe = set(`access alert answer archive arrange ask ban bill block book call change charge
		clone close comment commit control copy cut deposit dispatch download draft email export
		file fill flag fork grant import input issue launch leave like link load lock log login
		logout mail mark merge message migrate monitor open order pair patch pin place play post
		press print process purchase query quote rate record refund release report request review
		rotate run schedule set setup share sign silence star start stop store swap switch text
		trade transfer trash trigger tweet update use vote`)

	// deleting and granting words withdraw what the person's own words would exempt.
	deleting = set(`delete remove drop purge clear erase wipe destroy cancel revoke uninstall
		truncate reset overwrite trash discard unlink kick kill leave unsubscribe disable
		deactivate terminate refund force`)
	granting = set(`grant share invite authorize permission role membership collaborator
		ownership guest ssh credential password passwd login publish unlock join enroll
		visibility public privacy access admin`)

	// To admit a party is to give access as well: add_user, create_token.
	admitting = set(`add create register enable activate approve accept`)
	parties   = set(`user member account key token group owner channel`)

	// prose words change something in a name, and mostly nothing in a description: "Handles
	// large files", "Allows searching", "Executes a query".
	prose = set(`accept allow apply confirm connect consult enable exec execute follow generate give
		handle make manage move navigate perform verify`)

	// verbFollows is what stands before a verb of the same subject in a description.
	verbFollows = set(`and or then also will to it that automatically optionally and/or`)

	commanding = set(`sql command cmd script statement shell action operation op method mark
		archive export download copy`)
	addresses = set(`url uri endpoint host webhook link address`)
	carrying  = set(`body data payload json form header param parameter input`)

	amounts     = set(`amount price total sum quantity qty payment tip fee cost money budget`)
	credentials = set(`password passwd passphrase passcode token secret apikey pin otp code cvv
		credential auth authorization bearer cookie key totp mfa`)
	destinations = set(`to cc bcc recipient receipient receiver addressee address email mail attendee
		invitee member participant phone mobile tel fax iban bic swift account url uri link
		webhook endpoint host hostname domain channel share user username owner collaborator
		guest contact friend customer client beneficiary payee requestee destination dest
		room server remote callback redirect wallet subscriber follower audience assignee
		reviewer group team person people website site`)
	// Of names that end in id only these are parties: email_id is a mail, not an address.
	partyIDs = set(`user recipient receiver account contact friend member participant customer
		client channel room group team wallet guest chat`)
	places  = set(`path folder dir directory file filename file_path`)
	origins = set(`from sender source src origin author start`)

	// Of what a read is about, these tell who somebody is.
	peoples = set(`contact people person phonebook payee beneficiary colleague employee
		friend user member customer client`)

	queries = set(`query q search keyword term filter pattern prefix tag topic phrase question
		city country location place name category brand type language status`)
	contents = set(`body content message text title subject description note comment summary
		caption html markdown review remark`)
	moments = set(`date time datetime day start end since until before after due begin month
		year duration deadline when timestamp`)
	manners  = set(`limit offset page sort timezone tz locale lang language format unit verbosity`)
	counting = set(`limit offset page num count size n k top first last skip result`)
	flags    = set(`recurring draft day urgent`)
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

func hasAny(words []string, of map[string]bool) bool {
	for _, w := range words {
		if of[w] {
			return true
		}
	}
	return false
}

// wordsOf takes a name apart where a programmer would: sendMail, send_mail,
// send-mail and SENDMail all read "send mail". Words come in lower case and in the
// singular.
func wordsOf(name string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, singular(strings.ToLower(string(word))))
		}
		word = nil
	}
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			continue
		}
		if i > 0 && unicode.IsUpper(r) &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			end()
		}
		word = append(word, r)
	}
	end()
	return words
}

// singular takes off the s of a plural or of the third person. It need not be good
// English: both sides of each comparison go through it.
func singular(w string) string {
	switch {
	case len(w) < 4 || !strings.HasSuffix(w, "s") || strings.HasSuffix(w, "ss") || strings.HasSuffix(w, "us") || strings.HasSuffix(w, "is"):
		return w
	case strings.HasSuffix(w, "ies"):
		return strings.TrimSuffix(w, "ies") + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "ches"):
		return strings.TrimSuffix(w, "es")
	}
	return strings.TrimSuffix(w, "s")
}

// withoutApp takes the app's own name from the front: gmail_send of the app gmail.
func withoutApp(words []string, app string) []string {
	app = strings.ReplaceAll(strings.ToLower(app), "_", "")
	front := ""
	for i, w := range words[:max(0, len(words)-1)] {
		front += w
		if front == app || front+"s" == app {
			return words[i+1:]
		}
	}
	return words
}
