package cli

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/tui/safe"
)

func newEyes() (*eyes, *bytes.Buffer) {
	var out bytes.Buffer
	return &eyes{both: &sync.Mutex{}, out: &out}, &out
}

// However a text is cut into writes, nothing reaches the terminal that could steer it.
func TestEyesOfAnyBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, out := newEyes()
		for _, part := range rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 40), 0, 8).Draw(t, "writes") {
			n, err := e.Write(part)
			require.NoError(t, err)
			require.Equal(t, len(part), n)
			require.Less(t, len(e.held), utf8.UTFMax)
		}
		e.flush()
		requireHarmless(t, out.String())
	})
}

func requireHarmless(t require.TestingT, s string) {
	require.True(t, utf8.ValidString(s), "%q", s)
	for _, r := range s {
		require.True(t, r == '\n' || r >= ' ' && r != 0x7f && (r < 0x80 || r > 0x9f) && r != 0x202e, "%q", s)
	}
}

// Cut anywhere, a plain text in any script is shown as if it had not been cut.
func TestEyesOfCutText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"a", " ", "é", "語", "🙂", "\n", "\r\n", "\t", "\x1b[2J"})).Draw(t, "text"), "")
		want := safe.Text(text)
		e, out := newEyes()
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			_, err := e.Write([]byte(rest[:n]))
			require.NoError(t, err)
			rest = rest[n:]
		}
		e.flush()
		require.Equal(t, want, out.String())
	})
}

// What is whole is shown at once: a prompt waits for nothing.
func TestEyesShowAPromptAtOnce(t *testing.T) {
	e, out := newEyes()
	_, err := e.Write([]byte(">>> \xe8\xaa"))
	require.NoError(t, err)
	require.Equal(t, ">>> ", out.String())
	_, err = e.Write([]byte("\x9e\r"))
	require.NoError(t, err)
	require.Equal(t, ">>> 語", out.String())
	e.flush()
	require.Equal(t, ">>> 語⟨U+000D⟩", out.String())
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"512M": 512 << 20, "1G": 1 << 30, "1g": 1 << 30, "64MiB": 64 << 20, "64mb": 64 << 20, "33554432": 32 << 20, "16384K": 16 << 20, "16T": 16 << 40} {
		n, err := bytesOf(text)
		require.NoError(t, err, text)
		require.Equal(t, want, n, text)
	}
	for _, text := range []string{"", "M", "-1G", "1.5G", "lots", "15M", "17T", "9223372036854775807G", "1 G", "0x10M", "i", "B", "1P"} {
		_, err := bytesOf(text)
		require.Error(t, err, text)
	}
}
