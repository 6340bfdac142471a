/** `lineside init` through the front door: by flags, and by a person at a terminal; real servers, a broker, cameras, and none that answers. */
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { packageRoot } from '#agent/platform/package-root.js';
import { MODELS } from '../integration/line.ts';
import { type Broker, startBroker } from '../simulators/broker.ts';
import { freePort } from '../simulators/free-port.ts';
import { HttpCamera } from '../simulators/http-camera.ts';
import { type OpcuaSimulator, startOpcuaServer } from '../simulators/opcua.ts';
import { picture, scanBomb } from '../simulators/pictures.ts';
import { KEYS, openTerminal, type Terminal } from '../simulators/terminal.ts';

const MAIN = join(packageRoot, 'dist', 'bundle', 'main.js');
const PASSWORD = 'correct horse battery';
const LINE = 'acme/dresden/castings/line3';

let plc: OpcuaSimulator;
let camera: HttpCamera;
let guarded: HttpCamera;
let broker: Broker;
const pki = mkdtempSync(join(tmpdir(), 'lineside-init-pki-'));

beforeAll(async () => {
  const pictures = [await picture({ width: 64, height: 48 })];
  plc = await startOpcuaServer('node-opcua', { pki, users: { lineside: PASSWORD } });
  camera = await new HttpCamera({ pictures }).listen();
  guarded = await new HttpCamera({ pictures, auth: { scheme: 'digest', user: 'admin', password: PASSWORD } }).listen();
  broker = await startBroker({ users: { lineside: PASSWORD } });
}, 300_000);
afterAll(async () => {
  await Promise.all([plc?.stop(), camera?.close(), guarded?.close(), broker?.close()]);
  rmSync(pki, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'lineside-init-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
/** Not spawnSync: the camera answers from this process. */
function run(
  cwd: string,
  args: readonly string[],
  { env = {}, wrap = [] }: { env?: object; wrap?: readonly string[] } = {},
): Promise<Ended> {
  const [command = '', ...rest] = [...wrap, process.execPath, MAIN, 'init', ...args];
  const child = spawn(command, rest, { cwd, env: { ...process.env, NO_COLOR: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece) => {
    stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    stderr += piece;
  });
  return new Promise((settle) => child.once('close', (status) => settle({ status, stdout, stderr })));
}
const everything = (at: string): string =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('secrets'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');

const SCRIPT = [
  '--yes',
  '--json',
  '--line',
  LINE,
  '--station',
  'outlet',
  '--models',
  MODELS,
  '--package',
  'classify',
  '--out',
  'line.yaml',
];

describe('by flags', () => {
  it('tries what is named, trusts the certificate that is named, proposes tags, and passes its own check', {
    timeout: 180_000,
  }, async () => {
    const at = folder();
    const env = { PLC_PASSWORD: PASSWORD, MQTT_PASSWORD: PASSWORD };
    const flags = [
      ...SCRIPT,
      ...['--camera', `side=${guarded.url('/snapshot', `admin:${encodeURIComponent(PASSWORD)}@`)}`],
      ...['--plc', plc.endpoint, '--plc-user', 'lineside', '--plc-password', '${env:PLC_PASSWORD}'],
      ...['--broker', broker.url, '--broker-user', 'lineside', '--broker-password', '${env:MQTT_PASSWORD}'],
    ];
    const first = await run(at, flags, { env });
    const told = JSON.parse(first.stdout);
    expect(first.status, first.stderr).toBe(5);
    expect(told.tried).toEqual([
      { what: 'camera side', ok: true, detail: expect.stringMatching(/^64 x 48 (mono8|rgb8)$/) },
      {
        what: 'opcua plc',
        ok: false,
        code: 'OPCUA_UNTRUSTED',
        detail: expect.any(String),
        next: expect.stringContaining('lineside trust'),
      },
      { what: 'mqtt', ok: true, detail: expect.stringContaining('speaks MQTT 5') },
    ]);
    const fingerprint = /[0-9a-f]{64}/.exec(told.tried[1].detail)?.[0] ?? '';
    // Nobody has said that it is the right one.
    expect(existsSync(join(at, 'lineside-data', 'pki', 'trusted'))).toBe(false);

    const again = await run(at, flags, { env });
    expect([again.status, again.stderr]).toEqual([3, expect.stringContaining('CONFIG_EXISTS')]);

    const wrong = await run(at, [...flags, '--force', '--trust', 'ab'.repeat(32)], { env });
    expect(JSON.parse(wrong.stdout).tried[1]).toMatchObject({ ok: false, code: 'OPCUA_UNTRUSTED' });

    const shown = (fingerprint.toUpperCase().match(/../g) ?? []).join(':');
    const named = ['--verdict', 'nsu=urn:press;s=Verdict', '--verdict-part', 'nsu=urn:press;s=VerdictPart'];
    const second = await run(at, [...flags, '--force', '--trust', shown, ...named], { env });
    expect(second.status, second.stdout + second.stderr).toBe(0);
    const done = JSON.parse(second.stdout);
    expect(done.tried[1]).toMatchObject({ ok: true, detail: expect.stringContaining('SignAndEncrypt Basic256Sha256') });
    expect(done.proposals).toMatchObject({
      trigger: 'nsu=urn:press;s=PartPresent',
      part: 'nsu=urn:press;s=Serial',
      counter: 'nsu=urn:press;s=Counter',
    });
    expect(done.check).toMatchObject({ ok: true, warnings: [] });
    expect(done.next).toEqual(['lineside run line.yaml', 'lineside password --config line.yaml']);
    const text = readFileSync(join(at, 'line.yaml'), 'utf8');
    for (const piece of ['trigger: {tag: plc.part_present, edge: rising}', 'counter: plc.counter', 'verdict: plc.verdict', '# '])
      expect(text).toContain(piece);
    // In the secret's own file, and nowhere else.
    const secret = join(at, 'lineside-data', 'secrets', 'camera-side');
    expect([readFileSync(secret, 'utf8'), statSync(secret).mode & 0o777]).toEqual([PASSWORD, 0o600]);
    expect(first.stdout + first.stderr + again.stderr + second.stdout + second.stderr + everything(at)).not.toMatch(/correct(%20| )horse/);
  });

  it('writes to no tag that nobody has named, and takes no open channel by itself', { timeout: 300_000 }, async () => {
    const open = await startOpcuaServer('node-opcua');
    onTestFinished(() => open.stop());
    const at = folder();
    const flags = [...SCRIPT, '--camera', camera.url('/snapshot'), '--plc', open.endpoint];
    const refused = await run(at, flags);
    expect(JSON.parse(refused.stdout).tried[1]).toMatchObject({
      ok: false,
      code: 'OPCUA_REFUSED',
      detail: expect.stringContaining('no encryption'),
    });
    const taken = await run(at, [...flags, '--plc-unencrypted', '--force']);
    expect(taken.status, taken.stdout).toBe(0);
    const text = readFileSync(join(at, 'line.yaml'), 'utf8');
    expect(text).toContain('security: {mode: None}');
    expect(text).not.toMatch(/^ +answer:|writable: true/m);
    expect(JSON.parse(taken.stdout).proposals).toHaveProperty('verdict');
  });

  it('tells what does not answer in the words of the error table, keeps it, and stays within its time', { timeout: 300_000 }, async () => {
    const at = folder();
    const frozen = await startOpcuaServer('node-opcua');
    onTestFinished(() => frozen.stop());
    frozen.freeze();
    const nobody = await freePort();
    const flags = [
      ...[...SCRIPT, '--camera', `http://127.0.0.1:${nobody}/snap`, '--plc', frozen.endpoint],
      ...['--broker', broker.url, '--broker-user', 'lineside', '--broker-password', '${env:WRONG}'],
    ];
    const began = performance.now();
    const { status, stdout } = await run(at, flags, { env: { WRONG: 'not that one' } });
    frozen.thaw();
    expect(status).toBe(5);
    // Tried once here, and once by the check.
    expect(performance.now() - began).toBeLessThan(200_000);
    const { tried, check } = JSON.parse(stdout);
    expect(tried).toMatchObject([
      { what: 'camera top', ok: false, code: 'CAMERA_UNREACHABLE', next: expect.stringContaining('power, cable') },
      { what: 'opcua plc', ok: false, code: 'OPCUA_SILENT' },
      { what: 'mqtt', ok: false, code: 'MQTT_REFUSED', next: expect.stringContaining('mqtt.password') },
    ]);
    expect(check).toMatchObject({ ok: false, warnings: [] });
    expect(readFileSync(join(at, 'line.yaml'), 'utf8')).toContain(frozen.endpoint);
  });

  it('is not brought down by a camera that sends a bomb, another page, or a way to somewhere else', { timeout: 300_000 }, async () => {
    const bomb = await scanBomb({ scans: 20_000 });
    let strangers = 0;
    const elsewhere = await listening((_, response) => {
      strangers++;
      response.end();
    });
    const { port } = elsewhere.address() as { port: number };
    const hostile = await listening(({ url = '' }, response) => {
      if (url === '/bomb') response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': bomb.length }).end(bomb);
      else if (url === '/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>\u001b[2J</html>');
      else response.writeHead(302, { location: `http://127.0.0.1:${port}/snap` }).end();
    });
    const { port: own } = hostile.address() as { port: number };
    const address = (path: string) => ['--camera', `${path}=http://127.0.0.1:${own}/${path}`];
    const { status, stdout } = await run(folder(), [...SCRIPT, ...address('bomb'), ...address('page'), ...address('away')]);
    expect(status).toBe(5);
    const { tried } = JSON.parse(stdout);
    expect(tried.map(({ what, ok }: { what: string; ok: boolean }) => [what, ok])).toEqual([
      ['camera bomb', false],
      ['camera page', false],
      ['camera away', false],
    ]);
    expect(tried[1]).toMatchObject({ code: 'CAMERA_UNREACHABLE', detail: expect.stringContaining('is no picture') });
    expect(strangers).toBe(0);
  });

  it('connects to nobody but whom it was told', { timeout: 300_000 }, async () => {
    const at = folder();
    const trace = join(at, 'connects');
    const wrap = ['strace', '-f', '-qq', '-e', 'trace=connect', '-o', trace];
    const flags = [...SCRIPT, '--camera', camera.url('/snapshot'), '--plc', plc.endpoint, '--broker', broker.url];
    expect((await run(at, flags, { wrap })).status).toBe(5);
    const asked = [...readFileSync(trace, 'utf8').matchAll(/connect\(\d+, \{sa_family=AF_INET6?, (.*?)\}/g)].map(([, to = '']) => to);
    const named = [new URL(camera.url('/')).port, String(plc.port), String(broker.port)];
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.filter((to) => !to.includes('127.0.0.1') || !named.includes(/htons\((\d+)\)/.exec(to)?.[1] ?? ''))).toEqual([]);
  });

  it.each([
    [['--plc-password', PASSWORD, '--plc', 'opc.tcp://127.0.0.1:1'], 'can be read by every user'],
    [['--line', 'only/three/levels'], 'Four names'],
    [['--station', 'Outlet 1'], '--station'],
    [['--package', 'nonsense'], 'there is no model package nonsense'],
    [['--camera', 'top=http://127.0.0.1:1/'], 'the same name'],
    [['--camera', 'admin:hunter22@10.1.3.31/stream1'], 'the agent would not run with this'],
    [['--plc', 'opc.tcp://lineside:hunter22@127.0.0.1:1'], 'say --plc-user and --plc-password'],
    [['--plc', 'lineside:hunter22@127.0.0.1:1'], 'say --plc-user and --plc-password'],
    [['--plc', '127.0.0.1:4840'], 'the agent would not run with this'],
    [['--plc', 'opc.tcp://127.0.0.1:1', '--plc-password', '${env:X}'], 'needs --plc-user'],
    [['--plc', 'opc.tcp://127.0.0.1:1', '--trigger', 'PartPresent'], 'the agent would not run with this'],
    [['--trigger', 'nsu=urn:press;s=PartPresent'], 'say --plc'],
    [['--broker', 'mqtt://192.0.2.7'], 'say --broker-unencrypted'],
    [['--out', 'nowhere/line.yaml'], 'nothing can be written'],
  ])('refuses %j, and writes nothing', async (flags, why) => {
    const at = folder();
    const { status, stdout, stderr } = await run(at, [...SCRIPT, '--camera', 'http://127.0.0.1:1/', ...flags]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(why)]);
    expect(readdirSync(at)).toEqual([]);
    expect(stdout + stderr).not.toContain('hunter22');
  });

  it('takes paths as they are typed, writes them as the file means them, and has the passwords on the disk', {
    timeout: 120_000,
  }, async () => {
    const at = folder();
    mkdirSync(join(at, 'etc'));
    symlinkSync(MODELS, join(at, 'packages'));
    const encrypted = await startBroker({ tls: true });
    onTestFinished(() => encrypted.close());
    copyFileSync(encrypted.ca, join(at, 'ca.pem'));
    const trace = join(at, 'flushed');
    const flags = [
      ...['--yes', '--json', '--out', 'etc/line.yaml', '--models', 'packages', '--package', 'classify', '--store', 'etc/data'],
      ...['--camera', guarded.url('/snapshot', `admin:${encodeURIComponent(PASSWORD)}@`)],
      ...['--broker', encrypted.url, '--broker-ca', 'ca.pem'],
    ];
    const wrap = ['strace', '-f', '-qq', '-y', '-e', 'trace=fsync', '-o', trace];
    const { status, stdout, stderr } = await run(at, flags, { wrap });
    expect(status, stdout + stderr).toBe(0);
    const text = readFileSync(join(at, 'etc', 'line.yaml'), 'utf8');
    for (const piece of ['store: {path: "data"}', `{models: "${join(at, 'packages')}"}`, `ca: "${join(at, 'ca.pem')}"`])
      expect(text).toContain(piece);
    const { secrets, tried } = JSON.parse(stdout);
    expect(tried).toMatchObject([{ ok: true }, { ok: true }]);
    expect(secrets).toEqual([join(at, 'etc', 'data', 'secrets', 'camera-top')]);
    expect(readFileSync(secrets[0], 'utf8')).toBe(PASSWORD);
    for (const flushed of ['etc/data/secrets', 'etc/data', 'etc']) expect(readFileSync(trace, 'utf8')).toContain(`<${join(at, flushed)}>`);
  });

  it('tells where passwords cannot be kept before it asks anybody', async () => {
    const at = folder();
    writeFileSync(join(at, 'taken'), '');
    const { status, stderr } = await run(at, [...SCRIPT, '--camera', 'http://admin:hunter22@127.0.0.1:1/', '--store', 'taken']);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/SECRETS_UNKEPT.*is no folder/)]);
    expect(readdirSync(at)).toEqual(['taken']);
  });

  it('says so where a PLC has more nodes than are looked through', { timeout: 300_000 }, async () => {
    const variables = Object.fromEntries(Array.from({ length: 2100 }, (_, at) => [`V${at}`, ['Int32', at]] as const));
    const large = await startOpcuaServer('node-opcua', { variables });
    onTestFinished(() => large.stop());
    const flags = [...SCRIPT, '--camera', camera.url('/snapshot'), '--plc', large.endpoint, '--plc-unencrypted'];
    const { status, stdout } = await run(folder(), flags);
    expect(status, stdout).toBe(0);
    expect(JSON.parse(stdout).tried[1]).toMatchObject({ ok: true, detail: expect.stringContaining('Only its first 2000 nodes') });
  });

  it('asks nothing where there is no terminal', async () => {
    const { status, stderr } = await run(folder(), []);
    expect([status, stderr]).toEqual([2, expect.stringContaining('say --yes')]);
  });
});

async function listening(answer: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer(answer as never);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  return server;
}

describe('at a terminal', () => {
  const open = (at: string, ...args: readonly string[]): Terminal => {
    const env = { ...process.env, NO_COLOR: '1', TERM: 'xterm', CI: '', PLC_PASSWORD: PASSWORD };
    const terminal = openTerminal([process.execPath, MAIN, 'init', '--models', MODELS, '--out', 'line.yaml', ...args], { cwd: at, env });
    onTestFinished(() => terminal.kill());
    return terminal;
  };
  const { enter, down, left, clear } = KEYS;

  it('asks its way from nothing to a config that runs', { timeout: 300_000 }, async () => {
    const at = folder();
    const terminal = open(at);
    await terminal.shows('Where does this line stand?');
    terminal.press(clear, LINE, enter);
    await terminal.shows('What is the station called');
    terminal.press(clear, 'outlet', enter);
    await terminal.shows('What is the address of the camera?');
    terminal.press(guarded.url('/snapshot'), enter);
    await terminal.shows('401');
    await terminal.shows('What now?');
    terminal.press(enter);
    await terminal.shows('User');
    terminal.press('admin', enter);
    await terminal.shows('Password');
    terminal.press(PASSWORD, enter);
    await terminal.shows('A picture came: 64 x 48');
    await terminal.shows('What shall look at the pictures of top?');
    terminal.press(enter);
    await terminal.shows('Is there another camera');
    terminal.press(enter);
    await terminal.shows('What is the OPC UA address of the PLC?');
    terminal.press(plc.endpoint, enter);
    // The fingerprint, before anything is said to it.
    await terminal.shows('The certificate of the PLC');
    await terminal.shows(/([0-9a-f]{4} ){7}[0-9a-f]{4}/);
    await terminal.shows('Trust it from now on?');
    terminal.press(left, enter);
    await terminal.shows('does not take the user');
    await terminal.shows('What now?');
    terminal.press(enter);
    await terminal.shows('User at the PLC');
    terminal.press('lineside', enter);
    await terminal.shows('Password at the PLC');
    terminal.press(PASSWORD, enter);
    await terminal.shows(/It shows \d+ variables; security SignAndEncrypt/);
    await terminal.shows('Which tag says that a part is there');
    await terminal.shows('PartPresent');
    terminal.press(enter);
    await terminal.shows('Which tag has the serial');
    terminal.press(enter);
    await terminal.shows('Which tag counts the parts?');
    terminal.press('AnInt64', enter);
    await terminal.shows('shall the agent write the verdict?');
    // What is written is not taken by Enter alone.
    terminal.press(enter);
    await terminal.shows('What is the address of the MQTT broker?');
    terminal.press(enter);
    await terminal.shows('Write line.yaml?');
    terminal.press(enter);
    await terminal.shows('line.yaml is written.');
    expect(await terminal.ended, terminal.text).toBe(0);
    expect(terminal.text).toMatch(/camera top +yes +64 x 48/);
    expect(terminal.text).toContain('lineside run line.yaml');
    const text = readFileSync(join(at, 'line.yaml'), 'utf8');
    for (const piece of ['plc.part_present', 'part: plc.serial', 'counter: plc.an_int64', '${file:lineside-data/secrets/camera-top}'])
      expect(text).toContain(piece);
    expect(text).not.toMatch(/^ +answer:/m);
    expect(readFileSync(join(at, 'lineside-data', 'secrets', 'plc'), 'utf8')).toBe(PASSWORD);
    expect(terminal.text + everything(at)).not.toContain(PASSWORD);
  });

  it('keeps an address that does not answer yet, and writes nothing when it is ended', { timeout: 300_000 }, async () => {
    const at = folder();
    const nobody = `http://127.0.0.1:${await freePort()}/snap`;
    const flags = ['--line', LINE, '--station', 'outlet', '--package', 'classify', '--camera', nobody];
    const first = open(at, ...flags);
    await first.shows('cannot be reached');
    await first.shows('What now?');
    first.press(KEYS.cancel);
    // As a shell has it of whatever Ctrl-C ended.
    expect(await first.ended).toBe(130);
    expect(first.text).toContain('No config was written.');
    expect(readdirSync(at)).toEqual([]);

    const second = open(at, ...flags);
    await second.shows('What now?');
    second.press(down, enter);
    await second.shows('What is the OPC UA address of the PLC?');
    second.press(enter);
    await second.shows('MQTT broker?');
    second.press('mqtt://192.0.2.7:1883', enter);
    await second.shows('would not be encrypted');
    await second.shows('shall it go unencrypted?');
    second.press(enter);
    await second.shows('What now?');
    second.press(KEYS.up, enter);
    await second.shows('Write line.yaml?');
    second.press(enter);
    expect(await second.ended, second.text).toBe(5);
    expect(readFileSync(join(at, 'line.yaml'), 'utf8')).toContain(nobody);
    const mine = '# mine\n';
    writeFileSync(join(at, 'line.yaml'), mine);
    const third = open(at, ...flags);
    expect(await third.ended).toBe(3);
    expect(readFileSync(join(at, 'line.yaml'), 'utf8')).toBe(mine);
  });

  it.each([
    [['--camera', 'camera_2=http://127.0.0.1:1/', '--camera', 'http://127.0.0.1:1/'], 'the same name'],
    [['--package', 'nonsense'], 'there is no model package nonsense'],
    [['--plc', 'opc.tcp://lineside:hunter22@127.0.0.1:1'], 'say --plc-user and --plc-password'],
    [['--part', 'Serial'], 'the agent would not run with this'],
    [['--out', 'nowhere/line.yaml'], 'nothing can be written'],
  ])('asks nothing where %j cannot be', async (flags, why) => {
    const at = folder();
    const terminal = open(at, ...flags);
    expect([await terminal.ended, terminal.text]).toEqual([2, expect.stringContaining(why)]);
    expect(terminal.text).not.toMatch(/Where does this line stand|hunter22/);
    expect(readdirSync(at)).toEqual([]);
  });

  it.each([
    [130, (terminal: Terminal) => terminal.press(KEYS.cancel)],
    [143, (terminal: Terminal) => terminal.signal('SIGTERM')],
  ])('ends with %i while an address is tried, and writes nothing', async (code, end) => {
    const at = folder();
    const mute = await listening(() => {});
    const { port } = mute.address() as { port: number };
    const asked = new Promise((settle) => mute.once('request', settle));
    const flags = ['--line', LINE, '--station', 'outlet', '--package', 'classify', '--camera', `http://127.0.0.1:${port}/snap`];
    const terminal = open(at, ...flags);
    await terminal.shows('Asking camera top');
    await asked;
    end(terminal);
    expect(await terminal.ended, terminal.text).toBe(code);
    expect(readdirSync(at)).toEqual([]);
  });

  it('takes what flags say as answered, and keeps nothing that the agent would refuse', { timeout: 300_000 }, async () => {
    const env = { PLC_PASSWORD: PASSWORD };
    const login = ['--plc-user', 'lineside', '--plc-password', '${env:PLC_PASSWORD}'];
    const untrusted = await run(folder(), [...SCRIPT, '--camera', camera.url('/snapshot'), '--plc', plc.endpoint, ...login], { env });
    const fingerprint = /[0-9a-f]{64}/.exec(JSON.parse(untrusted.stdout).tried[1].detail)?.[0] ?? '';
    const at = folder();
    const nodes = { trigger: 'PartPresent', part: 'Serial', counter: 'Counter', verdict: 'Verdict', 'verdict-part': 'VerdictPart' };
    const tags = Object.entries(nodes).flatMap(([role, name]) => [`--${role}`, `nsu=urn:press;s=${name}`]);
    const terminal = open(
      at,
      ...['--line', LINE, '--station', 'outlet', '--package', 'classify', '--trust', fingerprint],
      ...login,
      ...tags,
    );
    await terminal.shows('What is the address of the camera?');
    terminal.press('10.1.3.31', enter);
    // Never kept: it is asked again.
    await terminal.shows('Correct what was typed.');
    await terminal.shows('What is the address of the camera?');
    terminal.press(clear, guarded.url('/snapshot', `admin:${encodeURIComponent(PASSWORD)}@`), enter);
    await terminal.shows('A picture came');
    await terminal.shows('Is there another camera');
    terminal.press(enter);
    await terminal.shows('What is the OPC UA address of the PLC?');
    terminal.press('opc.tcp://lineside:hunter22@127.0.0.1:4840', enter);
    await terminal.shows('Leave it out: both are asked for.');
    terminal.press(clear, plc.endpoint, enter);
    // Neither certificate nor login nor tags are asked for.
    await terminal.shows(/It shows \d+ variables; security SignAndEncrypt/);
    await terminal.shows('What is the address of the MQTT broker?');
    terminal.press(enter);
    await terminal.shows(`A password goes to ${join(at, 'lineside-data', 'secrets', 'camera-top')}`);
    await terminal.shows('Write line.yaml?');
    terminal.press(enter);
    expect(await terminal.ended, terminal.text).toBe(0);
    expect(terminal.text).not.toMatch(/Which tag|Into which tag|The certificate of the PLC/);
    const text = readFileSync(join(at, 'line.yaml'), 'utf8');
    for (const piece of ['part: plc.serial', 'counter: plc.counter', 'part: plc.verdict_part', 'verdict: plc.verdict'])
      expect(text).toContain(piece);
    expect(everything(at)).not.toMatch(/hunter22|correct(%20| )horse/);
  });
});
