package mail

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHTMLText(t *testing.T) {
	for _, c := range []struct{ name, html, text string }{
		{"paragraphs", "<p>One  two\nthree</p><p>Four</p>", "One two three\n\nFour\n"},
		{"inline", "a <b>b</b><i>c</i> d", "a bc d\n"},
		{"breaks", "a<br>b<br/>c", "a\nb\nc\n"},
		{"scripts and styles", "<style>p{}</style>a<script>alert('<p>x')</script>b", "ab\n"},
		{"head", "<head><title>T</title><meta></head><body>x</body>", "x\n"},
		{"head never closed", "<html><head><title>T</title><body>x", "x\n"},
		{"entities", "&lt;b&gt; &amp; &euro;", "<b> & €\n"},
		{"link", `see <a href="https://example.org/x">the page</a>.`, "see the page <https://example.org/x>.\n"},
		{"link that says where it goes", `<a href="https://example.org/">https://example.org/</a>`, "https://example.org/\n"},
		{"link that lies", `<a href="https://evil.example.net/">https://bank.example.org/</a>`, "https://bank.example.org/ <https://evil.example.net/>\n"},
		{"mail link", `<a href="mailto:a@example.org">a@example.org</a>`, "a@example.org\n"},
		{"links side by side", `<a href="u:1">a</a><a href="u:2">b</a>`, "a <u:1>b <u:2>\n"},
		{"stray ends", "a</a></p></div></script>b", "a\n\nb\n"},
		{"list", "<ul><li>one</li><li>two</li></ul>x", "- one\n- two\n\nx\n"},
		{"table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"},
		{"pre", "<pre>a\n  b</pre>c", "a\n  b\n\nc\n"},
		{"image", `<img src="x" alt="a cat"><img src="y">`, "[a cat]\n"},
		{"hidden by style is shown", `a<span style="display:none">b</span>`, "ab\n"},
		{"hidden characters stay", "a\u200bb", "a\u200bb\n"},
		{"no-break space stays", "a&nbsp;&nbsp;b", "a\u00a0\u00a0b\n"},
		{"empty", "", "\n"},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.text, htmlText(c.html)) })
	}
}

func TestHTMLTextIsBounded(t *testing.T) {
	require.LessOrEqual(t, len(htmlText(strings.Repeat("<p>word</p>", 1<<20))), maxHTMLText+100)
	require.Less(t, len(htmlText(`<a href="https://e/`+strings.Repeat("x", 1<<20)+`">t</a>`)), maxHref+100)
	htmlText(strings.Repeat("<a href=x><pre><ul>", 1<<18))
}
