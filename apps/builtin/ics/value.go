package ics

import "strings"

// Value is the property's value as it stands in the file, unfolded.
func (p Prop) Value() string { return p.line[p.value:] }

// Line is the whole property, unfolded.
func (p Prop) Line() string { return p.line }

// Text is the value of a text property, unescaped, and always UTF-8.
func (p Prop) Text() string { return Unescape(p.Value()) }

// Param is the value of a parameter, without its quotes, or "".
func (p Prop) Param(name string) string {
	head := p.line[:p.value-1]
	for at := strings.IndexByte(head, ';'); at >= 0 && at < len(head); {
		part := head[at+1:]
		if n := unquoted(part, 0, ";"); n >= 0 {
			part = part[:n]
		}
		key, value, _ := strings.Cut(part, "=")
		if strings.EqualFold(strings.TrimSpace(key), name) {
			return paramText(value)
		}
		at += 1 + len(part)
	}
	return ""
}

// paramText takes the quotes off and reads the escapes of RFC 6868.
func paramText(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	return valid(caret.Replace(s))
}

var (
	caret       = strings.NewReplacer("^^", "^", "^n", "\n", "^'", `"`)
	caretWriter = strings.NewReplacer("^", "^^", "\r\n", "^n", "\n", "^n", `"`, "^'")
	escaper     = strings.NewReplacer(`\`, `\\`, "\r\n", `\n`, "\n", `\n`, ";", `\;`, ",", `\,`)
	unescaper   = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\N`, "\n", `\;`, ";", `\,`, ",")
)

// Unescape reads what Escape wrote. It is always UTF-8.
func Unescape(s string) string { return valid(unescaper.Replace(s)) }

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// Escape writes s as the value of a text property. Control characters, which no
// property may hold, are left out.
func Escape(s string) string { return dropControls(escaper.Replace(valid(s))) }

// EscapeParam writes s as a parameter value, in quotes if it needs them.
func EscapeParam(s string) string {
	s = dropControls(caretWriter.Replace(valid(s)))
	if strings.ContainsAny(s, ":;,") {
		return `"` + s + `"`
	}
	return s
}

func dropControls(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// Get is the first property of the name, which is in capitals.
func (c *Component) Get(name string) (Prop, bool) {
	for _, p := range c.Props {
		if p.Name == name {
			return p, true
		}
	}
	return Prop{}, false
}

// Text is the text of the first property of the name, or "".
func (c *Component) Text(name string) string {
	if p, ok := c.Get(name); ok {
		return p.Text()
	}
	return ""
}

// All is every property of the name.
func (c *Component) All(name string) []Prop {
	var all []Prop
	for _, p := range c.Props {
		if p.Name == name {
			all = append(all, p)
		}
	}
	return all
}
