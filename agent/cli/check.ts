/**
 * `lineside check`: a dry run. Is the file right, does everything it names answer, which topics will appear. Changes
 * nothing, but before the agent's first start it makes the certificate that OPC UA servers are to trust.
 */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { type ConfigDifference, differences, type Plain } from '../config/difference.ts';
import { explain } from '../config/explain.ts';
import { ConfigInvalid, formatFault } from '../config/faults.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { packageFolder } from '../config/packages-folder.ts';
import type { Config } from '../config/schema.ts';
import { type Calendar, isBad, weekFaults } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { verifyPackage } from '../inference/verify.ts';
import { pingBroker } from '../publishers/ping.ts';
import { topicsOf } from '../publishers/topics.ts';
import { CATALOGUE } from '../runtime/config-catalogue.ts';
import { firstPicture } from '../runtime/first-picture.ts';
import { goesBySource } from '../runtime/plant.ts';
import { noteOf, RUNNING_CONFIG } from '../runtime/reload-plan.ts';
import { createTagServer, type OpcuaTagServer } from '../sources/opcua/server.ts';
import { Seconds, skewInWords, systemClock } from '../time.ts';
import { type Result, type Seen, together } from './check-together.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { createLog } from './log.ts';
import { out, outJson, painter, table } from './print.ts';
import { progress } from './progress.ts';

/** A camera or server that says nothing for this long does not answer. */
const PATIENCE = Seconds(10);

/** What a check found. */
export type Checked =
  | { readonly ok: false; readonly file: string; readonly refused: ConfigInvalid }
  | {
      readonly ok: boolean;
      readonly refused: null;
      readonly loaded: LoadedConfig;
      readonly answers: readonly Result[];
      readonly topics: readonly string[];
      /** null where no agent has run on this store. */
      readonly changes: readonly ConfigDifference[] | null;
    };

export async function check(options: { readonly config: string; readonly offline?: boolean; readonly json?: boolean }): Promise<ExitCode> {
  const checked = await examine(options.config, options);
  if (options.json) outJson(asJson(checked));
  else await report(checked);
  return codeOf(checked);
}

export const codeOf = ({ ok, refused }: Checked): ExitCode => (refused ? EXIT.config : ok ? EXIT.ok : EXIT.unreachable);

/** Rejects with CONFIG_UNREADABLE. */
export async function examine(file: string, { offline = false }: { readonly offline?: boolean } = {}): Promise<Checked> {
  let loaded: LoadedConfig;
  try {
    loaded = await loadConfig(file, CATALOGUE);
  } catch (thrown) {
    if (!(thrown instanceof ConfigInvalid)) throw thrown;
    return { ok: false, file, refused: thrown };
  }
  const answers = offline ? [] : await ask(loaded);
  const ok = answers.every((answer) => answer.ok);
  return { ok, refused: null, loaded, answers, topics: topicsIn(loaded.config), changes: await againstRunning(loaded) };
}

export function asJson(checked: Checked): object {
  if (checked.refused) {
    const { faults, more, warnings } = checked.refused;
    return { ok: false, file: checked.file, faults, more, warnings };
  }
  const { ok, loaded, answers, topics, changes } = checked;
  const known = changes ? { changes } : {};
  const { calendar } = loaded.config;
  const gaps = calendar ? { calendar: { zone: calendar.zone, gaps: weekFaults(calendar.shifts).gaps } } : {};
  return { ok, file: loaded.file, hash: loaded.hash, warnings: loaded.warnings, answers, topics, ...gaps, ...known };
}

/** Everything that the config names, asked side by side. */
async function ask(loaded: LoadedConfig): Promise<readonly Result[]> {
  const { config, base } = loaded;
  const seen: Seen = { pictures: new Map(), values: new Map(), models: new Map(), more: [] };
  const pki = join(resolve(base, config.store.path), 'pki');
  const questions: (readonly [string, () => Promise<string>])[] = [
    ...Object.keys(config.cameras).map((name) => [`camera ${name}`, () => askCamera(loaded, name, seen)] as const),
    ...Object.keys(config.opcua).map((name) => [`opcua ${name}`, () => askServer(config, name, pki, seen)] as const),
    ...(config.mqtt ? [['mqtt', () => pingBroker(config.mqtt ?? never(), PATIENCE)] as const] : []),
    ...packagesIn(config).map((name) => [`model ${name}`, () => askModel(loaded, name, seen)] as const),
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
  return [...results, ...seen.more, ...together(config, seen)];
}

const sentence = (fault: LinesideError) => `${fault.message} ${fault.next}`;

/** One picture is enough. */
async function askCamera({ config, base }: LoadedConfig, name: string, seen: Seen): Promise<string> {
  const camera = config.cameras[name] ?? never();
  const log = createLog({ level: 'fatal' });
  const asked = { name, base, clock: systemClock, log, within: PATIENCE };
  const { width, height, format, bytes } = await firstPicture(camera, asked);
  seen.pictures.set(name, { width, height, bytes });
  return `${width} x ${height} ${format}`;
}

/** A session with the certificates of the gateway: what it trusts counts, and what it does not waits for `lineside trust`. */
async function askServer(config: Config, name: string, pki: string, seen: Seen): Promise<string> {
  const settings = config.opcua[name] ?? never();
  const over = new AbortController();
  const server = createTagServer(name, settings, {
    pki,
    clock: systemClock,
    readOnly: true,
    bySourceTime: () => goesBySource(config, name),
  });
  let standing: readonly LinesideError[] = [];
  const faults: LinesideError[] = [];
  const total = Object.keys(settings.tags).length;
  let running: Promise<void> = Promise.resolve();
  const online = new Promise<void>((up) => {
    running = server.run(
      {
        clock: systemClock,
        log: createLog({ level: 'fatal' }),
        emit: () => {},
        fault: (_, fault) => faults.push(fault),
        faults: (list) => {
          standing = list;
        },
        online: up,
        offline: () => {},
      },
      over.signal,
    );
  });
  try {
    await Promise.race([online, running.then(() => never('the session ended')), tooLong(name, over.signal)]);
    await remember(server, name, Object.keys(settings.tags), seen);
    await clockOf(server);
    const [fault, ...more] = [...faults, ...standing];
    for (const other of more) seen.more.push({ what: `opcua ${name}`, ok: false, detail: sentence(other) });
    if (fault) throw fault;
    return `${total} tags, security ${settings.security.mode} ${settings.security.policy}${skewOf(server)}`;
  } finally {
    over.abort();
    await running.catch(() => {});
  }
}

/** Measured from what changes; where nothing does within this time, nothing is said. */
async function clockOf(server: OpcuaTagServer): Promise<void> {
  for (let looks = 0; looks < 15 && server.clockSkew() === null; looks++) await systemClock.sleep(150);
}

function skewOf(server: OpcuaTagServer): string {
  const ms = server.clockSkew();
  return ms === null ? '' : `; its clock ${skewInWords(ms, systemClock.now())}`;
}

/** What stands in the tags now; of one that cannot be read nothing is known. */
async function remember(server: OpcuaTagServer, name: string, tags: readonly string[], seen: Seen): Promise<void> {
  const samples = await server.read(tags, PATIENCE).catch(() => []);
  for (const [index, { value, status }] of samples.entries()) if (!isBad(status)) seen.values.set(`${name}.${tags[index]}`, value);
}

async function askModel(loaded: LoadedConfig, name: string, seen: Seen): Promise<string> {
  const { providers, threads } = loaded.config.inference;
  const { variants } = await verifyPackage(packageFolder(loaded, name), { providers, threads });
  const good = variants.filter((variant) => variant.ok);
  if (good.length === 0) throw new LinesideError('MODEL_INVALID', { model: name, why: variants[0]?.fault ?? 'it has no variant' });
  seen.models.set(name, new Map(good.map(({ variant, runMs }) => [variant, runMs ?? 0])));
  return good.map(({ variant, runMs }) => `${variant} ${(runMs ?? 0).toFixed(1)} ms`).join(', ');
}

function packagesIn({ stations }: Config): readonly string[] {
  const models = Object.values(stations).flatMap((station) => Object.values(station.models));
  return [...new Set(models.flatMap(({ model, shadow }) => [model, shadow?.model ?? []].flat()))];
}

function topicsIn({ mqtt, line, stations, calendar }: Config): readonly string[] {
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
      ...(calendar ? [topics.kpi(name), topics.shift(name)] : []),
      ...(stations[name]?.studies ? [topics.study(name)] : []),
      topics.alarm('+', name),
    ]),
    topics.status,
    topics.health,
    ...(calendar?.report ? [topics.report] : []),
    // What they are about follows in levels of its own: camera/top, model/outlet/surface.
    topics.alarm('#', ''),
    topics.commands,
  ];
}

/** What the file would change at the agent of this store, and what starts anew for it; null where none has run. Secrets are not compared. */
async function againstRunning({ config, base }: LoadedConfig): Promise<readonly ConfigDifference[] | null> {
  try {
    const running: Plain = JSON.parse(await readFile(join(resolve(base, config.store.path), RUNNING_CONFIG), 'utf8'));
    // Through JSON as well, so that both have lost the same.
    return differences(running, JSON.parse(JSON.stringify(noteOf(config))));
  } catch {
    return null;
  }
}

/** When somebody works, and when nobody does: a gap that is meant is seen to be, one that is not is found. */
function shiftsInWords(calendar: Calendar): string {
  const shifts = Object.entries(calendar.shifts).map(([name, { from, to, days }]) => `  ${name} ${from} to ${to}: ${days.join(', ')}`);
  const gaps = weekFaults(calendar.shifts).gaps.map(({ from, to }) => `  no shift from ${from} to ${to}`);
  return [`Shifts, ${calendar.zone}:`, ...shifts, ...gaps].join('\n');
}

function changesInWords(changes: readonly ConfigDifference[]): string {
  if (changes.length === 0) return 'The agent runs this config.';
  const rows = changes.map(({ path, restarts }) => [path, restarts.length === 0 ? 'nothing' : restarts.join(', ')]);
  return `Against the config that the agent runs:\n${table(['changed', 'starts anew'], rows)}`;
}

export async function report(checked: Checked): Promise<void> {
  if (checked.refused) return out(await explain(checked.refused, { colour: process.stdout.isTTY }));
  const { loaded, answers, topics, changes } = checked;
  const paint = painter(process.stdout.isTTY);
  for (const warning of loaded.warnings) out(paint('yellow', `warning: ${formatFault(warning)}`));
  out(`${loaded.file}: ${paint('green', 'no faults')}, config ${loaded.hash.slice(0, 12)}\n`);
  if (answers.length > 0)
    out(
      `${table(
        ['', 'answers', ''],
        answers.map((r) => [r.what, r.ok ? paint('green', 'yes') : paint('red', 'no'), r.detail]),
      )}\n`,
    );
  if (changes) out(`${changesInWords(changes)}\n`);
  const { calendar } = loaded.config;
  if (calendar) out(`${shiftsInWords(calendar)}\n`);
  if (topics.length > 0) out(`Topics:\n${topics.map((topic) => `  ${topic}`).join('\n')}`);
}

/** Until `over`, so that a question which has its answer leaves no timer behind. */
async function tooLong(what: string, over: AbortSignal): Promise<never> {
  await systemClock.sleep(PATIENCE, over);
  throw new LinesideError('TIMEOUT', { what, ms: PATIENCE });
}

function never(why = 'the config changed under the check'): never {
  throw new LinesideError('INTERNAL', { why });
}
