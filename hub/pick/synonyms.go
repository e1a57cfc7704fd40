package pick

import (
	"strings"
	"sync"
)

// everyday are words that people use for one another, a line each, in the languages
// that a request comes in most. A word may stand in several lines. They know no app:
// an app is found by them because its own words are among them.
const everyday = `
mail mails email emails inbox mailbox message messages letter letters newsletter newsletters post e-mail courriel correo correos nachricht nachrichten posteingang mensaje mensajes wrote tell told
send sent write wrote reply answer respond forward tell text notify schick schicke schicken sende senden schreib schreibe schreiben antworte envoie envoyer ecris ecrire envoyez envia enviar manda escribe
message chat post channel dm ping text sms
calendar schedule agenda appointment appointments event events meeting meetings kalender termin termine calendrier rendez-vous rendezvous agenda reunion calendario cita citas evento eventos besprechung call lunch dinner breakfast free busy plan planned
note notes memo jot notebook notiz notizen carnet nota notas remember
contact contacts person people phone number address telephone kontakt kontakte telefonnummer nummer adresse numero telefono contacto contactos who whom whose
user users member members profile person people who whom
organization organisation company companies employer firm job works workplace
birthday birthdays born geburtstag anniversaire cumpleanos
find search look lookup query list show get see read check fetch view display retrieve which any zeig zeige finde suche such lies cherche trouve montre affiche busca buscar encuentra muestra ensename dime
read open content text full body summarize summary say says said summarise lies lese resume zusammenfassen resumir
create add new make put set schedule book remind insert register enter save write neue neuer neues erstelle trage eintragen lege cree ajoute ajouter crea anade agrega anota notiere note
delete remove cancel erase drop clear trash discard rid losche loschen entferne streiche supprime supprimer efface annule borra borrar elimina cancela storniere
change update edit replace move reschedule rename modify postpone shift push set mark complete verschiebe andere verlege deplace modifie change mueve cambia modifica
task tasks todo todos reminder remind issue issues ticket tickets assignment aufgabe aufgaben erinnere tache taches rappelle tarea tareas recuerda card
file files readme document documents folder folders directory directories mkdir path pdf datei dateien ordner dokument fichier fichiers dossier archivo archivos carpeta
weather forecast temperature rain rainy raining snow snowing storm wind windy sunny warm cold umbrella wetter meteo temps clima tiempo outside outdoors draussen
web page website site url link browse browser navigate google internet online fetch download article seite
money pay payment invoice bill charge cost price transfer balance transaction account bank spend spent rechnung zahle facture paye pago factura
ride taxi cab trip travel fare lift drive fahrt
close complete finish tick resolve erledige abhaken
stay accommodation airbnb hotel apartment flat room listing listings night nights unterkunft logement alojamiento
flight hotel travel trip booking reservation reserve itinerary flug reise vol voyage vuelo viaje
attachment attachments attached enclosed file anhang piece adjunto
invite invitation invited attendee attendees guest einladung invitation invitacion
repo repository project code commit branch pull merge pr git issue
song music track playlist play album artist listen musik lied chanson cancion
photo photos picture pictures image images bild bilder foto fotos
map place places location route directions distance near nearby address train bus car bike walk foot far station restaurant cafe bar shop museum around drive long coordinates geocode
elevation altitude height high sea level mountain
stock share shares quote ticker price market
health symptom symptoms doctor medical sick illness pain arzt krank
database table row rows record records sql query
time date day today tomorrow timezone zone clock hour uhrzeit heure hora
story poem slogan write creative draft text
translate translation language ubersetze traduis traduce
buy order shop shopping cart purchase product products item items store kaufe bestelle achete compra
`

// alike maps a stem to the lines of everyday that it stands in.
var alike = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for i, line := range strings.Split(strings.TrimSpace(everyday), "\n") {
		line := strings.ReplaceAll(line, "-", " ")
		kind := "~" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		seen := map[string]bool{}
		for _, w := range strings.Fields(line) {
			s := stem(fold(w))
			if !seen[s] && len(w) > 1 {
				seen[s] = true
				m[s] = append(m[s], kind)
			}
		}
	}
	return m
})
