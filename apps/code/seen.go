package code

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// To read every file at every start would cost an app of ten thousand files a second.
// The kernel keeps for each file when it was last touched in any way (ctime), which no
// program can set. While all of those, the sizes and the inodes are as they were when
// the files were last read and found as agreed, they were not written since.

// settled is how old the newest of these times must be: a write in the same tick of the
// kernel's clock as the reading would leave it as it is.
const settled = 2 * time.Second

// seenFile keeps what was found, beside the list.
const seenFile = "files.seen"

type seen struct {
	Code  string `json:"code"`  // the digest of the list
	Stamp string `json:"stamp"` // of the files as they were then
}

// Check compares what is at the places with the digest that was agreed to. With other
// files it returns their list and no error. dir is the app's folder.
func Check(dir, agreed string, places []Place) (same bool, now List, err error) {
	stamp, newest, err := stampOf(places)
	if err != nil {
		return false, nil, err
	}
	path := filepath.Join(dir, seenFile)
	var last seen
	if b, err := os.ReadFile(path); err == nil && json.Unmarshal(b, &last) == nil &&
		stamp != "" && last == (seen{agreed, stamp}) {
		return true, nil, nil
	}
	if now, err = Read(places); err != nil {
		return false, nil, err
	}
	if now.Digest() != agreed {
		return false, now, nil
	}
	again, _, err := stampOf(places)
	if err == nil && stamp != "" && again == stamp && time.Since(newest) > settled {
		if b, err := json.Marshal(seen{agreed, stamp}); err == nil {
			_ = os.WriteFile(path, b, 0o600) // it only saves time
		}
	}
	return true, now, nil
}

// stampOf sums up what the kernel says of all files, without reading one; "" where it
// does not say enough.
func stampOf(places []Place) (stamp string, newest time.Time, err error) {
	h, whole := sha256.New(), true
	err = walk(places, func(path string, info fs.FileInfo) error {
		id, touched, ok := identity(info)
		whole = whole && ok
		if touched.After(newest) {
			newest = touched
		}
		fmt.Fprintf(h, "%d:%s%s", len(path), path, id)
		return nil
	})
	if err != nil || !whole {
		return "", newest, err
	}
	return hex.EncodeToString(h.Sum(nil)), newest, nil
}
