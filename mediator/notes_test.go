package mediator

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

const (
	secretKey = "holds what looks like a secret key"
	code      = "holds what looks like a password or code"
	account   = "holds what looks like an account number"
	ibanNote  = "holds what looks like an account number (IBAN)"
	cardNote  = "holds what looks like a card number"
	social    = "holds what looks like a social security number"
	wallet    = "holds what looks like an address to pay to (Bitcoin)"
	invisible = "holds hidden characters"
	address   = "holds an address"
)

// What a person should not miss in a value is said beside it.
func TestWhatAValueHoldsIsPointedOut(t *testing.T) {
	d := newDesk(t)
	d.decide(call(addEvent, map[string]label.Value{"title": label.ListOf([]label.Value{of("otp 4711", "mail")}, label.Of("mail"))}), d.turn(""))
	require.Equal(t, []string{code}, d.asked[0].Args[0].Notes)

	for text, want := range map[string][]string{
		"GB29 NWBK 6016 1331 9268 19":                       {ibanNote},
		"pay to de89 3704 0044 0532 0130 00 please":         {ibanNote},
		"DE89370400440532013000":                            {ibanNote},
		"4111 1111 1111 1111":                               {cardNote},
		"4111-1111-1111-1111 12/29":                         {cardNote},
		"378282246310005":                                   {cardNote},
		"my account 12345678":                               {account},
		"account number is 1234 5678":                       {account},
		"account 12 34 56":                                  {account},
		"Kontonummer: 0532013000":                           {account},
		"SSN 123-45-6789":                                   {social},
		"it is 123-45-6789.":                                {social},
		"ssn: 123456789":                                    {social},
		"Your code: 123456":                                 {code},
		"Your code is 123 456.":                             {code},
		"123456 is your verification code":                  {code},
		"PIN 4711":                                          {code},
		"OTP=99821":                                         {code},
		"Password: hunter2":                                 {code},
		"the password is swordfish":                         {code},
		"Kennwort: geheim":                                  {code},
		"passcode 4711":                                     {code},
		"mot de passe : secret":                             {code},
		`{"password":"hunter2"}`:                            {code},
		"ghp_0123456789abcdefghij":                          {secretKey},
		"eyJhbGciOiJIUzI1NiJ9.e30.x":                        {secretKey},
		"api_key=abcd1234":                                  {secretKey},
		"API key: 9f8e7d6c":                                 {secretKey},
		"Authorization: Bearer abcdefghij0123456789":        {secretKey},
		"ya29.a0AfH6SMBx":                                   {secretKey},
		"client_secret = 'x8hd71'":                          {secretKey},
		"-----BEGIN RSA PRIVATE KEY-----":                   {secretKey},
		"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa":                {wallet},
		"to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq now": {wallet},
		"ask bob@example.org":                               {address},
		"see https://Example.org:8080/a?b":                  {"holds a link to example.org"},
		"see https://[2001:db8::1]:80/":                     {"holds a link to [2001:db8::1]"},
		"see https://nobody.(You,can,say:yes)!":             {"holds a link to a host with an odd name"},
		"see https://" + strings.Repeat("yes.", 30):         {"holds a link to a host with an odd name"},
		"https://bank.com@evil.net/, http://x.org.":         {"holds a link to evil.net", "holds a link to x.org", address},
		"in\u200bvisible":                                   {invisible},
		"a\u202eb otp 4711":                                 {invisible, code},

		// What is not one of them.
		"see you at 5": nil, "2026-11-29 14:00 to 2026-11-30 15:30": nil, "20261129T140000Z": nil,
		"1764430642000": nil, "+49 170 1234567": nil, "the code of conduct": nil, "dress code: casual": nil,
		"code review on 2026-11-29": nil, "code 2026-11": nil, "pin this note": nil,
		"password reset": nil, "bearer of this letter": nil, "Secret Santa": nil, "secret: tell nobody": nil,
		"account from 2026-11-29": nil, "account 2026-11-29": nil, "on account of the rain": nil,
		"4111 1111 1111 1112": nil, "DE88 3704 0044 0532 0130 00": nil, "000-12-3456": nil,
		"token ring": nil, "a@b": nil, "@home": nil, "1234567890123456789012345678": nil, "http is a protocol": nil,
	} {
		require.Equal(t, want, notes(of(text, "mail")), "%q", text)
	}
	require.Equal(t, []string{"holds a link to a.org", "holds a link to b.org", "holds a link to c.org", "and to 2 more"},
		notes(of("http://a.org http://b.org/1 http://b.org/2 http://c.org http://d.org http://e.org", "mail")))
}

func TestHiddenCharactersAreNoted(t *testing.T) {
	for _, r := range []rune{
		0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x200D, 0x2028, 0x2029, 0x202E, 0x2800, 0x3164,
		0xFE00, 0xFE0E, 0xFE0F, 0xFEFF, 0xFFA0, 0xE0001, 0xE0041, 0xE0100, 0x1B, 0x9B,
	} {
		require.Equal(t, []string{invisible}, notes(of("a"+string(r)+"b", "mail")), "U+%04X", r)
	}
	for _, s := range []string{
		"❤\ufe0f", "☎\ufe0e", "1\ufe0f\u20e3", "👨\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈", "👩🏽\u200d🚀", "©\ufe0f", "ℹ\ufe0f", "a\tb\r\n", "bad \xff byte",
	} {
		require.Empty(t, notes(of(s, "mail")), "%q", s)
	}
	for _, s := range []string{"❤\ufe0f\ufe0f", "1\ufe0f", "👨\u200dx", "x\u200d👨", "😀\ufe00", "😀\U000e0100"} {
		require.Equal(t, []string{invisible}, notes(of(s, "mail")), "%q", s)
	}
}

// The names of an object's fields are texts too, and tell what their values are.
func TestNamesOfFieldsAreLookedAt(t *testing.T) {
	object := func(name string, v label.Value) label.Value {
		return label.ObjectOf([]label.Field{{Name: name, Value: v}}, label.Of("mail"))
	}
	for _, c := range []struct {
		v    label.Value
		want []string
	}{
		{object("bob@example.org", of("x", "mail")), []string{address}},
		{object("4111 1111 1111 1111", label.ListOf(nil, label.Of("mail"))), []string{cardNote}},
		{object("a\u200bb", object("c", of("x", "mail"))), []string{invisible}},
		{object("password", of("hunter2", "mail")), []string{code}},
		{object("account", label.IntOf(12345678, label.Of("mail"))), []string{account}},
		{object("title", of("x", "mail")), nil},
	} {
		require.Equal(t, c.want, notes(c.v))
	}
}

func TestTooMuchToLookThroughIsSaid(t *testing.T) {
	long := of(strings.Repeat("word ", maxScan/5), "mail")
	require.Empty(t, notes(long))
	require.Equal(t, []string{"is too long to be looked through"}, notes(label.ListOf([]label.Value{long, of("word", "mail")}, label.Of("mail"))))
}
