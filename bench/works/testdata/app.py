"""What a Python program does with its machine. One line each: "ok NAME" or "no NAME: why"."""
import asyncio, concurrent.futures, contextlib, ctypes, fcntl, hashlib, http.server, mmap, multiprocessing as mp
import multiprocessing.shared_memory, os, pwd, random, resource, secrets, shutil, signal, socket, sqlite3, ssl
import subprocess, sys, tempfile, threading, time, urllib.request, uuid, zoneinfo, datetime, selectors

WORK = os.environ["WORK"]


def square(n):
    return n * n


def files():
    top = os.path.join(WORK, "py")
    os.makedirs(os.path.join(top, "a/b"))
    name = os.path.join(top, "a/b/f")
    with open(name, "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        fcntl.lockf(f, fcntl.LOCK_EX)
        f.write("text")
        f.flush()
        os.fsync(f.fileno())
    os.replace(name, name + "2")
    os.link(name + "2", name)
    os.symlink("f", name + "3")
    os.chmod(name, 0o755)
    os.utime(name, (1, 2))
    shutil.copy2(name, name + "4")
    assert sorted(os.listdir(top + "/a/b")) == ["f", "f2", "f3", "f4"]
    assert open(name + "3").read() == "text" and os.stat(name + "4").st_mtime == 2
    assert [len(fs) for _, _, fs in os.walk(top)] == [0, 0, 4]
    shutil.rmtree(top)


def temporary():
    with tempfile.TemporaryDirectory() as d, tempfile.TemporaryFile() as f, tempfile.NamedTemporaryFile(dir=d) as g:
        f.write(b"x"), g.write(b"y")
        assert os.listdir(d)


def fifos():
    name = tempfile.mkdtemp() + "/pipe"
    os.mkfifo(name)
    threading.Thread(target=lambda: open(name, "w").write("through")).start()
    assert open(name).read() == "through"


def mapped():
    with tempfile.TemporaryFile(dir=WORK) as f:
        f.truncate(8192)
        with mmap.mmap(f.fileno(), 8192) as m:
            m[4096:4100] = b"page"
            m.flush()
        f.seek(4096)
        assert f.read(4) == b"page"


def threads():
    lock, total = threading.Lock(), []
    def add():
        for _ in range(100):
            with lock:
                total.append(1)
    ts = [threading.Thread(target=add) for _ in range(16)]
    [t.start() for t in ts], [t.join() for t in ts]
    assert len(total) == 1600
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(square, range(10))) == 285


def processes():
    for method in ("fork", "spawn"):
        with mp.get_context(method).Pool(2) as pool:
            assert pool.map(square, range(5)) == [0, 1, 4, 9, 16], method
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        assert list(pool.map(square, range(3))) == [0, 1, 4]
    ctx = mp.get_context("fork")
    q, ready = ctx.Queue(), ctx.Event()
    p = ctx.Process(target=lambda: (q.put("hi"), ready.set()))
    p.start()
    assert q.get(timeout=20) == "hi" and ready.wait(20)
    p.join()
    shm = mp.shared_memory.SharedMemory(create=True, size=1 << 16)
    shm.buf[:2] = b"ok"
    shm.close(), shm.unlink()


def manager():
    with mp.Manager() as m:
        d = m.dict()
        d["a"] = 1
        assert d.copy() == {"a": 1}


def forkserver():
    with mp.get_context("forkserver").Pool(1) as pool:
        assert pool.map(square, [3]) == [9]


def unix_sockets():
    name = os.path.join(tempfile.mkdtemp(), "s")
    with socket.socket(socket.AF_UNIX) as s, socket.socket(socket.AF_UNIX) as c:
        s.bind(name), s.listen(), c.connect(name)
        peer, _ = s.accept()
        c.sendall(b"x")
        assert peer.recv(1) == b"x"


def socketpairs():
    a, b = socket.socketpair()
    with tempfile.TemporaryFile() as f:
        socket.send_fds(a, [b"x"], [f.fileno()])
        _, fds, _, _ = socket.recv_fds(b, 1, 1)
        os.close(fds[0])
    a.close(), b.close()


def loop():
    async def main():
        async def echo(r, w):
            w.write(await r.readline())
            await w.drain()
            w.close()
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        r, w = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
        w.write(b"line\n")
        assert await r.readline() == b"line\n"
        w.close()
        server.close()
        p = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
        assert (await p.communicate(b"data"))[0] == b"data"
        assert await asyncio.to_thread(square, 4) == 16
        got = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, got.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(got.wait(), 10)
    asyncio.run(main())


def web():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    server.RequestHandlerClass.log_message = lambda *a: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/") as r:
        assert b"Directory listing" in r.read()
    server.shutdown()


def udp():
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as a, socket.socket(family, socket.SOCK_DGRAM) as b:
            a.bind((host, 0))
            b.sendto(b"x", a.getsockname()[:2])
            assert a.recv(1) == b"x"


def programs():
    assert subprocess.run("echo $((6*7)) | cat", shell=True, capture_output=True, text=True).stdout == "42\n"
    p = subprocess.Popen(["sleep", "100"], start_new_session=True, close_fds=True)
    p.terminate()
    assert p.wait(10) == -signal.SIGTERM
    assert subprocess.check_output([sys.executable, "-c", "print(1)"]) == b"1\n"
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(["sleep", "100"], timeout=0.05)
        raise AssertionError("no timeout")
    assert os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)[1] == 0


def database():
    name = os.path.join(WORK, "py.db")
    one, two = sqlite3.connect(name), sqlite3.connect(name)
    assert one.execute("pragma journal_mode=wal").fetchone() == ("wal",)
    with one:
        one.execute("create table t(a)")
        one.executemany("insert into t values (?)", [(i,) for i in range(1000)])
    assert two.execute("select sum(a) from t").fetchone() == (499500,)
    one.close(), two.close()


def tls():
    context = ssl.create_default_context()
    assert len(context.get_ca_certs()) > 50, "no certificates of the host"
    inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
    conn = context.wrap_bio(inward, outward, server_hostname="example.org")
    with contextlib.suppress(ssl.SSLWantReadError):
        conn.do_handshake()
    assert outward.read()[:1] == b"\x16"
    assert hashlib.sha3_256(b"").hexdigest()[:4] == "a7ff" and hashlib.scrypt(b"p", salt=b"s", n=16, r=8, p=1)


def signals():
    got = []
    signal.signal(signal.SIGALRM, lambda *_: got.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    os.kill(os.getpid(), signal.SIGUSR2)
    assert got and signal.sigtimedwait([signal.SIGUSR2], 10).si_signo == signal.SIGUSR2


def clocks():
    at = datetime.datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Paris"))
    assert at.utcoffset() == datetime.timedelta(hours=2)
    began = time.monotonic()
    time.sleep(0.01)
    assert time.monotonic() - began >= 0.01 and time.time() > 1.7e9 and time.process_time() > 0
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    assert time.strftime("%z") == "+0900"


def randomness():
    assert len({secrets.token_hex(8), os.urandom(8).hex(), str(uuid.uuid4()), str(uuid.uuid1()), random.random()}) == 5
    assert len(open("/dev/urandom", "rb").read(16)) == 16


def machine():
    assert pwd.getpwuid(os.getuid()).pw_dir == os.path.expanduser("~") and os.cpu_count() >= 1
    assert len(os.sched_getaffinity(0)) >= 1 and os.sysconf("SC_PAGE_SIZE") == 4096 and os.getloadavg()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 100
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    assert socket.gethostbyname(socket.gethostname()) == "127.0.0.1" and os.uname().sysname == "Linux"
    assert ctypes.CDLL(None).getpid() == os.getpid() and shutil.disk_usage(WORK).free


def waits():
    with selectors.DefaultSelector() as s:
        r, w = os.pipe()
        s.register(r, selectors.EVENT_READ)
        os.write(w, b"x")
        assert s.select(10)
        if sys.version_info >= (3, 10):
            assert os.eventfd_read(os.eventfd(1)) == 1


def copies():
    name = os.path.join(WORK, "big")
    with open(name, "wb") as f:
        f.write(os.urandom(3 << 20))
    shutil.copyfile(name, name + "2") # by sendfile, where there is one
    a, b = socket.socketpair()
    with open(name, "rb") as f:
        sender = threading.Thread(target=lambda: (a.sendfile(f), a.close()))
        sender.start()
        got = b"".join(iter(lambda: b.recv(1 << 16), b""))
        sender.join()
    assert got == open(name + "2", "rb").read()


def splice():
    r, w = os.pipe()
    os.write(w, b"x")
    os.splice(r, os.open(os.path.join(WORK, "to"), os.O_WRONLY | os.O_CREAT), 1)


def shared_memory_file():
    os.close(os.memfd_create("m"))


if __name__ == "__main__":
    for check in (files, temporary, fifos, mapped, threads, processes, manager, forkserver, unix_sockets, socketpairs, loop, web,
                  udp, programs, database, tls, signals, clocks, randomness, machine, waits, copies, splice, shared_memory_file):
        try:
            check()
            print("ok", check.__name__, flush=True)
        except BaseException as e:
            print(f"no {check.__name__}: {e!r}", flush=True)
            if os.environ.get("TRACE"):
                import traceback
                traceback.print_exc()
