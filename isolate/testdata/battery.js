// The same as battery.py, for Node: one app of the escape battery.
'use strict';
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const fs = require('fs'), dns = require('dns'), cp = require('child_process');
const koffi = require(__dirname + '/node_modules/koffi');
const libc = koffi.load('libc.so.6');
const I = 'int64_t', U = 'uint64_t';
const sys = libc.func('syscall', I, [I, I, I, I, I, I, I]);
const calloc = libc.func('calloc', U, ['size_t', 'size_t']);
const put = libc.func('memcpy', U, [U, 'void *', 'size_t']);
const get = libc.func('memcpy', U, ['void *', U, 'size_t']);
const kept = []; // children must outlive their row

function call(nr, args) {
  const a = args.concat([0n, 0n, 0n, 0n, 0n, 0n]).slice(0, 6).map(v => BigInt.asIntN(64, BigInt(v)));
  const got = BigInt(sys(nr, ...a));
  return got === -1n ? -BigInt(koffi.errno()) : got;
}

function buffer(data) {
  const at = BigInt(calloc(1, data.length + 8));
  put(at, data, data.length);
  return at;
}

function bytes(at, size) {
  const b = Buffer.alloc(size);
  get(b, at, size);
  return b;
}

class Row {
  constructor(row) { this.row = row; this.results = []; this.buffers = {}; this.fds = []; }

  value(arg, turn) {
    if (arg.z) return buffer(Buffer.alloc(arg.z));
    if (arg.b === undefined) {
      if (arg.of) return this.buffers[arg.of];
      return BigInt(arg.i || 0) + (arg.r ? this.results[arg.r - 1] : 0n) + (arg.n ? BigInt(turn) : 0n);
    }
    let data = Buffer.from(arg.b, 'base64');
    if (arg.n || arg.r) data = Buffer.from(data.toString('latin1').replace('%d', arg.r ? this.results[arg.r - 1] : turn), 'latin1');
    const at = buffer(data);
    for (const patch of arg.at || []) {
      const word = Buffer.alloc(8);
      word.writeBigUInt64LE(BigInt.asUintN(64, this.value(patch.arg, turn)));
      put(at + BigInt(patch.off), word, 8);
    }
    return at;
  }

  once(k, step, turn) {
    const args = (step.args || []).map(a => this.value(a, turn));
    args.forEach((a, j) => { this.buffers[[k, j + 1]] = a; });
    const got = call(step.nr, args);
    if (step.fd && got > 2n) this.fds.push(got);
    return got;
  }

  calls(k, step) {
    let got = 0n, first, worked = 0n;
    for (let turn = 0; turn < (step.repeat || 1); turn++) {
      got = this.once(k, step, turn);
      if (got >= 0n) worked++;
      if (turn === 0) first = got;
      if (step.same && got !== first) return [0n, `${got} at turn ${turn}, ${first} before`];
      if (got < 0n && !step.same && !step.count) return [got];
    }
    return step.count ? [worked, String(worked)] : [got];
  }

  async do(k, step) {
    switch (step.kind) {
      case 'call': return this.calls(k, step);
      case 'spawn':
        for (let n = 0; n < step.repeat; n++) {
          const child = cp.spawn(step.argv[0], step.argv.slice(1), { stdio: 'ignore' });
          if (child.pid === undefined) return [BigInt(await new Promise(done => child.on('error', e => done(e.errno))))];
          kept.push(child);
        }
        return [0n];
      case 'run': {
        const r = cp.spawnSync(step.argv[0], step.argv.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] });
        return r.error ? [BigInt(r.error.errno)] : [0n, r.stdout.toString().trim()];
      }
      case 'code': {
        const at = call(step.nr, [0n, 4096n, 7n, 0x22n, -1n, 0n]), code = Buffer.from(step.code, 'base64');
        put(at, code, code.length);
        const proto = koffi.proto('int64_t ()'), holder = Buffer.from(new BigUint64Array([at]).buffer);
        return [BigInt(koffi.call(koffi.decode(holder, koffi.pointer(proto)), proto))];
      }
      case 'env': return [0n, Object.keys(process.env).sort().join(' ')];
      case 'fds': return [0n, fs.readdirSync('/proc/self/fd').filter(n => n > 2).map(link).join('\n')];
      case 'resolve': return [0n, await new Promise(done => dns.lookup(step.argv[0], { family: 4 }, (e, a) => done(e ? 'no address' : a)))];
      case 'sweep':
        for (const [nr, want] of step.sweep) {
          const got = call(nr, []);
          if (got !== BigInt(-want)) return [0n, `call ${nr} answers ${got}`];
        }
        return [0n];
    }
    const data = bytes(this.buffers[step.of] + BigInt(step.off || 0), step.size);
    if (step.kind === 'text') return [0n, data.toString('latin1').split('\0')[0]];
    const words = [];
    for (let i = 0; i < step.size; i += step.word) {
      words.push(data.subarray(i, i + step.word).reduceRight((v, b) => v * 256n + BigInt(b), 0n));
    }
    return [0n, words.join(' ')];
  }

  async run() {
    let answer = [0, 0, ''];
    for (const [i, step] of this.row.do.entries()) {
      const [got, text] = await this.do(i + 1, step);
      this.results.push(got);
      if (text !== undefined) answer = [0, i + 1, text];
      if (step.value) answer = [0, i + 1, String(got)];
      else if (got < 0n && !step.may) { answer = [Number(-got), i + 1, '']; break; }
    }
    for (const fd of this.fds) { try { fs.closeSync(Number(fd)); } catch { /* closed by the row */ } }
    return answer;
  }
}

function link(n) {
  try { return fs.readlinkSync('/proc/self/fd/' + n); } catch { return 'anon_inode:[eventpoll]'; }
}

function inThread(row) {
  return new Promise((done, failed) => {
    const w = new Worker(__filename, { workerData: row });
    w.on('message', done);
    w.on('error', failed);
  });
}

async function main() {
  let rest = '';
  const chunk = Buffer.alloc(1 << 16);
  for (let n; (n = fs.readSync(0, chunk)) > 0;) {
    const lines = (rest + chunk.toString('utf8', 0, n)).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const row = JSON.parse(line);
      const answer = await (row.thread ? inThread(row) : new Row(row).run());
      fs.writeSync(1, JSON.stringify(answer) + '\n');
    }
  }
}

if (isMainThread) main().then(() => process.exit(0));
else new Row(workerData).run().then(a => parentPort.postMessage(a));
