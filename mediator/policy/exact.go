package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"secgpt/mediator/label"
)

// Where returns a condition that the argument is exactly v: for the rules that an
// answer makes. An error means that no rule can say it, such as a number too large.
func Where(arg string, v label.Value) (Condition, error) {
	if !identifier(arg) {
		return Condition{}, fmt.Errorf("no rule can name the argument %.40q", arg)
	}
	if nested(v) {
		return Condition{}, fmt.Errorf("no rule can hold the value of %s: neither a text, a number, true, false nor a list of these", arg)
	}
	s, err := exact(v)
	if err != nil {
		return Condition{}, fmt.Errorf("no rule can hold the value of %s: %w", arg, err)
	}
	if len(s) > maxRule {
		return Condition{}, fmt.Errorf("no rule can hold the value of %s: %d bytes, %d at most", arg, len(s), maxRule)
	}
	return Condition{Arg: arg, JSON: s}, nil
}

// exact writes v as rules compare and show it: the JSON that would be sent, with
// characters that can't be seen written as \u. Equal strings mean equal JSON.
func exact(v label.Value) (string, error) {
	sent, err := v.JSON()
	if err != nil {
		return "", err
	}
	again, err := label.FromJSON(sent, label.Person())
	if err != nil {
		return "", err
	}
	if b, err := again.JSON(); err != nil || string(b) != string(sent) {
		return "", errors.New("a number that JSON can't hold exactly")
	}
	return visible(string(sent)), nil
}

// visible escapes what a person could not see in a rule. Such characters stand
// only inside the quotes of JSON, where an escape means the same.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// value reads the value of a condition and returns it as exact writes it.
func (p *parser) value() (string, error) {
	p.space()
	const want = "a value in quotes, a number, true or false"
	if p.rest == "" || !strings.ContainsRune(`"[-tf0123456789`, rune(p.rest[0])) {
		if name, _, _ := strings.Cut(p.rest, ")"); name != "" {
			return "", p.want(want + ` (texts stand in "…")`)
		}
		return "", p.want(want)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(p.rest)))
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		if p.rest[0] == '"' {
			return "", p.fail(`the text that starts here has no closing quote, or a character in it needs a \ before it`)
		}
		return "", p.want(want)
	}
	v, err := label.FromJSON(raw, label.Person())
	if err != nil {
		return "", p.fail("%v", err)
	}
	if nested(v) {
		return "", p.want(want + ", or a list of these")
	}
	s, err := exact(v)
	if err != nil {
		return "", p.fail("%v", err)
	}
	p.rest = p.rest[d.InputOffset():]
	return s, nil
}

// nested reports what no condition holds: null, objects, and lists of lists.
func nested(v label.Value) bool {
	plain := func(v label.Value) bool {
		return v.Kind() != label.Null && v.Kind() != label.List && v.Kind() != label.Object
	}
	if v.Kind() != label.List {
		return !plain(v)
	}
	return !all(v.Items(), plain)
}
