package asked

import "strings"

// A kind is a kind of change, or several.
type kind uint8

const (
	send kind = 1 << iota
	create
	remove
	update
	pay
	do // starting and stopping, pressing and typing
)

// A language is what is known of one.
type language struct {
	small  map[string]bool // words by which it is known
	starts map[string]bool // of questions
	finds  map[string]bool // verbs that find something out
	tells  map[string]bool // verbs that do so before me
	me     map[string]bool
	you    map[string]bool // behind "can" it is no question
	able   map[string]bool
	polite map[string]bool // what may stand before a verb and says nothing
	not    map[string]bool
	owned  map[string]bool // what begins with one of these is there already
	noun   map[string]bool // a word behind one of these is no verb
	joins  map[string]bool
	verbs  map[string]kind
	stems  map[string]kind     // with any end: languages that bend their verbs
	parts  map[string][]string // verbs that take away, with one of these behind them
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// kinds reads "send: mail write" lines.
func kinds(lines map[kind]string) map[string]kind {
	m := map[string]kind{}
	for k, words := range lines {
		for _, w := range strings.Fields(words) {
			m[w] |= k
		}
	}
	return m
}

// english are the verbs of English in the form of a wish; "sent" and "who sends" are
// none.
var english = kinds(map[kind]string{
	send: "fwd msg send mail email write tell reply answer respond message text notify inform forward invite share post publish tweet comment ping dm submit " +
		"confirm accept decline apologise apologize warn thank congratulate contact announce let say wish cc deliver broadcast upload give remind ask",
	create: "add create save note remember book schedule put write make set plan remind record log store jot draft register enter insert reserve arrange " +
		"organize organise block keep track import copy duplicate download build generate append pin bookmark upload subscribe file attach invite export memo " +
		"sign new fork open start",
	remove: "delete remove cancel clear erase drop trash discard wipe unsubscribe forget revoke purge scrap uninstall empty throw kill rid unsend",
	update: "move change update rename edit modify replace reschedule postpone shift push extend shorten correct fix set make mark archive unarchive star flag " +
		"label tag complete finish tick accept decline confirm close reopen resolve assign merge approve reject snooze turn switch toggle enable disable mute " +
		"unmute rate adjust sort restore swap append add put cross check write bring delay cancel",
	create | remove | update: "undo revert",
	pay:                      "top place rebuy pay buy order transfer purchase donate tip wire subscribe refund charge checkout book reserve invest sell rent hire send give",
	do: "run execute start stop play pause launch open restart deploy trigger call click press type fill navigate turn switch go hover drag select upload " +
		"take print connect resume skip",
})

// nouns are verbs that are nouns as often: they count where no article, no owner and
// no adjective stands before them.
var nouns = set("mail email text message note book order transfer schedule plan change copy share answer reply file record log post comment label tag star flag " +
	"mark move drop charge tip rent track draft check call print pin start stop play run open turn trash block cc dm ping fix rate sort close memo contact " +
	"wish update edit build import export upload download bookmark wire sign new push shift tweet invite name empty clear fork notiz termin erinnerung nota cita note rendez-vous confirm")

// pronouns behind a word make a verb of it: "mail it to him?" is a wish.
var pronouns = set("it him her them me us")

// relative are words behind which a verb tells of a thing: "meetings that end at 5".
var relative = set("that which who they it")

// A question within a sentence: "what i should bring".
var (
	questions = set("what which who whom where when why how")
	subjects  = set("i we he she they")
	modals    = set("should must can could would will need have want to")
)

// maxModals is how many words stand between who does something and what, at most, and one.
const maxModals = 4

// labels are words that make a noun of the one before: "email address".
var labels = set("address addresses number numbers thread threads folder account list lists id book file files")

// days are words for a time that something new may be for.
var days = set("today tomorrow tonight monday tuesday wednesday thursday friday saturday sunday noon morgen montag dienstag mittwoch donnerstag freitag samstag sonntag demain lundi mardi mercredi jeudi vendredi samedi dimanche mañana lunes martes miércoles jueves viernes sábado domingo")

// toolVerbs are verbs in the name of a tool, where they say one thing.
var toolVerbs = func() map[string]kind {
	m := map[string]kind{}
	for w, k := range english {
		m[w] = k
	}
	for w, k := range map[string]kind{
		"write": create | update, "send": send, "set": create | update, "make": create, "put": create | update, "add": create, "give": send, "upload": create | send,
		"invite": send | update, "upsert": create | update, "insert": create, "push": update | send, "note": create, "mail": send, "open": 0, "start": do, "check": update,
		"transfer": pay, "order": pay, "buy": pay, "checkout": pay, "reply": send, "forward": send, "cancel": remove, "destroy": remove, "unlink": remove,
		"patch": update, "reorder": update, "append": create | update, "copy": create, "reschedule": update, "schedule": create, "remind": create, "publish": send,
		"subscribe": create, "call": do, "take": do, "input": do, "login": do, "verify": do, "authenticate": do, "signin": do, "click": do, "type": do, "fill": do, "press": do, "download": do | create, "book": create | pay, "reserve": create | pay, "new": create, "remember": create,
	} {
		m[w] = k
	}
	return m
}()

// readers are verbs in the name of a tool that only finds something out.
var readers = set("open diff history logs get list search find read fetch query lookup show view describe count browse retrieve summarize summarise look see display select inspect " +
	"status info calculate convert compare translate scan explain analyze analyse detect preview validate test echo think current now weather forecast")

// visits are verbs for going to a page, in the name of a tool and in a request. In a
// request they are no verbs else: "visit Grandma on Friday" is an event.
var visits = set("visit visiting browse browsing navigate navigating")

// things are nouns in the name of a tool that say what its verb means: write_letter,
// send_money.
var things = kinds(map[kind]string{
	pay:  "money cart basket payment payments transaction transactions bill invoice funds purchase order donation checkout",
	send: "letter letters message messages mail mails email emails sms reply comment invitation dm",
})

// entrust are verbs that leave to something else what is done, 2 by themselves, 1 beside
// one of entrusted.
var entrust = map[string]int{"achieve": 2, "fulfill": 2, "fulfil": 2, "follow": 1, "perform": 1, "complete": 1, "do": 1, "execute": 1, "carry": 1, "finish": 1, "address": 1, "handle": 1, "process": 1}

var entrusted = set("instructions actions todos homework steps request requests issue issues tasks them")

// done are the words by which a plan says that a change was made.
var done = kinds(map[kind]string{
	send: "sent mailed emailed told replied answered forwarded invited shared posted informed notified published submitted " +
		"gesendet geschickt geantwortet informiert eingeladen envoyé envoyée répondu enviado enviada respondido",
	create: "added created saved noted booked scheduled stored recorded remembered reserved registered written copied set " +
		"hinzugefügt eingetragen erstellt gespeichert notiert gebucht ajouté ajoutée créé créée enregistré noté réservé añadido añadida creado creada guardado anotado reservado",
	remove: "deleted removed cancelled canceled cleared erased gone discarded gelöscht entfernt storniert abgesagt supprimé supprimée effacé annulé borrado borrada eliminado cancelado",
	update: "moved changed updated renamed edited rescheduled postponed marked archived completed set verschoben geändert umbenannt aktualisiert déplacé modifié renommé changé movido cambiado modificado renombrado",
	pay:    "paid bought ordered transferred purchased booked bezahlt gekauft bestellt überwiesen payé acheté commandé pagado comprado pedido transferido",
	do:     "started stopped opened executed gestartet gestoppt démarré arrêté iniciado parado",
	send | create | remove | update | pay | do: "done erledigt fait hecho",
})

// common are words that say nothing about what a tool does.
var common = set("the and for with that this from into are was has have its all any can you your one new use used who what when where which how not but out " +
	"data value values given name names text item items list object tool please let's its their them they then than about also down self if is it to of in on at by me my " +
	"der die das ein eine und ist les des une dans los las una con por para que")

var languages = []language{
	{
		small: set("the a an my to is are was what who and of in for with please me i it that on at this from do have be you your we our not any all " +
			"there can could would will let's about as if but her his him them one some no up"),
		starts: set("who whom whose what what's whats when where where's which why how is are was were do does did has have had am can could would will should may any anything anyone who's how's when's isn't aren't didn't"),
		finds:  set("show list find search read look check summarize summarise sum get fetch display see count compare explain describe translate calculate browse define recommend suggest lookup view"),
		tells:  set("tell give answer show read write let say"),
		me:     set("me us"),
		you:    set("you we please"),
		able:   set("can could would will may"),
		polite: set("thanks thank please pls hey hi hello ok okay so now just kindly can could would will you i we want need like to also and then let's lets i'd i'll we'll must should help me us want'd go ahead yes no wait actually maybe first afterwards later"),
		not:    set("don't dont not never without didn't doesn't won't isn't no"),
		noun: set("my the a an this that any all new last latest first next from of in on by his her their our your unread for about with no some each every per via as one two three old recent important " +
			"which what whose whats urgent another other these those many much few more next open work its"),
		owned: set("my the any all last latest newest unread these those which other another more emails mails messages recent"),
		joins: set("and then but also plus afterwards"),
		verbs: english,
		parts: map[string][]string{"take": {"out", "off", "away"}, "call": {"off"}, "cross": {"off", "out"}, "strike": {"off", "out"}, "scratch": {"off"}, "get": {"rid"}},
	},
	{
		small: set("der die das ein eine einen einem und ist was wer ich mir mich meine mein meinen meinem für mit auf bitte den dem zu nicht im am von wann wie welche " +
			"du ihr es er sie um an alle gibt hat habe morgen heute neue"),
		starts: set("wer was wann wo warum wieso wie welche welcher welches welchen ist sind war gibt hat haben habe kann darf wieviel"),
		finds:  set("zeig zeige such suche finde find lies lese liste fasse fass erkläre erklär schau guck vergleiche übersetze zähle nenne"),
		tells:  set("sag sage gib erzähl erzähle nenn"),
		me:     set("mir uns"),
		you:    set("du sie ihr"),
		able:   set("kannst könntest würdest willst"),
		polite: set("danke bitte kannst könntest würdest du ich will möchte mal jetzt dann und auch hey hallo ok"),
		not:    set("nicht kein keine keinen nie"),
		noun:   set("die der das den dem ein eine meine meinen mein meiner neue letzte alle"),
		owned:  set("meine mein die der das alle letzte neueste ungelesene welche"),
		joins:  set("und dann danach aber"),
		verbs:  map[string]kind{"mail": send},
		stems: kinds(map[kind]string{
			send:   "schick send schreib sag antwort benachrichtig informier leit teil maile lad richte erinner",
			create: "füg hinzufüg eintrag trag erstell leg anleg merk notier notiz termin erinnerung speicher buch reservier plan schreib mach erinner setz neu vereinbar verabred",
			remove: "lösch entfern stornier streich wirf absag sag",
			update: "verschieb änder benenn umbenenn aktualisier bearbeit ersetz verleg markier setz mach füg trag",
			pay:    "bezahl zahl kauf bestell überweis buch reservier spende",
			do:     "start stopp spiel öffne schalt mach drück klick",
		}),
	},
	{
		small: set("le la les un une des et est que qui quoi je moi mon ma mes pour avec sur s'il plaît du au aux de dans ne pas quand où comment quel quelle quels quelles " +
			"tu vous il elle ce cette demain aujourd'hui tous toutes"),
		starts: set("qui que quoi quand où pourquoi comment quel quelle quels quelles est est-ce combien qu'est"),
		finds:  set("montre affiche cherche trouve lis liste résume explique regarde compare traduis compte"),
		tells:  set("dis donne raconte"),
		me:     set("moi nous"),
		you:    set("tu vous"),
		able:   set("peux pourrais pouvez veux"),
		polite: set("s'il te vous plaît peux pourrais tu je veux voudrais bonjour salut et puis aussi ok"),
		not:    set("pas jamais ne sans"),
		noun:   set("le la les un une des mon ma mes ce cette tous toutes dernier dernière nouveau nouvelle"),
		joins:  set("et puis ensuite mais"),
		stems: kinds(map[kind]string{
			send:   "envo écri répond dis préviens informe transfèr transmet invit partag publi rappel",
			create: "rendez-vous ajout crée créer note enregistr rappel réserv planifi mets mett écri inscri sauvegard programm",
			remove: "supprim efface enlèv enlev annul retir",
			update: "déplac chang modifi renomm mets mett repouss report remplac marqu ajout annul",
			pay:    "paie paye payer achèt achet command vire virement transfèr réserv",
			do:     "lance démarr arrêt ouvr joue éteins allum cliqu",
		}),
	},
	{
		small: set("el la los las un una unos y es que quien qué quién yo mi mis me para con por favor del al de en no cuándo dónde cómo cuál " +
			"tú usted lo le su sus este esta mañana hoy todos todas hay"),
		starts: set("quién quien qué que cuándo dónde cómo cuál cuáles cuánto cuántos hay es son está tengo"),
		finds:  set("muestra muéstrame busca encuentra lee enséñame resume explica mira compara traduce cuenta"),
		tells:  set("dime dame"),
		me:     set("qué si"),
		you:    set("tú usted"),
		able:   set("puedes podrías"),
		polite: set("por favor puedes podrías quiero quisiera hola y también ok"),
		not:    set("no nunca sin"),
		noun:   set("el la los las un una mi mis este esta todos todas último última nuevo nueva"),
		joins:  set("y luego después pero"),
		stems: kinds(map[kind]string{
			send:   "envía envia enviar manda mándal escrib respond dile diles avisa informa reenví invita compart publica recuérd",
			create: "nota cita añad agreg crea crear anota apunta guarda recuérd recuerda reserva programa pon ponme escrib registra",
			remove: "borra elimina quita cancela",
			update: "mueve mover cambia modifica renombra actualiza edita marca pospon pon añad agreg cancela",
			pay:    "paga compra pide pedir ordena transfier transfer reserva",
			do:     "inicia para abre reproduc enciende apaga pulsa",
		}),
	},
}
