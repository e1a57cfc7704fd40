# One app of the escape battery: it reads rows from standard input, one a line,
# does their steps by raw system calls, and answers each with one line: the errno,
# the step that it came from, and a text if the row asked for one. The rows are
# described in battery_test.go.
import base64, ctypes, json, os, socket, subprocess, sys, threading

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
kept = []  # buffers and children must outlive their row's calls


def call(nr, args):
    got = libc.syscall(ctypes.c_long(nr), *[ctypes.c_long(a) for a in args])
    return -ctypes.get_errno() if got == -1 else got


def buffer(data):
    b = ctypes.create_string_buffer(data, len(data))
    kept.append(b)
    return ctypes.addressof(b)


class Row:
    def __init__(self, row):
        self.row, self.results, self.buffers = row, [], {}

    def value(self, arg, turn):
        if "z" in arg:
            return buffer(bytes(arg["z"]))
        if "b" not in arg:
            if "of" in arg:
                return self.buffers[tuple(arg["of"])]
            return int(arg.get("i", 0)) + (self.results[arg["r"] - 1] if "r" in arg else 0) + (turn if "n" in arg else 0)
        data = base64.b64decode(arg["b"])
        if "n" in arg or "r" in arg:
            data = data.replace(b"%d", b"%d" % (self.results[arg["r"] - 1] if "r" in arg else turn))
        at = buffer(data)
        for patch in arg.get("at", []):
            ctypes.c_uint64.from_address(at + patch["off"]).value = self.value(patch["arg"], turn) & (2**64 - 1)
        return at

    def once(self, k, step, turn):
        args = [self.value(a, turn) for a in step.get("args") or []]
        for j, a in enumerate(args):
            self.buffers[(k, j + 1)] = a
        got = call(step["nr"], args)
        if step.get("fd") and got > 2:
            kept.append(got)
        return got

    def do(self, k, step):
        kind = step["kind"]
        if kind == "call":
            first = worked = 0
            for turn in range(step.get("repeat", 1)):
                got = self.once(k, step, turn)
                worked += got >= 0
                if turn == 0:
                    first = got
                if step.get("same") and got != first:
                    return 0, "%d at turn %d, %d before" % (got, turn, first)
                if got < 0 and not step.get("same") and not step.get("count"):
                    return got, None
            return (worked, str(worked)) if step.get("count") else (got, None)
        if kind == "spawn":
            for _ in range(step["repeat"]):
                try:
                    kept.append(subprocess.Popen(step["argv"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
                except OSError as e:
                    return -e.errno, None
            return 0, None
        if kind == "run":
            try:
                return 0, subprocess.run(step["argv"], stdin=subprocess.DEVNULL, capture_output=True).stdout.decode().strip()
            except OSError as e:
                return -e.errno, None
        if kind == "code":
            at = call(step["nr"], [0, 4096, 7, 0x22, -1, 0])
            code = base64.b64decode(step["code"])
            ctypes.memmove(at, code, len(code))
            return ctypes.CFUNCTYPE(ctypes.c_long)(at)(), None
        if kind == "env":
            return 0, " ".join(sorted(os.environ))
        if kind == "fds":
            return 0, "\n".join(link(n) for n in os.listdir("/proc/self/fd") if int(n) > 2)
        if kind == "resolve":
            try:
                return 0, socket.gethostbyname(step["argv"][0])
            except socket.gaierror:
                return 0, "no address"
        if kind == "sweep":
            for nr, want in step["sweep"]:
                got = call(nr, [0] * 6)
                if got != -want:
                    return 0, "call %d answers %d" % (nr, got)
            return 0, None
        at, size = self.buffers[tuple(step["of"])] + step.get("off", 0), step["size"]
        data = ctypes.string_at(at, size)
        if kind == "text":
            return 0, data.split(b"\0")[0].decode()
        return 0, " ".join(str(int.from_bytes(data[i:i + step["word"]], "little")) for i in range(0, size, step["word"]))

    def run(self):
        self.answer = [0, 0, ""]
        for k, step in enumerate(self.row["do"]):
            got, text = self.do(k + 1, step)
            self.results.append(got)
            if text is not None:
                self.answer = [0, k + 1, text]
            if step.get("value"):
                self.answer = [0, k + 1, str(got)]
            elif got < 0 and not step.get("may"):
                self.answer = [-got, k + 1, ""]
                break
        for fd in [k for k in kept if isinstance(k, int)]:
            kept.remove(fd)
            try:
                os.close(fd)
            except OSError:
                pass


def link(n):
    try:
        return os.readlink("/proc/self/fd/" + n)
    except OSError:
        return "anon_inode:[eventpoll]"  # the folder itself, by now closed


for line in sys.stdin:
    row = Row(json.loads(line))
    if row.row.get("thread"):
        t = threading.Thread(target=row.run)
        t.start()
        t.join()
    else:
        row.run()
    print(json.dumps(row.answer), flush=True)
    sys.stdout.flush()
