// What a Node program does with its machine. One line each: "ok NAME" or "no NAME: why".
'use strict';
const { Worker, isMainThread, workerData, parentPort } = require('node:worker_threads');
const { once } = require('node:events');
const assert = require('node:assert');
const child = require('node:child_process');
const crypto = require('node:crypto');
const dns = require('node:dns').promises;
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const dgram = require('node:dgram');
const os = require('node:os');
const path = require('node:path');
const stream = require('node:stream/promises');
const timers = require('node:timers/promises');
const zlib = require('node:zlib');
const WORK = process.env.WORK;

const checks = {
  async files() {
    const top = path.join(WORK, 'js');
    await fs.promises.mkdir(path.join(top, 'a'), { recursive: true });
    const f = path.join(top, 'a', 'f');
    fs.writeFileSync(f, 'text');
    fs.appendFileSync(f, ' more');
    fs.copyFileSync(f, f + '2');
    fs.copyFileSync(f, f + '5', fs.constants.COPYFILE_FICLONE);
    fs.renameSync(f + '2', f + '3');
    fs.symlinkSync('f', f + '4');
    fs.chmodSync(f, 0o700);
    fs.utimesSync(f, 1, 2);
    const h = await fs.promises.open(f);
    assert.equal(await h.readFile('utf8'), 'text more');
    await h.sync();
    await h.close();
    assert.deepEqual(fs.readdirSync(top, { recursive: true }).sort(), ['a', 'a/f', 'a/f3', 'a/f4', 'a/f5']);
    assert.equal(fs.realpathSync(f + '4'), f);
    fs.cpSync(top, top + '2', { recursive: true });
    fs.rmSync(top, { recursive: true });
    fs.rmSync(top + '2', { recursive: true });
    assert(fs.mkdtempSync(path.join(os.tmpdir(), 'x')).startsWith('/tmp/x'));
    assert(fs.statfsSync(WORK).blocks > 0);
  },
  async watch() {
    const dir = fs.mkdtempSync(path.join(WORK, 'watch'));
    const seen = new Promise((yes) => { checks.watcher = fs.watch(dir, (_, name) => yes(name)); });
    fs.writeFileSync(path.join(dir, 'new'), '');
    assert.equal(await seen, 'new');
    checks.watcher.close();
  },
  async workers() {
    const shared = new SharedArrayBuffer(8);
    const workers = [1, 2, 3].map(() => new Worker(__filename, { workerData: shared }));
    await Promise.all(workers.map((w) => once(w, 'message')));
    assert.deepEqual([...new Int32Array(shared)], [3000, 3]);
    assert.equal(Atomics.wait(new Int32Array(shared), 0, 3000, 10), 'timed-out');
    await Promise.all(workers.map((w) => w.terminate()));
  },
  async children() {
    assert.equal(child.execSync('echo $((6*7)) | cat').toString(), '42\n');
    assert.equal(child.execFileSync('cat', { input: 'in' }).toString(), 'in');
    const p = child.spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] });
    p.stdin.end('through');
    assert.equal((await p.stdout.toArray()).join(''), 'through');
    const forked = child.fork(__filename);
    forked.send(21);
    assert.equal((await once(forked, 'message'))[0], 42);
    const slept = child.spawn('sleep', ['100'], { detached: true });
    slept.kill();
    assert.equal((await once(slept, 'exit'))[1], 'SIGTERM');
  },
  async tcp() {
    const server = net.createServer((c) => c.pipe(c)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const c = net.connect(server.address().port, 'localhost');
    c.end('echo');
    assert.equal((await c.toArray()).join(''), 'echo');
    server.close();
  },
  async udp() {
    const s = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(s, 'listening');
    s.send('x', s.address().port, '127.0.0.1');
    assert.equal((await once(s, 'message'))[0].toString(), 'x');
    s.close();
  },
  async unix_sockets() {
    const at = path.join(fs.mkdtempSync('/tmp/s'), 's');
    const server = net.createServer((c) => c.end('hi'));
    server.listen(at);
    await once(server, 'listening');
    assert.equal((await net.connect(at).toArray()).join(''), 'hi');
    server.close();
  },
  async web() {
    const server = http.createServer((q, r) => q.pipe(zlib.createGzip()).pipe(r.setHeader('content-encoding', 'gzip')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${server.address().port}/`;
    assert.equal(await (await fetch(url, { method: 'POST', body: 'a body' })).text(), 'a body');
    server.close();
    server.closeAllConnections();
  },
  async names() {
    assert.equal((await dns.lookup('localhost', { family: 4 })).address, '127.0.0.1');
    await assert.rejects(dns.lookup('example.org'));
    await assert.rejects(dns.resolve4('example.org'));
  },
  async streams() {
    const from = path.join(WORK, 'big'), to = path.join(WORK, 'big.gz');
    fs.writeFileSync(from, crypto.randomBytes(1 << 20));
    await stream.pipeline(fs.createReadStream(from), zlib.createGzip(), fs.createWriteStream(to));
    assert(zlib.gunzipSync(fs.readFileSync(to)).equals(fs.readFileSync(from)));
  },
  async crypto() {
    assert.equal(crypto.createHash('sha256').update('').digest('hex').slice(0, 8), 'e3b0c442');
    const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
    assert(crypto.verify(null, Buffer.from('m'), publicKey, crypto.sign(null, Buffer.from('m'), privateKey)));
    assert.equal((await crypto.subtle.digest('SHA-1', new Uint8Array())).byteLength, 20);
    assert.notEqual(crypto.randomUUID(), crypto.randomUUID());
    assert.equal(crypto.scryptSync('p', 's', 16).length, 16);
  },
  async machine() {
    assert(os.cpus().length >= 1 && os.totalmem() > 0 && os.freemem() > 0 && os.uptime() >= 0);
    assert(process.memoryUsage().rss > 1 << 20 && process.memoryUsage.rss() > 0);
    assert(process.resourceUsage().maxRSS > 0 && process.cpuUsage().user > 0);
    assert.equal(os.userInfo().username, 'app');
    assert.equal(os.hostname(), 'app');
    assert(os.availableParallelism() >= 1 && os.loadavg().length === 3 && os.release());
    assert(process.report.getReport().header.processId === process.pid);
  },
  async interfaces() {
    assert(os.networkInterfaces().lo.length >= 1);
  },
  async wasm() {
    const bytes = Buffer.from('AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=', 'base64');
    const { instance } = await WebAssembly.instantiate(bytes);
    assert.equal(instance.exports.add(40, 2), 42);
    assert(new WebAssembly.Memory({ initial: 16, maximum: 1024, shared: true }).grow(100) === 16);
  },
  async memory() { // more than the limit in all, most of it given back: the heap must know its bound
    const held = Array.from({ length: 100000 }, (_, i) => ({ list: new Array(120).fill(i) }));
    for (let i = 0; i < 600000; i++) held[(i * 7919) % held.length] = { list: new Array(120).fill(i) };
    assert.equal(held.length, 100000);
  },
  async clocks() {
    const began = performance.now();
    await timers.setTimeout(10);
    assert(performance.now() - began >= 9);
    assert.match(new Date(0).toLocaleString('de', { timeZone: 'Asia/Tokyo' }), /09:00/);
    const got = once(process, 'SIGUSR2');
    process.kill(process.pid, 'SIGUSR2');
    await got;
  },
};

async function main() {
  setInterval(() => {}, 1000); // a listener for a signal alone does not keep Node up
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log('ok', name);
    } catch (e) {
      console.log(`no ${name}: ${String(e.message).split('\n')[0]}`);
      if (process.env.TRACE) console.error(e);
    }
  }
  process.exit(0);
}

if (!isMainThread) {
  const cells = new Int32Array(workerData);
  for (let i = 0; i < 1000; i++) Atomics.add(cells, 0, 1);
  Atomics.add(cells, 1, 1);
  Atomics.notify(cells, 1);
  parentPort.postMessage('done');
} else if (process.send) {
  process.on('message', (m) => { process.send(m * 2); process.disconnect(); });
} else {
  main();
}
