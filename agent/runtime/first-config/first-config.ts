/**
 * A first config, asked for: each address that somebody names is tried at once and nobody else is asked; the
 * answers become a file. Cameras, servers and brokers are asked as the running agent asks them, with the same settings read the same way.
 */
import { join, resolve } from 'node:path';
import { isLocal } from '../../config/checks/security.ts';
import { ConfigInvalid } from '../../config/faults.ts';
import { type Catalogue, type LoadedConfig, loadConfig } from '../../config/load.ts';
import { packageFolder, packageNames } from '../../config/packages-folder.ts';
import { redactor } from '../../config/secrets.ts';
import type {
  Answers,
  BrokerAnswer,
  BrokerTried,
  CameraAnswer,
  CameraTried,
  InstalledPackage,
  PlcAnswer,
  PlcTried,
  Told,
  Tried,
  Trouble,
  TypedSecrets,
} from '../../contracts/first-config.ts';
import type { Frame, Log } from '../../contracts/index.ts';
import { asLinesideError, LinesideError } from '../../errors.ts';
import { readManifest } from '../../inference/manifest.ts';
import { pingBroker } from '../../publishers/ping.ts';
import { browse } from '../../sources/opcua/browse.ts';
import { createTagServer } from '../../sources/opcua/server.ts';
import { type Offer, offersOf, type SessionOptions } from '../../sources/opcua/session.ts';
import { approve } from '../../sources/opcua/trust.ts';
import { type Clock, type Milliseconds, Seconds } from '../../time.ts';
import { CATALOGUE, LENIENT } from '../config-catalogue.ts';
import { firstPicture } from '../first-picture.ts';
import { compose, PLC, TRIGGER_MS } from './compose.ts';
import { candidatesOf, choicesFor, MOST_CANDIDATES, propose } from './propose.ts';
import { allApart, canKeepSecrets, keepSecrets, namedSecrets, passwordWithoutScheme, secretFile } from './secrets-apart.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface FirstConfigOptions {
  /** Folder that the file will be in: relative paths mean it. Absolute. */
  readonly base: string;
  /** `store.path` as it will be written. */
  readonly store: string;
  /** `inference.models` as it will be written; absent: the packages that come with the agent. */
  readonly models?: string | undefined;
  /** `web.listen` as it will be written; absent: the default. */
  readonly listen?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Env;
  /** Makes a JPEG of a camera's picture, for who looks; absent: nobody does. */
  readonly still?: (frame: Frame) => Promise<Uint8Array | null>;
}

/** Of a camera or a broker; a server that answers each question slowly may take as long as the second. */
const PATIENCE: Milliseconds = Seconds(15);
const BROWSED_WITHIN: Milliseconds = Seconds(60);
/** One question to a server. */
const SILENCE: Milliseconds = Seconds(10);
/** Siemens: Objects, controller, blocks, block, structure, member. */
const DEPTH = 6;
/** The node where it begins counts; one more than is taken tells that there are more. */
const MOST_BROWSED = MOST_CANDIDATES + 2;
/** Kinds whose packages look at a picture of a part and judge it. */
const LOOKS: ReadonlySet<string> = new Set(['classify', 'detect', 'segment', 'anomaly']);

const WITH_SECRETS: Catalogue = { cameras: CATALOGUE.cameras };

/** Nobody whose answer is tried has a say in these. */
const NOWHERE: Answers = { line: { enterprise: 'plant', site: 'site', area: 'area', line: 'line' }, station: 'station', cameras: [] };

export class FirstConfig {
  private readonly options: FirstConfigOptions;

  constructor(options: FirstConfigOptions) {
    this.options = options;
  }

  /** One picture. Never rejects. */
  tryCamera({ name, address }: CameraAnswer, typed: TypedSecrets): Promise<CameraTried> {
    return this.tried({ ...NOWHERE, cameras: [{ name, address }] }, typed, async ({ config }) => {
      const camera = config.cameras[name];
      if (!camera) throw new LinesideError('INTERNAL', { why: `the camera ${name} is not in its own trial` });
      const { base, clock, log, still } = this.options;
      const asked = { name, base, clock, log, within: PATIENCE, ...(still ? { still } : {}) };
      return { ok: true, ...(await firstPicture(camera, asked)) };
    });
  }

  /** Its tags, and what they may be for. Never rejects. */
  tryPlc(answer: PlcAnswer, typed: TypedSecrets): Promise<PlcTried> {
    return this.tried({ ...NOWHERE, plc: { ...answer, tags: {} } }, typed, async ({ config }) => {
      const settings = config.opcua[PLC];
      if (!settings) throw new LinesideError('INTERNAL', { why: 'the server is not in its own trial' });
      const { clock, log } = this.options;
      const over = new AbortController();
      const cancel = clock.after(BROWSED_WITHIN, () =>
        over.abort(new LinesideError('TIMEOUT', { what: `OPC UA server ${PLC}`, ms: BROWSED_WITHIN })),
      );
      try {
        const env = { pki: this.pki, clock };
        const asked: SessionOptions = { server: PLC, config: { ...settings, silence: SILENCE }, env, log, signal: over.signal };
        const security = answer.security ?? (await this.best(asked, answer));
        if ('told' in security) return security;
        const wish = { ...env, log, node: 'i=85', depth: DEPTH, most: MOST_BROWSED, signal: over.signal };
        const nodes = await browse(PLC, { ...asked.config, security }, wish);
        const candidates = candidatesOf(nodes);
        const cut = nodes.length > MOST_CANDIDATES;
        const proposals = propose(candidates);
        const [likely = null] = [proposals.trigger ?? [], choicesFor('trigger', candidates)].flat();
        const samplingMs = likely && (await this.sampled(likely.node, { ...asked, config: { ...asked.config, security } }));
        return { ok: true, security, candidates, cut, proposals, samplingMs };
      } finally {
        cancel();
      }
    });
  }

  /** How often the server would look at this node, asked for as a trigger; null where it does not say in time. Never rejects. */
  private async sampled(node: string, { config, env, log, signal }: SessionOptions): Promise<number | null> {
    const tags = { trigger: { node, sampling: TRIGGER_MS, queue: 10, writable: false } };
    const server = createTagServer(PLC, { ...config, tags }, env);
    const over = new AbortController();
    const enough = AbortSignal.any([over.signal, signal]);
    const cancel = env.clock.after(SILENCE, () => over.abort());
    let running: Promise<void> = Promise.resolve();
    try {
      await new Promise<void>((settle) => {
        const silent = { clock: env.clock, log, emit: () => {}, fault: () => {}, faults: () => {}, offline: () => {} };
        running = server.run({ ...silent, online: settle }, enough).finally(settle);
      });
      const found = server.granted().get('trigger')?.sampling;
      return found === undefined ? null : Math.ceil(found);
    } finally {
      cancel();
      over.abort();
      await running.catch(() => {});
    }
  }

  /** Encrypted where the server can. A list that somebody on the way has forged can only refuse: less is taken when the technician says so. */
  private async best(asked: SessionOptions, { unencrypted = false }: PlcAnswer): Promise<Offer | (PlcTried & { readonly ok: false })> {
    const [best] = await offersOf(asked);
    if (!best) throw new LinesideError('OPCUA_REFUSED', { server: PLC, why: 'it offers nothing that this agent speaks' });
    if (best.mode === 'SignAndEncrypt' || unencrypted) return best;
    const why = `it offers no encryption, only ${best.mode === 'Sign' ? 'signing' : 'an open channel'}: anybody on the network can read${best.mode === 'Sign' ? '' : ' and write'} its tags`;
    return { ok: false, told: toldOf(new LinesideError('OPCUA_REFUSED', { server: PLC, why })), weaker: best };
  }

  /** Never rejects. */
  async tryBroker(answer: BrokerAnswer, typed: TypedSecrets): Promise<BrokerTried> {
    const open = inTheClear(answer.address);
    if (open !== null && !answer.unencrypted)
      return { ok: false, told: toldOf(new LinesideError('MQTT_INSECURE', { url: open })), unencrypted: true, wrong: true };
    return this.tried({ ...NOWHERE, broker: answer }, typed, async ({ config: { mqtt } }) => {
      if (!mqtt) throw new LinesideError('INTERNAL', { why: 'the broker is not in its own trial' });
      return { ok: true, said: await pingBroker(mqtt, PATIENCE) };
    });
  }

  /** Trusts a certificate that the server has shown to one of the trials. Rejects with USAGE. */
  trust(fingerprint: string): Promise<{ readonly fingerprint: string; readonly subject: string }> {
    return approve(this.pki, fingerprint, PLC);
  }

  /** Those that look at pictures. What cannot be read is none. */
  async packages(): Promise<readonly InstalledPackage[]> {
    const { models, store: path, base } = this.options;
    const placed = { config: { inference: models === undefined ? {} : { models }, store: { path } }, base };
    const read = async (name: string) => {
      const { kind, summary = '' } = await readManifest(packageFolder(placed, name));
      return LOOKS.has(kind) ? [{ name, kind, summary }] : [];
    };
    const names = [...((await packageNames(placed)) ?? [])].filter((name) => !name.startsWith('.')).sort();
    return (await Promise.all(names.map((name) => read(name).catch(() => [])))).flat();
  }

  /**
   * Why the agent would refuse a config of these answers, whoever answers on the network and whatever the references stand for there; null: it
   * would not. Rejects with CONFIG_UNREADABLE.
   */
  async refusal(given: Answers): Promise<Told | null> {
    // A reference is looked up where the agent runs, which may be another box and another user.
    const source = { text: this.text(given), name: 'config', base: this.options.base };
    try {
      await loadConfig(source, LENIENT, this.options.env);
      return null;
    } catch (thrown) {
      if (!(thrown instanceof ConfigInvalid)) throw thrown;
      return shownBy(redactor(loosePasswords(given)), toldOf(thrown));
    }
  }

  /** The text of the file. Its secrets are references to files, which `keep` writes. */
  text(given: Answers): string {
    const { answers } = allApart(given, {});
    return this.composed(answers, (name) => `\${file:${secretFile(this.options.store, name)}}`);
  }

  /** Files that `keep` will write. Absolute. */
  secretFiles(given: Answers): readonly string[] {
    return namesIn(allApart(given, {}).answers).map((name) => secretFile(this.store, name));
  }

  /** Rejects with SECRETS_UNKEPT where `keep` would: to be told before somebody types one. */
  canKeep(): Promise<void> {
    return canKeepSecrets(this.store);
  }

  /** Writes the secrets down, so that the text can be read. Rejects with SECRETS_UNKEPT, or USAGE where one is missing. */
  async keep(given: Answers, typed: TypedSecrets): Promise<void> {
    const { answers, secrets } = allApart(given, typed);
    const named = namesIn(answers);
    for (const name of named) if (secrets[name] === undefined) throw missing(name);
    await keepSecrets(this.store, Object.fromEntries(named.map((name) => [name, secrets[name] ?? ''])));
  }

  private get store(): string {
    return resolve(this.options.base, this.options.store);
  }
  private get pki(): string {
    return join(this.store, 'pki');
  }

  private composed(answers: Answers, reference: (name: string) => string): string {
    const { store, models, listen } = this.options;
    return compose(answers, { store, models, listen, reference });
  }

  /** What there is of the answers, read as the agent would read it; secrets come from memory. */
  private async tried<Found>(
    given: Answers,
    typed: TypedSecrets,
    work: (loaded: LoadedConfig) => Promise<Tried<Found>>,
  ): Promise<Tried<Found>> {
    const { answers, secrets } = allApart(given, typed);
    const { base, env } = this.options;
    const shown = redactor([...Object.values(secrets), ...loosePasswords(given)]);
    try {
      const names = namesIn(answers);
      for (const name of names) if (secrets[name] === undefined) throw missing(name);
      const variable = (name: string) => `LINESIDE_TYPED_${names.indexOf(name)}`;
      const inMemory = Object.fromEntries(names.map((name) => [variable(name), secrets[name]]));
      const text = this.composed(answers, (name) => `\${env:${variable(name)}}`);
      return await work(await loadConfig({ text, name: 'config', base }, WITH_SECRETS, { ...env, ...inMemory }));
    } catch (thrown) {
      const fault = asLinesideError(thrown);
      const told = shownBy(shown, toldOf(fault));
      if (!(fault instanceof ConfigInvalid)) return { ok: false, told, ...troubleIn(fault) };
      if (await this.refusal(given)) return { ok: false, told, wrong: true };
      return { ok: false, told: { ...told, next: 'See that what it refers to is there where the agent runs.' } };
    }
  }
}

function namesIn(answers: Answers): readonly string[] {
  const names = new Set<string>();
  namedSecrets(JSON.stringify(answers), (name) => {
    names.add(name);
    return '';
  });
  return [...names];
}

const missing = (name: string): LinesideError => new LinesideError('USAGE', { why: `the secret ${name} is named, and not given` });

function troubleIn({ code, details }: LinesideError): Partial<Trouble> {
  if (code !== 'OPCUA_UNTRUSTED') return {};
  return { untrusted: { fingerprint: String(details['fingerprint']), subject: String(details['subject']) } };
}

/** Of a config the first fault, which is about what was typed; of everything else the sentence. */
function toldOf(fault: LinesideError): Told {
  const [first] = fault instanceof ConfigInvalid ? fault.faults : [];
  return first
    ? { code: fault.code, text: first.text, next: 'Correct what was typed.' }
    : { code: fault.code, text: fault.sentence, next: fault.next };
}

const shownBy = (shown: (text: string) => string, { code, text, next }: Told): Told => ({ code, text: shown(text), next: shown(next) });

const loosePasswords = ({ cameras, plc, broker }: Answers): readonly string[] =>
  [...cameras.map(({ address }) => address), plc?.endpoint ?? [], broker?.address ?? []]
    .flat()
    .flatMap((address) => passwordWithoutScheme(address) ?? []);

/** As it is shown, where it is another box and the connection would not be encrypted; else null. */
export function inTheClear(address: string): string | null {
  const [, scheme = '', host = '', port = ''] = /^(mqtt|ws):\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^:/?#]*)(:\d+)?/i.exec(address) ?? [];
  return scheme === '' || isLocal(host) ? null : `${scheme}://${host}${port}`;
}
