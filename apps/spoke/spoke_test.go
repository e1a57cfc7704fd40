//go:build linux

package spoke

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"secgpt/apps/link"
)

// The test binary is all three processes: the hub's side, the spoke, and an honest
// server made with the same library as most.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "spoke":
			os.Exit(Main())
		case "server":
			os.Exit(server())
		}
	}
	os.Exit(m.Run())
}

func server() int {
	s := mcp.NewServer(&mcp.Implementation{Name: "honest", Version: "1"}, nil)
	type in struct {
		Zebra int64  `json:"zebra"`
		Apple string `json:"apple,omitempty"`
	}
	mcp.AddTool(s, &mcp.Tool{Name: "echo", Description: "Echo"}, func(_ context.Context, _ *mcp.CallToolRequest, v in) (*mcp.CallToolResult, in, error) {
		return nil, v, nil
	})
	mcp.AddTool(s, &mcp.Tool{Name: "fail"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return nil, nil, fmt.Errorf("no such mail")
	})
	mcp.AddTool(s, &mcp.Tool{Name: "wait"}, func(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
		fmt.Fprintln(os.Stderr, "waiting")
		<-ctx.Done()
		return nil, nil, ctx.Err()
	})
	mcp.AddTool(s, &mcp.Tool{Name: "env"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		dir, _ := os.Getwd()
		fds, _ := os.ReadDir("/proc/self/fd")
		var open []string
		for _, fd := range fds {
			to, err := os.Readlink("/proc/self/fd/" + fd.Name())
			// Go itself opens a poller, its cgroup's limits, and the folder being read.
			if err == nil && !strings.HasPrefix(to, "anon_inode") && !strings.HasPrefix(to, "/sys/") && !strings.HasPrefix(to, "/proc/") {
				open = append(open, fd.Name())
			}
		}
		return nil, map[string]any{"env": os.Environ(), "dir": dir, "fds": open, "pid": os.Getpid()}, nil
	})
	if s.Run(context.Background(), &mcp.StdioTransport{}) != nil {
		return 1
	}
	return 0
}

// A run is one spoke process and the hub's end of its link.
type run struct {
	t    *testing.T
	cmd  *exec.Cmd
	conn *link.Conn
	in   io.WriteCloser
	exit chan int
}

func newRun(t *testing.T) *run {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe, "spoke")
	cmd.Env = []string{"SPOKE_SECRET=1"}
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = []*os.File{os.Stdin} // the app must not get it
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, w, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdout = w
	require.NoError(t, cmd.Start())
	w.Close()
	r := &run{t: t, cmd: cmd, conn: link.New(out, in), in: in, exit: make(chan int, 1)}
	go func() {
		_ = cmd.Wait()
		r.exit <- cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); in.Close(); out.Close() })
	return r
}

func (r *run) send(f link.Frame) {
	r.t.Helper()
	require.NoError(r.t, r.conn.Write(f))
}

func (r *run) start(command ...string) {
	r.t.Helper()
	r.send(link.Frame{Kind: link.KindStart, Start: &link.Start{Command: command, Env: []string{"PATH=/usr/bin:/bin", "A=b"}, Dir: "/"}})
}

func (r *run) call(id int64, tool, args string) {
	r.t.Helper()
	r.send(link.Frame{Kind: link.KindCall, ID: id, Call: &link.Call{Tool: tool, Args: json.RawMessage(args)}})
}

func (r *run) read(kind link.Kind) link.Frame {
	r.t.Helper()
	f, err := r.conn.Read()
	require.NoError(r.t, err)
	require.Equal(r.t, kind, f.Kind, "%+v %+v", f.End, f.Note)
	return f
}

func (r *run) exits(code int) {
	r.t.Helper()
	select {
	case got := <-r.exit:
		require.Equal(r.t, code, got)
	case <-time.After(20 * time.Second):
		r.t.Fatal("it still runs")
	}
}

// honest starts the honest server.
func honest(t *testing.T) *run {
	t.Helper()
	r := newRun(t)
	exe, err := os.Executable()
	require.NoError(t, err)
	r.start(exe, "server")
	return r
}

func TestHelloAndCalls(t *testing.T) {
	r := honest(t)
	tools := r.read(link.KindHello).Hello.Tools
	require.Len(t, tools, 4)
	require.Equal(t, "echo", tools[0].Name)
	require.Equal(t, "Echo", tools[0].About)
	require.Less(t, strings.Index(string(tools[0].Input), "zebra"), strings.Index(string(tools[0].Input), "apple"),
		"the schema comes through as it was: %s", tools[0].Input)

	r.call(1, "echo", `{"zebra":7,"apple":"<&>"}`)
	f := r.read(link.KindResult)
	require.EqualValues(t, 1, f.ID)
	require.JSONEq(t, `{"zebra":7,"apple":"<&>"}`, string(f.Result.Value))
	r.call(2, "fail", `{}`)
	require.Equal(t, "no such mail", r.read(link.KindResult).Result.Error)
	r.call(3, "nothing", `{}`)
	require.Contains(t, r.read(link.KindResult).Result.Error, "nothing")
	r.call(4, "echo", `{"zebra":"many"}`)
	require.NotEmpty(t, r.read(link.KindResult).Result.Error)
}

func TestACancelledCallStillGetsItsResult(t *testing.T) {
	r := honest(t)
	r.read(link.KindHello)
	r.call(1, "wait", `{}`)
	r.call(2, "echo", `{"zebra":1}`)
	require.EqualValues(t, 2, r.read(link.KindResult).ID, "calls run side by side")
	r.send(link.Frame{Kind: link.KindCancel, ID: 1})
	f := r.read(link.KindResult)
	require.EqualValues(t, 1, f.ID)
	require.NotEmpty(t, f.Result.Error)
	r.send(link.Frame{Kind: link.KindCancel, ID: 1}) // too late is no mistake
	r.call(1, "echo", `{"zebra":2}`)
	r.read(link.KindResult)
}

func TestTheAppGetsNothingOfOurs(t *testing.T) {
	r := honest(t)
	r.read(link.KindHello)
	r.call(1, "env", `{}`)
	var got struct {
		Env, Fds []string
		Dir      string
	}
	require.NoError(t, json.Unmarshal(r.read(link.KindResult).Result.Value, &got))
	require.Equal(t, []string{"PATH=/usr/bin:/bin", "A=b"}, got.Env)
	require.Equal(t, "/", got.Dir)
	require.Equal(t, []string{"0", "1", "2"}, got.Fds)
}

func appPid(r *run) int {
	r.t.Helper()
	r.read(link.KindHello)
	r.call(1, "env", `{}`)
	var got struct{ Pid int }
	require.NoError(r.t, json.Unmarshal(r.read(link.KindResult).Result.Value, &got))
	return got.Pid
}

func requireGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { return syscall.Kill(pid, 0) != nil }, 20*time.Second, 10*time.Millisecond)
}

func TestItEndsWithTheHubAndTakesTheAppAlong(t *testing.T) {
	r := honest(t)
	pid := appPid(r)
	r.call(2, "wait", `{}`)
	require.NoError(t, r.in.Close())
	r.exits(0)
	requireGone(t, pid)

	r = honest(t)
	pid = appPid(r)
	require.NoError(t, r.cmd.Process.Kill())
	r.exits(-1)
	requireGone(t, pid)

	r = newRun(t)
	r.start("/bin/sleep", "3600") // never answers
	require.NoError(t, r.in.Close())
	r.exits(0)
}

func TestAHubThatBreaksTheRules(t *testing.T) {
	call := link.Frame{Kind: link.KindCall, ID: 1, Call: &link.Call{Tool: "wait", Args: json.RawMessage(`{}`)}}
	start := link.Frame{Kind: link.KindStart, Start: &link.Start{Command: []string{"x"}}}
	for name, frames := range map[string][]link.Frame{
		"a second start": {start},
		"an id twice":    {call, call},
		"a result":       {{Kind: link.KindResult, ID: 1, Result: &link.Result{Error: "x"}}},
		"too many calls": func() (all []link.Frame) {
			for i := range int64(link.MaxCalls + 1) {
				c := call
				c.ID = i + 1
				all = append(all, c)
			}
			return all
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			r := honest(t)
			r.read(link.KindHello)
			for _, f := range frames {
				r.send(f)
			}
			r.exits(2)
		})
	}
	r := newRun(t)
	r.send(call)
	r.exits(2)
	r = honest(t)
	_, err := r.in.Write([]byte("\xff\xff\xff\xff"))
	require.NoError(t, err)
	r.exits(2)
}

func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		command []string
		why     link.Why
		text    string
		said    string
	}{
		"no such command": {[]string{"no-such-command"}, link.Died, `there is no command "no-such-command" in its room`, ""},
		"no such file":    {[]string{"/no/such/file"}, link.Died, `can't run "/no/such/file": no such file or directory`, ""},
		"exits":           {[]string{"sh", "-c", "echo broken >&2; exit 9"}, link.Died, "exit status 9", "broken"},
		"is killed":       {[]string{"sh", "-c", "kill -9 $$"}, link.Died, "killed by signal killed", ""},
		"closes output":   {[]string{"sh", "-c", "exec >&-; exec sleep 3600"}, link.Died, "it closed its output", ""},
		"no server":       {[]string{"sh", "-c", "while read x; do echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":\"no\"}}'; done"}, link.Garbage, "did not say what it can do", "no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRun(t)
			r.start(c.command...)
			end := r.read(link.KindEnd).End
			require.Equal(t, c.why, end.Why, end.Text)
			require.Contains(t, end.Text, c.text)
			require.Contains(t, end.Said, c.said)
			_, err := r.conn.Read()
			require.ErrorIs(t, err, io.EOF)
			r.exits(1)
		})
	}
}
