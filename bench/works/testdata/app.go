// A Go program that says what it can do with its machine: "ok NAME" or "no NAME: why".
package main

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var work = os.Getenv("WORK")

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func check(holds bool, what string) {
	if !holds {
		panic(what)
	}
}

func files() {
	top := filepath.Join(work, "go")
	must(os.MkdirAll(filepath.Join(top, "a"), 0o755))
	name := filepath.Join(top, "a", "f")
	must(os.WriteFile(name, []byte("text"), 0o644))
	must(os.Rename(name, name+"2"))
	must(os.Link(name+"2", name))
	must(os.Symlink("f", name+"3"))
	must(os.Chmod(name, 0o700))
	must(os.Chtimes(name, time.Unix(1, 0), time.Unix(2, 0)))
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	must(err)
	must(syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	must(f.Truncate(8192))
	m, err := syscall.Mmap(int(f.Fd()), 0, 8192, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	must(err)
	copy(m[4096:], "page")
	must(syscall.Munmap(m))
	must(f.Sync())
	g, err := os.Create(name + "4")
	must(err)
	_, err = io.Copy(g, f) // copy_file_range
	must(err)
	must(errors.Join(f.Close(), g.Close()))
	text, err := os.ReadFile(name + "4")
	must(err)
	check(len(text) == 8192 && string(text[4096:4100]) == "page", "the copy differs")
	n := 0
	must(filepath.WalkDir(top, func(string, fs.DirEntry, error) error { n++; return nil }))
	check(n == 6, "the walk misses some")
	root, err := os.OpenRoot(top)
	must(err)
	_, err = root.Stat("a/f3")
	must(err)
	must(os.RemoveAll(top))
	dir, err := os.MkdirTemp("", "x")
	must(err)
	must(os.Remove(dir))
}

func threads() {
	var sum atomic.Int64
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			runtime.LockOSThread()
			for range 1000 {
				sum.Add(1)
			}
		})
	}
	all.Wait()
	runtime.GC()
	check(sum.Load() == 16000 && runtime.NumCPU() >= 1, "lost sums")
}

func programs() {
	cmd := exec.Command("/bin/sh", "-c", "read x; echo got $x; exit 3")
	cmd.Stdin = bytes.NewBufferString("it\n")
	out, err := cmd.Output()
	var exit *exec.ExitError
	check(errors.As(err, &exit) && exit.ExitCode() == 3 && string(out) == "got it\n", "not so: "+string(out))
	self, err := os.Executable()
	must(err)
	must(exec.Command(self, "child").Run())
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	check(exec.CommandContext(ctx, "sleep", "100").Run() != nil, "no timeout")
}

func clocks() {
	began := time.Now()
	time.Sleep(10 * time.Millisecond)
	check(time.Since(began) >= 10*time.Millisecond && began.Year() > 2023, "the clock is off")
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	must(err)
	check(time.Unix(0, 0).In(tokyo).Hour() == 9, "no zones")
}

func randomness() {
	check(rand.Text() != rand.Text(), "the same twice")
	_, err := ecdh.X25519().GenerateKey(rand.Reader)
	must(err)
	text := make([]byte, 8)
	f, err := os.Open("/dev/urandom")
	must(err)
	_, err = io.ReadFull(f, text)
	must(err)
	must(f.Close())
}

func tcp() {
	l, err := net.Listen("tcp", "localhost:0")
	must(err)
	go func() {
		c, err := l.Accept()
		must(err)
		_, _ = io.Copy(c, c)
		_ = c.Close()
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	must(err)
	_, err = c.Write([]byte("echo"))
	must(err)
	must(c.(*net.TCPConn).CloseWrite())
	text, err := io.ReadAll(c)
	must(err)
	check(string(text) == "echo", "not echoed")
}

func udp() {
	a, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(err)
	b, err := net.Dial("udp", a.LocalAddr().String())
	must(err)
	_, err = b.Write([]byte("x"))
	must(err)
	n, _, err := a.ReadFrom(make([]byte, 9))
	must(err)
	check(n == 1, "lost")
}

func web() {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = true
	server.StartTLS()
	r, err := server.Client().Post(server.URL, "text/plain", bytes.NewBufferString("body"))
	must(err)
	text, err := io.ReadAll(r.Body)
	must(err)
	check(string(text) == "body" && r.ProtoMajor == 2, "not so")
	_, err = tls.Dial("tcp", server.Listener.Addr().String(), nil)
	check(err != nil, "it trusts anybody") // reads the certificates of the system
	server.Close()
}

func unix_sockets() {
	dir, err := os.MkdirTemp("", "s")
	must(err)
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	must(err)
	c, err := net.Dial("unix", l.Addr().String())
	must(err)
	must(errors.Join(c.Close(), l.Close()))
}

func signals() {
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGUSR1)
	must(syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	select {
	case <-got:
	case <-time.After(10 * time.Second):
		panic("no signal")
	}
}

func machine() {
	u, err := user.Current()
	must(err)
	name, err := os.Hostname()
	must(err)
	check(u.Username == "app" && u.HomeDir == "/data" && name == "app", u.Username+" on "+name)
}

func interfaces() {
	addrs, err := net.InterfaceAddrs()
	must(err)
	check(len(addrs) > 0, "none")
}

func main() {
	if len(os.Args) > 1 {
		return
	}
	for _, c := range []struct {
		name string
		do   func()
	}{{"files", files}, {"threads", threads}, {"programs", programs}, {"clocks", clocks}, {"randomness", randomness},
		{"tcp", tcp}, {"udp", udp}, {"web", web}, {"unix_sockets", unix_sockets}, {"signals", signals}, {"machine", machine}, {"interfaces", interfaces}} {
		func() {
			defer func() {
				if why := recover(); why != nil {
					fmt.Printf("no %s: %v\n", c.name, why)
				} else {
					fmt.Println("ok", c.name)
				}
			}()
			c.do()
		}()
	}
}
