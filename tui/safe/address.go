package safe

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/net/idna"
)

// addresses finds what a terminal or a person would open: anything with a
// scheme and two slashes, www., and a host name followed by a path or a query.
var addresses = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:\b[a-z][a-z0-9+.-]{1,20}:/+|\b(?:mailto|data|javascript):|\bwww\.|(?:[\pL\pN-]+\.)+\pL{2,}(?::\d+)?[/?#])[^\s<>"]*`)
})

// maxHost is the longest host name there is (RFC 1035).
const maxHost = 253

// Address returns s, which is foreign text and not yet safe, with each address in
// it shown as its host and how many bytes were left out: `example.net…(87 bytes)`.
// It is for texts of more than one source, where an address can carry one app's
// data to another's server. With whole, s is returned as it is.
func Address(s string, whole bool) string {
	if whole {
		return s
	}
	return addresses().ReplaceAllStringFunc(s, func(a string) string {
		body := strings.TrimRight(a, ".,;:!?)]}'")
		return shorten(body) + a[len(body):]
	})
}

func shorten(a string) string {
	rest := a
	if i := strings.Index(a, ":/"); i > 0 && !strings.ContainsAny(a[:i], ".?#@") {
		rest = strings.TrimLeft(a[i+1:], "/")
	} else if scheme, after, ok := strings.Cut(a, ":"); ok && !strings.ContainsAny(scheme, "./?#") {
		if !strings.EqualFold(scheme, "mailto") {
			return fmt.Sprintf("%s:…(%d bytes)", strings.ToLower(scheme), len(after))
		}
		rest = after
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, `/?#\`); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	} else if path == "" || path == "/" {
		return a // nothing but a host
	}
	name, err := idna.Punycode.ToASCII(host)
	if err != nil || name == "" || len(name) > maxHost || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") != "" {
		return fmt.Sprintf("an address…(%d bytes)", len(a))
	}
	return fmt.Sprintf("%s…(%d bytes)", name, len(a)-len(host))
}
