package sample

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// A card is one contact: what stands on it, in the order of a vCard 4.0.
type card struct {
	file, name string
	sorted     string // N: family;given;;prefix;
	also       string // NICKNAME
	mail, tel  string
	org        string // ORG: organization;unit;
	note       string
	birthday   string
}

func writeContacts(dir string, now time.Time, made *Made) error {
	for _, c := range cards(now) {
		if err := put(filepath.Join(dir, "contacts", c.file+".vcf"), c.vcard(), now); err != nil {
			return err
		}
		made.Contacts++
	}
	return nil
}

// museum is where the person works.
const museum = "Museum of Almost Useful Inventions"

func cards(now time.Time) []card {
	return []card{
		{file: "alice", name: "Alice Ahmed", sorted: "Ahmed;Alice;;;", mail: "alice@example.org", tel: "+49 30 5550 101",
			org: museum + ";Collection", note: "Soup, not chairs.", birthday: day(now, 9).AddDate(-36, 0, 0).Format("20060102")},
		{file: "bob", name: "Bob Keller", sorted: "Keller;Bob;;;", mail: "bob@example.org", tel: "+49 30 5550 102",
			org: museum + ";Exhibitions", note: "Answers mail. Descales things."},
		{file: "chen", name: "Dr. Chen", sorted: "Chen;Mei;;Dr.;", mail: "praxis@chen.example.com", tel: "+49 30 5550 880", org: "Chen Dental Practice"},
		{file: "mother", name: "Mother", sorted: "Okafor;Ngozi;;;", also: "Mum", mail: "mum@example.net", tel: "+49 30 5550 001",
			note: "Sundays. Also all other days."},
		{file: "chidi", name: "Chidi Obi", sorted: "Obi;Chidi;;;", mail: "chidi@example.org", tel: "+49 30 5550 103", org: museum + ";Numbers"},
		{file: "ursula", name: "Ursula Ämmerli", sorted: "Ämmerli;Ursula;;;", mail: "ursula.aemmerli@example.com",
			org: "Museum of the Lake;Zürich", note: "No coffee in the mug. No tea either."},
		{file: "tanaka", name: "田中 由紀 (Yuki Tanaka)", sorted: "田中;由紀;;;", mail: "tanaka@example.com", tel: "+81 3 5550 4400", org: "Umbrella Works;Tokyo"},
		{file: "ines", name: "Ines Faro", sorted: "Faro;Ines;;;", mail: "ines@example.net", org: "Back yard;Slug relations"},
		{file: "emeka", name: "Emeka Okafor", sorted: "Okafor;Emeka;;;", also: "little brother", mail: "emeka@example.net",
			tel: "+49 151 5550 777", note: "Set up Mum's phone. Signed it, too."},
		{file: "library", name: "Gleim Street Library", sorted: "Library;Gleim Street;;;", mail: "desk@library.example.net",
			tel: "+49 30 5550 441", note: "Don't pick up until the book is found."},
	}
}

func (c card) vcard() string {
	w := &icsWriter{} // vCards fold and escape as calendars do
	w.line("BEGIN:VCARD")
	w.line("VERSION:4.0")
	w.line("UID:" + c.file + "@example.org")
	w.line("FN:" + escape(c.name))
	w.line("N:" + c.sorted)
	for _, f := range []struct{ key, value string }{
		{"NICKNAME", escape(c.also)}, {"EMAIL", c.mail}, {"TEL;TYPE=voice", strings.ReplaceAll(c.tel, " ", "-")},
		{"ORG", c.org}, {"BDAY", c.birthday}, {"NOTE", escape(c.note)},
	} {
		if f.value != "" {
			w.line(fmt.Sprintf("%s:%s", f.key, f.value))
		}
	}
	w.line("END:VCARD")
	return w.b.String()
}
