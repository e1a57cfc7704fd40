//go:build !linux

package pipe

import (
	"context"
	"errors"
	"io"
	"os"
)

// errElsewhere: what was typed ahead of a question can't be thrown away here, and it
// must not answer one.
var errElsewhere = errors.New("questions in plain lines need Linux: use the chat, or run this program there")

func newTerminal(*os.File, io.Writer) (*terminal, error) { return nil, errElsewhere }

func (t *terminal) width() int { return 80 }

func (t *terminal) readLine(context.Context) (string, error) { return "", errElsewhere }

func (t *terminal) waiting() bool { return false }

func (t *terminal) discard() bool { return false }
