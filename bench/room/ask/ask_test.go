package ask

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func serve(t *testing.T, requests string) []Reply {
	var out bytes.Buffer
	require.NoError(t, Serve(strings.NewReader(requests), &out))
	var all []Reply
	for d := json.NewDecoder(&out); d.More(); {
		var r Reply
		require.NoError(t, d.Decode(&r))
		all = append(all, r)
	}
	return all
}

func TestServeRunsAndReportsFailures(t *testing.T) {
	all := serve(t, `{"Do":"run","Argv":["/bin/echo","hello"],"Dir":"/"}
{"Do":"run","Argv":["/bin/false"]}
{"Do":"run","Argv":["/nowhere/at/all"]}
{"Do":"dance"}
{"Do":"end"}
`)
	require.Len(t, all, 5)
	require.Empty(t, all[0].Err)
	require.Equal(t, "hello\n", all[0].Output)
	require.Positive(t, all[0].Took)
	require.Positive(t, all[0].CPU)
	require.Contains(t, all[1].Err, "exit status 1")
	require.Contains(t, all[2].Err, "no such file")
	require.Contains(t, all[3].Err, "dance")
	require.Contains(t, all[4].Err, "no held room")
}

func TestServeRefusesWhatIsNoRequest(t *testing.T) {
	require.Error(t, Serve(strings.NewReader("no json"), new(bytes.Buffer)))
}

// A server of shell lines: what it says, and in which order, is a real server's.
const shellServer = `read hello
echo '{"jsonrpc":"2.0","method":"notifications/message","params":{}}'
echo '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}'
read ready; read list
echo '{"jsonrpc":"2.0","id":2,"result":{"tools":TOOLS}}'
cat >/dev/null`

func TestMCP(t *testing.T) {
	ask := func(script string) Reply {
		q, err := json.Marshal(Request{Do: "mcp", Argv: []string{"/bin/sh", "-c", script}})
		require.NoError(t, err)
		return serve(t, string(q))[0]
	}
	r := ask(strings.Replace(shellServer, "TOOLS", `[{"name":"read"}]`, 1))
	require.Empty(t, r.Err)
	require.Positive(t, r.Took)
	require.Greater(t, r.Then, r.Took)
	require.Contains(t, ask(strings.Replace(shellServer, "TOOLS", "[]", 1)).Err, "no tool")
	require.Contains(t, ask("echo nonsense; cat >/dev/null").Err, "nonsense")
	require.Contains(t, ask("echo broken >&2").Err, "broken")
	require.Contains(t, ask(`echo '{"id":1,"error":{"code":1}}'; cat >/dev/null`).Err, "is an error")
}

func TestWork(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"files", "10"}, {"forks"}, {"cpu"}} {
		var out bytes.Buffer
		require.NoError(t, Work(args, strings.NewReader("\n"), &out), "%q", args)
		ns, err := strconv.ParseInt(strings.TrimSpace(out.String()), 10, 64)
		require.NoError(t, err)
		require.Positive(t, ns)
	}
	left, err := os.ReadDir(".")
	require.NoError(t, err)
	require.Empty(t, left)
	var out bytes.Buffer
	require.NoError(t, Work([]string{"calls"}, nil, &out))
	var took map[string]float64
	require.NoError(t, json.Unmarshal(out.Bytes(), &took))
	require.Len(t, took, 3)
	for name, ns := range took {
		require.Positive(t, ns, name)
	}
	out.Reset()
	require.NoError(t, Work([]string{"files", "2"}, strings.NewReader("\n\n\n"), &out))
	require.Regexp(t, `^(\d+\n){3}$`, out.String())
	out.Reset()
	require.NoError(t, Work([]string{"touch", "32"}, nil, &out))
	require.Regexp(t, `^16 \d+\n32 \d+\n$`, out.String())
	require.Error(t, Work([]string{"files", "many"}, nil, &out))
	require.Error(t, Work([]string{"touch", "much"}, nil, &out))
	require.Error(t, Work(nil, nil, &out))
}

// A worker's failure is not taken for a time.
func TestAPartThatFails(t *testing.T) {
	for worker, is := range map[string]string{"echo soon; cat": `parsing "soon"`, "echo broken >&2; read x": "broken"} {
		cmd := Request{Argv: []string{"/bin/sh", "-c", worker}}
		in, out, end, err := cmd.start(t.Context())
		require.NoError(t, err)
		_, err = onePart(in, bufio.NewReader(out))
		require.Error(t, err)
		require.NoError(t, in.Close())
		require.Contains(t, err.Error()+string(end()), is)
	}
}

// This process is no room's first, and what is found of it is what the kernel says.
func TestMemoryOfAProcess(t *testing.T) {
	require.False(t, isFirst(os.Getpid()))
	before, err := privateDirty(os.Getpid())
	require.NoError(t, err)
	reply, err := heap(t.Context(), Request{N: 64})
	require.NoError(t, err)
	require.Empty(t, reply.Err)
	after, err := privateDirty(os.Getpid())
	require.NoError(t, err)
	require.InDelta(t, 64<<20, after-before, 8<<20)
	held = nil
	_, err = privateDirty(-1)
	require.Error(t, err)
}

// What a shell and its children are and take is what the kernel says of them.
func TestProcessesBelow(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; exec 3<&0; cat <&3 & echo $!; wait")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var child int
	_, err = fmt.Fscan(out, &child)
	require.NoError(t, err)
	require.Equal(t, []int{cmd.Process.Pid, child}, below(os.Getpid()))
	require.Positive(t, processCPU(cmd.Process.Pid))
	require.NoError(t, cmd.Process.Kill())
	require.NoError(t, in.Close())
	require.Error(t, cmd.Wait())
	require.Zero(t, processCPU(cmd.Process.Pid))
}
