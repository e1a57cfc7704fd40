package pipe

import (
	"context"
	"fmt"
	"strings"
)

// Confirm shows lines on the terminal and asks for a yes to them, which standard input
// can't give. The lines must be fit to be shown. The error says that there is no
// terminal; no answer, and an answer that is not yes, are no.
func Confirm(ctx context.Context, lines []string, question string, o Options) (bool, error) {
	s := &script{o: o}
	t, err := s.terminal()
	if err != nil {
		return false, fmt.Errorf("there is no terminal to ask on: %w", err)
	}
	defer s.close()
	for _, l := range lines {
		t.printf("%s\n", l)
	}
	line, err := asking{t, o}.ask(ctx, question+" Write yes, then Enter; anything else is no: ")
	return err == nil && strings.EqualFold(line, "yes"), nil
}
