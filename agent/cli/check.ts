/**
 * `lineside check`: a dry run. Is the file right, does everything it names answer, which topics will appear. Changes
 * nothing, but before the agent's first start it makes the certificate that OPC UA servers are to trust.
 */
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { cameraKindFor } from '../catalogue.ts';
import { explain } from '../config/explain.ts';
import { ConfigInvalid, formatFault } from '../config/faults.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { packagesFolder } from '../config/packages-folder.ts';
import type { Config } from '../config/schema.ts';
import type { Frame } from '../contracts.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { CameraFeed, createFramePool } from '../frames.ts';
import { CATALOGUE } from '../host.ts';
import { verifyPackage } from '../inference/verify.ts';
import { pingBroker } from '../publishers/ping.ts';
import { topicsOf } from '../publishers/topics.ts';
import { createTagServer } from '../sources/opcua/server.ts';
import { Seconds, systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { createLog } from './log.ts';
import { out, outJson, painter, table } from './print.ts';
import { progress } from './progress.ts';

interface Result {
  readonly what: string;
  readonly ok: boolean;
  /** What was found, or the operator's sentence with the next step. */
  readonly detail: string;
}

/** A camera or server that says nothing for this long does not answer. */
const PATIENCE = Seconds(10);

export async function check(options: { readonly config: string; readonly offline?: boolean; readonly json?: boolean }): Promise<ExitCode> {
  let loaded: LoadedConfig;
  try {
    loaded = await loadConfig(options.config, CATALOGUE);
  } catch (thrown) {
    if (!(thrown instanceof ConfigInvalid)) throw thrown;
    if (options.json) outJson({ ok: false, file: options.config, faults: thrown.faults, warnings: thrown.warnings });
    else out(await explain(thrown, { colour: process.stdout.isTTY }));
    return EXIT.config;
  }
  const results = options.offline ? [] : await ask(loaded);
  const ok = results.every((result) => result.ok);
  const topics = topicsIn(loaded.config);
  if (options.json) outJson({ ok, file: loaded.file, hash: loaded.hash, warnings: loaded.warnings, answers: results, topics });
  else report(loaded, results, topics);
  return ok ? EXIT.ok : EXIT.unreachable;
}

/** Everything that the config names, asked side by side. */
async function ask(loaded: LoadedConfig): Promise<readonly Result[]> {
  const { config, base } = loaded;
  const pki = join(resolve(base, config.store.path), 'pki');
  const questions: (readonly [string, () => Promise<string>])[] = [
    ...Object.keys(config.cameras).map((name) => [`camera ${name}`, () => askCamera(loaded, name)] as const),
    ...Object.keys(config.opcua).map((name) => [`opcua ${name}`, () => askServer(config, name, pki)] as const),
    ...(config.mqtt ? [['mqtt', () => pingBroker(config.mqtt ?? never(), PATIENCE)] as const] : []),
    ...packagesIn(config).map((name) => [`model ${name}`, () => askModel(loaded, name)] as const),
  ];
  const bar = progress('asking', questions.length);
  const results = await Promise.all(
    questions.map(async ([what, question]) => {
      const result = await question().then(
        (detail) => ({ what, ok: true, detail }),
        (thrown: unknown) => ({ what, ok: false, detail: sentence(asLinesideError(thrown)) }),
      );
      bar.step(what);
      return result;
    }),
  );
  bar.stop();
  return results;
}

const sentence = (fault: LinesideError) => `${fault.message} ${fault.next}`;

/** One picture is enough. */
async function askCamera({ config, base }: LoadedConfig, name: string): Promise<string> {
  const camera = config.cameras[name] ?? never();
  const over = new AbortController();
  const feed = new CameraFeed({
    name,
    clock: systemClock,
    log: createLog({ level: 'fatal' }),
    pool: createFramePool({ budget: camera.memory }),
  });
  const first = new Promise<string>((found) => feed.onFrame(({ width, height, format }: Frame) => found(`${width} x ${height} ${format}`)));
  const running = cameraKindFor(camera.url).create(camera.url, camera.options, { base }).run(feed.context(over.signal), over.signal);
  try {
    return await Promise.race([first, running.then(() => never('no picture')), tooLong(name)]);
  } finally {
    over.abort();
    await running.catch(() => {});
    feed.clear();
  }
}

/** A session with the certificates of the gateway: what it trusts counts, and what it does not waits for `lineside trust`. */
async function askServer(config: Config, name: string, pki: string): Promise<string> {
  const settings = config.opcua[name] ?? never();
  const over = new AbortController();
  const server = createTagServer(name, settings, { pki, clock: systemClock });
  const faults: LinesideError[] = [];
  const values = new Set<string>();
  const total = Object.keys(settings.tags).length;
  let running: Promise<void> = Promise.resolve();
  const online = new Promise<void>((up) => {
    running = server.run(
      {
        clock: systemClock,
        log: createLog({ level: 'fatal' }),
        emit: (tag) => values.add(tag),
        fault: (_, fault) => faults.push(fault),
        online: up,
      },
      over.signal,
    );
  });
  try {
    await Promise.race([online, running.then(() => never('the session ended')), tooLong(name)]);
    const [fault] = faults;
    if (fault) throw fault;
    return `${total} tags, security ${settings.security.mode} ${settings.security.policy}`;
  } finally {
    over.abort();
    await running.catch(() => {});
  }
}

async function askModel(loaded: LoadedConfig, name: string): Promise<string> {
  const { providers, threads } = loaded.config.inference;
  const { variants } = await verifyPackage(join(packagesFolder(loaded), name), { providers, threads });
  const good = variants.filter((variant) => variant.ok);
  if (good.length === 0) throw new LinesideError('MODEL_INVALID', { model: name, why: variants[0]?.fault ?? 'it has no variant' });
  return good.map(({ variant, runMs }) => `${variant} ${(runMs ?? 0).toFixed(1)} ms`).join(', ');
}

function packagesIn({ stations }: Config): readonly string[] {
  const models = Object.values(stations).flatMap((station) => Object.values(station.models));
  return [...new Set(models.flatMap(({ model, shadow }) => [model, shadow?.model ?? []].flat()))];
}

function topicsIn({ mqtt, line, stations }: Config): readonly string[] {
  if (!mqtt) return [];
  const names = Object.keys(stations);
  const topics = topicsOf({ prefix: mqtt.prefix, line, agent: line.agent ?? hostname(), stations: names });
  return [
    ...names.flatMap((name) => [
      topics.quality(name),
      topics.decision(name),
      ...(Object.values(stations[name]?.models ?? {}).some(({ shadow }) => shadow) ? [topics.shadow(name)] : []),
      topics.model(name),
      topics.state(name),
      topics.alarm('+', name),
    ]),
    topics.status,
    topics.health,
    // What they are about follows in levels of its own: camera/top, model/outlet/surface.
    topics.alarm('#', ''),
    topics.commands,
  ];
}

function report(loaded: LoadedConfig, results: readonly Result[], topics: readonly string[]): void {
  const paint = painter(process.stdout.isTTY);
  for (const warning of loaded.warnings) out(paint('yellow', `warning: ${formatFault(warning)}`));
  out(`${loaded.file}: ${paint('green', 'no faults')}, config ${loaded.hash.slice(0, 12)}\n`);
  if (results.length > 0)
    out(
      `${table(
        ['', 'answers', ''],
        results.map((r) => [r.what, r.ok ? paint('green', 'yes') : paint('red', 'no'), r.detail]),
      )}\n`,
    );
  if (topics.length > 0) out(`Topics:\n${topics.map((topic) => `  ${topic}`).join('\n')}`);
}

async function tooLong(what: string): Promise<never> {
  await systemClock.sleep(PATIENCE);
  throw new LinesideError('TIMEOUT', { what, ms: PATIENCE });
}

function never(why = 'the config changed under the check'): never {
  throw new LinesideError('INTERNAL', { why });
}
