package mail

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"secgpt/apps/builtin"
)

// The bounds of a Maildir.
const (
	maxMessages = 50_000 // files looked at in one call; the newest by time of delivery
	maxFolders  = 500    // Maildir folders below the granted one
	maxDepth    = 6      // how deep they are looked for: account/folder/subfolder and spare
)

// skipped are folders whose mail nobody means when they ask for mail.
var skipped = []string{"trash", "spam", "junk", "drafts", "deleted items", "deleted messages"}

// A file is a message of the Maildir, not yet opened.
type file struct {
	id        string
	path      string
	name      string // below the granted folder, to name it if it is damaged
	unread    bool
	size      int64
	delivered time.Time
}

// list returns the messages below root, last delivered first, and sentences about what
// was left out. Root may be a Maildir itself or hold several, as synchronising
// programs lay them out.
func list(ctx context.Context, root string) (files []file, problems []string, err error) {
	folders, problems, err := maildirs(root)
	if err != nil {
		return nil, nil, err
	}
	for _, dir := range folders {
		for _, sub := range []string{"new", "cur"} {
			entries, err := os.ReadDir(filepath.Join(dir, sub))
			if err != nil && !errors.Is(err, fs.ErrNotExist) { // some programs make only one of the two
				problems = append(problems, unreadable(root, filepath.Join(dir, sub), err))
			}
			for _, e := range entries {
				if err := ctx.Err(); err != nil {
					return nil, nil, err
				}
				if f, ok := message(root, dir, sub, e); ok {
					files = append(files, f)
				}
			}
		}
	}
	slices.SortStableFunc(files, func(a, b file) int { return b.delivered.Compare(a.delivered) })
	if more := len(files) - maxMessages; more > 0 {
		files = files[:maxMessages]
		problems = append(problems, fmt.Sprintf("only the newest %d mails were looked at; %d older ones were not", maxMessages, more))
	}
	return files, problems, nil
}

// unreadable says that a folder could not be opened.
func unreadable(root, path string, err error) string {
	rel, _ := filepath.Rel(root, path)
	return fmt.Sprintf("the mail folder %s could not be read: %v", builtin.Cut(rel, 200), builtin.Pathless(err))
}

// find returns the message with the id.
func find(ctx context.Context, root, id string) (file, error) {
	files, _, err := list(ctx, root)
	if err != nil {
		return file{}, err
	}
	i := slices.IndexFunc(files, func(f file) bool { return f.id == id })
	if i < 0 {
		return file{}, builtin.Errorf("no mail has the id %q: search for it again, it may have been moved or deleted", builtin.Cut(id, 40))
	}
	return files[i], nil
}

// maildirs returns the folders below root that hold a cur or a new, root first.
func maildirs(root string) (dirs, problems []string, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == root:
			return err
		case err != nil:
			problems = append(problems, unreadable(root, path, err))
			return fs.SkipDir
		case !d.IsDir():
			return nil
		}
		rel, _ := filepath.Rel(root, path)
		switch base := d.Name(); {
		case path == root:
		case base == "cur" || base == "new" || base == "tmp":
			return fs.SkipDir
		case slices.Contains(skipped, strings.ToLower(strings.TrimLeft(base, "."))):
			return fs.SkipDir
		case strings.Count(rel, "/") >= maxDepth:
			return fs.SkipDir
		}
		if !isDir(filepath.Join(path, "cur")) && !isDir(filepath.Join(path, "new")) {
			return nil
		}
		if len(dirs) == maxFolders {
			problems = append(problems, fmt.Sprintf("only %d mail folders were looked at; there are more", maxFolders))
			return fs.SkipAll
		}
		dirs = append(dirs, path)
		return nil
	})
	if err != nil {
		return nil, nil, builtin.Errorf("the mail folder can't be read: %v: grant mail a folder that is there", builtin.Pathless(err))
	}
	if len(dirs) == 0 {
		return nil, nil, builtin.Errorf("there is no Maildir in the mail folder: it needs the folders cur, new and tmp")
	}
	return dirs, problems, nil
}

// message reads what a file's name says: UNIQUE:2,FLAGS, of which S is "seen".
func message(root, dir, sub string, e fs.DirEntry) (file, bool) {
	if strings.HasPrefix(e.Name(), ".") {
		return file{}, false
	}
	info, err := e.Info()
	if err != nil || info.IsDir() {
		return file{}, false
	}
	unique, flags, _ := strings.Cut(e.Name(), ":2,")
	folder, _ := filepath.Rel(root, dir)
	path := filepath.Join(dir, sub, e.Name())
	name, _ := filepath.Rel(root, path)
	return file{
		id:        builtin.ID("mail", folder+"/"+unique),
		path:      path,
		name:      name,
		unread:    sub == "new" || !strings.Contains(flags, "S"),
		size:      info.Size(),
		delivered: info.ModTime(),
	}, true
}

func isDir(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}
