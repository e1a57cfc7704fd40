package safe

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns the same JSON with every rune that is not plainly visible written
// as \u202e. The values stay exact, and a terminal that the document is printed
// on obeys none of them. doc must be valid JSON.
func JSON(doc []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(doc))
	for i := 0; i < len(doc); {
		if doc[i] < utf8.RuneSelf {
			// Outside texts only spaces and line ends are controls, and inside
			// them JSON allows none. DEL is the one that it forgot.
			if doc[i] == 0x7F {
				out.WriteString(`\u007f`)
			} else {
				out.WriteByte(doc[i])
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(doc[i:])
		switch {
		case visible(r):
			out.Write(doc[i : i+n])
		case r > 0xFFFF:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
		i += n
	}
	return out.Bytes()
}
