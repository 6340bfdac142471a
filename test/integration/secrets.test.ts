/**
 * Passwords that hold the characters of addresses, at every door that takes one, right and refused. What the agent lets anybody see is
 * searched for them whole, in every form in which programs write them, and piece by piece, since a parser of addresses cuts there.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { expect, it, onTestFinished } from 'vitest';
import { packageRoot } from '#agent/platform/package-root.js';
import { startAgent } from '../simulators/agent.ts';
import { startBroker } from '../simulators/broker.ts';
import { HttpCamera } from '../simulators/http-camera.ts';
import { startOpcuaServer } from '../simulators/opcua.ts';
import { picture } from '../simulators/pictures.ts';
import { startRtsp } from '../simulators/rtsp.ts';
import { MODELS } from './line.ts';

const MAIN = join(packageRoot, 'dist', 'bundle', 'main.js');
/** Each piece between two characters of addresses is a word that stands nowhere else. */
const passwordOf = (door: string) => `${door}Zebra/${door}Kilo#${door}Mike?${door}Alfa@${door}Tango:${door}Echo%41`;
const DOORS = ['Digest', 'Basic', 'Wrong', 'Query', 'Rtsp', 'Badrtsp', 'Mqtt', 'Plc'] as const;
type Door = (typeof DOORS)[number];
const SECRETS = Object.fromEntries(DOORS.map((door) => [door, passwordOf(door)])) as Record<Door, string>;

/** The pieces of all passwords, and what becomes of whole ones on their way. */
const FORMS = DOORS.flatMap((door) => {
  const secret = SECRETS[door];
  const pieces = ['Zebra', 'Kilo', 'Mike', 'Alfa', 'Tango', 'Echo'].map((word) => door + word);
  const basic = Buffer.from(`line:${secret}`).toString('base64').replace(/=+$/, '');
  return [
    ...pieces,
    secret,
    encodeURIComponent(secret),
    basic,
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('hex'),
  ];
});
/** What of all that stands in a text; none is what every test wants. */
const shownIn = (text: string): readonly string[] => FORMS.filter((form) => text.includes(form));

/** The process that `pid` came from; 0 where there is none any more. */
function parentOf(pid: number): number {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Command lines of a process and of all that comes from it, over and over until stopped. Simulators have the passwords in theirs. */
function watchProcesses(root: number) {
  const seen = new Set<string>();
  const belongs = (pid: number): boolean => pid === root || (pid > 1 && belongs(parentOf(pid)));
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && belongs(Number(name)))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
      } catch {
        // It has ended.
      }
    }
  };
  const timer = setInterval(look, 25);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen];
    },
  };
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}

const reference = (door: Door) => `\${env:${door.toUpperCase()}_PW}`;
const closing = <T>(thing: T, close: (thing: T) => unknown): T => {
  onTestFinished(() => void close(thing));
  return thing;
};

async function doors(folder: string) {
  const jpeg = await picture({ width: 64, height: 48, noise: true });
  const camera = async (scheme: 'basic' | 'digest', door: Door) =>
    closing(await new HttpCamera({ pictures: [jpeg], auth: { scheme, user: 'line', password: SECRETS[door] } }).listen(), (one) =>
      one.close(),
    );
  const [digest, basic, wrong, query] = [
    await camera('digest', 'Digest'),
    await camera('basic', 'Basic'),
    await camera('digest', 'Digest'),
    await camera('digest', 'Digest'),
  ];
  const rtsp = closing(await startRtsp({ user: `line:${SECRETS.Rtsp}` }), (one) => one.kill());
  const broker = closing(await startBroker({ users: { line: SECRETS.Mqtt } }), (one) => one.close());
  const plc = closing(await startOpcuaServer('node-opcua', { users: { line: 'another' } }), (one) => one.stop());
  const at = (door: Door, host: string, path: string, scheme = 'http') => `${scheme}://line:${reference(door)}@${host}${path}`;
  const station = (name: string) => ({ trigger: { camera: name }, models: { m: { model: 'classify', camera: name } } });
  const cameras = {
    digest: { url: at('Digest', digest.host, '/snapshot'), fps: 5 },
    basic: { url: at('Basic', basic.host, '/snapshot'), fps: 5, basic: true },
    wrong: { url: at('Wrong', wrong.host, '/snapshot'), fps: 5 },
    query: { url: `http://${query.host}/snapshot?user=line&pwd=${reference('Query')}`, fps: 5 },
    rtsp: { url: at('Rtsp', rtsp.host, '/stream', 'rtsp'), fps: 5 },
    badrtsp: { url: at('Badrtsp', rtsp.host, '/stream', 'rtsp'), fps: 5 },
  };
  const config = {
    line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3', agent: 'box' },
    mqtt: { url: at('Mqtt', `127.0.0.1:${broker.port}`, '', 'mqtt') },
    opcua: {
      plc: {
        endpoint: plc.endpoint,
        security: { mode: 'None', policy: 'None' },
        user: { name: 'line', password: reference('Plc') },
        tags: { temp: { node: 'nsu=urn:press;s=DieTemp' } },
      },
    },
    cameras,
    stations: Object.fromEntries(Object.keys(cameras).map((name) => [name, station(name)])),
    inference: { models: MODELS },
    store: { path: join(folder, 'data'), keep: { free: '0B' }, images: { ok: 'all', nok: 'all', review: 'all' } },
    web: { listen: '127.0.0.1:0' },
  };
  return { broker, config };
}

it('no password that holds / # ? @ : % is seen anywhere, whether it is right or refused, and the right ones open their doors', {
  timeout: 180_000,
}, async () => {
  const folder = closing(mkdtempSync(join(tmpdir(), 'lineside-secrets-')), (path) => rmSync(path, { recursive: true, force: true }));
  const { broker, config } = await doors(folder);
  const file = join(folder, 'line.yaml');
  writeFileSync(file, JSON.stringify(config, null, 2));
  const env = Object.fromEntries(DOORS.map((door) => [`${door.toUpperCase()}_PW`, SECRETS[door]]));
  const lineside = (...args: string[]) => {
    try {
      return execFileSync(process.execPath, [MAIN, ...args], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (thrown) {
      // Exit code 5: not everything answers, which is what is wanted here.
      const { stdout = '', stderr = '' } = thrown as { stdout?: string; stderr?: string };
      return stdout + stderr;
    }
  };

  const agent = startAgent(file, { env: { ...env, LINESIDE_LOG: 'trace' } });
  onTestFinished(() => agent.kill());
  const processes = watchProcesses(agent.pid);
  const alarmed = (code: string, subject: string) =>
    agent.says((line) => line.code === code && line['subject'] === subject && line['active'] === true, `${code} of ${subject}`);
  await Promise.all([
    alarmed('CAMERA_UNREACHABLE', 'camera/wrong'),
    alarmed('CAMERA_UNREACHABLE', 'camera/query'),
    alarmed('CAMERA_UNREACHABLE', 'camera/badrtsp'),
    alarmed('OPCUA_USER', 'opcua/plc'),
  ]);
  const { address } = await agent.says(({ msg }) => msg === 'health and metrics are served', 'where it serves health');

  // Retained messages, alarms among them, and events of the cameras whose password is right.
  const messages: string[] = [];
  const stations = new Set<string>();
  const scada = closing(
    await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { username: 'line', password: SECRETS.Mqtt, protocolVersion: 5 }),
    (client) => client.endAsync(true),
  );
  scada.on('message', (topic, payload) => {
    messages.push(`${topic} ${payload.toString()}`);
    const [, station] = /\/([^/]+)\/quality$/.exec(topic) ?? [];
    if (station) stations.add(station);
  });
  await scada.subscribeAsync('#', { qos: 1 });
  await expect.poll(() => [...stations].sort(), { timeout: 60_000 }).toEqual(['basic', 'digest', 'rtsp']);
  await expect.poll(() => messages.filter((text) => /\/alarm\//.test(text)).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(4);

  const shown: Record<string, readonly string[]> = {
    mqtt: shownIn(messages.join('\n')),
    log: shownIn(JSON.stringify(agent.log)),
  };
  for (const path of ['/', '/healthz', '/metrics', '/no-such-page'])
    shown[path] = shownIn(await (await fetch(`${String(address)}${path}`)).text());
  for (const args of [
    ['check'],
    ['check', '--json'],
    ['check', '--offline'],
    ['outbox', 'list', '--json'],
    ['export'],
    ['export', '--format', 'jsonl'],
    ['trust', '--json'],
  ])
    shown[args.join(' ')] = shownIn(lineside(...args, '--config', file));
  lineside('backup', '--config', file, '--output', join(folder, 'backup.db'));
  expect(await agent.stop()).toBe(0);
  for (const path of filesBelow(folder)) shown[path.slice(folder.length)] = shownIn(readFileSync(path, 'latin1'));
  const commands = processes.stop().join('\n');
  shown['processes'] = shownIn(commands);
  expect(commands).toContain('ffmpeg');
  expect(Object.entries(shown).filter(([, forms]) => forms.length > 0)).toEqual([]);
  expect(Object.keys(shown)).toEqual(expect.arrayContaining(['/data/journal.db', '/backup.db']));
});
