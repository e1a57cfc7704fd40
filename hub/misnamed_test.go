package hub

import (
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub/profile"
	"secgpt/mediator/policy"
)

func TestARuleThatNamesWhatIsNotThereIsSaid(t *testing.T) {
	p, err := profile.At(t.TempDir())
	require.NoError(t, err)
	installed, err := Apps(p)
	require.NoError(t, err)
	for rule, want := range map[string]string{
		`deny any -> mail.sned`:                    "stops nothing: mail has no tool sned, did you mean mail.send?",
		`deny any -> mial`:                         "stops nothing: no app mial is installed, did you mean mail?",
		`deny mial -> notes`:                       "stops nothing: no app mial is installed, did you mean mail?",
		`deny mial, contacts -> notes`:             "no app mial is installed, did you mean mail?",
		`deny mial -> mial`:                        "stops nothing: no app mial is installed, did you mean mail?",
		`allow mail -> nosuch.x`:                   "never applies: no app nosuch is installed",
		`allow mail -> notes.add(titel="x")`:       "never applies: notes.add has no parameter titel, did you mean title?",
		`allow mail -> mail.ask(value_1="x")`:      "",
		`allow mail -> mail.remember(fact="x")`:    "",
		`allow mail -> mail.remember(fcat="x")`:    "never applies: mail.remember has no parameter fcat, did you mean fact?",
		`allow mail -> notes.add(title="x")`:       "",
		`deny any -> notes`:                        "",
		`deny stdin, paste, file, person -> notes`: "",
		`deny web, web/example.org -> notes.add`:   "",
		`allow mail, person -> model:gpt`:          "",
	} {
		r, err := policy.Parse(rule)
		require.NoError(t, err)
		require.Equal(t, want, Misnamed(installed, r), rule)
	}
}
