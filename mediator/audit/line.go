package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// maxLine bounds a line with its newline: room for hundreds of arguments, and
// little enough to hold the last one in memory before every append.
const maxLine = 64 << 10

// A line is the entry's JSON with four fields more at its end:
//
//	{"n":7,"time":"2026-11-23T14:02:03Z","kind":"decision",…,
//	 "base":6,"prev":"9f2c…","hash":"03ab…","mac":"77d1…"}
//
// base is the number of the last line before the lines that were written in the
// same go. prev is the hash of the line before, zeros for the first. hash is the
// SHA-256 of everything before `,"hash"`, byte for byte as it stands in the file.
// mac is the HMAC-SHA256 of hash with the key of the record: a line without it
// was not written by secgpt, even if its hash is right.
type line struct {
	Entry
	Base int64  `json:"base"`
	Prev string `json:"prev"`
	Hash string `json:"hash"`
	Mac  string `json:"mac"`
}

const (
	hexLen  = 2 * sha256.Size
	tailLen = len(`,"hash":"","mac":""}`) + 2*hexLen
)

var noHash = strings.Repeat("0", hexLen)

// seal writes e as a line, with the newline, and returns the line's hash.
func seal(e Entry, base int64, prev string, key []byte) ([]byte, string, error) {
	body, err := json.Marshal(struct {
		Entry
		Base int64  `json:"base"`
		Prev string `json:"prev"`
	}{e, base, prev})
	if err != nil {
		return nil, "", err
	}
	body = body[:len(body)-1] // the closing brace comes after the mac
	hash := hashOf(body)
	body = fmt.Appendf(body, `,"hash":"%s","mac":"%s"}`+"\n", hash, macOf(key, "line", hash))
	if len(body) > maxLine {
		return nil, "", fmt.Errorf("the entry has %d bytes, %d at most", len(body), maxLine)
	}
	return body, hash, nil
}

// The ways in which a line by itself is wrong.
var (
	errForm = errors.New("can't be read")
	errHash = errors.New("was edited")
	errMac  = errors.New("was not written by secgpt")
)

// open reads a line, without its newline. With errHash or errMac the line was
// read but is not to be trusted. A nil key skips the mac.
func open(data []byte, key []byte) (line, error) {
	var l line
	if len(data) < tailLen || len(data) >= maxLine {
		return l, errForm
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&l); err != nil || d.InputOffset() != int64(len(data)) {
		return l, errForm
	}
	body, tail := data[:len(data)-tailLen], data[len(data)-tailLen:]
	want := fmt.Sprintf(`,"hash":"%s","mac":"%s"}`, l.Hash, l.Mac)
	switch {
	case string(tail) != want || l.N < 1 || len(l.Prev) != hexLen:
		return l, errForm
	case hashOf(body) != l.Hash:
		return l, errHash
	case key != nil && !hmac.Equal([]byte(macOf(key, "line", l.Hash)), []byte(l.Mac)):
		return l, errMac
	}
	return l, nil
}

func hashOf(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// macOf says what it is a mac of, so that one kind can't stand for another.
func macOf(key []byte, what, text string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(what + "\x00" + text))
	return hex.EncodeToString(m.Sum(nil))
}
