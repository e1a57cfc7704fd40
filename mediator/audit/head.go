package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"secgpt/mediator/internal/disk"
)

const (
	logName  = "audit.jsonl"
	headName = "audit.head"
	keyName  = "audit.key"
	lockName = "audit.lock"

	keyLen  = 32
	maxHead = 1024 // bytes; it has about 180
)

// ErrDamaged means that the record is not as secgpt left it, so nothing can be
// appended: no call leaves until the person has looked.
var ErrDamaged = errors.New("the record is damaged")

func damaged(dir, format string, args ...any) error {
	return fmt.Errorf("%w: %s: `secgpt audit verify` tells more; to begin a new record, move audit.* out of %s",
		ErrDamaged, fmt.Sprintf(format, args...), dir)
}

// A head names the last line that was on disk when it was written:
//
//	{"n":7,"hash":"03ab…","mac":"c4e0…"}
type head struct {
	N    int64  `json:"n"`
	Hash string `json:"hash"`
	Mac  string `json:"mac"`
}

func (h head) macWith(key []byte) string {
	return macOf(key, "head", fmt.Sprintf("%d %s", h.N, h.Hash))
}

// prepareHead writes the next head beside the one that stands; see disk.Prepare.
func prepareHead(dir string, n int64, hash string, key []byte) (swap func(bool) error, err error) {
	h := head{N: n, Hash: hash}
	h.Mac = h.macWith(key)
	data, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	return disk.Prepare(filepath.Join(dir, headName), append(data, '\n'))
}

// writeHead puts a head in place at once.
func writeHead(dir string, n int64, hash string, key []byte) error {
	swap, err := prepareHead(dir, n, hash, key)
	if err != nil {
		return err
	}
	return swap(true)
}

var errHead = errors.New("the head was not written by secgpt")

// readHead reads the head and checks its mac.
func readHead(dir string, key []byte) (head, error) {
	var h head
	data, err := readSmall(filepath.Join(dir, headName), maxHead)
	if err != nil {
		return h, err
	}
	if json.Unmarshal(data, &h) != nil || h.N < 0 || len(h.Hash) != hexLen ||
		!hmac.Equal([]byte(h.macWith(key)), []byte(h.Mac)) {
		return h, errHead
	}
	return h, nil
}

func readKey(dir string) ([]byte, error) {
	data, err := readSmall(filepath.Join(dir, keyName), 4*keyLen)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(string(data))
	if err != nil || len(key) != keyLen {
		return nil, errors.New("audit.key holds no key")
	}
	return key, nil
}

func readSmall(path string, limit int64) ([]byte, error) {
	f, err := disk.Open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil, errors.Join(fmt.Errorf("%s can be read by others: chmod 600 %s", path, path), err)
	}
	return io.ReadAll(io.LimitReader(f, limit))
}

// begin makes the files of a new record, the key last: from then on a missing log
// or head is damage. It does nothing where there is a key already.
func begin(dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, keyName)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := disk.Open(filepath.Join(dir, logName), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > 0 {
		return errors.Join(damaged(dir, "audit.key is missing"), err)
	}
	key := make([]byte, keyLen)
	rand.Read(key) // never fails
	if err := writeHead(dir, 0, noHash, key); err != nil {
		return err
	}
	return disk.Replace(filepath.Join(dir, keyName), hex.AppendEncode(nil, key))
}
