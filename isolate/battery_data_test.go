//go:build linux && (amd64 || arm64)

package isolate

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// ownFolder is what an app with a folder of its own keeps.
const ownFolder = "/mnt/own"

func plantOwnFolder(t *testing.T) {
	t.Helper()
	require.NoError(t, os.Mkdir(ownFolder, 0o700))
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(ownFolder, HostIDBase+1, HostIDBase+1))
	}
}

func ownFolderSpec() Spec {
	s := bareSpec()
	s.Data = ownFolder
	return s
}

// ownFolderRows are what is different about /data if it is a folder of the host: it
// is read by others there, and outlives the room.
func ownFolderRows() []row {
	const at = "/data/"
	return []row{
		{ID: "B14 file", Do: []step{opens(at+"file", unix.O_CREAT|unix.O_WRONLY)}, Want: "ok"},
		{ID: "B14 pipe", Do: []step{sys(unix.SYS_MKNODAT, here, at+"pipe", unix.S_IFIFO|0o600, 0)}, Want: "EACCES"},
		{ID: "B14 socket", Do: []step{sys(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0),
			sys(unix.SYS_BIND, res(1), local(at+"socket"), 2+len(at+"socket")+1)}, Want: "ok"},
		{ID: "B14 device", Do: []step{sys(unix.SYS_MKNODAT, here, at+"device", unix.S_IFCHR|0o600, 0)}, Want: "EPERM"},
		{ID: "B14 disk", Do: []step{sys(unix.SYS_MKNODAT, here, at+"disk", unix.S_IFBLK|0o600, 0)}, Want: "EPERM"},
		{ID: "B14 set-id", Do: []step{opens(at+"program", unix.O_CREAT|unix.O_WRONLY), sys(unix.SYS_FCHMOD, res(1), 0o4755)}, Want: "EPERM"},
		{ID: "M01 mount /data", Do: []step{sys(unix.SYS_STATFS, "/data", zeros(120)), figures(1, 2, 80, 8, 1)},
			Want: "no-set-id no-devices", Judge: mountFlags},
	}
}

func TestBatteryOfAnOwnFolder(t *testing.T) {
	situation, kit := situations()[0], os.Getenv(kitEnv)
	if os.Getenv(situationEnv) == "" {
		needRooms(t)
		kit = makeKit(t)
	}
	if _, inside := inThrowaway(t, situation, kit); !inside {
		return
	}
	plant(t, kit)
	rows := ownFolderRows()
	got := runBattery(t, ownFolderSpec(), []string{SelfPath, "hostile"}, rows)
	for _, r := range rows {
		if !r.holds(got[r.ID]) {
			t.Errorf("%s: %q, not %q", r.ID, got[r.ID], r.Want)
		}
	}
}
