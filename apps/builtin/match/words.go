package match

import (
	"strings"
	"sync"
)

// Words that say how something is asked for, or when, and not what: folded. A word that
// names things in English ("son", "war", "hat") is none here, whatever it is elsewhere.
const (
	english = `a about all an and any are as at be been before between by concerning could d did do
does during find for from had has have he her him his how i if in into is it its ll me mine my of on
or our please re regarding s search she should show so some than that the their them then there these
they this those till to until ve was we were what whats when where which who whom whose why with would
you your yours today tonight tomorrow yesterday now last latest newest recent recently next upcoming
since week month t`
	german = `der die das den dem des ein eine einen einem einer eines und oder ist sind von vom zu zum
zur mit fur im ins am auf aus bei beim uber nach seit bis ich mir mich mein meine meinen meinem meiner
du dein deine wir uns unser unsere er sie es ihr was wann wo wer wem wen wie welche welcher welches alle
habe bitte zeig zeige suche finde wegen heute morgen gestern jetzt letzte letzten letzter letztes
nachste nachsten nachster nachstes neueste neuesten woche monat`
	french = `le la les l un une du de d et ou est sont au aux avec pour par sur dans en je j moi mon ma
mes tu ton ta tes nous notre nos vous votre vos il elle ils elles ce c cet cette ces que qu quoi qui
quand comment quel quelle quels quelles tous toutes montre cherche trouve chez depuis entre aujourd hui demain
hier dernier derniere derniers dernieres prochain prochaine prochains semaine mois`
	spanish = `el los las lo una unos unas y e o del al con para por sobre mi mis tus su sus esta estan
ha yo quien cuando donde como cual cuales todos todas muestra busca buscar encuentra desde hasta hoy
manana ayer ultimo ultima ultimos ultimas proximo proxima semana mes`
)

// functional holds them all. It is made when a search first needs it: other processes of
// this binary never do.
var functional = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, language := range []string{english, german, french, spanish} {
		for w := range strings.FieldsSeq(language) {
			all[w] = true
		}
	}
	return all
})
