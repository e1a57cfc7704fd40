package install

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// empty deletes what is in a folder. The folder stays, with its owner, since a running
// room may show it.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
