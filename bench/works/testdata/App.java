// What a Java program does with its machine. One line each: "ok NAME" or "no NAME: why".
import com.sun.net.httpserver.HttpServer;
import java.io.*;
import java.net.*;
import java.net.http.*;
import java.nio.*;
import java.nio.channels.*;
import java.nio.file.*;
import java.security.*;
import java.time.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.stream.*;
import javax.crypto.*;
import javax.net.ssl.*;

public class App {
  static final Path WORK = Path.of(System.getenv("WORK"));

  static void check(boolean holds, String what) {
    if (!holds) throw new IllegalStateException(what);
  }

  static void files() throws Exception {
    Path top = Files.createDirectories(WORK.resolve("java/a")), f = top.resolve("f");
    Files.writeString(f, "text");
    Files.copy(f, top.resolve("g"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.move(top.resolve("g"), top.resolve("h"), StandardCopyOption.ATOMIC_MOVE);
    Files.createSymbolicLink(top.resolve("l"), Path.of("f"));
    Files.setPosixFilePermissions(f, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
    try (FileChannel c = FileChannel.open(f, StandardOpenOption.READ, StandardOpenOption.WRITE); FileLock lock = c.lock()) {
      MappedByteBuffer m = c.map(FileChannel.MapMode.READ_WRITE, 0, 8192);
      m.put(4096, (byte) 7);
      m.force();
    }
    check(Files.size(f) == 8192 && Files.readAllBytes(top.resolve("l"))[4096] == 7, "the map is not the file");
    try (Stream<Path> all = Files.walk(WORK.resolve("java"))) { check(all.count() == 5, "names are missing"); }
    check(Files.getFileStore(f).getUsableSpace() > 0 && Files.createTempFile("x", "y").startsWith("/tmp"), "no room");
  }

  static void watch() throws Exception {
    Path dir = Files.createDirectories(WORK.resolve("watched"));
    try (WatchService w = dir.getFileSystem().newWatchService()) {
      dir.register(w, StandardWatchEventKinds.ENTRY_CREATE);
      Files.writeString(dir.resolve("new"), "");
      WatchKey key = w.poll(10, TimeUnit.SECONDS);
      check(key != null && key.pollEvents().get(0).context().toString().equals("new"), "nothing seen");
    }
  }

  static void threads() throws Exception {
    AtomicLong sum = new AtomicLong();
    ExecutorService pool = Executors.newFixedThreadPool(16);
    for (int i = 0; i < 1000; i++) pool.submit(sum::incrementAndGet);
    pool.shutdown();
    check(pool.awaitTermination(20, TimeUnit.SECONDS) && sum.get() == 1000, "lost sums");
    check(IntStream.range(0, 100000).parallel().mapToLong(i -> i).sum() == 4999950000L, "lost in parallel");
  }

  static void programs() throws Exception {
    Process p = new ProcessBuilder("sh", "-c", "read x; echo got $x; exit 3").redirectErrorStream(true).start();
    try (Writer w = p.outputWriter()) { w.write("it\n"); }
    check(p.inputReader().readLine().equals("got it") && p.waitFor() == 3, "not so");
    Process sleeper = new ProcessBuilder("sleep", "100").start();
    sleeper.destroy();
    check(sleeper.onExit().get(10, TimeUnit.SECONDS).exitValue() == 143 && ProcessHandle.current().pid() > 0, "not killed");
  }

  static void web() throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", x -> { byte[] in = x.getRequestBody().readAllBytes(); x.sendResponseHeaders(200, in.length); x.getResponseBody().write(in); x.close(); });
    server.start();
    HttpRequest q = HttpRequest.newBuilder(URI.create("http://localhost:" + server.getAddress().getPort() + "/")).POST(HttpRequest.BodyPublishers.ofString("body")).build();
    check(HttpClient.newHttpClient().send(q, HttpResponse.BodyHandlers.ofString()).body().equals("body"), "not echoed");
    server.stop(0);
  }

  static void tcp() throws Exception {
    try (ServerSocket s = new ServerSocket(0); Socket c = new Socket("localhost", s.getLocalPort()); Socket peer = s.accept()) {
      c.getOutputStream().write(5);
      check(peer.getInputStream().read() == 5, "lost");
    }
    try { InetAddress.getByName("example.org"); check(false, "a name is found"); } catch (UnknownHostException expected) { }
  }

  static void unix_sockets() throws Exception {
    var at = UnixDomainSocketAddress.of(Files.createTempDirectory("s").resolve("s"));
    try (var s = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      s.bind(at);
      try (var c = SocketChannel.open(at)) { check(c.isConnected(), "not connected"); }
    }
  }

  static void crypto() throws Exception {
    check(new SecureRandom().nextLong() != SecureRandom.getInstanceStrong().nextLong(), "the same twice");
    KeyGenerator g = KeyGenerator.getInstance("AES");
    Cipher c = Cipher.getInstance("AES/GCM/NoPadding");
    c.init(Cipher.ENCRYPT_MODE, g.generateKey());
    check(c.doFinal(new byte[16]).length == 32 && MessageDigest.getInstance("SHA-256").digest().length == 32, "not so");
    KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
  }

  static void tls() throws Exception {
    TrustManagerFactory t = TrustManagerFactory.getInstance("PKIX");
    t.init((KeyStore) null);
    check(((X509TrustManager) t.getTrustManagers()[0]).getAcceptedIssuers().length > 50, "no certificates of the host");
    check(SSLContext.getDefault().createSSLEngine().getEnabledProtocols().length > 0, "no protocols");
  }

  static void clocks() throws Exception {
    long began = System.nanoTime();
    Thread.sleep(10);
    check(System.nanoTime() - began >= 10_000_000 && Instant.now().isAfter(Instant.EPOCH), "the clock is off");
    check(Instant.EPOCH.atZone(ZoneId.of("Asia/Tokyo")).getHour() == 9, "no zones");
  }

  static void machine() throws Exception {
    Runtime r = Runtime.getRuntime();
    check(r.availableProcessors() >= 1 && r.maxMemory() > 1 << 20, "no processor");
    check(System.getProperty("user.name").equals("app") && System.getProperty("user.home").equals("/data"), System.getProperty("user.home"));
    check(InetAddress.getLocalHost().isLoopbackAddress() && NetworkInterface.getByName("lo").isUp(), "no loopback");
    java.lang.management.ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    List<byte[]> held = new ArrayList<>(); // work for the collector
    for (int i = 0; i < 2000; i++) { held.add(new byte[1 << 16]); if (held.size() > 100) held.clear(); }
    System.gc();
  }

  interface Check { void run() throws Exception; }

  public static void main(String[] args) {
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.put("files", App::files);
    checks.put("watch", App::watch);
    checks.put("threads", App::threads);
    checks.put("programs", App::programs);
    checks.put("web", App::web);
    checks.put("tcp", App::tcp);
    checks.put("unix_sockets", App::unix_sockets);
    checks.put("crypto", App::crypto);
    checks.put("tls", App::tls);
    checks.put("clocks", App::clocks);
    checks.put("machine", App::machine);
    checks.forEach((name, check) -> {
      try {
        check.run();
        System.out.println("ok " + name);
      } catch (Throwable e) {
        System.out.println("no " + name + ": " + e);
        if (System.getenv("TRACE") != null) e.printStackTrace();
      }
    });
    System.exit(0);
  }
}
