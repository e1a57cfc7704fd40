package policy

import (
	"net/netip"
	"strings"
)

// reserved are the words of rules; none of them is an app's name.
var reserved = map[string]bool{
	"allow": true, "deny": true, "any": true, "until": true, "person": true,
	"stdin": true, "paste": true, "file": true, "unknown": true, "model": true,
}

// Reserved reports whether the word belongs to the language of rules, so that no
// app may have it as its name.
func Reserved(word string) bool { return reserved[word] }

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

// appName reports whether s has the form of an app's name: [a-z][a-z0-9_]*.
func appName(s string) bool {
	return s != "" && len(s) <= maxName && s[0] >= 'a' && s[0] <= 'z' &&
		only(s, lower+digits+"_") && !reserved[s]
}

// identifier is the form of tools and arguments: others get an alias that has it.
func identifier(s string) bool {
	return s != "" && len(s) <= maxName && !(s[0] >= '0' && s[0] <= '9') && only(s, lower+upper+digits+"_")
}

// modelName takes what servers call their models: `gpt-4.1`, `org/name:7b`.
func modelName(s string) bool {
	return s != "" && len(s) <= 2*maxName && only(s, lower+upper+digits+"_.:/-") && !strings.HasPrefix(s, "-")
}

// hostname takes a host as it stands in web/HOST: lower case, a port if it has
// one, an IPv6 address in brackets.
func hostname(s string) bool {
	if len(s) > 255 {
		return false
	}
	if end := strings.IndexByte(s, ']'); strings.HasPrefix(s, "[") && end > 0 {
		_, err := netip.ParseAddr(s[1:end])
		return err == nil && port(s[end+1:])
	}
	host, _, _ := strings.Cut(s, ":")
	return host != "" && only(host, lower+digits+".-_") && port(s[len(host):])
}

func port(s string) bool { return s == "" || len(s) > 1 && s[0] == ':' && only(s[1:], digits) }

func only(s, set string) bool {
	for i := range len(s) {
		if strings.IndexByte(set, s[i]) < 0 {
			return false
		}
	}
	return true
}
