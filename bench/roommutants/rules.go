package main

// A rule that is code, and how it reads without it. A text that is no longer in the
// source makes its mutant fail, so that this list can't fall behind unseen.
type codeRule struct {
	name   string
	edits  []edit
	tests  string
	behind []string
}

func one(name, file, from, to string) codeRule {
	return codeRule{name: name, edits: []edit{{file, from, to}}}
}

func (r codeRule) seenBy(tests string) codeRule       { r.tests = tests; return r }
func (r codeRule) hiddenBy(others ...string) codeRule { r.behind = others; return r }
func (r codeRule) with(file, from, to string) codeRule {
	r.edits = append(r.edits, edit{file, from, to})
	return r
}

const (
	lock, kernel, build, execFile = "stage/lock.go", "stage/kernel.go", "stage/build.go", "stage/exec.go"

	deathTests = "TestRoomDiesWithItsParent|TestWarmRoomsDieWithTheirParent"
	oddTests   = "TestOddParents|TestBatteryOfAnOddHub|TestTheLauncherHoldsNoSecret"
	grantTests = "TestSwappedMountIsRefused|TestGrantsThatAreRefused|TestSwappedGrantIsRefused|TestGrants|TestOwnersAreKept"
	endTests   = "TestCloseTwiceAndWaitByMany|TestContextClosesTheRoom"
	wholeTests = "TestLimitsOfTheWholeRoom|TestDataThatIsFull|TestWall|TestOutputOfARoomIsBounded"
)

const (
	dieInIDs    = "\treturn dieWithParent()\n"
	dieInExec   = "\tif err := dieWithParent(); err != nil {\n\t\treturn err\n\t}\n"
	dieOfStage  = "attr.Sys.Pdeathsig = syscall.SIGKILL"
	closeOthers = "_, err := call(sysCloseRange, controlFD+1, ^uintptr(0)>>32, 0)"
)

var codeRules = []codeRule{
	one("landlock: no scope for abstract sockets", "stage/landlock.go", "{Scoped, 0, 1 | 2}", "{Scoped, 0, 2}").
		hiddenBy("namespace: no net of its own", "step: namespaces is skipped", "step: loopback is skipped", "step: proof is skipped", "hosts: none"),
	one("landlock: no scope for signals", "stage/landlock.go", "{Scoped, 0, 1 | 2}", "{Scoped, 0, 1}"),

	one("ids: groups are kept", lock, "if s.Root {\n\t\tif _, err := call(syscall.SYS_SETGROUPS", "if false {\n\t\tif _, err := call(syscall.SYS_SETGROUPS").
		seenBy("TestBatteryOfAnOddHub"),
	one("ids: the group is kept", lock, "call(syscall.SYS_SETRESGID, InsideID, InsideID, InsideID)", "call(syscall.SYS_GETPID)"),
	one("ids: the user is kept", lock, "call(syscall.SYS_SETRESUID, InsideID, InsideID, InsideID)", "call(syscall.SYS_GETPID)"),
	one("ids: 0 inside", lock, "const InsideID = 1000", "const InsideID = 0"),
	one("ids: the hub's own outside", "plan.go", "p.hostID, p.hostGD = s.HostID, s.HostID", "").seenBy("TestRootIsNobodyOutside"),
	one("ids: any is taken outside", "start.go", "if id <= 0 || int64(id) >= 1<<32-1 {", "if false {").seenBy("TestRootIsNobodyOutside"),
	one("ids: also one that is not mapped", "start.go", "if !mapped(table, id) {", "if false && !mapped(table, id) {").
		seenBy("TestRootWithOneIDIsRefused"),
	one("ids: setgroups is not denied", "launch.go", "if !root {\n", "if false {\n").seenBy("TestInsideOfARoom"),

	one("kernel: user namespaces without a limit", lock, `if write("/proc/sys/user/max_user_namespaces", 0, "0") == nil {`, "if false {").
		hiddenBy("seccomp: unshare: no rule", "step: proof is skipped"),
	one("kernel: as many watchers as the hub", lock, `_ = write("/proc/sys/user/max_inotify_instances", 0, strconv.Itoa(Watchers))`, "_ = strconv.Itoa(Watchers)"),
	one("kernel: as many watches as the hub", lock, `_ = write("/proc/sys/user/max_inotify_watches", 0, strconv.Itoa(watches))`, "_ = watches"),
	one("kernel: as much to receive as the machine", lock, `_ = write("/proc/sys/net/ipv4/tcp_rmem", 0, "4096 65536 131072")`, ""),
	one("kernel: as much to send as the machine", lock, `_ = write("/proc/sys/net/ipv4/tcp_wmem", 0, "4096 65536 131072")`, ""),
	one("kernel: not the first to be ended", lock, `_ = write("/proc/self/oom_score_adj", 0, "1000")`, ""),
	one("kernel: the host's domain name", lock, `return op(syscall.Setdomainname([]byte("(none)")), "setdomainname")`, "return nil"),
	one("kernel: the host's clock", lock, "_, err := syscall.Write(s.offsets, []byte(s.Offsets))", "var err error"),
	one("kernel: the host's clock where no other can be had", lock, `return op(err, "unshare(CLONE_NEWTIME)")`, "return nil").
		seenBy("TestOneKindOfNamespaceIsMissing"),

	one("mounts: not private", build, `syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")`, "error(nil)"),
	one("mounts: the old root stays", build, `syscall.Unmount(".", syscall.MNT_DETACH)`, "error(nil)"),
	one("mounts: the old root stays the root", build, `syscall.PivotRoot(".", ".")`, "error(nil)"),
	one("mounts: all may write in folders of the root", "root.go", "err = unix.Fchmodat(at, part, 0o755, 0)", "err = unix.Fchmodat(at, part, 0o777, 0)"),
	one("mounts: all may write files of the root", "root.go", "err = unix.Fchmod(fd, 0o444)", "err = unix.Fchmod(fd, 0o666)").
		seenBy("TestRootOfARoomIsNotTheApps"),
	one("files: no names of hosts", "files.go", `p.put("/etc/hosts", hostsFile(hosts))`, `p.put("/etc/hosts", "")`),
	one("mounts: the root's flags are not set", build, `op(setAttr(cwd, "/", 0, rootAttrs), "make the root read-only")`, "nil"),
	one("mounts: the flags of trees are not set", build, "err := setAttr(fd, \"\", atEmptyPath|atRecursive, t.Attrs)", "err := error(nil)"),
	one("mounts: flags not of what is mounted below", build, "atEmptyPath|atRecursive, t.Attrs", "atEmptyPath, t.Attrs"),
	one("mounts: private ones without flags", build, "scratchFlags uintptr = syscall.MS_NOSUID | syscall.MS_NODEV", "scratchFlags uintptr = 0"),

	one("grants: another device", build, "uint64(st.Dev) != t.Dev || st.Ino != t.Ino", "st.Ino != t.Ino").seenBy(grantTests),
	one("grants: another file", build, "uint64(st.Dev) != t.Dev || st.Ino != t.Ino", "uint64(st.Dev) != t.Dev").seenBy(grantTests),
	one("grants: another one in the hub", "grant.go", "now.Dev != st.Dev || now.Ino != st.Ino", "false").seenBy(grantTests),
	one("grants: over a link", "grant.go", "unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS", "0").seenBy(grantTests),
	one("grants: over a link in the stage", kernel, "resolveNoMagic | resolveNoSymlinks}", "0}").seenBy(grantTests),
	one("grants: a pipe or a device", "grant.go", "case !dir && st.Mode&unix.S_IFMT != unix.S_IFREG:", "case false:").seenBy(grantTests),
	one("grants: the kernel's files", "grant.go", "err = notKernel(w.path)", "err = nil").seenBy(grantTests),
	one("grants: at a place of the room's", "grant.go", "range taken {", "range taken[:0] {").seenBy(grantTests),
	one("grants: in the way of another", "grant.go", "if within(at, o.at) || within(o.at, at) {", "if false {").seenBy(grantTests),
	one("grants: the owner is not mapped", "grant.go", "if err == nil && !open && (", "if false && !open && (").seenBy(grantTests),

	one("parent: not when ids change", lock, dieInIDs, "\treturn nil\n").seenBy(deathTests),
	one("parent: not at the exec", execFile, dieInExec, "").seenBy(deathTests),
	one("parent: not while warm", "stage/launcher.go", dieOfStage, "").seenBy(deathTests),
	one("parent: neither when ids change nor at the exec", lock, dieInIDs, "\treturn nil\n").with(execFile, dieInExec, "").seenBy(deathTests),
	one("parent: the launcher outlives it", "launch.go", "Setsid: true, Pdeathsig: unix.SIGKILL", "Setsid: true").seenBy(deathTests),

	one("descriptors: inherited ones stay open", kernel, closeOthers, "var err error").seenBy(oddTests),
	one("descriptors: the stage's", "stage/stage.go", "err := closeInherited()", "var err error").seenBy(oddTests),
	one("descriptors: the launcher's", "stage/launcher.go", "if closeInherited() != nil {", "if false {").seenBy(oddTests),
	one("descriptors: the way to the parent", kernel, "_, err = call(sysCloseRange, controlFD, controlFD, closeRangeCloexec)", "_ = closeRangeCloexec"),
	one("environment: the launcher has the hub's", "launch.go", "Env: stage.Env(stage.RoleLauncher)", "Env: append(os.Environ(), stage.Env(stage.RoleLauncher)...)").
		seenBy(oddTests),
	one("signals: ignored ones stay so", execFile, "func resetSignals() {\n\tDefaultSignals()", "func resetSignals() {").seenBy(oddTests),
	one("signals: blocked ones stay so", execFile, "syscall.SYS_RT_SIGPROCMASK, setMask", "syscall.SYS_GETPID, setMask").seenBy(oddTests),
	one("signals: an init takes them", "stage/init.go", "\tDefaultSignals()\n", "").seenBy("TestProcess1TakesNoSignals"),
	one("signals: our own program takes them", "main.go", "stage.DefaultSignals(", "_ = append([]unix.Signal{}, ").seenBy("TestProcess1TakesNoSignals"),
	one("dumpable: our own program after the exec", "main.go", "unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)", "error(nil)"),
	one("dumpable: an init after the exec", "stage/init.go", "prctl(prSetDumpable, 0, 0)", "prctl(prSetDumpable, 1, 0)"),
	one("proof: there is none", "stage/stage.go", `{"proof", (*Stage).attest},`, "").seenBy("TestTryProvesEveryLayer|TestSkippedStepIsFound"),
	one("proof: the hub does not read it", "start.go", "if missing := unproved(first.Layers); missing != \"\" {", "if missing := unproved(nil); false {").
		seenBy("TestSkippedStepIsFound"),
	one("proof: not of the session keyring", lock, "case s.session == 0 || now != s.session:", "case now == 0:").seenBy("TestSkippedStepIsFound"),
	one("proof: not of late namespaces", "stage/attest.go", "if now == b.Text {", "if now == \"\" {").seenBy("TestSkippedStepIsFound"),
	one("proof: not of the look at namespaces", "stage/attest.go", `if !s.said("namespaces") {`, "if false {").seenBy("TestSkippedStepIsFound"),
	one("second look: of our own program", "main.go", "if err := verify(); err != nil {", "if err := error(nil); err != nil {").
		seenBy("TestExecFromTheWrongThreadIsFound"),

	one("copy: it can be written", "launch.go", "unix.F_SEAL_GROW|unix.F_SEAL_WRITE)", "unix.F_SEAL_GROW)").seenBy("TestTheCopyIsSealed"),
	one("copy: the file itself instead", "launch.go", `return 0, op(err, "memfd_create")`, `return unix.Dup(int(self.Fd()))`).
		seenBy("TestNoRoomWithoutTheCopy"),
	one("copy: it can be unsealed", "launch.go", "unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK", "unix.F_SEAL_SHRINK").seenBy("TestTheCopyIsSealed"),

	one("whole room: memory", "start.go", "r.keeper.memory(r.process.Pid, l.Total)", "_ = l.Total").seenBy(wholeTests),
	one("whole room: data", "start.go", "r.keeper.data(r.process.Pid, s.Data, l.Data)", "_ = l.Data").seenBy(wholeTests),
	one("whole room: time", "start.go", "r.keeper.wall(l.Wall)", "_ = l.Wall").seenBy(wholeTests),
	one("whole room: output", "start.go", "r.Out = r.keeper.output(r.Out, l.Output)", "_ = l.Output").seenBy(wholeTests),
	one("whole room: data before the start", "plan.go", "err = checkData(s.Data, limits.Data)", "err = nil").seenBy(wholeTests),
	one("end: Close kills nothing", "room.go", "_ = r.process.Kill() // an error says that it is gone", "").seenBy(endTests),
	one("end: nor the end of a context", "start.go", "go r.watch(ctx)", "").seenBy(endTests),
}
