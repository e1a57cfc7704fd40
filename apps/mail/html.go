package mail

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"secgpt/apps/builtin"
)

// maxHTMLText bounds the text made of one HTML part, in bytes. A body is cut further
// down; this keeps a page of links from growing without end.
const maxHTMLText = 2 << 20

// maxHref bounds an address that is shown behind its link's text.
const maxHref = 2000

var (
	dropped    = []atom.Atom{atom.Script, atom.Style, atom.Head}
	paragraphs = []atom.Atom{atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Ul, atom.Ol, atom.Table, atom.Pre}
	lines      = []atom.Atom{atom.Div, atom.Tr, atom.Li, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Dt, atom.Dd, atom.Center}
)

// htmlText makes readable text of an HTML mail. Scripts, styles and the head are
// dropped. What the mail hides by style is shown: a reader should not be told less
// than a program. A link's target stands behind its text, as "text <https://…>".
//
// It reads tokens and builds no tree, so that its cost is linear in the input.
func htmlText(src string) string {
	w := textWriter{}
	z := html.NewTokenizer(strings.NewReader(src))
	skip := atom.Atom(0) // the dropped element that is open; they don't nest
	for w.b.Len() < maxHTMLText {
		switch z.Next() {
		case html.ErrorToken:
			return w.String()
		case html.TextToken:
			if skip == 0 {
				w.text(string(z.Text()))
			}
		case html.StartTagToken:
			t := z.Token()
			if t.DataAtom == atom.Body {
				skip = 0 // a head that is never closed would swallow the mail
			}
			if skip == 0 && slices.Contains(dropped, t.DataAtom) {
				skip = t.DataAtom
			}
			if skip == 0 {
				w.open(t)
			}
		case html.SelfClosingTagToken:
			if skip == 0 {
				w.open(z.Token())
			}
		case html.EndTagToken:
			switch t := z.Token(); {
			case skip == 0:
				w.close(t.DataAtom)
			case skip == t.DataAtom:
				skip = 0
			}
		}
	}
	return w.String()
}

// A textWriter lays out text: runs of space become one, blocks start on their line.
type textWriter struct {
	b     strings.Builder
	space bool // a space is owed before the next word
	pre   int
	lines int      // line ends at the end of b; at most 2
	links []string // targets of the open links
	marks []int    // where in b the open links began
}

func (w *textWriter) String() string { return strings.TrimSpace(w.b.String()) + "\n" }

func (w *textWriter) text(s string) {
	if w.pre > 0 {
		w.raw(s)
		return
	}
	for i, word := range strings.FieldsFunc(s, isBreakingSpace) {
		if i > 0 || isBreakingSpace(rune(s[0])) {
			w.space = true
		}
		w.raw(word)
	}
	if s != "" && isBreakingSpace(rune(s[len(s)-1])) {
		w.space = true
	}
}

// isBreakingSpace leaves out the no-break space, which a layout wants kept.
func isBreakingSpace(r rune) bool {
	return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f'
}

func (w *textWriter) raw(s string) {
	if s == "" {
		return
	}
	if w.space && w.lines == 0 && w.b.Len() > 0 {
		w.b.WriteByte(' ')
	}
	w.space, w.lines = false, 0
	w.b.WriteString(s)
}

// newline ends the line, and with n = 2 leaves one empty.
func (w *textWriter) newline(n int) {
	w.space = false
	if w.b.Len() == 0 {
		return
	}
	for ; w.lines < n; w.lines++ {
		w.b.WriteByte('\n')
	}
}

func (w *textWriter) open(t html.Token) {
	switch a := t.DataAtom; {
	case a == atom.Br:
		w.space = false
		w.b.WriteByte('\n')
		w.lines = min(w.lines+1, 2)
	case a == atom.Hr:
		w.newline(1)
		w.raw("----")
		w.newline(1)
	case a == atom.Img:
		if alt := attribute(t, "alt"); strings.TrimSpace(alt) != "" {
			w.space = true
			w.raw("[" + alt + "]")
		}
	case a == atom.A && t.Type == html.StartTagToken:
		w.links = append(w.links, attribute(t, "href"))
		w.marks = append(w.marks, w.b.Len())
	case a == atom.Td || a == atom.Th:
		w.space = true
	case a == atom.Li:
		w.newline(1)
		w.raw("-")
		w.space = true
	default:
		w.block(a)
	}
	if t.DataAtom == atom.Pre && t.Type == html.StartTagToken {
		w.pre++
	}
}

func (w *textWriter) close(a atom.Atom) {
	switch {
	case a == atom.A && len(w.links) > 0:
		last := len(w.links) - 1
		href, mark := w.links[last], w.marks[last]
		w.links, w.marks = w.links[:last], w.marks[:last]
		w.target(href, w.b.String()[mark:])
	case a == atom.Pre && w.pre > 0:
		w.pre--
		w.block(a)
	default:
		w.block(a)
	}
}

func (w *textWriter) block(a atom.Atom) {
	switch {
	case slices.Contains(paragraphs, a):
		w.newline(2)
	case slices.Contains(lines, a):
		w.newline(1)
	}
}

// target writes where a link goes, unless its text says exactly that.
func (w *textWriter) target(href, text string) {
	href = strings.TrimSpace(href)
	if href == "" || strings.HasPrefix(href, "#") {
		return
	}
	if t := strings.TrimSpace(text); t == href || "mailto:"+t == href {
		return
	}
	w.space = true
	w.raw("<" + builtin.Cut(href, maxHref) + ">")
}

func attribute(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
