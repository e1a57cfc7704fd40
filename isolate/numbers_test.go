//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// constants reads the constants of one file of x/sys/unix, wherever the compiler
// found that package.
func constants(t *testing.T, file string) map[string]uint64 {
	t.Helper()
	where, _ := runtime.FuncForPC(reflect.ValueOf(unix.Setsid).Pointer()).FileLine(reflect.ValueOf(unix.Setsid).Pointer())
	path := filepath.Join(filepath.Dir(where), file)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) || err != nil && !filepath.IsAbs(where) {
		if os.Geteuid() == 0 && os.Getenv("SECGPT_TEST_ALL") != "" {
			require.NoError(t, err)
		}
		t.Skipf("the source of x/sys can't be read here: %v", err)
	}
	require.NoError(t, err)
	tree, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
	require.NoError(t, err)
	found := map[string]uint64{}
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.INT {
			value, err := strconv.ParseUint(lit.Value, 0, 64)
			require.NoError(t, err)
			found[spec.Names[0].Name] = value
		}
		return true
	})
	require.Greater(t, len(found), 50)
	return found
}

// sourceNumbers are all calls that x/sys knows for a machine, named as the kernel does.
func sourceNumbers(t *testing.T, name string) map[string]uint32 {
	t.Helper()
	found := map[string]uint32{}
	for constant, nr := range constants(t, "zsysnum_linux_"+name+".go") {
		if call, ok := strings.CutPrefix(constant, "SYS_"); ok {
			found[strings.ToLower(call)] = uint32(nr)
		}
	}
	return found
}

// A wrong pin would let another call through than the one that was thought about.
func TestPinnedNumbers(t *testing.T) {
	for name, on := range machines {
		source := sourceNumbers(t, name)
		for _, n := range numbers {
			want, named := source[n.call]
			got, pinned := on.number(n.call)
			require.Equal(t, named, pinned, "%s on %s", n.call, name)
			if named {
				require.Equal(t, want, got, "%s on %s", n.call, name)
			}
		}
	}
}

// Needs no source: the constants that this very test was built with.
func TestPinnedNumbersOfThisMachine(t *testing.T) {
	for call, want := range map[string]uint32{
		"read": unix.SYS_READ, "write": unix.SYS_WRITE, "openat": unix.SYS_OPENAT, "close": unix.SYS_CLOSE,
		"clone": unix.SYS_CLONE, "execve": unix.SYS_EXECVE, "prctl": unix.SYS_PRCTL, "ioctl": unix.SYS_IOCTL,
		"socket": unix.SYS_SOCKET, "socketpair": unix.SYS_SOCKETPAIR, "setsockopt": unix.SYS_SETSOCKOPT,
		"sendmsg": unix.SYS_SENDMSG, "mmap": unix.SYS_MMAP, "futex": unix.SYS_FUTEX, "ptrace": unix.SYS_PTRACE,
		"kexec_load": unix.SYS_KEXEC_LOAD, "unshare": unix.SYS_UNSHARE, "splice": unix.SYS_SPLICE,
		"fchmodat2": unix.SYS_FCHMODAT2, "prlimit64": unix.SYS_PRLIMIT64,
	} {
		got, ok := native().number(call)
		require.True(t, ok, call)
		require.Equal(t, want, got, call)
	}
	_, ok := native().number("no such call")
	require.False(t, ok)
}

// Names are looked up by halving; each is there once, for a reason.
func TestNumbersAndPolicyNameTheSameCalls(t *testing.T) {
	require.True(t, slices.IsSortedFunc(numbers[:], func(a, b numbered) int { return cmp.Compare(a.call, b.call) }))
	var pinned []string
	for _, n := range numbers {
		pinned = append(pinned, n.call)
		require.False(t, n.amd64 == absent && n.arm64 == absent, n.call)
	}
	for which, policy := range policies {
		var named []string
		for _, d := range policy {
			named = append(named, d.call)
		}
		slices.Sort(named)
		require.Equal(t, pinned, named, which)
	}
}

// The filter of one machine may be made on another only while every constant in the
// policy means the same on both.
func TestPolicyUsesConstantsOfBothMachines(t *testing.T) {
	values := map[string]map[string]uint64{}
	for name := range machines {
		values[name] = constants(t, "zerrors_linux_"+name+".go")
	}
	files, err := filepath.Glob("policy*.go")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("not in the folder of the source")
	}
	used := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "unix" {
					used++
					require.Equal(t, values["amd64"][s.Sel.Name], values["arm64"][s.Sel.Name], s.Sel.Name)
				}
			}
			return true
		})
	}
	require.Greater(t, used, 50)
}
