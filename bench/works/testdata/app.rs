//! A Rust program that says what it can do with its machine: "ok NAME" or "no NAME: why".
use std::collections::HashMap;
use std::error::Error;
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::unix::fs::{symlink, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::sync::{mpsc, Arc, Barrier, Mutex};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, path::PathBuf, thread};

type Done = Result<(), Box<dyn Error>>;

fn check(holds: bool, what: &str) -> Done {
    if holds { Ok(()) } else { Err(what.into()) }
}

fn work() -> PathBuf {
    env::var_os("WORK").unwrap().into()
}

fn files() -> Done {
    let top = work().join("rs");
    fs::create_dir_all(top.join("a"))?;
    let name = top.join("a/f");
    let mut f = fs::OpenOptions::new().create(true).read(true).write(true).open(&name)?;
    f.write_all(b"text")?;
    f.lock()?;
    f.sync_all()?;
    f.set_len(1 << 20)?;
    f.seek(SeekFrom::Start(0))?;
    let mut head = [0; 4];
    f.read_exact(&mut head)?;
    check(&head == b"text", "it reads otherwise")?;
    fs::copy(&name, top.join("a/g"))?;
    fs::rename(top.join("a/g"), top.join("h"))?;
    fs::hard_link(&name, top.join("i"))?;
    symlink("i", top.join("j"))?;
    fs::set_permissions(&name, fs::Permissions::from_mode(0o700))?;
    f.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(5))?;
    check(fs::canonicalize(top.join("j"))? == top.join("i"), "not canonical")?;
    check(fs::read_dir(&top)?.count() == 4, "names are missing")?;
    check(fs::metadata(top.join("h"))?.len() == 1 << 20, "a short copy")?;
    Ok(fs::remove_dir_all(&top)?)
}

fn threads() -> Done {
    let (sum, gate) = (Arc::new(Mutex::new(0)), Arc::new(Barrier::new(16)));
    let all: Vec<_> = (0..16).map(|_| {
        let (sum, gate) = (sum.clone(), gate.clone());
        thread::Builder::new().name("adds".into()).spawn(move || { gate.wait(); *sum.lock().unwrap() += 1 })
    }).collect::<Result<_, _>>()?;
    for t in all { t.join().map_err(|_| "a thread panicked")? }
    let (to, from) = mpsc::channel();
    thread::scope(|s| { s.spawn(move || to.send(7)); });
    check(*sum.lock().unwrap() == 16 && from.recv()? == 7 && thread::available_parallelism()?.get() > 0, "lost sums")
}

fn programs() -> Done {
    let mut p = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    p.stdin.take().unwrap().write_all(b"through")?;
    check(p.wait_with_output()?.stdout == b"through", "not through")?;
    check(Command::new("/bin/sh").args(["-c", "exit $N"]).env_clear().env("N", "3").status()?.code() == Some(3), "not 3")?;
    check(Command::new(env::current_exe()?).arg("child").status()?.success(), "the child failed")?;
    let mut p = Command::new("sleep").arg("100").spawn()?;
    p.kill()?;
    check(!p.wait()?.success(), "not killed")
}

fn clocks() -> Done {
    let began = Instant::now();
    thread::sleep(Duration::from_millis(10));
    check(began.elapsed() >= Duration::from_millis(10), "too soon")?;
    check(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs() > 1_700_000_000, "the clock is off")
}

fn randomness() -> Done {
    let mut two = [[0u8; 16]; 2];
    for one in &mut two { fs::File::open("/dev/urandom")?.read_exact(one)? }
    let seeded: HashMap<i32, i32> = (0..100).map(|i| (i, i)).collect(); // its keys are from getrandom
    check(two[0] != two[1] && seeded.len() == 100, "the same twice")
}

fn tcp() -> Done {
    let l = TcpListener::bind(("localhost", 0))?;
    let at = l.local_addr()?;
    let server = thread::spawn(move || { let (mut c, _) = l.accept()?; let mut s = c.try_clone()?; std::io::copy(&mut s, &mut c) });
    let mut c = TcpStream::connect_timeout(&at, Duration::from_secs(10))?;
    c.set_nodelay(true)?;
    c.write_all(b"echo")?;
    c.shutdown(Shutdown::Write)?;
    let mut text = String::new();
    c.read_to_string(&mut text)?;
    check(server.join().map_err(|_| "panicked")?? == 4 && text == "echo", "not echoed")?;
    check(("example.org", 80).to_socket_addrs().is_err(), "a name is found")
}

fn udp() -> Done {
    let (a, b) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    a.set_read_timeout(Some(Duration::from_secs(10)))?;
    b.send_to(b"x", a.local_addr()?)?;
    check(a.recv_from(&mut [0; 9])?.0 == 1, "lost")
}

fn unix_sockets() -> Done {
    let at = env::temp_dir().join("rs.sock");
    let l = UnixListener::bind(&at)?;
    UnixStream::connect(&at)?.write_all(b"x")?;
    let mut got = [0];
    l.accept()?.0.read_exact(&mut got)?;
    check(got == *b"x", "lost")
}

fn main() {
    if env::args().count() > 1 { return }
    let checks: [(&str, fn() -> Done); 8] = [("files", files), ("threads", threads), ("programs", programs), ("clocks", clocks),
        ("randomness", randomness), ("tcp", tcp), ("udp", udp), ("unix_sockets", unix_sockets)];
    for (name, check) in checks {
        match check() {
            Ok(()) => println!("ok {name}"),
            Err(why) => println!("no {name}: {why}"),
        }
    }
}
